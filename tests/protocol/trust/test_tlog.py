"""The tree: known roots of RFC 6962, and every proof of every small tree, both ways."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import ProofError
from protocol.schema.envelope import Proof
from protocol.trust import tlog

LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIXTH_LEAF_OF_EIGHT = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]
SIX_TO_EIGHT = [
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


def node_of(leaves: Sequence[bytes]) -> tlog.Node:
    def node(level: int, index: int) -> bytes:
        if level == 0:
            return tlog.leaf_hash(leaves[index])
        return tlog.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))

    return node


NODE = node_of(LEAVES)


def root(size: int) -> bytes:
    return tlog.root_hash(size, NODE)


def test_the_empty_tree_has_the_root_of_the_rfc() -> None:
    """MTH of nothing is the hash of the empty string."""
    assert root(0).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_the_published_ones(size: int) -> None:
    """The eight reference leaves of the certificate transparency implementations give the published roots."""
    assert root(size).hex() == ROOTS[size - 1]


def test_a_published_inclusion_path_is_made() -> None:
    """The audit path of leaf 5 of 8 is the published one."""
    assert [step.hex() for step in tlog.inclusion_path(5, 8, NODE)] == SIXTH_LEAF_OF_EIGHT


def test_a_published_consistency_path_is_made() -> None:
    """The consistency path from 6 to 8 is the published one."""
    assert [step.hex() for step in tlog.consistency_path(6, 8, NODE)] == SIX_TO_EIGHT


@pytest.mark.parametrize("size", range(1, 9))
def test_every_inclusion_proof_of_every_small_tree_verifies(size: int) -> None:
    """Made, then verified, for each leaf."""
    for index in range(size):
        path = tlog.inclusion_path(index, size, NODE)
        tlog.verify_inclusion(NODE(0, index), index, size, path, root(size))


@pytest.mark.parametrize("size", range(1, 9))
def test_a_changed_inclusion_proof_never_verifies(size: int) -> None:
    """Another leaf, index, root, a longer, shorter or bent path: all refused."""
    for index in range(size):
        path = tlog.inclusion_path(index, size, NODE)
        wrong = [
            (b"\7" * 32, index, size, path, root(size)),
            (NODE(0, index), size, size, path, root(size)),
            (NODE(0, index), -1, size, path, root(size)),
            (NODE(0, index), index, size, path, b"\7" * 32),
            (NODE(0, index), index, size, (*path, b"\7" * 32), root(size)),
            *((NODE(0, index), index, size, path[:-1], root(size)) for _ in path[:1]),
            *((NODE(0, index), index, size, (*path[:-1], b"\7" * 31), root(size)) for _ in path[:1]),
            *((NODE(0, index), index ^ 1, size, path, root(size)) for _ in path[:1]),
        ]
        for arguments in wrong:
            with pytest.raises(ProofError):
                tlog.verify_inclusion(*arguments)


def test_every_consistency_proof_of_every_small_tree_verifies() -> None:
    """Made, then verified, for each pair of sizes above 0."""
    for new in range(1, 9):
        for old in range(1, new + 1):
            path = tlog.consistency_path(old, new, NODE)
            tlog.verify_consistency(old, new, path, root(old), root(new))


def test_a_changed_consistency_proof_never_verifies() -> None:
    """Another old root, new root, or a path of another length: all refused."""
    for new in range(1, 9):
        for old in range(1, new + 1):
            path = tlog.consistency_path(old, new, NODE)
            for arguments in (
                (old, new, path, b"\7" * 32, root(new)),
                (old, new, path, root(old), b"\7" * 32),
                (old, new, (*path, b"\7" * 32), root(old), root(new)),
                (new + 1, new, path, root(old), root(new)),
            ):
                with pytest.raises(ProofError):
                    tlog.verify_consistency(*arguments)
            if path:
                with pytest.raises(ProofError):
                    tlog.verify_consistency(old, new, path[:-1], root(old), root(new))


@pytest.mark.parametrize("old_root", [tlog.EMPTY_ROOT, b"\7" * 32])
def test_nothing_follows_from_an_empty_tree(old_root: bytes) -> None:
    """RFC 9162 proves from size 1 on: an empty path from size 0 says nothing about any root, and is an error."""
    for new in (1, 3, 8):
        with pytest.raises(ProofError):
            tlog.verify_consistency(0, new, (), old_root, root(new))
    with pytest.raises(ProofError):
        tlog.verify_consistency(0, 0, (), b"\7" * 32, b"\7" * 32)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_what_is_no_hash_is_refused(size: int) -> None:
    """A leaf or root of another length, though a tree of one leaf would make them equal."""
    with pytest.raises(ProofError):
        tlog.verify_inclusion(b"\7" * size, 0, 1, (), b"\7" * size)
    with pytest.raises(ProofError):
        tlog.verify_inclusion(NODE(0, 0), 0, 1, (), b"\7" * size)
    with pytest.raises(ProofError):
        tlog.verify_consistency(3, 3, (), b"\7" * size, b"\7" * size)


def test_a_proof_is_bound_to_its_tree_size() -> None:
    """A proof made for one size is refused under the checkpoint of another."""
    proof = Proof(2, 7, LEAVES[2], tlog.inclusion_path(2, 7, NODE))
    tlog.verify_proof(proof, 7, root(7))
    with pytest.raises(ProofError):
        tlog.verify_proof(proof, 8, root(8))


def test_proofs_outside_the_tree_are_not_made() -> None:
    """There is no path for a leaf that is not there, nor back in time."""
    with pytest.raises(ProofError):
        tlog.inclusion_path(8, 8, NODE)
    with pytest.raises(ProofError):
        tlog.consistency_path(9, 8, NODE)


@given(st.integers(1, 70), st.data())
def test_proofs_agree_at_any_size(size: int, data: st.DataObject) -> None:
    """Random sizes: inclusion and consistency proofs verify against the plain recursion's roots."""
    node = node_of([bytes([n]) for n in range(size)])
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    whole = tlog.root_hash(size, node)
    tlog.verify_inclusion(node(0, index), index, size, tlog.inclusion_path(index, size, node), whole)
    tlog.verify_consistency(old, size, tlog.consistency_path(old, size, node), tlog.root_hash(old, node), whole)
