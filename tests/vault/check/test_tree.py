"""The tree over rows, made piece by piece and held against what is stated of it: the same as leaf by leaf."""

from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.trust.tlog import EMPTY_ROOT, root_hash
from totebox.vault.check.findings import Findings
from totebox.vault.check.tree import Stated, TreeCheck
from totebox.vault.check.tree_piece import tree_part
from totebox.vault.log.journal import RECORDS, tile_path
from totebox.vault.log.tiles import TILE_BYTES, WIDTH, Tiles

MOST = 1_100
LEAVES = [sha256(b"%d" % number).digest() for number in range(MOST)]
TREE = Tiles(lambda level, number: b"", lambda start, count: LEAVES[start : start + count])
TREE.extend(LEAVES)
NOWHERE = Path("/nowhere")
SIZES = st.lists(st.integers(1, MOST), max_size=40)


def root_at(size: int) -> bytes:
    return root_hash(size, TREE.node)


def grown(
    root: Path, cuts: Sequence[int], stated: Sequence[tuple[int, bytes]], *, parts: bool
) -> tuple[TreeCheck, Findings]:
    """All leaves, cut into pieces, against `stated`: those of even size handed over before, the others as they come."""
    findings = Findings()
    tree = TreeCheck(root, RECORDS, findings)
    for size, head in stated:
        if size % 2 == 0:
            tree.expect(Stated(size, head, f"note {size}"))
    tree.begin(Stated(size, head, f"row {size}") for size, head in sorted(stated) if size % 2)
    places = sorted({0, *cuts, MOST})
    for first, past in pairwise(places):
        hashes = b"".join(LEAVES[first:past])
        if parts:
            tree.grow_by(tree_part(root, RECORDS, first, hashes, tree.sizes(first, past)))
        else:
            tree.grow(hashes)
    tree.end()
    return tree, findings


@given(SIZES, SIZES)
def test_right_roots_are_right(cuts: list[int], sizes: list[int]) -> None:
    """Wherever the rows are cut and of whatever sizes a root is stated."""
    for parts in (True, False):
        tree, findings = grown(NOWHERE, cuts, [(size, root_at(size)) for size in sizes], parts=parts)
        assert (tree.size, tree.root(), list(findings)) == (MOST, root_at(MOST), [])


@given(SIZES, SIZES, st.integers(1, MOST))
def test_the_first_wrong_root_is_said(cuts: list[int], sizes: list[int], wrong: int) -> None:
    """And who stated it; whether the tree is made here or elsewhere."""
    stated = [(size, root_at(size)) for size in sizes if size < wrong]
    stated += [(size, bytes(32)) for size in {wrong, *(size for size in sizes if size > wrong)}]
    for parts in (True, False):
        (finding,) = grown(NOWHERE, cuts, stated, parts=parts)[1]
        said = f"row {wrong}" if wrong % 2 else f"note {wrong}"
        assert (finding.path, finding.entry, finding.found) == (said, wrong - 1, root_at(wrong).hex())


@pytest.mark.parametrize("parts", [True, False])
def test_stored_tiles_are_the_hashes_of_the_rows(tmp_path: Path, parts: bool) -> None:
    """One that holds other bytes, more or fewer is named; one that is missing is not."""
    for number in range(MOST // WIDTH):
        hashes = b"".join(LEAVES[number * WIDTH : (number + 1) * WIDTH])
        path = tmp_path / tile_path(RECORDS, 0, number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes({0: hashes, 1: hashes[:-1], 2: hashes + b"x", 3: bytes(TILE_BYTES)}[number])
    findings = grown(tmp_path, [3, 700], [], parts=parts)[1]
    assert [finding.path for finding in findings] == [tile_path(RECORDS, 0, number) for number in (1, 2, 3)]
    assert {finding.severity for finding in findings} == {"doubt"}


def test_tiles_of_tiles(tmp_path: Path) -> None:
    """A tile above whole tiles is held against the stored one as well."""
    path = tmp_path / tile_path(RECORDS, 1, 0)
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(TILE_BYTES))
    findings = Findings()
    tree = TreeCheck(tmp_path, RECORDS, findings)
    tree.begin(iter(()))
    leaves = [sha256(b"%d" % number).digest() for number in range(WIDTH * WIDTH)]
    tree.grow_by(tree_part(tmp_path, RECORDS, 0, b"".join(leaves), ()))
    assert [finding.path for finding in findings] == [tile_path(RECORDS, 1, 0)]
    same = Tiles(lambda *_: b"", lambda *_: [])
    same.extend(leaves)
    assert (tree.size, tree.root()) == (same.size, same.root(same.size))


def test_no_rows() -> None:
    """The root of a tree of none is known; nobody can state it of a log, which has an entry 0."""
    findings = Findings()
    tree = TreeCheck(NOWHERE, RECORDS, findings)
    tree.expect(Stated(0, EMPTY_ROOT, "somebody"))
    tree.begin(iter(()))
    assert tree.root() == EMPTY_ROOT
    tree.end()
    assert [finding.expected for finding in findings] == ["at least 0 rows in ledger/register"]
