"""A proof as lines to read: the verdict first, then everything it rests on."""

import base64

from console.chassis.facts import Line, line
from console.model.proofs import Verdict
from console.model.rows import COLUMNS, RowError, parse_row
from console.model.safe_text import safe_line


def lines(verdict: Verdict, width: int) -> list[Line]:
    """What was checked, how, and what came out."""
    return [*_head(verdict), line(), *_leaf(verdict), line(), *_path(verdict), line(), *_checkpoint(verdict)][:400]


def _head(verdict: Verdict) -> list[Line]:
    if verdict.holds:
        said = f"✓ PROVED BY THIS CONSOLE  entry {verdict.leaf_index:,} is in the signed log of {verdict.tree_size:,}"
        return [
            line(("good", said)),
            line(
                (
                    "label",
                    "  signature ✓ under the pinned key   path ✓ leads to the signed root   row ✓ is this entry's",
                )
            ),
        ]
    return [
        line(("bad", "✗ NOT PROVED")),
        line(("bad", f"  {safe_line(verdict.fault)}")),
        line(("label", "  Do not rely on this row. Run `os-totebox verify` where the Totebox lives.")),
    ]


def _leaf(verdict: Verdict) -> list[Line]:
    found = [line(("title", "LEAF"), ("label", "  the row's exact bytes"))]
    try:
        parse_row(verdict.leaf)
    except RowError:
        return [*found, line(f"  {safe_line(verdict.leaf)}")]
    for name, value in zip(COLUMNS, _cells(verdict.leaf), strict=True):
        if value:
            found.append(line(("label", f"  {name:<11}"), safe_line(value)))
    return [*found, line(("label", "  leaf hash  "), verdict.leaf_hash.hex())]


def _cells(leaf: bytes) -> list[str]:
    import csv

    return next(csv.reader([leaf.decode("utf-8")]))


def _path(verdict: Verdict) -> list[Line]:
    found = [line(("title", "PATH"), ("label", f"  {len(verdict.steps)} steps from the leaf to the root"))]
    if not verdict.steps:
        found.append(line(("label", "  the leaf is the whole tree: its hash is the root")))
    for number, step in enumerate(verdict.steps, 1):
        side = "left " if step.is_left else "right"
        found.append(
            line(("label", f"  {number:>2} {side} "), step.sibling.hex(), ("label", f" → {step.gives.hex()[:12]}…"))
        )
    tone, sign = ("good", "✓") if verdict.holds else ("bad", "✗")
    return [*found, line(("label", "     root  "), (tone, f"{verdict.root.hex()} {sign}"))]


def _checkpoint(verdict: Verdict) -> list[Line]:
    found = [line(("title", "CHECKPOINT"), ("label", "  the signed note, as it is stored"))]
    text = verdict.note.decode("utf-8", "replace")
    found += [line("  " + safe_line(part)) for part in text.rstrip("\n").split("\n")]
    key = safe_line(verdict.key) or base64.b64encode(b"").decode()
    return [*found, line(("label", "  key        "), key)]
