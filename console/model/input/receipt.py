"""The receipt as a file that can be verified without this program."""

from console.model.proofs import Verdict
from protocol.trust.note import TlogProof, format_tlog_proof


def receipt_text(verdict: Verdict, title: str, lines: tuple[str, ...] = ()) -> str:
    """The receipt as a file: text for a person, then the C2SP tlog-proof, with the row that it proves."""
    row = verdict.row
    said = [title, "=" * len(title), "", *lines, f"index     {verdict.receipt.index}"]
    if row is not None:
        said += [
            f"time      {row.time}",
            f"sha256    {row.sha256.hex()}",
            f"size      {row.length} bytes",
            f"path      {row.path}",
        ]
    said += ["", "Checked by the console that received it:"]
    said += [f"  [{check.glyph}] {check.what}: {check.detail}" for check in verdict.checks]
    said += ["", "The register row (the leaf):", verdict.receipt.proof.leaf.decode("utf-8", "replace")]
    proven = verdict.receipt.proof
    proof = format_tlog_proof(TlogProof(proven.leaf_index, proven.path, verdict.receipt.checkpoint, proven.leaf))
    said += ["", "Its proof:", proof.decode("utf-8", "replace")]
    return "\n".join(said)
