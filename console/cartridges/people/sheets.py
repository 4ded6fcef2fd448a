"""Texts of F2: rows of names and claims, the source of a claim, and claims side by side. Pure."""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from console.chassis.facts import Fact, Line, line
from console.chassis.table import Row, TableColumn
from console.model.cells import moment, number
from console.model.excerpt import excerpt
from console.model.identity import Anchor, Conflict, Statement
from console.model.safe_text import safe_line
from protocol.schema import Cell, ColumnKind

NAME_COLUMNS = (
    TableColumn("name", "name", share=3),
    TableColumn("type", "type", 8, priority=1),
    TableColumn("claims", "claims", 6, ColumnKind.INT, priority=2),
    TableColumn("conflict", "", 10, priority=1),
    TableColumn("last", "last", 11, ColumnKind.TIME, priority=3),
)
NAME_COLUMNS_BESIDE = (*NAME_COLUMNS[:3], TableColumn("conflict", "≠", 1, priority=1))
"""The columns beside the claims, which have the word: here the sign alone leaves room for the names."""
CLAIM_COLUMNS = (
    TableColumn("index", "entry", 7, ColumnKind.INDEX, priority=2),
    TableColumn("status", "status", 10),
    TableColumn("attribute", "claim", 12),
    TableColumn("value", "value", share=2),
    TableColumn("source", "source", 7, ColumnKind.INDEX, priority=1),
    TableColumn("line", "line", 5, ColumnKind.INT, priority=1),
    TableColumn("time", "time", 11, ColumnKind.TIME, priority=3),
    TableColumn("actor", "actor", 14, priority=4),
)
STATUS = {"stated": ("✎ stated", "notice"), "verified": ("✓ verified", "good"), "rejected": ("✗ rejected", "bad")}


def name_row(anchor: Anchor, beside: bool) -> Row:
    """An anchor in the list, beside its claims (`beside`) or on a screen of its own."""
    mark = "≠" if anchor.conflict else ""
    said: tuple[Cell, ...] = (mark,) if beside else (mark and f"{mark} conflict", anchor.last)
    cells = (anchor.name, anchor.type, anchor.claims, *said)
    return Row(anchor.id, cells, "", ("", "muted", "", "warn", "muted"))


def claim_row(statement: Statement) -> Row:
    """A claim in the list."""
    word, tone = STATUS.get(statement.status, (f"? {statement.status}", "warn"))
    cells = (
        statement.index,
        word,
        statement.attribute,
        statement.value,
        statement.source,
        statement.line or None,
        statement.time,
        statement.actor,
    )
    return Row(statement.index, cells, "", ("", tone))


def facts(anchor: Anchor, as_of: str, narrow: bool) -> list[Fact]:
    """Who it is; on a narrow screen only the most important facts."""
    kind = safe_line(anchor.type) or "unknown"
    said = [
        Fact("name", f"{safe_line(anchor.name)} · {kind}", "title"),
        Fact("sovereign-id", safe_line(anchor.id), "notice"),
    ]
    if not narrow:
        said.append(Fact("known", f"{moment(anchor.first)[:16]} to {moment(anchor.last)[:16]}"))
    if as_of:
        said.append(Fact("as of", moment(as_of), "warn"))
    if anchor.conflict:
        said.append(Fact("conflict", "≠ its claims differ: x shows them side by side", "warn"))
    return said


def source(statement: Statement | None, width: int) -> list[Line]:
    """Where a claim stands: document, page, line, the excerpt with the value marked."""
    if statement is None:
        return []
    page = f", page {statement.page}" if statement.page else ""
    place = f"{page}, line {statement.line}" if statement.line else page
    where = f"entry {number(statement.source)}{place}" if statement.source is not None else "no source"
    said = [line(("title", statement.attribute), "  ", safe_line(statement.value))]
    said.append(line(("label", f"{where} · sealed as entry {number(statement.index)}, {statement.status}")))
    said.append(line(("label", f"{moment(statement.time)}Z by {safe_line(statement.actor)}")))
    said.append(line(""))
    for pieces in excerpt(safe_line(statement.excerpt), safe_line(statement.value), width - 4):
        said.append(line(("muted", "│ "), *(("mark" if is_claim else "", piece) for is_claim, piece in pieces)))
    return said


def side_by_side(found: Sequence[Conflict], width: int) -> list[Line]:
    """Each conflict as columns, one for each value: the value, its source, and its time."""
    if not found:
        return [
            line(("good", "✓ no claims differ")),
            line(("label", "x again compares every attribute that has several values")),
        ]
    said: list[Line] = []
    for conflict in found:
        sides = conflict.sides[: max(1, min(4, width // 24))]
        each = max(16, (width - 2) // len(sides) - 3)
        said.append(line(("warn", f"≠ {conflict.attribute}: {len(conflict.sides)} values")))
        columns = [_side(side, each) for side in sides]
        for parts in zip_longest(*columns, fillvalue=("", "")):
            said.append(tuple(piece for tone, text in parts for piece in ((tone, _fit(text, each)), ("muted", " │ "))))
        said.append(line(""))
    return said


def _side(statement: Statement, width: int) -> list[tuple[str, str]]:
    cells = [("title", piece) for piece in wrap(safe_line(statement.value), width)]
    line_ = f" line {statement.line}" if statement.line else ""
    where = f"entry {statement.source}{line_}" if statement.source is not None else "no source"
    cells += [("label", where), ("label", moment(statement.time)[:16])]
    excerpt = safe_line(statement.excerpt).replace("⟦", "").replace("⟧", "")
    return cells + [("", piece) for piece in wrap(excerpt, width)[:4]]


def _fit(text: str, width: int) -> str:
    return set_cell_size(text, width) if cell_len(text) > width else text + " " * (width - cell_len(text))
