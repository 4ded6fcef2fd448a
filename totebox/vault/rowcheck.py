"""Verify one register from its bytes: header, every row, the tree over them, stored tiles and checkpoints. Part of `fsck`."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path

from protocol.trust.tlog import HASH_BYTES, leaf_hash
from totebox.errors import VaultDamaged
from totebox.vault.api import Entry, Finding
from totebox.vault.chunkcheck import Chunk, Sound
from totebox.vault.findings import Findings
from totebox.vault.journal import CHECKPOINT_NAME, Places, stored_checkpoint, tile_path
from totebox.vault.keychain import KeyChain
from totebox.vault.record import parse_row
from totebox.vault.register import RegisterFile, list_files
from totebox.vault.rows import PIECE_BYTES, end_of, header_end
from totebox.vault.tiles import TILE_BYTES, WIDTH, Tile, Tiles

RESTORE = "restore this file from a copy of the vault and verify again"
REBUILD = "stop the Totebox and move state/tiles aside; it is made again at the next start"


PEEK_BYTES = 1_024
MOST_DIGITS = 20

Checked = Callable[[Iterator[Chunk]], Iterator[tuple[Chunk, Sound | None]]]


@dataclass(slots=True)
class Rows:
    """What one pass over a register found."""

    size: int = 0
    root: bytes = b""
    findings: Findings = field(default_factory=Findings)
    unreadable: dict[str, str] = field(default_factory=dict)
    """Stored checkpoints that nobody signed, and why; one that a crash tore is owned by a torn entry, others are damage."""


class RowCheck:
    """One pass over the register at `places`, up to `limit` rows (None: all). Chunks that are sound are never looked at row by row.

    Args:
        keep: called with every row that parses and the file and offset where it lies, unless its chunk was sound.
        sound: asked whether what a sound chunk says fits what came before; if not, the chunk is judged row by row.
        checked: gives chunks and what was found in each, in order.
        ended: called with every file and where its rows end; what follows must be owned as torn by a later row.
        moved: called with the number of bytes that were read.
    """

    def __init__(
        self,
        root: Path,
        places: Places,
        chain: KeyChain,
        limit: int | None,
        keep: Callable[[Entry, str, int], None],
        sound: Callable[[Chunk, Sound], bool],
        checked: Checked,
        ended: Callable[[str, int], None],
        moved: Callable[[int], None],
    ) -> None:
        self._root, self._places, self._chain, self._limit = root, places, chain, limit
        self._top = os.fspath(root)
        self._keep, self._sound, self._checked, self._ended, self._moved = keep, sound, checked, ended, moved
        self._tiles = Tiles(lambda level, number: b"", lambda start, width: [])
        self._roots: dict[int, list[tuple[bytes, str]]] = {}
        self._sizes: list[int] = []
        """A heap of the sizes in `_roots`, and of some that were passed."""
        self._stated: Iterator[tuple[int, bytes, str]] = iter(())
        self._next: tuple[int, bytes, str] | None = None
        self._wrong_root = False
        self.found = Rows()

    def expect(self, size: int, root: bytes, source: str) -> None:
        """`source` says that the tree of `size` rows has this root. Call it before `run`."""
        if size not in self._roots:
            heappush(self._sizes, size)
        self._roots.setdefault(size, []).append((root, source))

    def expect_all(self, stated: Iterator[tuple[int, bytes, str]]) -> None:
        """As `expect`, of many: (size, root, source) in order of size, taken as the pass comes to them. Call it before `run`."""
        self._stated = stated
        self._next = next(stated, None)

    def stands(self) -> tuple[int, bytes]:
        """How many rows were read, and the root over them."""
        return self._tiles.size, self._tiles.root(self._tiles.size)

    def run(self) -> Rows:
        """Read everything once."""
        self._expect_checkpoints()
        files = list_files(self._root, self._places.register)
        for file in files:
            if self._limit is not None and file.first > self._limit:
                break
            self._check_file(file, None if file is files[-1] else file.rows)
        self._check_foreign()
        self.found.size = self._tiles.size
        self.found.root = self._tiles.root(self._tiles.size)
        while self._next is not None:
            self._expect_next()
        for size in sorted(self._roots):
            for _, source in self._roots[size]:
                self._say(source, None, None, f"at least {size} rows", f"{self.found.size} rows", RESTORE)
        return self.found

    def _expect_next(self) -> None:
        assert self._next is not None
        self.expect(*self._next)
        self._next = next(self._stated, None)

    def _check_file(self, file: RegisterFile, rows: int | None) -> None:
        if file.first != self._tiles.size:
            self._say(
                file.path,
                file.first,
                0,
                f"row {self._tiles.size}",
                f"a file that begins with row {file.first}",
                RESTORE,
            )
            return
        most = 1 << 62 if rows is None else rows
        past = file.first + (most if self._limit is None else min(most, self._limit - file.first))
        end, quick = header_end(self._root / file.path), True
        while end and self._tiles.size < past:
            before, end, quick = end, *self._check_chunks(file, end, past, quick=quick)
            if end == before:
                break
        self._ended(file.path, end)

    def _check_chunks(self, file: RegisterFile, end: int, past: int, *, quick: bool) -> tuple[int, bool]:
        """Judge what follows byte `end` of `file`, up to row `past`: where that ends, and whether to go on as quickly.

        It ends early where a chunk does not begin with the row that its first bytes promised.
        """
        rows = chunks(self._root, file, end, self._tiles.size, past, quick=quick)
        for chunk, found in self._checked(rows):
            if chunk.first != self._tiles.size:
                return end, False
            if found is not None and self._sound(chunk, found):
                self._grow(found.hashes, found.above)
                end = chunk.offset + chunk.length
            else:
                end = self._check_rows(chunk, past)
            self._moved(chunk.length)
        return end, quick

    def _check_rows(self, chunk: Chunk, past: int) -> int:
        """Judge a chunk row by row, up to row `past`: something in it is rare, or wrong. Where that ends."""
        with (self._root / chunk.path).open("rb") as stream:
            stream.seek(chunk.offset)
            offset = chunk.offset
            while offset < chunk.offset + chunk.length and self._tiles.size < past:
                line = stream.readline()
                self._check_row(line[:-1], chunk.path, offset)
                offset += len(line)
        return offset

    def _check_row(self, leaf: bytes, path: str, offset: int) -> None:
        index = self._tiles.size
        try:
            entry = parse_row(leaf)
            if entry.index != index:
                raise VaultDamaged(f"row {entry.index}")
            self._keep(entry, path, offset)
        except VaultDamaged as error:
            self._say(path, index, offset, f"row {index}", str(error), RESTORE)
        self._grow(leaf_hash(leaf))

    def _grow(self, hashes: bytes, above: tuple[bytes, ...] = ()) -> None:
        """Add leaf hashes to the tree, holding it against every root that is stated on the way, and full tiles against the stored.

        `above` is what is known of the tree above them, as `Sound` has it.
        """
        done, tile, known = 0, None, _known_tiles(hashes, above, self._tiles.size)
        while done < len(hashes):
            while self._next is not None and self._next[0] <= self._tiles.size + WIDTH:
                self._expect_next()
            size = self._tiles.size
            while self._sizes and self._sizes[0] <= size:
                heappop(self._sizes)
            # Up to the next size of which a root is known, or to the next full tile.
            stop = min(self._sizes[0] if self._sizes else size + WIDTH, size // WIDTH * WIDTH + WIDTH)
            part = hashes[done : done + (stop - size) * HASH_BYTES]
            if size % WIDTH == 0:
                tile = next(known, None)
            if tile is not None:
                self._tiles.extend_to(stop, tile)
            else:
                self._tiles.extend_with(part)
            done += len(part)
            self._check_tiles()
            self._check_root()

    def _check_root(self) -> None:
        size = self._tiles.size
        for root, source in self._roots.pop(size, ()):
            found = self._tiles.root(size)
            if found != root and not self._wrong_root:
                # The first wrong root says from where on; all later ones follow from it.
                self._wrong_root = True
                self._say(source, size - 1, None, f"root {root.hex()} at size {size}", found.hex(), RESTORE)

    def _check_tiles(self) -> None:
        if self._tiles.size % WIDTH:
            return
        for level, number, hashes in self._tiles.take_full():
            path = tile_path(self._places, level, number)
            stored = _stored(f"{self._top}/{path}", len(hashes))
            if stored not in (None, hashes):
                self._say(path, None, None, "the hashes of the rows", "other bytes", REBUILD, "doubt")

    def _expect_checkpoints(self) -> None:
        for path in (self._root / self._places.checkpoints).iterdir():
            where = f"{self._places.checkpoints}/{path.name}"
            if not CHECKPOINT_NAME.fullmatch(path.name) or not path.is_file():
                self._say(
                    where,
                    None,
                    None,
                    "checkpoints alone",
                    "a file that the vault did not write",
                    "move it elsewhere",
                    "foreign",
                )
                continue
            self._expect_checkpoint(path, where)

    def _expect_checkpoint(self, path: Path, where: str) -> None:
        size, _, witness = path.name.partition(".")
        try:
            checkpoint = stored_checkpoint(self._root, self._places, int(size), self._chain, witness)
        except VaultDamaged as error:
            self.found.unreadable[where] = str(error)
            return
        if str(checkpoint.tree_size) != size:
            self._say(where, None, None, f"tree size {size}", str(checkpoint.tree_size), RESTORE)
        elif self._limit is None or checkpoint.tree_size <= self._limit:
            self.expect(checkpoint.tree_size, checkpoint.root, where)

    def _check_foreign(self) -> None:
        known = {file.path for file in list_files(self._root, self._places.register)}
        for path in (self._root / self._places.register).iterdir():
            where = f"{self._places.register}/{path.name}"
            if where not in known:
                self._say(
                    where,
                    None,
                    None,
                    "register files alone",
                    "a file that the vault did not write",
                    "move it elsewhere",
                    "foreign",
                )

    def _say(
        self,
        path: str,
        entry: int | None,
        offset: int | None,
        expected: str,
        found: str,
        remedy: str,
        severity: str = "damage",
    ) -> None:
        match severity:
            case "foreign":
                self.found.findings.append(Finding("foreign", path, entry, offset, expected, found, remedy))
            case "doubt":
                self.found.findings.append(Finding("doubt", path, entry, offset, expected, found, remedy))
            case _:
                self.found.findings.append(Finding("damage", path, entry, offset, expected, found, remedy))


def _known_tiles(hashes: bytes, above: tuple[bytes, ...], first: int) -> Iterator[Tile]:
    """The full tiles among leaf `hashes`, the first of which is that of row `first`, where the levels above them are known."""
    begin = -first % WIDTH * HASH_BYTES
    rows = (hashes[begin:], *above)
    for number in range(len(above[-1]) // HASH_BYTES if above else 0):
        sizes = [TILE_BYTES >> height for height in range(len(rows))]
        yield Tile.known([row[number * size : (number + 1) * size] for row, size in zip(rows, sizes, strict=True)])


def _stored(path: str, length: int) -> bytes | None:
    """What a small file that should hold `length` bytes begins with, one byte more than these; None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(descriptor, length + 1)
    except OSError:
        return None
    finally:
        os.close(descriptor)


def chunks(root: Path, file: RegisterFile, offset: int, first: int, past: int, *, quick: bool) -> Iterator[Chunk]:
    """Whole rows of `file` from byte `offset` on, where row `first` begins, up to row `past`: in pieces of about a mebibyte.

    With `quick` the index with which a row begins is believed: the bytes between are not read to count their rows. Whoever judges
    a piece finds out whether it has the rows that it promises, and the one behind it begins with the row that then follows.
    """
    with (root / file.path).open("rb", buffering=0) as stream:
        while first < past:
            piece = _promised(stream.fileno(), offset, first, past) if quick else None
            rows, length = piece or _counted(stream.fileno(), offset, past - first)
            if not length:
                return
            yield Chunk(file.path, first, rows, offset, length)
            first, offset = first + rows, offset + length


def _promised(descriptor: int, offset: int, first: int, past: int) -> tuple[int, int] | None:
    """Rows and length of a piece, by the index of the row behind it; None where that cannot be read, or there is no such row."""
    peek = os.pread(descriptor, PEEK_BYTES, offset + PIECE_BYTES)
    begin = peek.find(b"\n") + 1
    index, comma, _ = peek[begin:].partition(b",")
    if not begin or not comma or not index.isdigit() or len(index) > MOST_DIGITS or not first < int(index) <= past:
        return None
    return int(index) - first, PIECE_BYTES + begin


def _counted(descriptor: int, offset: int, most: int) -> tuple[int, int]:
    """Rows and length of a piece of up to `most` rows; nothing where no whole row follows."""
    data = os.pread(descriptor, PIECE_BYTES, offset)
    while not (rows := data.count(b"\n")) and (more := os.pread(descriptor, PIECE_BYTES, offset + len(data))):
        data += more
    return (rows, data.rfind(b"\n") + 1) if rows <= most else (most, end_of(data, most))
