"""Tables `people.anchors` and `people.claims`, and the lines that seal verified claims."""

from collections.abc import Sequence

from protocol.schema import ServiceState
from totebox.service.contract import Page, Query, Sealing, TableReader
from totebox.service.folding import Folding
from totebox.service.pages import columns, page
from totebox.service.rings import KnowledgeContext
from totebox.services.people import ledger
from totebox.vault.api import Draft, Entry

ANCHORS = columns("anchor text", "name text", "type text", "claims int", "first time", "last time", "conflict bool")
CLAIMS = columns(
    "index index", "anchor text", "attribute text", "value text", "source index", "line int", "page int", "start int",
    "end int", "excerpt text", "status text", "actor text", "time time",
)  # fmt: skip


class PeopleService:
    """Its index lies in `state/people.sqlite` and is made again from the records whenever it does not fit them."""

    def __init__(self, context: KnowledgeContext) -> None:
        self._context = context
        self._folding = Folding(context.open_index("people", ledger.SCHEMA), context.reader, ledger.reads, ledger.fold)

    def tables(self) -> dict[str, TableReader]:
        return {"people.anchors": self.anchors, "people.claims": self.claims}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """One line for each claim that a person said yes to."""
        return tuple(ledger.draft(sealing, claim) for claim in sealing.approved)

    async def absorb(self, entries: Sequence[Entry]) -> None:
        if await self._folding.catch_up():
            self._context.changed("people.anchors")
            self._context.changed("people.claims")

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("people", "running", "", 0)

    async def close(self) -> None:
        """Close the index."""
        await self._folding.close()

    async def anchors(self, query: Query) -> Page:
        """By name; words search name, type and ID; `as_of` shows what was known then."""
        rows = await self._folding.ask(
            lambda database: ledger.anchors(database, query.text, query.as_of, query.cursor, query.limit)
        )
        return page("people.anchors", ANCHORS, rows, query.limit)

    async def claims(self, query: Query) -> Page:
        """`anchor:ID`, `source:N`, `attribute:word`, other words in value or excerpt; '' for all."""
        rows = await self._folding.ask(
            lambda database: ledger.claims(database, query.text, query.as_of, query.cursor, query.limit)
        )
        return page("people.claims", CLAIMS, rows, query.limit)
