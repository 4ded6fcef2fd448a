"""Verification of one register from its bytes: header, rows, the tree over them, stored tiles and checkpoints."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from protocol.trust.tlog import leaf_hash
from totebox.errors import VaultDamaged
from totebox.files.entrance import is_file, names_in, stream
from totebox.vault.api import Checkpoint, Entry, Finding
from totebox.vault.check.chunks import RegisterChunk, Sound
from totebox.vault.check.findings import RESTORE, Findings, stranger
from totebox.vault.check.tree import Stated, TreeCheck
from totebox.vault.check.workers import WorkerPool
from totebox.vault.log.journal import CHECKPOINT_NAME, LogFolders, stored_checkpoint
from totebox.vault.log.keychain import KeyChain
from totebox.vault.log.record import parse_row
from totebox.vault.log.register import FILE_ROWS, RegisterFile, list_files
from totebox.vault.log.rows import LONGEST_GAP_BYTES, LONGEST_ROW_BYTES, PIECE_BYTES, end_of, header_end
from totebox.vault.log.tiles import WIDTH

PEEK_BYTES = 1 << 16
MOST_DIGITS = 20
GUIDED = 6
"""A piece is at most 1/GUIDED of the rest of the file, so that pieces get smaller toward its end."""
LEAST_BYTES = 1 << 16
NOTES = 16
"""Number of checkpoint files that a worker process reads in one piece of work."""


@dataclass(slots=True)
class RegisterPass:
    """The result of one pass over a register: its size, its root, and the findings."""

    size: int = 0
    root: bytes = b""
    findings: Findings = field(default_factory=Findings)
    unreadable: dict[str, str] = field(default_factory=dict)
    """Checkpoint files that cannot be read or are not signed by a key of the log, and why. One that a torn entry owns is no damage."""


class RowCheck:
    """One pass over the register at `places`, up to `limit` rows (None: all).

    The register is cut into chunks. Worker processes check them; this process adds the results in order. A chunk that is not sound as a
    whole is checked again here, row by row: only that makes findings about rows.

    Args:
        keep: called with each row of such a chunk that parses, with its file and offset.
        sound: called with each sound chunk; returns False when it does not fit the rows before, and then it is checked row by row.
        check: checks a chunk in a worker process; returns None unless it is sound.
        pool: the worker processes that check chunks and read checkpoints.
        ended: called with each file and the offset where its rows end; a later row must own the bytes after that as torn.
        moved: called with the number of bytes that were read.
        acknowledged: rows that a stored checkpoint covers must exist, even beyond `limit`, since no process writes rows at present.
    """

    def __init__(
        self,
        root: Path,
        places: LogFolders,
        chain: KeyChain,
        limit: int | None,
        keep: Callable[[Entry, str, int], None],
        sound: Callable[[RegisterChunk, Sound], bool],
        check: Callable[[Path, RegisterChunk], Sound | None],
        pool: WorkerPool,
        ended: Callable[[str, int], None],
        moved: Callable[[int], None],
        *,
        acknowledged: bool = False,
        has_tiles: bool = True,
    ) -> None:
        self._root, self._places, self._chain, self._limit = root, places, chain, limit
        self._keep, self._sound, self._ended, self._moved = keep, sound, ended, moved
        self._check, self._pool, self._acknowledged = check, pool, acknowledged
        self.found = RegisterPass()
        self._tree = TreeCheck(root, places, self.found.findings, has_tiles=has_tiles)
        self._has_tiles = has_tiles
        self._stated: Iterator[Stated] = iter(())

    def expect(self, stated: Stated) -> None:
        """Require that the rows lead to the stated root. Call it before `run`."""
        self._tree.expect(stated)

    def expect_all(self, stated: Iterator[Stated]) -> None:
        """As `expect`, for many statements in order of size. They are read while the pass proceeds. Call it before `run`."""
        self._stated = stated

    def stands(self) -> tuple[int, bytes]:
        """The number of rows that were read, and the root over them."""
        return self._tree.size, self._tree.root()

    def run(self) -> RegisterPass:
        """Read the whole register once and check it."""
        self._expect_checkpoints()
        self._tree.begin(self._stated)
        files = list_files(self._root, self._places.register)
        for file in files:
            if self._limit is not None and file.first > self._limit:
                break
            self._check_file(file, None if file is files[-1] else file.rows)
        self._check_foreign()
        self.found.size, self.found.root = self.stands()
        self._tree.end()
        return self.found

    def _check_file(self, file: RegisterFile, rows: int | None) -> None:
        if file.first != self._tree.size:
            found = f"a file that begins with row {file.first}"
            self._say(file.path, file.first, 0, f"row {self._tree.size}", found)
            return
        most = FILE_ROWS if rows is None else rows
        past = file.first + (most if self._limit is None else min(most, self._limit - file.first))
        end, quick = header_end(self._root, file.path), True
        while end and self._tree.size < past:
            before, end, quick = end, *self._check_chunks(file, end, past, quick=quick)
            if end == before:
                break
        self._ended(file.path, end)

    def _check_chunks(self, file: RegisterFile, end: int, past: int, *, quick: bool) -> tuple[int, bool]:
        """Check the rows from byte `end` of `file` on, up to row `past`.

        Returns the offset where that ended, and the next value of `quick`.

        With `quick` it ends early, and returns False, when a chunk does not begin with the row that the cut at its beginning assumed.
        """
        rows = chunks(self._root, file, end, self._tree.size, past, quick=quick)
        asked = (
            replace(chunk, sizes=self._tree.sizes(chunk.first, chunk.first + chunk.rows), has_tiles=self._has_tiles)
            for chunk in rows
        )
        for chunk, found in self._pool.each(self._check, asked):
            if chunk.first != self._tree.size:
                return end, False
            if found is not None and self._sound(chunk, found):
                self._tree.grow_by(found.tree)
                end = chunk.offset + chunk.length
            else:
                end = self._check_rows(chunk, past)
            self._moved(chunk.length)
        return end, quick

    def _check_rows(self, chunk: RegisterChunk, past: int) -> int:
        """Check a chunk row by row, up to row `past`, since something in it is rare or wrong. Returns the offset where that ended."""
        with stream(self._root, chunk.path) as lines:
            lines.seek(chunk.offset)
            offset = chunk.offset
            while offset < chunk.offset + chunk.length and self._tree.size < past:
                line = lines.readline(LONGEST_ROW_BYTES)
                self._check_row(line[:-1], chunk.path, offset)
                offset += len(line)
        return offset

    def _check_row(self, leaf: bytes, path: str, offset: int) -> None:
        index = self._tree.size
        try:
            entry = parse_row(leaf)
            if entry.index != index:
                raise VaultDamaged(f"row {entry.index}")
            self._keep(entry, path, offset)
        except VaultDamaged as error:
            self._say(path, index, offset, f"row {index}", str(error))
        self._tree.grow(leaf_hash(leaf))

    def _expect_checkpoints(self) -> None:
        names = []
        for name in names_in(self._root, self._places.checkpoints):
            where = f"{self._places.checkpoints}/{name}"
            if CHECKPOINT_NAME.fullmatch(name) and is_file(self._root, where):
                names.append(name)
            else:
                self.found.findings.append(stranger(where, "checkpoints alone"))
        taken = iter(names)
        shares = ((self._places, self._chain, share) for share in iter(lambda: list(islice(taken, NOTES)), []))
        for (_, _, share), found in self._pool.each(read_checkpoints, shares):
            for name, checkpoint in zip(share, found, strict=True):
                self._expect_checkpoint(name, checkpoint)

    def _expect_checkpoint(self, name: str, checkpoint: Checkpoint | str) -> None:
        where, size = f"{self._places.checkpoints}/{name}", name.partition(".")[0]
        if isinstance(checkpoint, str):
            self.found.unreadable[where] = checkpoint
        elif str(checkpoint.tree_size) != size:
            self._say(where, None, None, f"tree size {size}", str(checkpoint.tree_size))
        elif self._limit is None or self._acknowledged or checkpoint.tree_size <= self._limit:
            self.expect(Stated(checkpoint.tree_size, checkpoint.root, where))

    def _check_foreign(self) -> None:
        known = {file.path for file in list_files(self._root, self._places.register)}
        for name in names_in(self._root, self._places.register):
            where = f"{self._places.register}/{name}"
            if where not in known:
                self.found.findings.append(stranger(where, "register files alone"))

    def _say(self, path: str, entry: int | None, offset: int | None, expected: str, found: str) -> None:
        self.found.findings.append(Finding("damage", path, entry, offset, expected, found, RESTORE))


def read_checkpoints(root: Path, share: tuple[LogFolders, KeyChain, Sequence[str]]) -> list[Checkpoint | str]:
    """The stored checkpoints of these names; for one that cannot be read, or has no valid signature, the reason."""
    places, chain, names = share
    found: list[Checkpoint | str] = []
    for name in names:
        size, _, witness = name.partition(".")
        try:
            found.append(stored_checkpoint(root, places, int(size), chain, witness))
        except VaultDamaged as error:
            found.append(str(error))
    return found


def chunks(
    root: Path, file: RegisterFile, offset: int, first: int, past: int, *, quick: bool
) -> Iterator[RegisterChunk]:
    """Cut the complete rows of `file` from byte `offset` on, where row `first` begins, up to row `past`, into pieces.

    A piece has about half a mebibyte; pieces get smaller toward the end of the file, so that all worker processes end at about the same
    time.

    With `quick` the number of rows in a piece is computed from the index of the row after it, and its bytes are not read here. The
    check of the piece finds out whether it has that many rows.
    """
    with stream(root, file.path, buffering=0) as opened:
        descriptor = opened.fileno()
        size = os.fstat(descriptor).st_size
        while first < past:
            least = min(PIECE_BYTES, max((size - offset) // GUIDED, LEAST_BYTES))
            piece = _promised(descriptor, offset, least, first, past) if quick else None
            rows, length = piece or _counted(descriptor, offset, past - first)
            if not length:
                return
            yield RegisterChunk(file.path, first, rows, offset, length)
            first, offset = first + rows, offset + length


def _promised(descriptor: int, offset: int, least: int, first: int, past: int) -> tuple[int, int] | None:
    """Rows and length of a piece of at least `least` bytes, by the index of the row after it; None when there is no valid index.

    The piece ends at the end of a tile, if one is near, so that pieces hold whole tiles alone.
    """
    peek = os.pread(descriptor, PEEK_BYTES, offset + least)
    begin = peek.find(b"\n") + 1
    index, comma, _ = peek[begin : begin + MOST_DIGITS + 1].partition(b",")
    if not begin or not comma or not index.isdigit() or not first < int(index) <= past:
        return None
    rows, length = int(index) - first, least + begin
    more = -int(index) % WIDTH
    lines = peek[begin:].split(b"\n", more)
    if len(lines) <= more or rows + more > past - first:
        return rows, length
    return rows + more, length + len(peek) - begin - len(lines[more])


def _counted(descriptor: int, offset: int, most: int) -> tuple[int, int]:
    """Rows and length of a piece of up to `most` rows, which are read and counted; (0, 0) when no complete row follows."""
    data = os.pread(descriptor, PIECE_BYTES, offset)
    while (
        not (rows := data.count(b"\n"))
        and len(data) <= LONGEST_GAP_BYTES
        and (more := os.pread(descriptor, PIECE_BYTES, offset + len(data)))
    ):
        data += more
    return (rows, data.rfind(b"\n") + 1) if rows <= most else (most, end_of(data, most))
