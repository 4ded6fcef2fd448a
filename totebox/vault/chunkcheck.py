"""Verify a piece of a register, thousands of rows at once, column by column. Part of `fsck`; runs in a process of its own.

It only ever says that a chunk is sound: every row is one that the vault writes, in its place; every payload has its hash. Whatever
else it meets, it says nothing (None), and the chunk is judged row by row, where findings are made.
"""

import json
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import accumulate, groupby, pairwise
from pathlib import Path
from re import compile as pattern

from protocol.trust.tlog import HASH_BYTES
from totebox.errors import VaultDamaged
from totebox.vault.cells import line_cells
from totebox.vault.layout import index_in, is_shelf
from totebox.vault.record import COLUMNS, MAX_LEAF_BYTES, TIME, parse_row

LARGE_BYTES = 1 << 18
"""A payload from this size on is left to a share of its own."""
MOST_OPEN = 32
DIFFER = 8
"""Where so many cells at the top of a column all differ, the others will."""
_SEGMENT = pattern(rb"assets/[a-z0-9-]+/[a-z][a-z0-9-]*/[0-9]+-[0-9]+\.csv")
_WIDTH = len(COLUMNS)
_PLAIN = bytes(set(range(32, 127)) - set(b"\"'"))
_FORMULA = bytes.maketrans(b"+-@", b"===")
_NUMERALS = b"0123456789,"
_LARGEST = 10**20
"""A number of more digits than 20 is none of a row's."""
_FREE, _CITED = (2, 3, 4, 5, 6, 13, 14), (10, 11, 12)
"""Columns of free text, and those that cite another row or nothing; every other column has one possible form."""

Column = list[bytes]


@dataclass(frozen=True, slots=True)
class Chunk:
    """`rows` rows from index `first` on: `length` bytes at `offset` of the register file `path`."""

    path: str
    first: int
    rows: int
    offset: int
    length: int


@dataclass(slots=True)
class Sound:
    """What a sound chunk says, without its rows."""

    hashes: bytes = b""
    """The leaf hashes, 32 bytes each."""
    batches: list[tuple[int, int]] = field(default_factory=list)
    """Of records: (audit row, how many records in a row cite it)."""
    spans: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Of each segment: the first byte that is owned here, the end, and the first row."""
    files: int = 0
    """Whole files that bear their entry's index: each has one owner."""
    payload_bytes: int = 0
    large: list[tuple[int, str, int, bytes]] = field(default_factory=list)
    """Whole files that are not hashed yet: (index, path, length, sha256)."""
    odd: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Rows to be judged one by one as to what they own: (index, offset, leaf)."""
    stated: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Of audit rows: (size, audit row, root) where it is another than the row before said."""
    lengths: list[tuple[int, int]] = field(default_factory=list)
    """Of audit rows: (audit row, how many records it authorises)."""


class _Unsound(Exception):
    """Something that has to be looked at row by row."""


def check_records(root: Path, chunk: Chunk) -> Sound | None:
    """Judge rows of the record log and the payloads they own."""
    return _check(root, chunk, _Records)


def check_audit(root: Path, chunk: Chunk) -> Sound | None:
    """Judge rows of the audit log."""
    return _check(root, chunk, _Audit)


def _check(root: Path, chunk: Chunk, kind: "type[_Records] | type[_Audit]") -> Sound | None:
    with (root / chunk.path).open("rb") as stream:
        stream.seek(chunk.offset)
        data = stream.read(chunk.length)
    lines = data[:-1].split(b"\n")
    found = Sound()
    try:
        if len(data) != chunk.length or len(lines) != chunk.rows or max(map(len, lines)) > MAX_LEAF_BYTES:
            return None
        kind(root, chunk, lines, _columns(data, lines, chunk.first), found).check()
    except (_Unsound, ValueError, VaultDamaged, OSError):
        return None
    found.hashes = b"".join([sha256(b"\0" + line).digest() for line in lines])
    return found


def _columns(data: bytes, lines: list[bytes], first: int) -> list[Column]:
    """The cells by column; every line is one that the vault writes, with its index, time and citations well formed."""
    columns = _plain_columns(data, lines, first)
    if columns is None:
        columns = [list(column) for column in zip(*map(_cells, lines), strict=True)]
        _demand(len(columns) == _WIDTH)
        _demand(columns[0] == [b"%d" % index for index in range(first, first + len(lines))])
    _demand(all(TIME.fullmatch(time.decode()) for time in _distinct(columns[1])))
    for place in _CITED:
        _numbers([cell for cell in _distinct(columns[place]) if cell])
    return columns


def _plain_columns(data: bytes, lines: list[bytes], first: int) -> list[Column] | None:
    """The columns where no cell needs a quote or an apostrophe; None where one may, or the rows are not what they should be.

    A LF is given a comma of its own, so it begins a cell. There are as many LF as rows, and the column of indices, which is
    as expected, has all but the last: so every row has all its cells, and no more.
    """
    if not data.isascii() or b'"' in data or b"'" in data:
        return None
    cells = data.replace(b"\n", b",\n").split(b",")
    indices = (b"\n%d" * len(lines)) % tuple(range(first, first + len(lines)))
    if len(cells) != _WIDTH * len(lines) + 1 or b"".join(cells[:-1:_WIDTH]) != indices[1:]:
        return None
    columns = [cells[place:-1:_WIDTH] for place in range(_WIDTH)]
    text = b"," + b",".join([cell for place in _FREE for cell in _distinct(columns[place])])
    return None if text.translate(None, _PLAIN) or b",=" in text.translate(_FORMULA) else columns


def _distinct(column: Column) -> Collection[bytes]:
    """The cells of `column`, each once where that is likely to be worth the search."""
    some = column[0]
    if some == column[-1] and column.count(some) == len(column):
        return (some,)
    return column if len({some, *column[1:DIFFER]}) == min(DIFFER, len(column)) else set(column)


def _cells(line: bytes) -> list[bytes]:
    return [cell.encode() for cell in line_cells(line)]


def _demand(claim: bool) -> None:
    if not claim:
        raise _Unsound


def _numbers(column: Sequence[bytes]) -> list[int]:
    """The numbers in `column`, each written as the vault writes it: digits alone, no zero in front (JSON has none either)."""
    text = b",".join(column)
    _demand(not text.translate(None, _NUMERALS))
    values: list[int] = json.loads(b"[%b]" % text)
    _demand(len(values) == len(column) and max(values, default=0) < _LARGEST)
    return values


class _Records:
    """Judges what record rows own."""

    def __init__(self, root: Path, chunk: Chunk, lines: list[bytes], columns: list[Column], found: Sound) -> None:
        self._root, self._chunk, self._lines, self._found = root, chunk, lines, found
        self._kinds, self._paths, self._hashes, self._audits = columns[4], columns[6], columns[9], columns[12]
        self._offset_cells = columns[7]
        self._lengths = _numbers(columns[8])
        self._open: dict[bytes, int] = {}

    def check(self) -> None:
        """Raises _Unsound, OSError."""
        self._found.batches = [(int(audit), end - begin) for audit, begin, end in _runs(self._audits)]
        try:
            for path, begin, end in _runs(self._paths):
                self._check_run(path, begin, end)
        finally:
            for descriptor in self._open.values():
                os.close(descriptor)

    def _check_run(self, path: bytes, begin: int, end: int) -> None:
        kinds = set(self._kinds[begin:end])
        self._found.payload_bytes += sum(self._lengths[begin:end]) if path else 0
        if _SEGMENT.fullmatch(path) and b"torn" not in kinds:
            self._check_lines(path, begin, end)
        elif end - begin == 1 and self._is_whole(path, begin):
            self._check_whole(path, begin)
        else:
            place = self._chunk.offset + sum(len(line) + 1 for line in self._lines[:begin])
            for row in range(begin, end):
                parse_row(self._lines[row])
                self._found.odd.append((self._chunk.first + row, place, self._lines[row]))
                place += len(self._lines[row]) + 1

    def _is_whole(self, path: bytes, row: int) -> bool:
        parts = path.decode().split("/")
        shelved = len(parts) == 4 and parts[0] == "assets" and is_shelf(parts[2])
        owned = shelved and index_in(parts[3]) == self._chunk.first + row and self._kinds[row] != b"torn"
        return owned and self._offset_cells[row] == b"0"

    def _check_lines(self, path: bytes, begin: int, end: int) -> None:
        """Lines of one segment, one behind the other."""
        where, first = path.decode(), self._chunk.first + begin
        known = self._found.spans.get(where)
        start = int(self._offset_cells[begin])
        _demand(known is None or known[1] == start)
        # As many commas as between the cells: so none lies within one, and each cell is the number that it should be.
        offsets = tuple(accumulate(self._lengths[begin : end - 1], initial=start))
        _demand(b",".join(self._offset_cells[begin:end]) == (b",%d" * len(offsets) % offsets)[1:])
        ends = list(accumulate(self._lengths[begin:end], initial=0))
        data = os.pread(self._opened(path), ends[-1], start)
        _demand(len(data) == ends[-1])
        hashes = b"".join([sha256(data[one:two]).digest() for one, two in pairwise(ends)])
        _demand(hashes.hex(",", HASH_BYTES).encode() == b",".join(self._hashes[begin:end]))
        stop = start + ends[-1]
        self._found.spans[where] = (start, stop, first) if known is None else (known[0], stop, known[2])

    def _check_whole(self, path: bytes, row: int) -> None:
        length, digest = self._lengths[row], bytes.fromhex(self._hashes[row].decode())
        _demand(digest.hex().encode() == self._hashes[row] and len(digest) == 32)
        self._found.files += 1
        if length >= LARGE_BYTES:
            self._found.large.append((self._chunk.first + row, path.decode(), length, digest))
            return
        descriptor = _opened(self._root, path)
        try:
            data = os.read(descriptor, length + 1)
        finally:
            os.close(descriptor)
        _demand(len(data) == length and sha256(data).digest() == digest)

    def _opened(self, path: bytes) -> int:
        if path not in self._open:
            if len(self._open) >= MOST_OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            self._open[path] = _opened(self._root, path)
        return self._open[path]


class _Audit:
    """Judges what audit rows state."""

    def __init__(self, root: Path, chunk: Chunk, lines: list[bytes], columns: list[Column], found: Sound) -> None:
        self._chunk, self._found = chunk, found
        # A row that owns torn bytes of the register has a path; it is rare, and looked at alone.
        _demand(not any(columns[6]))
        self._sizes, self._counts, self._roots = _numbers(columns[7]), _numbers(columns[8]), columns[9]

    def check(self) -> None:
        """Raises _Unsound."""
        first = self._chunk.first
        self._found.lengths = [(first + row, count) for row, count in enumerate(self._counts) if count]
        before: tuple[int, bytes] | None = None
        for row, head in enumerate(zip(self._sizes, self._roots, strict=True)):
            if head != before:
                root = bytes.fromhex(head[1].decode())
                _demand(len(root) == 32 and root.hex().encode() == head[1])
                self._found.stated.append((head[0], first + row, root))
                before = head


def _runs(cells: Column) -> Iterator[tuple[bytes, int, int]]:
    """(cell, begin, end) of each run of equal cells."""
    begin = 0
    if cells[0] == cells[-1] and cells.count(cells[0]) == len(cells):
        yield cells[0], 0, len(cells)
        return
    for cell, run in groupby(cells):
        end = begin + len(list(run))
        yield cell, begin, end
        begin = end


def _opened(root: Path, path: bytes) -> int:
    descriptor = os.open(os.fsencode(root) + b"/" + path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _Unsound
    return descriptor
