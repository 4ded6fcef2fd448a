"""Part of the tree over one chunk of a register. A worker process computes it and returns only the hashes that the whole tree needs."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from protocol.trust.tlog import HASH_BYTES
from totebox.files.entrance import open_file
from totebox.vault.check.digests import node_hashes
from totebox.vault.log.journal import LogFolders, tile_path
from totebox.vault.log.tiles import HEIGHT, TILE_BYTES, WIDTH


@dataclass(frozen=True, slots=True)
class TreePart:
    """The part of the tree over consecutive rows: single leaves, then whole tiles, then single leaves."""

    before: bytes = b""
    """The leaf hashes before the first whole tile, 32 bytes each."""
    tops: bytes = b""
    """The hash of each whole tile."""
    after: bytes = b""
    """The leaf hashes after the last whole tile."""
    rests: dict[int, bytes] = field(default_factory=dict)
    """For each requested size that lies inside a whole tile: the hash over the leaves of that tile up to this size."""
    other: tuple[int, ...] = ()
    """The numbers of the whole tiles whose stored file has other bytes."""


def tree_part(root: Path, places: LogFolders | None, first: int, hashes: bytes, sizes: Iterable[int]) -> TreePart:
    """The part of the tree over the leaf `hashes`, the first of which is of row `first`. `sizes` are the requested tree sizes.

    Its whole tiles are compared with those that are stored for `places`; with None no stored tile is opened.
    """
    begin = min(-first % WIDTH * HASH_BYTES, len(hashes))
    end = begin + (len(hashes) - begin) // TILE_BYTES * TILE_BYTES
    levels = [hashes[begin:end]]
    for _ in range(HEIGHT):
        levels.append(node_hashes(levels[-1]))
    start, past = first + begin // HASH_BYTES, first + end // HASH_BYTES
    rests = {size: _rest(levels, size - start) for size in sizes if start < size < past and size % WIDTH}
    if places is None:
        return TreePart(hashes[:begin], levels[HEIGHT], hashes[end:], rests)
    tiles = (
        (place // TILE_BYTES, levels[0][place : place + TILE_BYTES]) for place in range(0, end - begin, TILE_BYTES)
    )
    numbered = ((start // WIDTH + place, tile) for place, tile in tiles)
    other = tuple(number for number, tile in numbered if is_other(root, tile_path(places, 0, number), tile))
    return TreePart(hashes[:begin], levels[HEIGHT], hashes[end:], rests, other)


def is_other(root: Path, path: str, tile: bytes) -> bool:
    """Whether the file at `path` exists and has other bytes than `tile`. One that cannot be opened or read counts as missing."""
    try:
        descriptor = open_file(root, path)
    except OSError:
        return False
    try:
        return os.read(descriptor, len(tile) + 1) != tile
    except OSError:
        return False
    finally:
        os.close(descriptor)


def _rest(levels: list[bytes], count: int) -> bytes:
    """The hash over the leaves of one tile up to leaf `count`, counted from the first tile: its complete subtrees, joined right to left."""
    right = b""
    for height, row in enumerate(levels[:HEIGHT]):
        if count >> height & 1:
            place = ((count >> height) - 1) * HASH_BYTES
            left = row[place : place + HASH_BYTES]
            right = sha256(b"\1" + left + right).digest() if right else left
    return right
