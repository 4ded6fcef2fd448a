"""Verification of the tree over a register's rows: it is compared with every stated root and with the stored tiles.

The tree is kept as the hashes of its complete subtrees, the largest first: as many as its size has ones in binary.
"""

from bisect import bisect_right
from collections.abc import Iterator
from heapq import merge
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from protocol.trust.tlog import EMPTY_ROOT, HASH_BYTES, node_hash
from totebox.vault.api import Finding
from totebox.vault.check.findings import RESTORE, Findings
from totebox.vault.check.tree_piece import TreePart, is_other
from totebox.vault.log.journal import LogFolders, tile_path
from totebox.vault.log.tiles import HEIGHT, TILE_BYTES, WIDTH

REBUILD = "stop the Totebox and move cache/tiles aside; it is made again at the next start"

_size_of = itemgetter(0)


class Stated(NamedTuple):
    """A statement that the tree of `size` leaves has this `root`. It is in the file `path`; in its row `row`, where that is a register.
    `remedy` says what to do where it does not hold."""

    size: int
    root: bytes
    path: str
    row: int | None = None
    remedy: str = RESTORE


class TreeCheck:
    """The tree of the log at `places`, which grows by rows and by parts. Disagreements are added to `findings`.

    With `has_tiles` each full tile is compared with the stored one.
    """

    def __init__(self, root: Path, places: LogFolders, findings: Findings, *, has_tiles: bool = True) -> None:
        self._root, self._places, self._findings = root, places, findings
        self._has_tiles = has_tiles
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []
        """(height, hash) of each complete subtree, the largest first."""
        self._tiles: list[bytearray] = []
        """For each level, the hashes of the tile that is not full."""
        self._said: list[Stated] = []
        self._more: Iterator[Stated] = iter(())
        self._near: list[Stated] = []
        """The next statements, in order of size; the first `_passed` of them are done."""
        self._passed = 0
        self._next: Stated | None = None
        self._wrong_root = False

    def expect(self, stated: Stated) -> None:
        """Require that the rows lead to the stated root. Call it before `begin`."""
        self._said.append(stated)

    def begin(self, stated: Iterator[Stated]) -> None:
        """Begin before the first row. `stated` are further statements in order of size; they are read while the tree grows."""
        said = sorted(self._said, key=_size_of)
        # No row completes the empty tree: statements about it are judged at the end.
        self._said = [one for one in said if not one.size]
        self._more = merge(said[len(self._said) :], stated, key=_size_of)
        self._next = next(self._more, None)

    def sizes(self, first: int, past: int) -> tuple[int, ...]:
        """The sizes from `first` + 1 to `past` for which a root is stated, in order."""
        self._look(past)
        begin, end = (bisect_right(self._near, size, self._passed, key=_size_of) for size in (first, past))
        return tuple(dict.fromkeys(map(_size_of, self._near[begin:end])))

    def root(self, rest: bytes = b"") -> bytes:
        """The root of the present tree.

        With `rest`, the hash over further leaves that are fewer than the smallest subtree has, the root of both.
        """
        for _, left in reversed(self._subtrees):
            rest = node_hash(left, rest) if rest else left
        return rest or EMPTY_ROOT

    def grow(self, hashes: bytes) -> None:
        """Add leaf hashes, one by one."""
        for place in range(0, len(hashes), HASH_BYTES):
            self._look(self.size + 1)
            self._add(0, hashes[place : place + HASH_BYTES])

    def grow_by(self, part: TreePart) -> None:
        """Add a part of the tree that begins at the present size. Its `rests` hold each size within it for which a root is stated."""
        self.grow(part.before)
        for place in range(0, len(part.tops), HASH_BYTES):
            past = self.size + WIDTH
            self._look(past)
            while self._passed < len(self._near) and (size := self._near[self._passed].size) < past:
                self._judge(size, self.root(part.rests[size]))
            if self.size // WIDTH in part.other:
                self._say_other(tile_path(self._places, 0, self.size // WIDTH))
            self._add(HEIGHT, part.tops[place : place + HASH_BYTES])
        self.grow(part.after)

    def end(self) -> None:
        """End after the last row. Statements of a larger size become findings; of those in rows, only the one with the largest size."""
        largest: Stated | None = None
        for stated in (*self._said, *self._near[self._passed :], *self._rest()):
            if stated.row is None:
                self._say_short(stated)
            else:
                largest = stated
        if largest is not None:
            self._say_short(largest)

    def _say_short(self, stated: Stated) -> None:
        expected, found = f"at least {stated.size} rows in {self._places.register}", f"{self.size} rows"
        self._findings.append(Finding("damage", stated.path, stated.row, None, expected, found, stated.remedy))

    def _rest(self) -> Iterator[Stated]:
        while self._next is not None:
            yield self._next
            self._next = next(self._more, None)

    def _look(self, past: int) -> None:
        """Read the statements of sizes up to `past` into `_near`."""
        if self._passed > WIDTH:
            del self._near[: self._passed]
            self._passed = 0
        while self._next is not None and self._next.size <= past:
            self._near.append(self._next)
            self._next = next(self._more, None)

    def _add(self, height: int, top: bytes) -> None:
        """Add a complete subtree of `1 << height` leaves with the hash `top`."""
        self.size += 1 << height
        while True:
            if height % HEIGHT == 0:
                self._fill(height // HEIGHT, top)
            if not self._subtrees or self._subtrees[-1][0] != height:
                break
            top, height = node_hash(self._subtrees.pop()[1], top), height + 1
        self._subtrees.append((height, top))
        if self._passed < len(self._near) and self._near[self._passed].size == self.size:
            self._judge(self.size, self.root())

    def _fill(self, level: int, node: bytes) -> None:
        """Add one hash to this level. A tile that becomes full is compared with the stored one."""
        while level >= len(self._tiles):
            self._tiles.append(bytearray())
        tile = self._tiles[level]
        tile += node
        if len(tile) == TILE_BYTES:
            path = tile_path(self._places, level, (self.size >> HEIGHT * (level + 1)) - 1)
            if self._has_tiles and is_other(self._root, path, bytes(tile)):
                self._say_other(path)
            tile.clear()

    def _say_other(self, path: str) -> None:
        self._findings.append(Finding("doubt", path, None, None, "the hashes of the rows", "other bytes", REBUILD))

    def _judge(self, size: int, found: bytes) -> None:
        """Compare the statements of this size with the root `found`. The first one that differs becomes a finding."""
        while self._passed < len(self._near) and self._near[self._passed].size == size:
            stated = self._near[self._passed]
            self._passed += 1
            if found != stated.root and not self._wrong_root:
                # The first wrong root shows where the damage begins; all later ones follow from it.
                self._wrong_root = True
                entry = size - 1 if stated.row is None else stated.row
                expected = f"root {stated.root.hex()} of {self._places.register} at size {size}"
                self._findings.append(Finding("damage", stated.path, entry, None, expected, found.hex(), stated.remedy))
