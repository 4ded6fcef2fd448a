"""Register of one log: CSV files of at most 65,536 rows, `<first index>-<attempt>.csv`.

A file is its header line, then rows, then, where a crash tore it, torn bytes that an entry of a later file owns. The first index in the
name of the next file tells how many rows a file has. Only `recover` decides where the rows of the last file end.
"""

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.files.entrance import names_in, stream
from totebox.vault.disk.durable import Disk, Tail
from totebox.vault.log.record import HEADER
from totebox.vault.log.rows import LONGEST_ROW_BYTES, STRIDE, mark

FILE_ROWS = 65_536
INDEXED_FILES = 64
_NAME = re.compile(r"([0-9]{12})-([1-9][0-9]*)\.csv")


@dataclass(slots=True)
class RegisterFile:
    """One file of the register. Its first `rows` rows end at byte `end`; row `k * STRIDE` of the file begins at byte `offsets[k]`."""

    path: str
    first: int
    attempt: int
    rows: int = 0
    end: int = 0
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))

    @property
    def past(self) -> int:
        """The index after its last row."""
        return self.first + self.rows


def file_path(folder: str, first: int, attempt: int) -> str:
    """The path of the register file that begins with entry `first`."""
    return f"{folder}/{first:012d}-{attempt}.csv"


def list_files(root: Path, folder: str) -> list[RegisterFile]:
    """The files in order. `rows` is set for all but the last file (0 for files with the same first index as the next one)."""
    found: list[RegisterFile] = []
    for name in names_in(root, folder):
        match = _NAME.fullmatch(name)
        if match:
            found.append(RegisterFile(f"{folder}/{name}", int(match.group(1)), int(match.group(2))))
    found.sort(key=lambda file: (file.first, file.attempt))
    for file, following in pairwise(found):
        file.rows = following.first - file.first
    return found


def scan(root: Path, file: RegisterFile, most: int) -> Iterator[tuple[int, bytes]]:
    """(offset, leaf) of up to `most` complete rows of `file`, from its beginning; nothing when its header is torn."""
    with stream(root, file.path) as lines:
        if lines.read(len(HEADER)) != HEADER:
            return
        offset = len(HEADER)
        for _ in range(most):
            row = lines.readline(LONGEST_ROW_BYTES)
            if not row.endswith(b"\n"):
                return
            yield offset, row[:-1]
            offset += len(row)


def row_at(root: Path, folder: str, index: int) -> bytes | None:
    """The complete row number `index`, of which only its own file is read; None where there is none."""
    holders = [file for file in list_files(root, folder) if file.first <= index]
    if not holders:
        return None
    rows = scan(root, holders[-1], index - holders[-1].first + 1)
    return next((leaf for place, (_, leaf) in enumerate(rows, holders[-1].first) if place == index), None)


class Register:
    """Reads rows anywhere and appends rows at the end.

    `files` come from `list_files`; recovery has set `rows` and `end` of the last ones.
    """

    def __init__(self, disk: Disk, folder: str, files: list[RegisterFile]) -> None:
        self._disk, self._folder, self.files = disk, folder, files
        self._tail: Tail | None = None
        self._unsynced: list[Tail] = []
        self._indexed: list[RegisterFile] = []
        self.must_begin = not files
        """Whether the next row begins another file: there is none yet, or the last one is torn."""
        self.file_rows = FILE_ROWS
        """Most rows of one file."""

    @property
    def size(self) -> int:
        """Number of rows that were written, acknowledged or not."""
        return self.files[-1].past if self.files else 0

    def leaves(self, start: int, limit: int) -> list[bytes]:
        """Up to `limit` leaves from index `start` on.

        Raises:
            VaultDamaged: a row that must exist is missing.
        """
        found: list[bytes] = []
        while len(found) < limit and start + len(found) < self.size:
            index = start + len(found)
            file = self._file_of(index)
            found += self._slice(file, index - file.first, min(limit - len(found), file.past - index))
        return found

    def append(self, leaves: Sequence[bytes]) -> None:
        """Write rows at the end in one write. Durable after `sync`; a crash before leaves any prefix.

        All of them go into one file: a batch never spans two files, so a start needs the last file alone to judge it.
        """
        assert len(leaves) <= self.file_rows, f"{len(leaves)} rows in one group"
        if not leaves:
            return
        if self.must_begin or self.files[-1].rows + len(leaves) > self.file_rows:
            self._begin_file()
        elif self._tail is None:
            self.index(self.files[-1])
            self._tail = self._disk.resume(self.files[-1].path, self.files[-1].end)
        self._append_to_tail(leaves)

    def take_unsynced(self) -> list[Tail]:
        """The files with appended rows that are not synced; the caller makes them durable."""
        taken, self._unsynced = self._unsynced, []
        return taken

    def sync(self) -> None:
        """Sync the files: all appended rows survive a crash when this has returned."""
        for tail in self.take_unsynced():
            tail.sync()

    def close(self) -> None:
        if self._tail is not None:
            self._tail.close()

    def _begin_file(self) -> None:
        if self._tail is not None:
            # The rows of this file are made durable before the next file exists: a start takes its existence as the proof of that.
            self._tail.sync()
            self._unsynced = [tail for tail in self._unsynced if tail is not self._tail]
            self._tail.close()
            self._tail = None
        size = self.size
        attempt = 1 + sum(1 for file in self.files if file.first == size)
        file = RegisterFile(file_path(self._folder, size, attempt), size, attempt, 0, len(HEADER))
        self._tail = self._disk.begin(file.path)
        self._tail.append(HEADER)
        self.files.append(file)
        self.must_begin = False

    def _append_to_tail(self, leaves: Sequence[bytes]) -> None:
        assert self._tail is not None
        file = self.files[-1]
        if self._tail not in self._unsynced:
            self._unsynced.append(self._tail)
        self._tail.append(b"\n".join([*leaves, b""]))
        done = 0
        for place in range(-file.rows % STRIDE, len(leaves), STRIDE):
            file.end += _bytes_of(leaves[done:place])
            file.offsets.append(file.end)
            done = place
        file.end += _bytes_of(leaves[done:])
        file.rows += len(leaves)

    def _file_of(self, index: int) -> RegisterFile:
        place = bisect_right(self.files, index, key=lambda file: file.first) - 1
        if place < 0:
            raise VaultDamaged(f"no file of {self._folder} holds row {index}; restore it from a copy")
        return self.files[place]

    def _slice(self, file: RegisterFile, row: int, count: int) -> list[bytes]:
        self.index(file)
        start = file.offsets[row // STRIDE]
        block = -(-(row + count) // STRIDE)
        end = file.offsets[block] if block < len(file.offsets) else file.end
        with stream(self._disk.root, file.path) as lines:
            lines.seek(start)
            data = lines.read(end - start)
        rows = data.split(b"\n")[row % STRIDE : row % STRIDE + count]
        if len(rows) != count or len(data) != end - start:
            raise VaultDamaged(f"{file.path} is shorter than the {file.rows} rows that were acknowledged in it")
        return rows

    def index(self, file: RegisterFile) -> None:
        """Fill `file.offsets`, unless they are known. Cost: one pass through the file.

        Raises:
            VaultDamaged: it holds fewer rows than it must.
        """
        if file.offsets or not file.rows:
            return
        marks = mark(self._disk.root, file.path, file.rows)
        if marks.rows != file.rows:
            raise VaultDamaged(f"{file.path} holds {marks.rows} rows; {file.rows} were acknowledged in it")
        file.offsets, file.end = marks.offsets, marks.end
        self._forget_others(file)

    def _forget_others(self, file: RegisterFile) -> None:
        self._indexed.append(file)
        if len(self._indexed) > INDEXED_FILES:
            oldest = self._indexed.pop(0)
            if oldest is not self.files[-1]:
                oldest.offsets = array("Q")


def _bytes_of(leaves: Sequence[bytes]) -> int:
    """Number of bytes of the rows, with their LFs."""
    return sum(map(len, leaves)) + len(leaves)
