"""One pass over a register: rows, their tree, stored tiles and checkpoints, each held against the others."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.vault.bench import Bench, line
from totebox.vault.api import Entry
from totebox.vault.check.chunks import check_records
from totebox.vault.check.rows import RegisterPass, RowCheck, chunks
from totebox.vault.check.tree import Stated
from totebox.vault.check.workers import WorkerPool
from totebox.vault.life.creation import load_identity
from totebox.vault.log.journal import RECORDS
from totebox.vault.log.keychain import read_chain
from totebox.vault.log.keys import first_keys
from totebox.vault.log.record import HEADER
from totebox.vault.log.register import list_files
from totebox.vault.log.rows import PIECE_BYTES

REGISTER = "ledger/register/000000000000-1.csv"


@dataclass
class Pass:
    """A pass over the record log at `root`, and what it told its caller."""

    root: Path
    limit: int | None = None
    quick: bool = True
    fits: bool = True
    kept: list[int] = field(default_factory=list)
    ended: dict[str, int] = field(default_factory=dict)
    moved: int = 0

    def __post_init__(self) -> None:
        chain = read_chain(self.root, RECORDS.register, first_keys(load_identity(self.root))[0])
        self.check = RowCheck(
            self.root, RECORDS, chain, self.limit, self._keep, lambda chunk, found: self.fits,
            check_records if self.quick else lambda root, chunk: None, WorkerPool(self.root, much=False),
            self.ended.__setitem__, self._moved,
        )  # fmt: skip

    def run(self) -> RegisterPass:
        return self.check.run()

    def _keep(self, entry: Entry, path: str, offset: int) -> None:
        self.kept.append(entry.index)

    def _moved(self, count: int) -> None:
        self.moved += count


@pytest.fixture
def root(bench: Bench) -> Path:
    """600 entries: two full tiles, and a checkpoint at the end."""
    bench.append(*(line(str(number)) for number in range(300)))
    bench.append(*(line(str(number)) for number in range(299)))
    bench.stop()
    return bench.root


def head(bench: Bench) -> tuple[int, bytes]:
    store = bench.open()
    found = store.head().records
    bench.close()
    return found.tree_size, found.root


@pytest.mark.parametrize("quick", [True, False], ids=["by chunks", "row by row"])
def test_the_rows_lead_to_the_head(bench: Bench, root: Path, quick: bool) -> None:
    """Whether chunks are sound or each row is looked at: the same size, the same root, nothing found."""
    found = Pass(root, quick=quick).run()
    assert list(found.findings) == [] and (found.size, found.root) == head(bench)


def test_sound_chunks_are_not_looked_into(root: Path) -> None:
    """Rows of a sound chunk are handed to nobody; all are read, to the end of the file."""
    one = Pass(root)
    one.run()
    size = (root / REGISTER).stat().st_size
    assert (one.kept, one.ended, one.moved) == ([], {REGISTER: size}, size - len(HEADER))


def test_a_chunk_that_does_not_fit_is_judged_row_by_row(root: Path) -> None:
    """Sound by itself and not fitting what came before: every row is handed on, in order."""
    one = Pass(root, fits=False)
    found = one.run()
    assert one.kept == list(range(600)) and found.size == 600


def test_a_changed_row_is_named_with_its_place(root: Path) -> None:
    """A row that the vault does not write: its index and the byte where it begins; then the head that it does not lead to."""
    data = (root / REGISTER).read_bytes()
    place = data.index(b"\n77,") + 1
    (root / REGISTER).write_bytes(data[:place] + b"78" + data[place + 2 :])
    row, tile, checkpoint = Pass(root).run().findings
    assert (row.path, row.entry, row.offset, row.found) == (REGISTER, 77, place, "row 78")
    assert (tile.severity, checkpoint.entry) == ("doubt", 599)


def test_only_the_first_wrong_root_is_said(root: Path) -> None:
    """All later ones follow from it."""
    one = Pass(root)
    for size in (10, 256, 300):
        one.check.expect(Stated(size, bytes(32), f"somebody at {size}"))
    (finding,) = one.run().findings
    assert (finding.path, finding.entry) == ("somebody at 10", 9)


def test_a_root_is_awaited_wherever_it_lies(root: Path) -> None:
    """At every size of a tile's edge, in whatever order they were stated, a right root is right and a wrong one is not."""
    sizes = (1, 2, 255, 256, 257, 511, 512, 513, 599, 600)
    roots: dict[int, bytes] = {}
    for size in sizes:
        roots[size] = Pass(root, limit=size).run().root
    one = Pass(root)
    one.check.expect_all(iter([Stated(size, roots[size], "rows", size) for size in sizes]))
    for size in reversed(sizes):
        one.check.expect(Stated(size, roots[size], f"checkpoint {size}"))
    assert list(one.run().findings) == []


@pytest.mark.parametrize("many", [False, True], ids=["one", "many"])
def test_a_register_shorter_than_was_stated(root: Path, many: bool) -> None:
    """Whoever stated more rows is named; of the rows of a register that did, the one that stated most."""
    one = Pass(root)
    if many:
        one.check.expect_all(Stated(size, bytes(32), "the audit log", size + 9) for size in (601, 602, 603))
    else:
        one.check.expect(Stated(603, bytes(32), "the audit log"))
    (finding,) = one.run().findings
    assert (finding.path, finding.entry) == ("the audit log", 612 if many else None)
    assert (finding.expected, finding.found) == ("at least 603 rows in ledger/register", "600 rows")


def test_a_pass_ends_at_its_limit(root: Path) -> None:
    """Rows behind it belong to a group that is being written; so do checkpoints."""
    one = Pass(root, limit=100)
    found = one.run()
    assert (found.size, list(found.findings)) == (100, [])
    assert one.ended[REGISTER] < (root / REGISTER).stat().st_size


def test_a_file_in_the_wrong_place_is_found(root: Path) -> None:
    """Register files follow each other without a gap."""
    (root / REGISTER).with_name("000000000601-1.csv").write_bytes(HEADER)
    (finding,) = Pass(root).run().findings
    assert finding.expected == "row 600" and "601" in finding.found


@pytest.mark.parametrize("quick", [True, False])
def test_rows_are_cut_into_pieces(tmp_path: Path, quick: bool) -> None:
    """Pieces follow each other, hold whole rows, and end where the wanted rows or the whole ones do."""
    rows = [b"%d,%s\n" % (number, b"x" * 500) for number in range(5 * PIECE_BYTES // 500)]
    folder = tmp_path / "ledger/register"
    folder.mkdir(parents=True)
    (tmp_path / REGISTER).write_bytes(HEADER + b"".join(rows) + b"torn")
    (file,) = list_files(tmp_path, RECORDS.register)
    for past in (1 << 62, len(rows) - 3, 1):
        found, wanted = list(chunks(tmp_path, file, len(HEADER), 0, past, quick=quick)), rows[:past]
        assert sum(piece.rows for piece in found) == len(wanted)
        data = (tmp_path / REGISTER).read_bytes()
        assert b"".join(data[piece.offset :][: piece.length] for piece in found) == b"".join(wanted)
        assert [piece.first for piece in found] == [sum(one.rows for one in found[:n]) for n in range(len(found))]


@pytest.mark.parametrize("quick", [True, False])
def test_a_row_longer_than_a_piece_is_a_row(tmp_path: Path, quick: bool) -> None:
    """However long, it is judged as one."""
    folder = tmp_path / "ledger/register"
    folder.mkdir(parents=True)
    (tmp_path / REGISTER).write_bytes(HEADER + b"x" * (2 * PIECE_BYTES) + b"\n" + b"short\n")
    (file,) = list_files(tmp_path, RECORDS.register)
    assert sum(piece.rows for piece in chunks(tmp_path, file, len(HEADER), 0, 9, quick=quick)) == 2


@pytest.mark.parametrize("index", [b"1", b"4999", b"5001", b"20000", b"99999999999999999999", b"x", b""])
@pytest.mark.parametrize("quick", [True, False])
def test_a_piece_that_begins_with_another_row(tmp_path: Path, index: bytes, quick: bool) -> None:
    """Where the row behind a piece has another index than its place, every row is judged once, in its place, all the same."""
    rows = [b"%05d,%s\n" % (number, b"x" * (PIECE_BYTES // 5_000 - 7)) for number in range(36_000)]
    behind = PIECE_BYTES // len(rows[0]) + 1
    rows[behind] = index + rows[behind][5:]
    folder = tmp_path / "ledger/register"
    folder.mkdir(parents=True)
    (tmp_path / REGISTER).write_bytes(HEADER + b"".join(rows))
    (file,) = list_files(tmp_path, RECORDS.register)
    found = list(chunks(tmp_path, file, len(HEADER), 0, 36_000, quick=quick))
    assert found[0].length + len(HEADER) >= PIECE_BYTES and found[0].offset == len(HEADER)
    assert quick or [piece.first for piece in found] == [sum(one.rows for one in found[:n]) for n in range(len(found))]


def test_a_torn_header_has_no_pieces(tmp_path: Path) -> None:
    """Nothing behind it is a row."""
    folder = tmp_path / "ledger/register"
    folder.mkdir(parents=True)
    (tmp_path / REGISTER).write_bytes(HEADER[:-3])
    (file,) = list_files(tmp_path, RECORDS.register)
    assert list(chunks(tmp_path, file, 0, 0, 9, quick=False)) == []
