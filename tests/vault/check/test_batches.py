"""Batches are whole: as many entries cite an audit row as it authorised, in a row, once."""

from collections.abc import Iterator

import pytest

from tests.vault.bench import Bench, line
from totebox.vault.api import Finding
from totebox.vault.check.batches import BatchCheck
from totebox.vault.log.journal import RECORDS
from totebox.vault.log.register_bytes import whole_register


@pytest.fixture
def check() -> Iterator[BatchCheck]:
    """Audit rows 0, 1, 3 authorised 1, 2 and 3 entries; row 2 none."""
    made = BatchCheck()
    for audit, count in enumerate((1, 2, 0, 3)):
        made.add_audit(audit, count)
    yield made
    made.close()


def judged(check: BatchCheck, *runs: tuple[int | None, int]) -> list[Finding]:
    """What is found when so many entries cite these audit rows, one run behind the other."""
    found, first = [], 0
    for audit, count in runs:
        found += check.add_run(audit, count, first, "ledger/register/x.csv", 100 * first)
        first += count
    return found + check.end()


def test_whole_batches_are_clean(check: BatchCheck) -> None:
    """Every audit row has its entries."""
    assert judged(check, (0, 1), (1, 2), (3, 3)) == []


def test_a_batch_may_come_in_pieces(check: BatchCheck) -> None:
    """Runs of one audit row that follow each other are one batch, wherever they were cut."""
    assert judged(check, (0, 1), (1, 1), (1, 1), (3, 2), (3, 1)) == []


@pytest.mark.parametrize(
    ("runs", "entry", "expected", "found"),
    [
        (((0, 1), (1, 1), (3, 3)), 1, "2 entries", "1 that"),
        (((0, 1), (1, 3)), 1, "2 entries", "3 that"),
        (((0, 1), (2, 1)), 1, "0 entries", "1 that"),
        (((0, 1), (9, 1)), 1, "0 entries", "1 that"),
        (((0, 1), (None, 1)), 1, "0 entries", "1 that"),
        (((0, 1), (1, 2), (0, 1)), 3, "0 entries", "1 that"),
    ],
    ids=["too few", "too many", "of a row that authorises none", "of no row", "of nobody", "authorised once before"],
)
def test_a_batch_that_is_not_whole_is_found(
    check: BatchCheck, runs: tuple[tuple[int | None, int], ...], entry: int, expected: str, found: str
) -> None:
    """The finding names the first entry of the batch, where it lies, what was authorised and what is there."""
    (finding,) = judged(check, *runs)
    assert (finding.entry, finding.offset, finding.path) == (entry, 100 * entry, "ledger/register/x.csv")
    assert finding.expected.startswith(expected) and finding.found.startswith(found)


def furnished(bench: Bench) -> BatchCheck:
    """A vault whose last batch has three entries, and what its audit log authorised."""
    bench.append(line("ada"))
    bench.append(line("bob"), line("eve"), line("kim"))
    bench.stop()
    made = BatchCheck()
    made.add_audit(0, 1)
    made.add_audit(1, 1)
    made.add_audit(2, 3)
    return made


def test_a_log_stands_at_its_end(bench: Bench) -> None:
    """Where the last batch is whole, all of it is judged."""
    check = furnished(bench)
    assert check.standing(bench.root) is None
    check.close()


@pytest.mark.parametrize("left", [1, 2])
def test_a_batch_that_a_crash_cut_off_is_not_judged(bench: Bench, left: int) -> None:
    """The log stands where that batch began: nobody was told of its entries."""
    check = furnished(bench)
    rows = whole_register(bench.root, RECORDS.register).leaves(0, 9)
    register = bench.root / "ledger/register/000000000000-1.csv"
    cut = sum(len(row) + 1 for row in rows[2 + left :])
    register.write_bytes(register.read_bytes()[:-cut])
    assert check.standing(bench.root) == 2
    check.close()
