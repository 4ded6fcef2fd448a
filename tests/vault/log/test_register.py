"""The register: files of 65,536 rows, read from anywhere."""

from protocol.schema.numbers import Log
from tests.vault.bench import Bench, line
from totebox.vault.log.register import FILE_ROWS, list_files


def test_a_full_register_file_is_followed_by_another(bench: Bench) -> None:
    """66,000 rows: two files, no batch in both, every row where it belongs, before and after a restart."""
    for start in range(0, 66_000, 4_000):
        bench.append(*(line(str(number)) for number in range(start, min(start + 4_000, 66_000))))
    first, second = list_files(bench.root, "ledger/register")
    assert first.past == second.first == 64_001 <= FILE_ROWS
    for _ in range(2):
        records = bench.open().logs[Log.RECORDS]
        across = records.entries(63_995, 12)
        assert [entry.index for entry in across] == list(range(63_995, 64_007))
        for index in (1, 31, 32, 33, 64_000, 64_001, 66_000):
            (entry,) = records.entries(index, 1)
            assert (entry.index, entry.subject) == (index, str(index - 1))
        bench.stop()


def test_a_crash_just_after_a_new_file_was_begun(bench: Bench) -> None:
    """A register file with half a header is torn, one with a header alone is taken up."""
    bench.append(line("ada"))
    bench.close()
    (bench.root / "ledger/register/000000000002-1.csv").write_bytes(b"index,ti")
    bench.append(line("bob"))
    bench.close()
    assert (bench.root / "ledger/register/000000000002-2.csv").exists()
    bench.stop()
    bench.open()
    bench.stop()
    assert bench.verify().findings == ()
