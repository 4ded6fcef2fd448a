"""Hash tiles: the Merkle tree of a log in pieces of 256 hashes, with constant memory.

Tile (L, n) holds the hashes of the complete subtrees of 256**L leaves, number 256 * n to 256 * n + 255. The tiles of the right edge,
which are not full, are kept in memory. A full tile never changes; `load` reads it again when it is needed. A loaded tile is used only
if it hashes to its parent's hash, up to the edge; else it is rebuilt from the rows. So a damaged tile costs time and never causes a
wrong proof.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256
from threading import RLock

from protocol.trust.tlog import EMPTY_ROOT, HASH_BYTES, inclusion_path, root_hash
from totebox.errors import VaultDamaged

HEIGHT = 8
WIDTH = 1 << HEIGHT
TILE_BYTES = WIDTH * HASH_BYTES
CACHED_TILES = 32

Load = Callable[[int, int], bytes]
"""Function from (level, number) to the stored tile's hashes; b'' when there is none."""
Leaves = Callable[[int, int], list[bytes]]
"""Function from (start, count) to leaf hashes, computed from the rows."""


class Tile:
    """Up to 256 hashes and every complete subtree over them."""

    __slots__ = ("levels",)

    def __init__(self, hashes: bytes = b"") -> None:
        self.levels: list[list[bytes]] = [[] for _ in range(HEIGHT + 1)]
        self.extend([hashes[place : place + HASH_BYTES] for place in range(0, len(hashes), HASH_BYTES)])

    def __len__(self) -> int:
        return len(self.levels[0])

    def extend(self, hashes: Sequence[bytes]) -> None:
        """Add hashes and the subtrees they complete."""
        row = self.levels[0]
        for above in self.levels[1:]:
            row += hashes
            begin = 2 * len(above)
            if len(row) - begin < 2:
                return
            # The same as `node_hash`, without a function call for each node.
            hashes = [
                sha256(b"\1" + left + right).digest()
                for left, right in zip(row[begin::2], row[begin + 1 :: 2], strict=False)
            ]
            row = above
        row += hashes

    def node(self, height: int, index: int) -> bytes:
        """The hash of the complete subtree of `1 << height` of this tile's hashes, at `index`."""
        return self.levels[height][index]

    def hashes(self) -> bytes:
        return b"".join(self.levels[0])

    def rests(self, right: bytes) -> list[bytes]:
        """Hashes of the incomplete right part of the tree at each height, 0 to 8, of this tile (of fewer than 256 hashes).

        `right` is the hash of everything to the right of this tile's hashes (b'': nothing), and the first result. Result h is the hash of
        everything that follows the complete subtrees of height h. The last result is the hash over this tile and `right` together.
        """
        found = [right]
        for row in self.levels[:HEIGHT]:
            if len(row) & 1:
                right = sha256(b"\1" + row[-1] + right).digest() if right else row[-1]
            found.append(right)
        return found

    def siblings(self, place: int, rests: Sequence[bytes]) -> list[bytes]:
        """The part of an inclusion path that lies in this tile, from the hash at `place` upward; `rests` is the result of `Tile.rests`."""
        found: list[bytes] = []
        for row, rest in zip(self.levels[:HEIGHT], rests, strict=False):
            place ^= 1
            if place < len(row):
                found.append(row[place])
            elif place == len(row) and rest:
                found.append(rest)
            place >>= 1
        return found


class Tiles:
    """The tree of one log: append at the right edge, look up any complete subtree."""

    def __init__(self, load: Load, leaves: Leaves) -> None:
        self.size = 0
        self._load = load
        self._leaves = leaves
        self._edge: list[Tile] = [Tile()]
        self._rests: tuple[int, list[list[bytes]]] = (-1, [])
        """A tree size, and the results of `Tile.rests` for each tile of the edge at that size. A cache."""
        self._above: tuple[int, int, list[bytes]] = (-1, -1, [])
        """A tree size, a tile number, and the path from the top of that tile.

        A cache: the entries of one group are usually in the same tile.
        """
        self._full: OrderedDict[tuple[int, int], Tile] = OrderedDict()
        self._unwritten: dict[tuple[int, int], Tile] = {}
        self._lock = RLock()

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash. Amortised cost: one node hash."""
        self.extend((leaf,))

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add leaf hashes. Amortised cost: one node hash each."""
        with self._lock:
            done = 0
            while done < len(leaves):
                part = leaves[done : done + WIDTH - (self.size & (WIDTH - 1))]
                self._push(0, self.size >> HEIGHT, part)
                self.size += len(part)
                done += len(part)

    def begin_at(self, size: int, edge: list[bytes]) -> None:
        """Start over with `size` leaves whose edge tile at level L holds the hashes `edge[L]`."""
        with self._lock:
            self.size = size
            self._rests, self._above = (-1, []), (-1, -1, [])
            self._edge = [Tile(hashes) for hashes in edge] or [Tile()]

    def resume(self, size: int) -> None:
        """Start over with `size` leaves. The edge comes from stored tiles and from rows; it is not checked against any head."""
        edge = [b"".join(self._leaves(size >> HEIGHT << HEIGHT, size & (WIDTH - 1)))]
        for level in range(1, (max(size, 1).bit_length() + HEIGHT - 1) // HEIGHT + 1):
            count = size >> (HEIGHT * level)
            first = count >> HEIGHT << HEIGHT
            edge.append(b"".join(self.unproved_top(level - 1, number) for number in range(first, count)))
        self.begin_at(size, edge)

    def edge(self) -> list[bytes]:
        """The hashes of the tiles that are not full yet, by level."""
        return [tile.hashes() for tile in self._edge]

    def root(self, size: int) -> bytes:
        """The root of the first `size` leaves; `size` is at most the number that were appended."""
        with self._lock:
            if size != self.size:
                return root_hash(size, self.node)
            return self._edge_rests()[-1][-1] or EMPTY_ROOT

    def path(self, index: int, size: int) -> tuple[bytes, ...]:
        """The inclusion path of leaf `index` in the tree of the first `size` leaves, as `tlog.inclusion_path` computes it.

        In the tree of the present size, each hash of a path is a complete subtree or the incomplete right part of the tree. Both are
        known, so no hash is computed for a path.
        """
        with self._lock:
            if size != self.size or not 0 <= index < size:
                return inclusion_path(index, size, self.node)
            number = index >> HEIGHT
            known, above, onward = self._above
            if (known, above) != (size, number):
                onward = [
                    step
                    for level in range(1, len(self._edge))
                    for step in self._siblings(level, index >> HEIGHT * level)
                ]
                self._above = (size, number, onward)
            return (*self._siblings(0, index), *onward)

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of `1 << level` leaves at `index`."""
        tile_level, height = divmod(level, HEIGHT)
        place = index << height
        return self._tile(tile_level, place >> HEIGHT).node(height, (place & (WIDTH - 1)) >> height)

    def unproved_top(self, level: int, number: int) -> bytes:
        """The root of a stored tile, or of one rebuilt from rows where the stored one is missing; it is not checked against any head."""
        tile = Tile(self._load(level, number))
        if len(tile) != WIDTH:
            tile = self._built(level, number)
            self._unwritten[level, number] = tile
        return tile.node(HEIGHT, 0)

    @property
    def full_waiting(self) -> int:
        """Number of tiles that became full and were not taken by `take_full`."""
        return len(self._unwritten)

    def take_full(self) -> list[tuple[int, int, bytes]]:
        """The tiles that became full since the last call, as (level, number, hashes). The caller stores them."""
        with self._lock:
            taken = [(level, number, tile.hashes()) for (level, number), tile in self._unwritten.items()]
            for key in self._unwritten:
                self._remember(key, self._unwritten[key])
            self._unwritten = {}
            return taken

    def _siblings(self, level: int, place: int) -> list[bytes]:
        return self._tile(level, place >> HEIGHT).siblings(place & (WIDTH - 1), self._edge_rests()[level])

    def _edge_rests(self) -> list[list[bytes]]:
        size, rests = self._rests
        if size != self.size:
            rests, right = [], b""
            for tile in self._edge:
                rests.append(tile.rests(right))
                right = rests[-1][-1]
            self._rests = (self.size, rests)
        return rests

    def _push(self, level: int, number: int, hashes: Sequence[bytes]) -> None:
        if level == len(self._edge):
            self._edge.append(Tile())
        tile = self._edge[level]
        tile.extend(hashes)
        if len(tile) == WIDTH:
            self._unwritten[level, number] = tile
            self._edge[level] = Tile()
            self._push(level + 1, number >> HEIGHT, (tile.node(HEIGHT, 0),))

    def _tile(self, level: int, number: int) -> Tile:
        with self._lock:
            if number == (self.size >> (HEIGHT * (level + 1))):
                return self._edge[level]
            key = (level, number)
            tile = self._unwritten.get(key) or self._full.get(key)
            if tile is None:
                tile = self._loaded(level, number)
                self._remember(key, tile)
            return tile

    def _loaded(self, level: int, number: int) -> Tile:
        expected = self.node(HEIGHT * (level + 1), number)
        tile = Tile(self._load(level, number))
        if not self._leads(tile, expected):
            tile = self._built(level, number)
            if not self._leads(tile, expected):
                raise VaultDamaged(
                    f"entries {number << HEIGHT * (level + 1)} and following differ from what was acknowledged; run `os-totebox verify`"
                )
        return tile

    def _leads(self, tile: Tile, expected: bytes) -> bool:
        return len(tile) == WIDTH and tile.node(HEIGHT, 0) == expected

    def _built(self, level: int, number: int) -> Tile:
        if level == 0:
            return Tile(b"".join(self._leaves(number << HEIGHT, WIDTH)))
        below = (self._built(level - 1, (number << HEIGHT) + place) for place in range(WIDTH))
        return Tile(b"".join(tile.node(HEIGHT, 0) for tile in below))

    def _remember(self, key: tuple[int, int], tile: Tile) -> None:
        self._full[key] = tile
        self._full.move_to_end(key)
        while len(self._full) > CACHED_TILES:
            self._full.popitem(last=False)
