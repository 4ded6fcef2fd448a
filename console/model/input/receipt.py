"""What a receipt proves, checked by this console: each verdict stands for itself, none is believed. Pure."""

from collections.abc import Callable

from console.model.rows import RowError, parse_row
from console.model.state import LogRow
from protocol.errors import NoteError, ProofError
from protocol.schema import Receipt
from protocol.trust.note import TlogProof, TreeHead, format_tlog_proof, parse_vkey, verify_checkpoint
from protocol.trust.tlog import verify_proof
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was checked: what, whether it holds (None: it could not be checked here), and on what grounds."""

    what: str
    holds: bool | None
    detail: str

    @property
    def glyph(self) -> str:
        """The sign beside the words."""
        return "?" if self.holds is None else "✓" if self.holds else "✗"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the sealed row should say. `sha256` b'' and `size` None where this console knows nothing to hold against it.

    `hashed_here` tells whether this console hashed the bytes itself.
    """

    sha256: bytes = b""
    size: int | None = None
    hashed_here: bool = False
    supersedes: int | None = None
    of: str = "the bytes the Totebox took from its drop folder"
    """Where `sha256` comes from when it was not hashed here."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt with everything that was checked. `row` and `head` are None where they could not be read."""

    receipt: Receipt
    row: LogRow | None
    head: TreeHead | None
    verdicts: tuple[Verdict, ...]

    @property
    def holds(self) -> bool:
        """Everything that could be checked holds, and at least one thing could."""
        return any(verdict.holds for verdict in self.verdicts) and not any(v.holds is False for v in self.verdicts)


def check_receipt(receipt: Receipt, vkey: str, expected: Expected | None = None) -> Checked:
    """Check the note's signature under the pinned `vkey`, the inclusion path, and the row against what was `expected`."""
    head, signed = _signature(receipt, vkey)
    row, placed = _row(receipt)
    verdicts = [signed, _inclusion(receipt, head), placed]
    if row is not None and expected is not None:
        verdicts += _against(row, expected)
    return Checked(receipt, row, head, tuple(verdicts))


def _signature(receipt: Receipt, vkey: str) -> tuple[TreeHead | None, Verdict]:
    what = "signed checkpoint"
    if not vkey:
        return None, Verdict(what, None, "this console has no key of this Totebox yet")
    try:
        head = verify_checkpoint(receipt.checkpoint, parse_vkey(vkey))
    except NoteError as error:
        return None, Verdict(what, False, str(error))
    return head, Verdict(what, True, f"{head.origin}, {head.tree_size:,} entries, under the key of the pairing")


def _inclusion(receipt: Receipt, head: TreeHead | None) -> Verdict:
    what = "inclusion proof"
    if head is None:
        return Verdict(what, None, "there is no checkpoint to lead to")
    try:
        verify_proof(receipt.proof, head.tree_size, head.root)
    except ProofError as error:
        return Verdict(what, False, str(error))
    hashes = len(receipt.proof.path)
    return Verdict(what, True, f"{hashes} hash{'' if hashes == 1 else 'es'} lead from the row to the root")


def _row(receipt: Receipt) -> tuple[LogRow | None, Verdict]:
    what = "register row"
    try:
        row = parse_row(receipt.proof.leaf)
    except RowError as error:
        return None, Verdict(what, False, str(error))
    same = row.index == receipt.index == receipt.proof.leaf_index
    return row, Verdict(
        what, same, f"it is entry {row.index:,}" if same else f"it says {row.index}, the receipt {receipt.index}"
    )


def _against(row: LogRow, expected: Expected) -> list[Verdict]:
    found: list[Verdict] = []
    if expected.sha256:
        who = "the bytes this console sent" if expected.hashed_here else expected.of
        found.append(_same("SHA-256", row.sha256, expected.sha256, f"that of {who}", bytes.hex))
    if expected.size is not None:
        found.append(_same("size", row.length, expected.size, f"{row.length:,} bytes", "{:,}".format))
    if expected.supersedes is not None or row.supersedes is not None:
        said = f"it corrects entry {expected.supersedes}"
        found.append(_same("correction", row.supersedes, expected.supersedes, said, str))
    return found


def _same(what: str, sealed: object, expected: object, said: str, show: Callable[..., str]) -> Verdict:
    if sealed == expected:
        return Verdict(what, True, said)
    return Verdict(what, False, f"sealed {show(sealed)}, expected {show(expected)}")


def receipt_text(checked: Checked, title: str, lines: tuple[str, ...] = ()) -> str:
    """The receipt as a file: what a person reads, then the C2SP tlog-proof that anybody can check, with the row it proves."""
    row = checked.row
    said = [title, "=" * len(title), "", *lines, f"index     {checked.receipt.index}"]
    if row is not None:
        said += [
            f"time      {row.time}",
            f"sha256    {row.sha256.hex()}",
            f"size      {row.length} bytes",
            f"path      {row.path}",
        ]
    said += ["", "Checked by the console that received it:"]
    said += [f"  [{verdict.glyph}] {verdict.what}: {verdict.detail}" for verdict in checked.verdicts]
    said += ["", "The register row (the leaf):", checked.receipt.proof.leaf.decode("utf-8", "replace")]
    proven = checked.receipt.proof
    proof = format_tlog_proof(TlogProof(proven.leaf_index, proven.path, checked.receipt.checkpoint, proven.leaf))
    said += ["", "Its proof:", proof.decode("utf-8", "replace")]
    return "\n".join(said)
