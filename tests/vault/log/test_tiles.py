"""Tiles: the same tree as the plain recursion, from any size on, believing nothing that is stored."""

import pytest

from protocol.errors import ProofError
from protocol.trust.tlog import inclusion_path, leaf_hash, node_hash, root_hash, verify_inclusion
from totebox.errors import VaultDamaged
from totebox.vault.log.tiles import Tiles

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


@pytest.mark.parametrize("size", [1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 769, 999])
def test_every_path_is_the_plain_recursions(size: int) -> None:
    """Of each leaf, in the tree as it stands and in an earlier one, after full tiles were taken as well."""
    tiles, earlier = grown(size), max(size - 7, 1)
    for _ in range(2):
        for index in range(size):
            path = tiles.path(index, size)
            assert path == inclusion_path(index, size, tiles.node)
            verify_inclusion(HASHES[index], index, size, path, root_hash(size, plain))
        assert tiles.path(earlier - 1, earlier) == inclusion_path(earlier - 1, earlier, plain)
        tiles.take_full()


def test_a_path_follows_the_tree_as_it_grows() -> None:
    """What is remembered of one size is not told of the next; a tree begun elsewhere is another one."""
    tiles = grown(250)
    for size in range(251, 520, 3):
        tiles.extend(HASHES[tiles.size : size])
        assert tiles.path(3, size) == inclusion_path(3, size, tiles.node)
    tiles.begin_at(300, grown(300).edge())
    assert tiles.path(3, 300) == inclusion_path(3, 300, plain)


def test_paths_cross_three_levels_of_tiles() -> None:
    """At and around 65,536 leaves a third level begins."""
    hashes = [leaf_hash(number.to_bytes(4, "big")) for number in range((1 << 16) + 300)]
    tiles = Tiles(lambda level, number: b"", lambda start, width: hashes[start : start + width])
    tiles.extend(hashes[: (1 << 16) - 1])
    for upto in (1 << 16, (1 << 16) + 1, (1 << 16) + 257, len(hashes)):
        tiles.extend(hashes[tiles.size : upto])
        for index in (0, 255, 256, 40_000, 65_279, 65_535, upto - 1):
            path = tiles.path(index, upto)
            assert path == inclusion_path(index, upto, tiles.node)
            verify_inclusion(hashes[index], index, upto, path, tiles.root(upto))


def test_a_leaf_that_is_not_there_has_no_path() -> None:
    """Behind the end, or before the beginning."""
    for index in (-1, 10):
        with pytest.raises(ProofError):
            grown(10).path(index, 10)


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
