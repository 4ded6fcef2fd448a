"""The scan of a log from its newest entry back, and a table over it."""

from collections.abc import AsyncIterator, Callable, Sequence

from protocol.schema import Cell
from protocol.schema.note_fields import VERSION, shown_note
from protocol.schema.numbers import Log, Op
from totebox.service.contract import Page
from totebox.service.pages import page
from totebox.service.query import Query, matcher
from totebox.service.table import TableSpec
from totebox.vault.api import Entry, LeafIndex, Reader

BLOCK = 256
SEARCHED = 16_384
"""The most entries that one page reads. Where fewer than a page of them agree with the query, the cursor continues from
there.
"""
NOTES = frozenset({"note", "detail"})
"""Columns that hold the note of a register row."""


class LogTable:
    """The table `spec` over `log`, newest first; `row` makes an entry's cells.

    The cursor is the index before which the next page begins, so entries that are appended meanwhile move no page.
    """

    def __init__(self, spec: TableSpec, log: Log, reader: Reader, row: Callable[[Entry], tuple[Cell, ...]]) -> None:
        self._spec = spec
        self._log = log
        self._reader = reader
        self._row = row
        self._notes = [at for at, column in enumerate(spec.columns) if column.name in NOTES]

    async def page(self, query: Query) -> Page:
        """One page. A page may be empty although more pages follow."""
        start, end = self._span(query, await self._size())
        before = end if query.cursor is None else min(query.cursor, end)
        agrees, rows = matcher(self._spec, query), list[tuple[str, tuple[Cell, ...]]]()
        lowest = max(start, before - SEARCHED)
        async for entry in backwards(self._reader, self._log, lowest, before):
            row = self._row(entry)
            if agrees(self._in_words(row)):
                rows.append((str(entry.index), row))
            if len(rows) > query.limit:
                break
        found = page(self._spec.name, self._spec.columns, rows, query.limit)
        return found if found.more or lowest <= start else Page(found.table, str(lowest), True)

    def _in_words(self, row: tuple[Cell, ...]) -> tuple[Cell, ...]:
        """`row` with the note unescaped, so that a search finds the words as people read them."""
        for at in self._notes:
            if str(row[at]).startswith(VERSION):
                row = (*row[:at], shown_note(str(row[at])), *row[at + 1 :])
        return row

    async def _size(self) -> int:
        head = await self._reader.head()
        return (head.records if self._log is Log.RECORDS else head.audit).tree_size

    @staticmethod
    def _span(query: Query, size: int) -> tuple[int, int]:
        """The entries that can agree with the query: from, and up to (exclusive). A derived entry stands after its
        source.
        """
        named = [int(value) for value in query.values("index")]
        above = [*query.values("index", Op.ABOVE), *query.values("source")]
        start = max([*named, *(int(value) + 1 for value in above)], default=0)
        return start, min([size, *(value + 1 for value in named)])


async def backwards(reader: Reader, log: Log, start: int, before: int) -> AsyncIterator[Entry]:
    """The entries of `log` from index `before` (exclusive) down to `start`, newest first, read in blocks."""
    while before > start:
        first = max(start, before - BLOCK)
        block: Sequence[Entry] = await reader.entries(log, LeafIndex(first), before - first)
        for entry in reversed(block):
            yield entry
        before = first
