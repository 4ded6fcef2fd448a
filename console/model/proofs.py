"""Receipts and heads, proved here and not believed: signature, root and path are checked under the pinned keys. Pure.

Cost: O(log tree_size) hashes and one Ed25519 verification a proof.
"""

from collections.abc import Sequence

from protocol.errors import NoteError, ProofError
from protocol.schema import Bound, Receipt
from protocol.schema.numbers import Log
from protocol.trust import tlog
from protocol.trust.note import TreeHead, VerifierKey, parse_vkey, read_checkpoint, verify_checkpoint
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One step from the leaf to the root: the sibling's hash, the side it stands on, and what both hash to."""

    sibling: bytes
    is_left: bool
    gives: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What this console found. `fault` is '' when everything held, else the first thing that did not."""

    fault: str
    log: Log | None
    origin: str
    key: str
    leaf_index: int
    tree_size: int
    leaf: bytes
    leaf_hash: bytes
    steps: tuple[Step, ...]
    root: bytes
    note: bytes

    @property
    def holds(self) -> bool:
        return not self.fault


def check_receipt(receipt: Receipt, vkey: str, audit_vkey: str) -> Verdict:
    """Prove that `receipt`'s leaf is in the log whose pinned key signed its checkpoint."""
    proof = receipt.proof
    log, key, head, fault = _signed(receipt.checkpoint, vkey, audit_vkey)
    leaf_hash = tlog.leaf_hash(proof.leaf)
    if head is not None and not fault:
        fault = _included(receipt, head)
    return Verdict(
        fault=fault,
        log=log,
        origin=head.origin if head else "",
        key=key.text() if key else "",
        leaf_index=proof.leaf_index,
        tree_size=head.tree_size if head else proof.tree_size,
        leaf=proof.leaf,
        leaf_hash=leaf_hash,
        steps=walk(leaf_hash, proof.leaf_index, proof.tree_size, proof.path),
        root=head.root if head else b"",
        note=receipt.checkpoint,
    )


def check_for(receipt: Receipt, bound: Bound) -> Verdict:
    """`check_receipt` under the keys that the session was bound with (the link holds them against the pinned ones)."""
    return check_receipt(receipt, bound.vkey, bound.audit_vkey)


def check_consistency(old: TreeHead, note: bytes, vkey: str, path: Sequence[bytes]) -> str:
    """'' when the checkpoint `note` is signed under `vkey` and extends `old`, else what is wrong."""
    try:
        head = verify_checkpoint(note, parse_vkey(vkey))
        if old.tree_size == 0:
            # An empty log promised nothing but to be empty: whatever follows extends it, and there is no proof of it.
            if old.root != tlog.EMPTY_ROOT or path:
                raise ProofError("what was seen was no empty log")
        else:
            tlog.verify_consistency(old.tree_size, head.tree_size, tuple(path), old.root, head.root)
    except (NoteError, ProofError) as error:
        return f"the log of {old.origin} does not extend what was seen at {old.tree_size}: {error}"
    return ""


def _signed(note: bytes, vkey: str, audit_vkey: str) -> tuple[Log | None, VerifierKey | None, TreeHead | None, str]:
    """Which log the checkpoint is of, under which key, what it says, and '' or what is wrong."""
    try:
        claimed = read_checkpoint(note)
        log = Log.AUDIT if claimed.origin.endswith("/audit") else Log.RECORDS
        key = parse_vkey(audit_vkey if log is Log.AUDIT else vkey)
    except NoteError as error:
        return None, None, None, f"the checkpoint cannot be read: {error}"
    try:
        return log, key, verify_checkpoint(note, key), ""
    except NoteError as error:
        return log, key, claimed, f"the checkpoint is not signed by {key.name}: {error}"


def _included(receipt: Receipt, head: TreeHead) -> str:
    proof = receipt.proof
    if receipt.index != proof.leaf_index:
        return f"the receipt names entry {receipt.index}, its proof entry {proof.leaf_index}"
    if not proof.leaf.startswith(b"%d," % receipt.index):
        return f"the leaf is not the row of entry {receipt.index}"
    try:
        tlog.verify_proof(proof, head.tree_size, head.root)
    except ProofError as error:
        return f"the path does not lead to the signed root: {error}"
    return ""


def walk(leaf_hash: bytes, leaf_index: int, tree_size: int, path: Sequence[bytes]) -> tuple[Step, ...]:
    """The steps of RFC 9162 section 2.1.3.2, to be shown; stops where the path is too long for the tree."""
    steps: list[Step] = []
    node, last, reached = leaf_index, tree_size - 1, leaf_hash
    for sibling in path:
        if last <= 0:
            break
        is_left = node % 2 == 1 or node == last
        reached = tlog.node_hash(sibling, reached) if is_left else tlog.node_hash(reached, sibling)
        if is_left:
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        steps.append(Step(sibling, is_left, reached))
        node, last = node >> 1, last >> 1
    return tuple(steps)
