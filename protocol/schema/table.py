"""Tables, in which every service shows its rows: typed columns with units, rows, and a cursor."""

from enum import StrEnum
from typing import Annotated

from protocol.schema.numbers import MAX_ITEMS, MAX_TEXT_BYTES
from protocol.schema.registry import U64, Arguments, Size, Span, arguments, struct

Cell = None | bool | int | str | bytes


class ColumnKind(StrEnum):
    """How a column's cells are read and drawn."""

    TEXT = "text"
    INT = "int"
    BOOL = "bool"
    TIME = "time"
    """RFC 3339 UTC text with microseconds."""
    HASH = "hash"
    """Raw bytes, drawn in hex."""
    INDEX = "index"
    """A leaf index of the record log; leads to that entry."""
    AUDIT_INDEX = "audit-index"
    BYTES = "bytes"
    """A size in bytes."""
    MONEY = "money"
    """Exact decimal text with its currency: `1250.00 EUR`."""


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
