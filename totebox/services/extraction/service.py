"""The running service: every claim that was ever decided, the rejected ones (quarantine) too.

What it keeps is an index in `state/`, rebuilt from the records when it is missing or ahead of them.
"""

import asyncio
from collections.abc import Sequence
from contextlib import closing

from protocol.schema.fleet import ServiceState
from protocol.schema.numbers import Log
from protocol.schema.table import Cell
from totebox.pages import columns, page
from totebox.service import Claim, Page, Query, Sealing, ServiceContext, TableReader
from totebox.services.extraction.store import ClaimStore
from totebox.vault.api import Draft, Entry, LeafIndex, Line, Member
from totebox.vault.cells import parse_line

TABLE = "extraction.claims"
HEADS = columns(
    "index index", "anchor text", "attribute text", "value text", "source index", "line int", "page int", "start int", "end int",
    "excerpt text", "status text", "actor text", "time time", "rule text",
)  # fmt: skip
CLAIM_HEADER = (
    "anchor", "attribute", "value", "source", "page", "line", "start", "end", "excerpt", "status", "rule", "time",
)  # fmt: skip
DECIDED = {("people", "claim"), ("extraction", "rejected")}
MAX_LINE_BYTES = 65_536
BATCH = 512


class ExtractionService:
    """Publishes `extraction.claims`, and seals the claims that a person said no to: the quarantine."""

    def __init__(self, context: ServiceContext) -> None:
        self._context = context
        self._store = ClaimStore(context.state / "extraction.sqlite")
        self._lock = asyncio.Lock()

    def tables(self) -> dict[str, TableReader]:
        """Its one table."""
        return {TABLE: self.claims}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """One line of the quarantine for each rejected claim."""
        return [_rejected(sealing, claim) for claim in sealing.rejected]

    async def absorb(self, entries: Sequence[Entry]) -> None:
        """Fold entries in; what lies between the last one known and these is read from the vault first."""
        async with self._lock:
            if entries and entries[0].index > self._store.next:
                await self._catch_up()
            if await self._fold(entries):
                self._context.changed(TABLE)

    async def run(self) -> None:
        """Bring the index up to the records, once."""
        async with self._lock:
            head = await self._context.reader.head()
            if self._store.next > head.records.tree_size:
                self._store.clear()
            if await self._catch_up():
                self._context.changed(TABLE)

    def state(self) -> ServiceState:
        """Always running: the reading itself happens in child processes of the gate."""
        return ServiceState("extraction", "running", "", 0)

    async def claims(self, query: Query) -> Page:
        """Newest first. Query words: `anchor:ID`, `source:N`, `index:N`, `status:verified|rejected`, else text in the value."""
        before = int(query.cursor) if query.cursor.isdecimal() else None
        with closing(self._store.rows(query.text, query.as_of, before)) as rows:
            return page(TABLE, HEADS, ((str(row[0]), row) for row in rows), query.limit)

    async def _catch_up(self) -> int:
        folded = 0
        while entries := await self._context.reader.entries(Log.RECORDS, LeafIndex(self._store.next), BATCH):
            folded += await self._fold(entries)
        return folded

    async def _fold(self, entries: Sequence[Entry]) -> int:
        rows = [await self._row(entry) for entry in entries if entry.index >= self._store.next and _is_decided(entry)]
        if entries:
            self._store.add(rows, max(self._store.next, entries[-1].index + 1))
        return len(rows)

    async def _row(self, entry: Entry) -> tuple[Cell, ...]:
        payload = await self._context.reader.read(entry.index, 0, MAX_LINE_BYTES)
        cells = dict(zip(CLAIM_HEADER, parse_line(payload.rstrip(b"\n").rsplit(b"\n", 1)[-1]), strict=False))
        numbers = (_number(cells.get(name, "")) for name in ("source", "line", "page", "start", "end"))
        source, line, page_number, start, end = numbers
        return (
            entry.index, cells.get("anchor", ""), cells.get("attribute", ""), cells.get("value", ""),
            source if entry.source is None else entry.source, line, page_number, start, end,
            cells.get("excerpt", ""), cells.get("status", ""), entry.actor, entry.time, cells.get("rule", ""),
        )  # fmt: skip


def _rejected(sealing: Sealing, claim: Claim) -> Draft:
    numbers = (claim.page, claim.line, claim.start, claim.end)
    cells = (
        claim.anchor, claim.attribute, claim.value, sealing.sha256.hex(), *map(str, numbers), claim.excerpt, "rejected",
        claim.rule, sealing.time,
    )  # fmt: skip
    line = Line("quarantine", CLAIM_HEADER, cells)
    return Draft("extraction", "rejected", f"{claim.attribute} {claim.value}", line, source=Member(0))


def _is_decided(entry: Entry) -> bool:
    return (entry.service, entry.kind) in DECIDED


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
