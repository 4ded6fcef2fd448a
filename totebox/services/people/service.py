"""Tables `people.anchors` and `people.claims`, and the lines that seal verified claims."""

from collections.abc import Sequence

from protocol.schema import Arguments, CorrectClaim, ServiceState
from protocol.schema.numbers import Log, Verb
from totebox.service.contract import Asker, Declined, Drafted, Page, Sealing, TableReader, VerbHandlers
from totebox.service.folding import Folding
from totebox.service.pages import page
from totebox.service.query import Query
from totebox.service.rings import KnowledgeContext
from totebox.services.people import ledger
from totebox.services.people.correction import corrected
from totebox.services.people.tables import ANCHORS, CLAIMS
from totebox.vault.api import Draft, Entry, LeafIndex


class PeopleService:
    """Its index is `cache/people.sqlite`, which is made again from the records whenever it does not fit them."""

    def __init__(self, context: KnowledgeContext) -> None:
        self._context = context
        self._folding = Folding(context.open_index("people", ledger.SCHEMA), context.reader, ledger.reads, ledger.fold)

    def tables(self) -> dict[str, TableReader]:
        return {ANCHORS.name: self.anchors, CLAIMS.name: self.claims}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """One line for each claim that a person accepted."""
        return tuple(ledger.draft(sealing, claim) for claim in sealing.approved)

    def verbs(self) -> VerbHandlers:
        return {Verb.PEOPLE_CORRECT: self.correct}

    async def absorb(self, entries: Sequence[Entry]) -> None:
        if await self._folding.catch_up():
            self._context.changed(ANCHORS.name)
            self._context.changed(CLAIMS.name)

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("people", "running", "", 0)

    async def close(self) -> None:
        """Close the index."""
        await self._folding.close()

    async def correct(self, asked: Arguments, asker: Asker) -> Drafted | Declined:
        """Correct a claim: draft another value for it, with a sealed original as its source."""
        assert isinstance(asked, CorrectClaim)
        size, index = (await self._context.reader.head()).records.tree_size, asked.claim
        known = await self._folding.ask(lambda database: ledger.claim(database, index)) if index < size else None
        ground = LeafIndex(asked.source)
        found = await self._context.reader.entries(Log.RECORDS, ground, 1) if ground < size else ()
        return corrected(asked, known, found[0] if found else None, self._context.now())

    async def anchors(self, query: Query) -> Page:
        """Rows of `people.anchors` by name; `as_of` gives what was known then."""
        rows = await self._folding.ask(lambda database: ledger.anchors(database, query))
        return page(ANCHORS.name, ANCHORS.columns, rows, query.limit)

    async def claims(self, query: Query) -> Page:
        """Rows of `people.claims`, in the order in which they were sealed."""
        rows = await self._folding.ask(lambda database: ledger.claims(database, query))
        return page(CLAIMS.name, CLAIMS.columns, rows, query.limit)
