"""Tables, in which every service shows its rows: typed columns with units, rows, and a cursor."""

from enum import StrEnum
from typing import Annotated

from protocol.schema.numbers import MAX_ITEMS, MAX_TEXT_BYTES
from protocol.schema.registry import U64, Arguments, Size, Span, arguments, struct

Cell = None | bool | int | str | bytes


class ColumnKind(StrEnum):
    """How a column's cells are read and drawn."""

    TEXT = "text"
    """A str, '' where there is nothing to say."""
    INT = "int"
    """An int, counted in the column's `unit`, or a plain number where that is ''."""
    BOOL = "bool"
    """A bool."""
    TIME = "time"
    """A str of 27 characters, RFC 3339 in UTC with microseconds: `2026-11-20T09:30:00.000000Z`; '' or nil where there is none."""
    HASH = "hash"
    """Bytes as they are, drawn in hex: a hash (32 bytes), or what is no text (a signed note, a file's name)."""
    INDEX = "index"
    """An int: a leaf index of the record log; leads to that entry."""
    AUDIT_INDEX = "audit-index"
    """An int: a leaf index of the audit log."""
    BYTES = "bytes"
    """An int: a size in bytes."""
    MONEY = "money"
    """A str: an exact decimal (a minus where it is negative, a point, no separators), a space, the currency: `1250.00 EUR`."""


@struct
class Column:
    """One column: its name (lower case, unique in the table), kind, and unit ('' where it has none)."""

    name: str
    kind: ColumnKind
    unit: str


@struct
class Table:
    """`rows` of cells under `columns`; every row has exactly one cell a column."""

    name: str
    columns: Annotated[tuple[Column, ...], Size(0, 64)]
    rows: Annotated[tuple[tuple[Cell, ...], ...], Size(0, MAX_ITEMS)]


@arguments(since=1)
class List(Arguments):
    """One page of a service's table.

    `table` is `service.table`; `query` free text (full text where the table has it, '' for all); `as_of` an
    RFC 3339 time or '' for the present; `cursor` what the last page returned, '' to begin; `limit` rows at the most.
    """

    table: Annotated[str, Size(1, 64)]
    query: Annotated[str, Size(0, MAX_TEXT_BYTES)]
    as_of: Annotated[str, Size(0, 40)]
    cursor: Annotated[str, Size(0, 256)]
    limit: Annotated[int, Span(1, MAX_ITEMS)]


@arguments(since=1)
class Read(Arguments):
    """The bytes of record `index` from byte `offset` on, as Parts."""

    index: Annotated[int, U64]
    offset: Annotated[int, U64]
