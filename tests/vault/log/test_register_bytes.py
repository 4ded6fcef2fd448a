"""A register is read as it lies there, by whoever does not serve the vault."""

from tests.vault.bench import Bench, line
from totebox.vault.log.journal import RECORDS
from totebox.vault.log.record import parse_row
from totebox.vault.log.register_bytes import whole_register


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
