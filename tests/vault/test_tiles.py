"""Tiles: the same tree as the plain recursion, from any size on, believing nothing that is stored."""

import pytest

from protocol.trust.tlog import leaf_hash, node_hash, root_hash
from totebox.errors import VaultDamaged
from totebox.vault.tiles import Tiles

SIZE = 1_000
HASHES = [leaf_hash(str(number).encode()) for number in range(SIZE)]


def plain(level: int, index: int) -> bytes:
    return HASHES[index] if level == 0 else node_hash(plain(level - 1, 2 * index), plain(level - 1, 2 * index + 1))


def grown(size: int) -> Tiles:
    tiles = Tiles(lambda level, number: b"", lambda start, width: HASHES[start : start + width])
    for value in HASHES[:size]:
        tiles.append(value)
    return tiles


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 999])
def test_every_earlier_root_can_be_had(size: int) -> None:
    """After `size` leaves, the root of each smaller tree is the plain recursion's."""
    tiles = grown(size)
    for smaller in {1, size // 2, size - 1, size} - {0}:
        assert tiles.root(smaller) == root_hash(smaller, plain)


def test_full_tiles_are_handed_out_once() -> None:
    """Three tiles of leaves are full after 1,000; asked again there is nothing to write."""
    tiles = grown(SIZE)
    assert [(level, number, len(data)) for level, number, data in tiles.take_full()] == [(0, n, 8192) for n in range(3)]
    assert tiles.take_full() == []


def test_a_stored_tile_that_lies_is_made_again() -> None:
    """Wrong bytes from the store cost a pass over the rows, never a wrong node."""
    tiles = grown(SIZE)
    tiles.take_full()
    edge = tiles.edge()
    liar = Tiles(lambda level, number: b"\0" * 8192, lambda start, width: HASHES[start : start + width])
    liar.begin_at(SIZE, edge)
    assert liar.root(SIZE) == root_hash(SIZE, plain) and liar.node(3, 7) == plain(3, 7)


def test_rows_that_lie_are_damage() -> None:
    """When the rows themselves do not lead to the edge, it is said."""
    liar = Tiles(lambda level, number: b"", lambda start, width: [b"\0" * 32] * width)
    liar.begin_at(SIZE, grown(SIZE).edge())
    with pytest.raises(VaultDamaged, match="os-totebox verify"):
        liar.node(0, 3)
