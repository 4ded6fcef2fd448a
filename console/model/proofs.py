"""Verification of receipts and heads: signature, root and path are checked here under the pinned keys. Pure.

Cost: O(log tree_size) hashes and one Ed25519 verification a proof.
"""

from collections.abc import Callable, Sequence

from console.model.rows import RowError, parse_row
from console.model.state import LogRow
from protocol.errors import NoteError, ProofError
from protocol.schema import Bound, Receipt
from protocol.schema.numbers import Log
from protocol.trust import tlog
from protocol.trust.note import TreeHead, VerifierKey, parse_vkey, read_checkpoint, verify_checkpoint
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class PathStep:
    """One step from the leaf to the root: the sibling's hash, the side on which it stands, and the hash of both."""

    sibling: bytes
    is_left: bool
    gives: bytes


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """One check: its subject, whether it holds (None: it could not be checked here), and the reason."""

    what: str
    holds: bool | None
    detail: str

    @property
    def glyph(self) -> str:
        """The sign beside the words."""
        return "?" if self.holds is None else "✓" if self.holds else "✗"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a row of the record log should say. `sha256` b'' and `size` None where this console has nothing to compare.

    `hashed_here` says whether this console hashed the bytes itself.
    """

    sha256: bytes = b""
    size: int | None = None
    hashed_here: bool = False
    supersedes: int | None = None
    of: str = "the bytes the Totebox took from its drop folder"
    """Where `sha256` comes from, when it was not computed here."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of verifying `receipt`.

    `log`, `origin`, `tree_size` and `root` are the statements of the checkpoint, `key` the key under which it was
    verified. `head` is its tree head where that key signed it, `row` the row where it can be read; else they are None.
    """

    receipt: Receipt
    checks: tuple[ProofCheck, ...]
    log: Log | None
    origin: str
    tree_size: int
    root: bytes
    key: str
    head: TreeHead | None
    row: LogRow | None
    leaf_hash: bytes
    steps: tuple[PathStep, ...]

    @property
    def leaf(self) -> bytes:
        return self.receipt.proof.leaf

    @property
    def leaf_index(self) -> int:
        return self.receipt.proof.leaf_index

    @property
    def note(self) -> bytes:
        """The checkpoint as it was signed."""
        return self.receipt.checkpoint

    @property
    def holds(self) -> bool:
        return not self.fault

    @property
    def fault(self) -> str:
        """'' when every check held, else the first that failed, else the first that could not be made."""
        failed = (check.detail for check in self.checks if check.holds is False)
        unknown = (check.detail for check in self.checks if check.holds is None)
        return next(failed, "") or next(unknown, "")


def check_receipt(receipt: Receipt, vkey: str, audit_vkey: str, expected: Expected | None = None) -> Verdict:
    """Prove that `receipt`'s leaf is in the log whose pinned key signed its checkpoint; with `expected`, that the log
    is the log of records and the row says what is expected.
    """
    proof = receipt.proof
    claimed, key, signed = _signature(receipt.checkpoint, vkey, audit_vkey)
    log = _log_of(claimed) if claimed else None
    if expected is not None and signed.holds and log is not Log.RECORDS:
        signed = ProofCheck(SIGNED, False, "the checkpoint is of the audit log, not of the records")
    head = claimed if signed.holds else None
    row, placed = _row(receipt, expected is not None)
    checks = [signed, _inclusion(receipt, head), placed]
    if row is not None and expected is not None:
        checks += _against(row, expected)
    leaf_hash = tlog.leaf_hash(proof.leaf)
    return Verdict(
        receipt=receipt,
        checks=tuple(checks),
        log=log,
        origin=claimed.origin if claimed else "",
        tree_size=claimed.tree_size if claimed else proof.tree_size,
        root=claimed.root if claimed else b"",
        key=key.text() if key else "",
        head=head,
        row=row,
        leaf_hash=leaf_hash,
        steps=walk(leaf_hash, proof.leaf_index, proof.tree_size, proof.path),
    )


def check_for(receipt: Receipt, bound: Bound | None, expected: Expected | None = None) -> Verdict:
    """`check_receipt` under the keys of the session's Bound, which the link compares with the pinned ones."""
    return check_receipt(receipt, bound.vkey if bound else "", bound.audit_vkey if bound else "", expected)


def check_consistency(old: TreeHead, note: bytes, vkey: str, path: Sequence[bytes]) -> str:
    """'' when the checkpoint `note` is signed under `vkey` and extends `old`, else the fault."""
    try:
        head = verify_checkpoint(note, parse_vkey(vkey))
        if old.tree_size == 0:
            # An empty log states only that it is empty: every log extends it, and there is no proof of that.
            if old.root != tlog.EMPTY_ROOT or path:
                raise ProofError("what was seen was no empty log")
        else:
            tlog.verify_consistency(old.tree_size, head.tree_size, tuple(path), old.root, head.root)
    except (NoteError, ProofError) as error:
        return f"the log of {old.origin} does not extend what was seen at {old.tree_size}: {error}"
    return ""


SIGNED = "signed checkpoint"


def _log_of(head: TreeHead) -> Log:
    return Log.AUDIT if head.origin.endswith("/audit") else Log.RECORDS


def _signature(note: bytes, vkey: str, audit_vkey: str) -> tuple[TreeHead | None, VerifierKey | None, ProofCheck]:
    """The checkpoint's head, the key that must have signed it, and the check of the signature."""
    try:
        claimed = read_checkpoint(note)
        text = audit_vkey if _log_of(claimed) is Log.AUDIT else vkey
        if not text:
            return claimed, None, ProofCheck(SIGNED, None, "this console has no key of this Totebox yet")
        key = parse_vkey(text)
    except NoteError as error:
        return None, None, ProofCheck(SIGNED, False, f"the checkpoint cannot be read: {error}")
    try:
        head = verify_checkpoint(note, key)
    except NoteError as error:
        return claimed, key, ProofCheck(SIGNED, False, f"the checkpoint is not signed by {key.name}: {error}")
    said = f"{head.origin}, {head.tree_size:,} entries, under the key of the pairing"
    return head, key, ProofCheck(SIGNED, True, said)


def _inclusion(receipt: Receipt, head: TreeHead | None) -> ProofCheck:
    what = "inclusion proof"
    if head is None:
        return ProofCheck(what, None, "there is no checkpoint to lead to")
    try:
        tlog.verify_proof(receipt.proof, head.tree_size, head.root)
    except ProofError as error:
        return ProofCheck(what, False, f"the path does not lead to the signed root: {error}")
    hashes = len(receipt.proof.path)
    return ProofCheck(what, True, f"{hashes} hash{'' if hashes == 1 else 'es'} lead from the row to the root")


def _row(receipt: Receipt, is_needed: bool) -> tuple[LogRow | None, ProofCheck]:
    """The row, and the check that it is the one that the receipt names. A row that is not `is_needed` may have other
    columns than ours.
    """
    what, index, proof = "register row", receipt.index, receipt.proof
    if index != proof.leaf_index:
        return None, ProofCheck(what, False, f"the receipt names entry {index}, its proof entry {proof.leaf_index}")
    if not proof.leaf.startswith(b"%d," % index):
        return None, ProofCheck(what, False, f"the leaf is not the row of entry {index}")
    try:
        row = parse_row(proof.leaf)
    except RowError as error:
        return None, ProofCheck(what, not is_needed, str(error) if is_needed else f"it is entry {index:,}")
    return row, ProofCheck(what, True, f"it is entry {index:,}")


def _against(row: LogRow, expected: Expected) -> list[ProofCheck]:
    found: list[ProofCheck] = []
    if expected.sha256:
        who = "the bytes this console sent" if expected.hashed_here else expected.of
        found.append(_same("SHA-256", row.sha256, expected.sha256, f"that of {who}", bytes.hex))
    if expected.size is not None:
        found.append(_same("size", row.length, expected.size, f"{row.length:,} bytes", "{:,}".format))
    if expected.supersedes is not None or row.supersedes is not None:
        said = f"it corrects entry {expected.supersedes}"
        found.append(_same("correction", row.supersedes, expected.supersedes, said, str))
    return found


def _same(what: str, sealed: object, expected: object, said: str, show: Callable[..., str]) -> ProofCheck:
    if sealed == expected:
        return ProofCheck(what, True, said)
    return ProofCheck(what, False, f"sealed {show(sealed)}, expected {show(expected)}")


def walk(leaf_hash: bytes, leaf_index: int, tree_size: int, path: Sequence[bytes]) -> tuple[PathStep, ...]:
    """The steps of RFC 9162 section 2.1.3.2, for showing them; ends early where the path is too long for the tree."""
    steps: list[PathStep] = []
    node, last, reached = leaf_index, tree_size - 1, leaf_hash
    for sibling in path:
        if last <= 0:
            break
        is_left = node % 2 == 1 or node == last
        reached = tlog.node_hash(sibling, reached) if is_left else tlog.node_hash(reached, sibling)
        if is_left:
            while node % 2 == 0 and node:
                node, last = node >> 1, last >> 1
        steps.append(PathStep(sibling, is_left, reached))
        node, last = node >> 1, last >> 1
    return tuple(steps)
