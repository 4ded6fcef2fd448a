"""Where rows begin and end, found without looking into one."""

from itertools import islice
from pathlib import Path

import pytest

from totebox.vault.log.record import HEADER
from totebox.vault.log.rows import PIECE_BYTES, STRIDE, TAIL_BYTES, end_of, header_end, last_rows, mark

ROWS = [b"%d,%s\n" % (number, b"x" * (number % 50)) for number in range(3 * STRIDE + 7)]


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """A header, rows, and half a row."""
    path = tmp_path / "000000000000-1.csv"
    path.write_bytes(HEADER + b"".join(ROWS) + b"torn")
    return path


def test_every_whole_row_is_counted(register: Path) -> None:
    """What a crash tore behind them is not."""
    marks = mark(register.parent, register.name, 1 << 62)
    assert (marks.rows, marks.end) == (len(ROWS), len(HEADER) + sum(map(len, ROWS)))


def test_every_stride_is_marked(register: Path) -> None:
    """Offset k is where row k * STRIDE begins."""
    data = register.read_bytes()
    for place, offset in enumerate(mark(register.parent, register.name, 1 << 62).offsets):
        assert data[offset:].startswith(ROWS[place * STRIDE])


@pytest.mark.parametrize("most", [0, 1, STRIDE, STRIDE + 1, len(ROWS), len(ROWS) + 1])
def test_no_more_than_are_wanted(register: Path, most: int) -> None:
    """The rest of the file belongs to somebody else."""
    wanted = min(most, len(ROWS))
    marks = mark(register.parent, register.name, most)
    assert (marks.rows, marks.end) == (wanted, len(HEADER) + sum(map(len, islice(ROWS, wanted))))


def test_a_row_across_two_pieces_is_one(tmp_path: Path) -> None:
    """Pieces end anywhere."""
    path, rows = tmp_path / "register", [b"x" * 60_000 + b"\n"] * (2 * PIECE_BYTES // 60_000)
    path.write_bytes(HEADER + b"".join(rows))
    marks = mark(path.parent, path.name, 1 << 62)
    assert (marks.rows, marks.end) == (len(rows), path.stat().st_size)


@pytest.mark.parametrize("head", [b"", HEADER[:-1], b"x" + HEADER])
def test_a_torn_header_has_no_rows(tmp_path: Path, head: bytes) -> None:
    """Nothing behind it counts."""
    path = tmp_path / "register"
    path.write_bytes(head)
    marks = mark(path.parent, path.name, 1 << 62)
    assert (marks.rows, marks.end, header_end(path.parent, path.name)) == (0, 0, 0)


def test_a_whole_header_ends_where_rows_begin(register: Path) -> None:
    """After its LF."""
    assert header_end(register.parent, register.name) == len(HEADER)


def test_the_end_of_some_rows() -> None:
    """Of data that begins with a row."""
    assert [end_of(b"a\nbb\nccc", count) for count in range(3)] == [0, 2, 5]


@pytest.mark.parametrize("torn", [b"", b"torn", b"t" * (3 * TAIL_BYTES)])
@pytest.mark.parametrize("width", [1, 70, TAIL_BYTES, 2 * TAIL_BYTES + 1])
def test_the_last_rows_come_first(tmp_path: Path, torn: bytes, width: int) -> None:
    """All of them, however the reads fall between them; what follows the last LF is none."""
    rows = [b"%d,%s" % (number, b"x" * (width + number % 3)) for number in range(200_000 // width + 3)]
    (tmp_path / "file").write_bytes(HEADER + b"".join(row + b"\n" for row in rows) + torn)
    assert list(last_rows(tmp_path, "file")) == rows[::-1]


@pytest.mark.parametrize("data", [b"", HEADER[:-1], HEADER, HEADER + b"torn", b"x" * len(HEADER) + b"\nrow\n"])
def test_no_last_rows(tmp_path: Path, data: bytes) -> None:
    """Where there is no row, or no header."""
    (tmp_path / "file").write_bytes(data)
    assert list(last_rows(tmp_path, "file")) == []
