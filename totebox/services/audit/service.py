"""Table `audit.log`: the audit log from its newest row back."""

from collections.abc import AsyncIterator, Sequence

from protocol.schema import Cell, ServiceState
from protocol.schema.numbers import Log
from totebox.service.contract import Page, Query, Sealing, TableReader
from totebox.service.pages import columns, page
from totebox.service.rings import BoundaryContext
from totebox.vault.api import Draft, Entry, LeafIndex, Reader

HEADS = columns(
    "index audit-index", "time time", "actor text", "kind text", "subject text", "detail text", "command text"
)
BLOCK = 256
SEARCHED = 16_384
"""Rows that one page looks at; where a filter finds fewer than a page among them, the cursor goes on from there."""


class AuditService:
    """Reads the second log; it is written by the gate alone."""

    def __init__(self, context: BoundaryContext) -> None:
        self._reader = context.reader

    def tables(self) -> dict[str, TableReader]:
        return {"audit.log": self.log}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        return ()

    async def absorb(self, entries: Sequence[Entry]) -> None:
        return None

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("audit", "running", "", 0)

    async def close(self) -> None:
        """It opens nothing: the vault's handle is closed by who made it."""

    async def log(self, query: Query) -> Page:
        """Newest first. Query words: `kind:K`, `actor:FINGERPRINT` (its beginning is enough), `command:ID`, other words anywhere."""
        top = (await self._reader.head()).audit.tree_size
        before = min(int(query.cursor), top) if query.cursor.isdecimal() else top
        wanted = Filter(query.text, query.as_of)
        rows: list[tuple[str, tuple[Cell, ...]]] = []
        searched = 0
        async for entry in backwards(self._reader, before):
            searched += 1
            if wanted.lets(entry):
                rows.append((str(entry.index), _row(entry)))
            if len(rows) > query.limit or searched >= SEARCHED:
                break
        found = page("audit.log", HEADS, rows, query.limit)
        if found.more or searched == before:
            return found
        return Page(found.table, str(before - searched), before > searched)


class Filter:
    """What a query lets through."""

    def __init__(self, text: str, as_of: str) -> None:
        self._as_of = as_of
        self._named: list[tuple[str, str]] = []
        self._words: list[str] = []
        for word in text.split():
            name, colon, value = word.partition(":")
            if colon and name in ("kind", "actor", "command") and value:
                self._named.append((name, value))
            else:
                self._words.append(word.casefold())

    def lets(self, entry: Entry) -> bool:
        """Whether every word of the query agrees with `entry`."""
        if self._as_of and entry.time > self._as_of:
            return False
        if not all(self._agrees(entry, name, value) for name, value in self._named):
            return False
        text = f"{entry.kind} {entry.subject} {entry.note} {entry.actor}".casefold() if self._words else ""
        return all(word in text for word in self._words)

    @staticmethod
    def _agrees(entry: Entry, name: str, value: str) -> bool:
        match name:
            case "kind":
                return entry.kind.casefold() == value.casefold()
            case "actor":
                return entry.actor.startswith(value)
            case _:
                return entry.command == value


async def backwards(reader: Reader, before: int) -> AsyncIterator[Entry]:
    """The audit rows below index `before`, newest first."""
    while before > 0:
        start = max(0, before - BLOCK)
        for entry in reversed(await reader.entries(Log.AUDIT, LeafIndex(start), before - start)):
            yield entry
        before = start


def _row(entry: Entry) -> tuple[Cell, ...]:
    return (entry.index, entry.time, entry.actor, entry.kind, entry.subject, entry.note, entry.command)
