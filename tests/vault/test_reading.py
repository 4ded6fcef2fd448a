"""A register is read as it lies there, by whoever does not serve the vault."""

from tests.vault.bench import Bench, line
from totebox.vault.journal import RECORDS
from totebox.vault.reading import whole_register
from totebox.vault.record import parse_row


def test_every_whole_row_is_read(bench: Bench) -> None:
    """From the first to the last, whichever file holds it."""
    bench.append(line("ada"), line("bob"))
    bench.stop()
    register = whole_register(bench.root, RECORDS.register)
    assert [parse_row(leaf).index for leaf in register.leaves(0, 9)] == [0, 1, 2]


def test_what_a_crash_tore_is_no_row(bench: Bench) -> None:
    """Bytes behind the last LF are not counted."""
    bench.append(line("ada"))
    bench.stop()
    with (bench.root / "ledger/register/000000000000-1.csv").open("ab") as stream:
        stream.write(b"2,half")
    assert whole_register(bench.root, RECORDS.register).size == 2
