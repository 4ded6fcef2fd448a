"""A proof as lines of text: the verdict first, then everything on which it rests."""

import csv
from typing import TYPE_CHECKING

from console.chassis.facts import Line, line
from console.model.rows import COLUMNS, RowError, parse_row
from console.model.safe_text import safe_line

if TYPE_CHECKING:
    from console.model.proofs import Verdict


def lines(verdict: "Verdict") -> list[Line]:
    """Each check, its method and its result. No hash is cut: the panel wraps long lines."""
    return [*_head(verdict), line(), *_leaf(verdict), line(), *_path(verdict), line(), *_checkpoint(verdict)]


def _head(verdict: "Verdict") -> list[Line]:
    if verdict.holds:
        origin = safe_line(verdict.origin)
        return [
            line(("good", f"✓ PROVED BY THIS CONSOLE: row {verdict.leaf_index:,} is in the signed log")),
            line(("good", "  ✓ "), ("label", "signature  "), f"the checkpoint is signed by {origin}"),
            line(
                ("good", "  ✓ "), ("label", "path       "), f"the leaf leads to its root at {verdict.tree_size:,} rows"
            ),
            line(("good", "  ✓ "), ("label", "row        "), f"the leaf is the row of index {verdict.leaf_index:,}"),
        ]
    return [
        line(("bad", "✗ NOT PROVED: do not rely on this row")),
        line(("bad", f"  {safe_line(verdict.fault)}")),
        line(("label", "  Run `os-totebox verify` where the Totebox lives.")),
    ]


def _leaf(verdict: "Verdict") -> list[Line]:
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
    return next(csv.reader([leaf.decode("utf-8")]))


def _path(verdict: "Verdict") -> list[Line]:
    found = [line(("title", "PATH"), ("label", f"  {len(verdict.steps)} steps from the leaf to the root"))]
    if not verdict.steps:
        found.append(line(("label", "  the leaf is the whole tree: its hash is the root")))
    for number, step in enumerate(verdict.steps, 1):
        side = "left " if step.is_left else "right"
        found.append(
            line(
                ("label", f"  {number:>2} {side} "),
                step.sibling.hex(),
                ("label", f" → {step.gives.hex()[:8]}…"),
            )
        )
    tone, sign = ("good", "✓") if verdict.holds else ("bad", "✗")
    return [*found, line(("label", "     root  "), (tone, f"{verdict.root.hex()} {sign}"))]


def _checkpoint(verdict: "Verdict") -> list[Line]:
    found = [line(("title", "CHECKPOINT"), ("label", "  the signed note, as it is stored"))]
    text = verdict.note.decode("utf-8", "replace")
    found += [line("  " + safe_line(part)) for part in text.rstrip("\n").split("\n")]
    return [*found, line(("label", "  key        "), safe_line(verdict.key))]
