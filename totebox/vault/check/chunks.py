"""Verification of one chunk of a register, hundreds of rows at a time, column by column. Runs in a worker process.

It accepts a chunk as sound when the vault would write every row of it, in its place, and every payload has its hash. It makes no findings:
for any other chunk the result is None, and the caller checks that chunk row by row.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from re import compile as pattern

from protocol.trust.tlog import HASH_BYTES
from totebox.errors import VaultDamaged
from totebox.files.entrance import Way, stream
from totebox.vault.check.columns import Column, Unsound, columns_of, demand, numbers, runs
from totebox.vault.check.digests import leaf_hashes, range_hashes
from totebox.vault.check.tree_piece import TreePart, tree_part
from totebox.vault.commit.layout import index_in, is_shelved
from totebox.vault.log.journal import AUDIT, RECORDS, LogFolders
from totebox.vault.log.record import MAX_LEAF_BYTES, parse_row

LARGE_BYTES = 1 << 18
"""Payloads of at least this size are not hashed here, but in shares of their own (`ranges.py`)."""
MOST_OPEN = 32
MOST_LINES_BYTES = 64 << 20
"""Limit for consecutive lines of one segment in one chunk; more are not sound."""
STEP_BYTES = MAX_LEAF_BYTES + 1
"""Rows of this many bytes are checked together: their cells stay in the processor's cache, and the longest row still fits."""
_SEGMENT = pattern(rb"assets/[a-z0-9-]+/[a-z][a-z0-9-]*/[0-9]+-[0-9]+\.csv")


@dataclass(frozen=True, slots=True)
class RegisterChunk:
    """`rows` rows from index `first` on: `length` bytes at `offset` of the register file `path`."""

    path: str
    first: int
    rows: int
    offset: int
    length: int
    sizes: tuple[int, ...] = ()
    """The tree sizes within the chunk for which a root is stated somewhere."""
    has_tiles: bool = True
    """Whether the stored tiles of its rows are compared too."""


@dataclass(slots=True)
class Sound:
    """The content of a sound chunk that the rest of the verification needs, without its rows."""

    tree: TreePart = field(default_factory=TreePart)
    """The part of the tree over its rows."""
    batches: list[tuple[int, int]] = field(default_factory=list)
    """Of record rows: (audit row, number of consecutive records that cite it)."""
    spans: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    """Of each segment file: the first byte that a row here owns, the end of the last such range, and the first such row."""
    files: int = 0
    """Number of whole files whose name holds the index of their entry, so that each has exactly one owner."""
    payload_bytes: int = 0
    large: list[tuple[int, str, int, bytes]] = field(default_factory=list)
    """Whole files that are not hashed yet: (index, path, length, sha256)."""
    odd: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Rows whose ownership the caller checks one by one: (index, offset, leaf)."""
    stated: list[tuple[int, int, bytes]] = field(default_factory=list)
    """Of audit rows: (size, audit row, root), for each row that states another size or root than the row before."""
    lengths: list[tuple[int, int]] = field(default_factory=list)
    """Of audit rows: (audit row, number of records that it authorises)."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Complete rows from index `first` on, at `offset` of their file: as bytes, and by column."""

    first: int
    offset: int
    rows: list[bytes]
    columns: list[Column]


def check_records(root: Path, chunk: RegisterChunk) -> Sound | None:
    """Check rows of the record log and the payloads that they own. None unless all of them are sound."""
    found = Sound()
    records = _Records(root, found)
    try:
        return _check(root, chunk, records, found, RECORDS)
    finally:
        records.close()


def check_audit(root: Path, chunk: RegisterChunk) -> Sound | None:
    """Check rows of the audit log. None unless all of them are sound."""
    found = Sound()
    return _check(root, chunk, _Audit(found), found, AUDIT)


def _check(
    root: Path, chunk: RegisterChunk, judge: "_Records | _Audit", found: Sound, places: LogFolders
) -> Sound | None:
    first, offset, hashes = chunk.first, chunk.offset, []
    try:
        for data in _steps(root, chunk):
            *rows, _ = data.split(b"\n")
            judge.check(_Step(first, offset, rows, columns_of(data, rows, first)))
            hashes.append(leaf_hashes(rows))
            first, offset = first + len(rows), offset + len(data)
        demand(first == chunk.first + chunk.rows)
    except (Unsound, ValueError, VaultDamaged, OSError, OverflowError, MemoryError):
        return None
    found.tree = tree_part(root, places if chunk.has_tiles else None, chunk.first, b"".join(hashes), chunk.sizes)
    return found


def _steps(root: Path, chunk: RegisterChunk) -> Iterator[bytes]:
    """All bytes of `chunk`, some complete rows at a time. Raises Unsound when it does not end with a complete row."""
    place, end = chunk.offset, chunk.offset + chunk.length
    with stream(root, chunk.path, buffering=0) as file:
        while place < end:
            data = os.pread(file.fileno(), min(STEP_BYTES, end - place), place)
            length = data.rfind(b"\n") + 1
            demand(length > 0)
            yield data[:length]
            place += length


class _Records:
    """Checks the payloads that record rows own."""

    def __init__(self, root: Path, found: Sound) -> None:
        self._way, self._found = Way(root), found
        self._open: dict[bytes, int] = {}

    def close(self) -> None:
        """Close the open files."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._way.close()

    def check(self, step: _Step) -> None:
        """Raises Unsound, ValueError, OSError, VaultDamaged."""
        lengths = numbers(step.columns[8])
        for audit, begin, end in runs(step.columns[12]):
            self._add_batch(int(audit), end - begin)
        for path, begin, end in runs(step.columns[6]):
            self._check_run(step, lengths[begin:end], path, begin, end)

    def _add_batch(self, audit: int, count: int) -> None:
        batches = self._found.batches
        if batches and batches[-1][0] == audit:
            count += batches.pop()[1]
        batches.append((audit, count))

    def _check_run(self, step: _Step, lengths: list[int], path: bytes, begin: int, end: int) -> None:
        kinds = step.columns[4]
        self._found.payload_bytes += sum(lengths) if path else 0
        if _SEGMENT.fullmatch(path) and b"torn" not in kinds[begin:end]:
            self._check_lines(step, lengths, path, begin, end)
        elif end - begin == 1 and _is_whole(step, path, begin):
            self._check_whole(step.first + begin, path, lengths[0], step.columns[9][begin])
        else:
            place = step.offset + sum(len(row) + 1 for row in step.rows[:begin])
            for index, row in enumerate(step.rows[begin:end], step.first + begin):
                parse_row(row)
                self._found.odd.append((index, place, row))
                place += len(row) + 1

    def _check_lines(self, step: _Step, lengths: list[int], path: bytes, begin: int, end: int) -> None:
        """Check consecutive lines of one segment: each begins where the one before ends, and has its hash."""
        where, cells = path.decode(), step.columns[7][begin:end]
        known = self._found.spans.get(where)
        start = int(cells[0])
        demand(known is None or known[1] == start)
        # Both sides have the same commas, so no cell contains one, and each cell is the expected number.
        offsets = tuple(accumulate(lengths[:-1], initial=start))
        demand(b",".join(cells) == (b",%d" * len(offsets) % offsets)[1:])
        stop = offsets[-1] + lengths[-1]
        demand(0 <= stop - start <= MOST_LINES_BYTES)
        data = os.pread(self._opened(path), stop - start, start)
        demand(len(data) == stop - start)
        hashes = range_hashes(data, lengths)
        demand(hashes.hex(",", HASH_BYTES).encode() == b",".join(step.columns[9][begin:end]))
        self._found.spans[where] = (start, stop, step.first + begin) if known is None else (known[0], stop, known[2])

    def _check_whole(self, index: int, path: bytes, length: int, cell: bytes) -> None:
        digest = bytes.fromhex(cell.decode())
        demand(digest.hex().encode() == cell and len(digest) == HASH_BYTES)
        self._found.files += 1
        if length >= LARGE_BYTES:
            self._found.large.append((index, path.decode(), length, digest))
            return
        descriptor = self._way.open(path.decode())
        try:
            data = os.read(descriptor, length + 1)
        finally:
            os.close(descriptor)
        demand(len(data) == length and sha256(data).digest() == digest)

    def _opened(self, path: bytes) -> int:
        if path not in self._open:
            if len(self._open) >= MOST_OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            self._open[path] = self._way.open(path.decode())
        return self._open[path]


class _Audit:
    """Checks what audit rows state about the record log."""

    def __init__(self, found: Sound) -> None:
        self._found = found
        self._before: tuple[int, bytes] | None = None

    def check(self, step: _Step) -> None:
        """Raises Unsound, ValueError."""
        columns = step.columns
        # A row that owns torn bytes of the register has a path. It is rare, and is left to the check row by row.
        demand(not any(columns[6]))
        self._found.lengths += [(row, count) for row, count in enumerate(numbers(columns[8]), step.first) if count]
        for row, head in enumerate(zip(numbers(columns[7]), columns[9], strict=True), step.first):
            if head != self._before:
                root = bytes.fromhex(head[1].decode())
                demand(len(root) == HASH_BYTES and root.hex().encode() == head[1])
                self._found.stated.append((head[0], row, root))
                self._before = head


def _is_whole(step: _Step, path: bytes, row: int) -> bool:
    """Whether this row owns a whole file whose name holds the row's index."""
    text = path.decode()
    owned = (
        is_shelved(text) and index_in(text.rpartition("/")[2]) == step.first + row and step.columns[4][row] != b"torn"
    )
    return owned and step.columns[7][row] == b"0"
