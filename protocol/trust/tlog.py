"""Merkle tree hashing and proofs of an append-only log (RFC 6962, RFC 9162). Pure: hashes in, hashes out.

Proofs are made from a `Node` function: `node(level, index)` is the hash of the complete subtree over the leaves
`index << level` to `(index + 1) << level`, so that a log of any size proves with O(log n) lookups.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256

from protocol.errors import ProofError
from protocol.schema.envelope import Proof

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
MAX_SIZE = (1 << 64) - 1
"""Tree sizes and leaf indexes are u64: no checkpoint and no proof states more."""
MAX_PATH = 64
"""Steps of an inclusion path in the largest tree."""

Node = Callable[[int, int], bytes]


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's exact bytes."""
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and two 32-byte child hashes."""
    return sha256(b"\1" + left + right).digest()


def split(width: int) -> int:
    """The largest power of two smaller than `width` (>= 2): where RFC 6962 divides a range."""
    return 1 << ((width - 1).bit_length() - 1)


def range_hash(start: int, end: int, node: Node) -> bytes:
    """The hash of leaves `start` to `end` (exclusive, not empty), where `start` is a multiple of a power of two >= width.

    Every range of the RFC 6962 recursion is of that shape.
    """
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    middle = start + split(width)
    return node_hash(range_hash(start, middle, node), range_hash(middle, end, node))


def root_hash(tree_size: int, node: Node) -> bytes:
    """The root of the tree over the first `tree_size` leaves."""
    return range_hash(0, tree_size, node) if tree_size else EMPTY_ROOT


def inclusion_path(leaf_index: int, tree_size: int, node: Node) -> tuple[bytes, ...]:
    """The audit path of leaf `leaf_index` in the tree of `tree_size` leaves, leaf to root.

    Raises:
        ProofError: the leaf is not in the tree.
    """
    if not 0 <= leaf_index < tree_size:
        raise ProofError(f"leaf {leaf_index} is not in a tree of {tree_size}")
    path: list[bytes] = []
    start, end = 0, tree_size
    while end - start > 1:
        middle = start + split(end - start)
        if leaf_index < middle:
            path.append(range_hash(middle, end, node))
            end = middle
        else:
            path.append(range_hash(start, middle, node))
            start = middle
    return tuple(reversed(path))


def consistency_path(old_size: int, new_size: int, node: Node) -> tuple[bytes, ...]:
    """The path that proves the tree of `old_size` leaves a prefix of the tree of `new_size`; empty when 0 or equal.

    Raises:
        ProofError: the old tree is larger than the new one.
    """
    if not 0 <= old_size <= new_size:
        raise ProofError(f"a tree of {old_size} is not a prefix of a tree of {new_size}")
    if old_size in (0, new_size):
        return ()
    path: list[bytes] = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + split(end - start)
        if old_size <= middle:
            path.append(range_hash(middle, end, node))
            end = middle
        else:
            path.append(range_hash(start, middle, node))
            start = middle
    if start:
        path.append(range_hash(start, end, node))
    return tuple(reversed(path))


def verify_inclusion(leaf: bytes, leaf_index: int, tree_size: int, path: Sequence[bytes], root: bytes) -> None:
    """Prove that `leaf` (its leaf hash) is at `leaf_index` in the tree of `tree_size` leaves whose root is `root`.

    Raises:
        ProofError: the path has the wrong length, leads to another root, or something in it is no hash.

    Source: RFC 9162 section 2.1.3.2. Cost: O(log tree_size) hashes.
    """
    if not 0 <= leaf_index < tree_size:
        raise ProofError(f"leaf {leaf_index} is not in a tree of {tree_size}")
    _check_hash(leaf)
    _check_hash(root)
    place, last, found = leaf_index, tree_size - 1, leaf
    for sibling in path:
        _check_hash(sibling)
        if last == 0:
            raise ProofError("the inclusion path is too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the inclusion path is too short")
    if found != root:
        raise ProofError(f"leaf {leaf_index} leads to another root than the one of tree size {tree_size}")


def verify_proof(proof: Proof, tree_size: int, root: bytes) -> None:
    """Prove that `proof`, made for this `tree_size`, leads from its leaf to `root`.

    Raises:
        ProofError: it was made for another size, or does not lead there.
    """
    if proof.tree_size != tree_size:
        raise ProofError(f"the proof is for tree size {proof.tree_size}, the checkpoint for {tree_size}")
    verify_inclusion(leaf_hash(proof.leaf), proof.leaf_index, tree_size, proof.path, root)


def verify_consistency(old_size: int, new_size: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Prove that the tree of `old_size` with `old_root` is a prefix of the tree of `new_size` with `new_root`.

    Raises:
        ProofError: it is not, the path has the wrong length, or something is no hash. From an empty tree there is nothing to prove, so
            so any path is refused: do not ask for a proof before a first head was seen.

    Source: RFC 9162 section 2.1.4.2, which is about 0 < old_size < new_size. Cost: O(log new_size) hashes.
    """
    if not 0 <= old_size <= new_size:
        raise ProofError(f"a tree of {old_size} is not a prefix of a tree of {new_size}")
    _check_hash(old_root)
    _check_hash(new_root)
    if old_size == new_size:
        return _verify_same(old_size, path, old_root, new_root)
    if old_size == 0:
        raise ProofError(f"nothing about a tree of {new_size} follows from an empty one")
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        raise ProofError("the consistency path is empty")
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for step in hashes[1:]:
        _check_hash(step)
        if last == 0:
            raise ProofError("the consistency path is too long")
        if place & 1 or place == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, step)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("the consistency path is too short")
    if old != old_root:
        raise ProofError(f"the path does not lead to the root of tree size {old_size}")
    if new != new_root:
        raise ProofError(f"the path does not lead to the root of tree size {new_size}")
    return None


def _verify_same(size: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    if path:
        raise ProofError("the consistency path is too long")
    if old_root != new_root:
        raise ProofError(f"two roots for tree size {size}")
    if size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("the root of an empty tree is another one")


def _check_hash(value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise ProofError(f"a hash of {len(value)} bytes in a proof")
