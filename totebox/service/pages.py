"""Pages of tables: as many rows as fit into one frame, and a cursor for the rest."""

from collections.abc import Iterable

from protocol.schema import Cell, Column, ColumnKind, Table
from protocol.schema.numbers import MAX_BULK_BYTES
from totebox.service.contract import Page
from totebox.service.query import Query, matcher
from totebox.service.table import TableSpec

ROOM_BYTES = MAX_BULK_BYTES - 1_024
"""Bytes for the rows of a page; columns and envelope take the rest of the frame."""
MAX_CELL_CHARACTERS = 3_000


def columns(*specs: str) -> tuple[Column, ...]:
    """Columns from `name KIND` words: `columns("index index", "size bytes")`."""
    return tuple(Column(name, ColumnKind(kind), "") for name, _, kind in (spec.partition(" ") for spec in specs))


def page(name: str, heads: tuple[Column, ...], rows: Iterable[tuple[str, tuple[Cell, ...]]], limit: int) -> Page:
    """The first rows of `rows` that fit.

    Args:
        rows: pairs of a cursor that continues after the row, and the row's cells; read no further than needed.
        limit: the most rows of the page.
    """
    kept: list[tuple[Cell, ...]] = []
    room, cursor = ROOM_BYTES, ""
    for after, row in rows:
        cut = tuple(_cut(cell) for cell in row)
        room -= sum(_weight(cell) for cell in cut)
        if kept and (room < 0 or len(kept) >= limit):
            return Page(Table(name, heads, tuple(kept)), cursor, True)
        kept.append(cut)
        cursor = after
    return Page(Table(name, heads, tuple(kept)), cursor, False)


def whole_page(spec: TableSpec, rows: Iterable[tuple[Cell, ...]], query: Query) -> Page:
    """One page of a table whose rows are all in memory: those that agree with `query`, in the order given.

    The cursor is the number of rows that were examined so far.
    """
    agrees, done = matcher(spec, query), query.cursor or 0
    numbered = ((str(number), row) for number, row in enumerate(rows, 1) if number > done and agrees(row))
    return page(spec.name, spec.columns, numbered, query.limit)


def _cut(cell: Cell) -> Cell:
    if isinstance(cell, str) and len(cell) > MAX_CELL_CHARACTERS:
        return cell[: MAX_CELL_CHARACTERS - 1] + "…"
    return cell


def _weight(cell: Cell) -> int:
    if isinstance(cell, str):
        return len(cell.encode("utf-8", "replace")) + 5
    return len(cell) + 5 if isinstance(cell, bytes) else 9
