"""Recovery's hard cases: what looks whole and is not, what is torn in two places at once, what may never be taken for torn."""

from itertools import product

import pytest

from protocol.schema.numbers import Log
from tests.vault.bench import Bench, batch, line, whole
from tests.vault.commit.test_recovery import AUDIT_REGISTER, REGISTER, grow, kinds, size_of
from totebox.errors import ReadOnly, ToteboxError
from totebox.vault.api import Appended
from totebox.vault.commit.group import CommitRequest
from totebox.vault.commit.group_commit import GroupCommit
from totebox.vault.commit.plan import Outcome
from totebox.vault.log.record import HEADER


def planned(bench: Bench, *drafts: object) -> Outcome:
    """What the next batch would become; nothing of it is written."""
    outcome = bench.open().planner.plan_batch(batch(*drafts), bench.clock())  # type: ignore[arg-type]
    assert isinstance(outcome, Outcome)
    return outcome


def clean_after_more(bench: Bench) -> None:
    """The vault goes on, and verifies."""
    bench.append(whole(b"next"), line("next"))
    bench.stop()
    bench.open()
    bench.stop()
    assert bench.verify().findings == ()


def test_rows_that_look_valid_behind_a_bad_byte_are_torn(bench: Bench) -> None:
    """The audit row is durable, the rows are well formed and next in turn; one byte before them is not: none becomes an entry."""
    bench.append(whole(b"a"))
    outcome = planned(bench, whole(b""), whole(b""))
    assert bench.store is not None
    bench.store.logs[Log.AUDIT].write([outcome.audit])
    for place in outcome.places:
        path = bench.root / place.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    bench.close()
    grow(bench.root, REGISTER, b"\0" + b"".join(entry.leaf + b"\n" for entry in outcome.entries))
    assert set(kinds(bench.open())[2:]) == {"torn"}
    clean_after_more(bench)


def test_rows_that_look_valid_in_another_order_are_torn(bench: Bench) -> None:
    """The second row of a batch without the first: a later block reached the disk, an earlier one did not."""
    bench.append(whole(b"a"))
    outcome = planned(bench, line("ada"), line("bob"))
    assert bench.store is not None
    bench.store.logs[Log.AUDIT].write([outcome.audit])
    bench.close()
    first, second = (entry.leaf + b"\n" for entry in outcome.entries)
    grow(bench.root, REGISTER, bytes(len(first)) + second)
    assert kinds(bench.open())[2:] == ["torn"]
    clean_after_more(bench)


@pytest.mark.parametrize("rows", [1, 2])
def test_a_register_below_what_was_acknowledged_takes_no_writes(bench: Bench, rows: int) -> None:
    """Through the committing thread: the append is refused with the reason, no byte changes, reads go on."""
    bench.append(whole(b"a"))
    bench.append(whole(b"b"))
    bench.stop()
    kept = (bench.root / REGISTER).read_bytes().split(b"\n")[: rows + 1]
    (bench.root / REGISTER).write_bytes(b"\n".join(kept) + b"\n")
    store = bench.open()
    before = {path: path.read_bytes() for path in bench.root.rglob("*") if path.is_file()}
    answers: list[Appended | ToteboxError] = []
    group = GroupCommit(store, bench.open, bench.clock)
    group.submit(CommitRequest(batch(whole(b"c")), answers.append))
    group.end()
    group.run()
    assert isinstance(answers[0], ReadOnly) and "were acknowledged" in str(answers[0])
    assert before == {path: path.read_bytes() for path in bench.root.rglob("*") if path.is_file()}
    assert store.read(0, 0, 9)


@pytest.mark.parametrize("begun", [0, 1, len(HEADER) - 1, len(HEADER), len(HEADER) + 3])
def test_a_tear_before_a_files_first_row(bench: Bench, begun: int) -> None:
    """The next register file was only begun: nothing of it, a part of its header, or a part of its first row."""
    bench.append(whole(b"a"), line("ada"))
    bench.stop()
    (bench.root / "ledger/register/000000000003-1.csv").write_bytes((HEADER + b"3,2030")[:begun])
    store = bench.open()
    assert store.read_only == "" and kinds(store)[:3] == ["identity", "original", "claim"]
    clean_after_more(bench)


@pytest.mark.parametrize("left", [None, b"", b"0123", b"012345678X", b"0123456789 and more"])
def test_rows_whose_payload_is_gone_do_not_become_entries(bench: Bench, left: bytes | None) -> None:
    """Rows that nobody was told of, whose payload is missing, short, or other bytes: torn, and what is left of it gets an owner."""
    bench.append(whole(b"a"))
    outcome = planned(bench, whole(b"0123456789"), whole(b"second"))
    assert bench.store is not None
    bench.store.logs[Log.AUDIT].write([outcome.audit])
    for place, data in zip(outcome.places, (left, b"second"), strict=True):
        if data is not None:
            (bench.root / place.path).write_bytes(data)
    bench.store.logs[Log.RECORDS].write(outcome.entries)
    store = bench.open()
    if left == b"0123456789 and more":
        assert kinds(store)[2:4] == ["original", "original"]
        return
    assert set(kinds(store)[2:]) == {"torn"}
    clean_after_more(bench)


def test_a_lost_payload_of_an_acknowledged_row_is_damage(bench: Bench) -> None:
    """It is never taken for torn: a start keeps the row, and verify names path, entry, what was expected and found."""
    bench.append(whole(b"a"))
    bench.stop()
    (path,) = (bench.root / "assets/minutebook/00000").iterdir()
    path.unlink()
    assert kinds(bench.open()) == ["identity", "original"]
    bench.close()
    (finding,) = bench.verify().findings
    assert (finding.entry, finding.severity, finding.offset) == (1, "damage", 0)


@pytest.mark.parametrize(("audit_cut", "record_cut"), list(product([0, 1, 40, 10_000], [0, 1, 40, 10_000])))
def test_both_registers_torn_at_different_places(bench: Bench, audit_cut: int, record_cut: int) -> None:
    """Any part of the audit row with any part of the rows: the batch is there when both are whole, else everything is torn."""
    bench.append(whole(b"a"))
    outcome = planned(bench, line("ada"), line("bob"))
    bench.close()
    audit, rows = outcome.audit.leaf + b"\n", b"".join(entry.leaf + b"\n" for entry in outcome.entries)
    segment = bench.root / outcome.places[0].path
    segment.parent.mkdir(parents=True)
    segment.write_bytes(b"".join(place.data for place in outcome.places))  # type: ignore[union-attr]
    grow(bench.root, AUDIT_REGISTER, audit[:audit_cut])
    grow(bench.root, REGISTER, rows[:record_cut])
    store = bench.open()
    assert store.read_only == ""
    whole_batch = audit_cut >= len(audit) and record_cut >= len(rows)
    assert ("claim" in kinds(store)) is whole_batch
    assert size_of(store) == 4 if whole_batch else "torn" in kinds(store)
    clean_after_more(bench)


def test_the_same_command_across_a_crash_is_done_once(bench: Bench) -> None:
    """At every point at which the writer can be killed in the commit: sent again, the command is there exactly once."""
    for step in range(4):
        command = f"{step:02x}"
        store = bench.open()
        outcome = store.planner.plan_batch(batch(whole(b"x" * 9, f"{step}.pdf"), command=command), bench.clock())
        assert isinstance(outcome, Outcome)
        if step >= 1:
            store.logs[Log.AUDIT].write([outcome.audit])
        if step >= 2:
            store.files.write(outcome.places, {}).jobs[-1]()
        if step >= 3:
            store.logs[Log.RECORDS].write(outcome.entries)
        bench.open()
        done = bench.append(whole(b"x" * 9, f"{step}.pdf"), command=command)
        assert done.repeated is (step == 3)
        rows = [entry for entry in bench.open().logs[Log.RECORDS].entries(0, 99) if entry.command == command]
        assert [entry.kind for entry in rows] == ["original"]
    bench.stop()
    assert bench.verify().findings == ()
