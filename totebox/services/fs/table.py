"""Table `fs.entries`: the record log from its newest entry back, over any `Reader`."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from protocol.schema import Cell
from protocol.schema.numbers import Log
from totebox.service.contract import Page, Query
from totebox.service.pages import columns, page
from totebox.vault.api import Entry, LeafIndex, Reader

HEADS = columns(
    "index index", "time time", "actor text", "service text", "kind text", "subject text", "path text", "offset int",
    "length bytes", "sha256 hash", "source index", "supersedes index", "audit audit-index", "command text", "note text",
)  # fmt: skip
BLOCK = 256
SEARCHED = 16_384
"""Rows that one page looks at; where a filter finds fewer than a page among them, the cursor goes on from there."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Words of a query: `index:N` (that entry), `source:N`, `kind:K`, `service:S`, `after:N` (above N); others anywhere."""

    numbers: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, str], ...]
    as_of: str

    def lets(self, entry: Entry) -> bool:
        """Whether every word agrees with `entry`."""
        if self.as_of and entry.time > self.as_of:
            return False
        return all(_number_agrees(entry, name, value) for name, value in self.numbers) and all(
            _word_agrees(entry, name, value) for name, value in self.words
        )

    def span(self, size: int) -> tuple[int, int]:
        """The indices worth looking at: from, and up to (exclusive)."""
        named = dict(self.numbers)
        if "index" in named:
            return named["index"], min(named["index"] + 1, size)
        return max(named.get("after", -1), named.get("source", -1)) + 1, size


class EntriesTable:
    """Pages through the record log, newest first."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def page(self, query: Query) -> Page:
        """One page; the cursor is the index before which the next one begins."""
        wanted = parse_filter(query.text, query.as_of)
        start, end = wanted.span((await self._reader.head()).records.tree_size)
        before = min(int(query.cursor), end) if query.cursor.isdecimal() else end
        rows: list[tuple[str, tuple[Cell, ...]]] = []
        lowest = before
        async for entry in self._backwards(start, before):
            lowest = entry.index
            if wanted.lets(entry):
                rows.append((str(entry.index), _row(entry)))
            if len(rows) > query.limit or before - lowest >= SEARCHED:
                break
        found = page("fs.entries", HEADS, rows, query.limit)
        if found.more or lowest <= start:
            return found
        return Page(found.table, str(lowest), True)

    async def _backwards(self, start: int, before: int) -> AsyncIterator[Entry]:
        while before > start:
            first = max(start, before - BLOCK)
            for entry in reversed(await self._reader.entries(Log.RECORDS, LeafIndex(first), before - first)):
                yield entry
            before = first


def parse_filter(text: str, as_of: str) -> Filter:
    """Read a query. A word with a known name and no proper value is a plain word."""
    numbers: list[tuple[str, int]] = []
    words: list[tuple[str, str]] = []
    for word in text.split():
        name, _, value = word.partition(":")
        if name in ("index", "source", "after") and value.isdecimal() and len(value) < 19:
            numbers.append((name, int(value)))
        elif name in ("kind", "service") and value:
            words.append((name, value.casefold()))
        else:
            words.append(("", word.casefold()))
    return Filter(tuple(numbers), tuple(words), as_of)


def _number_agrees(entry: Entry, name: str, value: int) -> bool:
    match name:
        case "index":
            return entry.index == value
        case "source":
            return entry.source == value
        case _:
            return entry.index > value


def _word_agrees(entry: Entry, name: str, value: str) -> bool:
    match name:
        case "kind":
            return entry.kind == value
        case "service":
            return entry.service == value
        case _:
            return (
                value
                in f"{entry.subject} {entry.kind} {entry.service} {entry.path} {entry.note} {entry.actor}".casefold()
            )


def _row(entry: Entry) -> tuple[Cell, ...]:
    return (
        entry.index, entry.time, entry.actor, entry.service, entry.kind, entry.subject, entry.path, entry.offset,
        entry.length, entry.sha256, entry.source, entry.supersedes, entry.audit, entry.command, entry.note,
    )  # fmt: skip
