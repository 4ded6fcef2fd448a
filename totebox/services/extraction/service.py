"""The running service: the table of every claim that was ever decided, the rejected ones (quarantine) included."""

from collections.abc import Sequence

from protocol.schema import ServiceState
from totebox.service.contract import Page, Sealing, TableReader, VerbHandlers
from totebox.service.folding import Folding
from totebox.service.pages import page
from totebox.service.query import Query
from totebox.service.rings import BoundaryContext
from totebox.services.extraction import quarantine
from totebox.services.extraction.tables import CLAIMS
from totebox.vault.api import Draft, Entry


class ExtractionService:
    """Its index is `cache/extraction.sqlite`, which is made again from the records whenever it does not fit them."""

    def __init__(self, context: BoundaryContext) -> None:
        self._context = context
        index = context.open_index("extraction", quarantine.SCHEMA)
        self._folding = Folding(index, context.reader, quarantine.reads, quarantine.fold)

    def tables(self) -> dict[str, TableReader]:
        """Its one table."""
        return {CLAIMS.name: self.claims}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """One line of the quarantine for each claim that a person rejected."""
        return tuple(quarantine.draft(sealing, claim) for claim in sealing.rejected)

    def verbs(self) -> VerbHandlers:
        """The service has no verbs."""
        return {}

    async def absorb(self, entries: Sequence[Entry]) -> None:
        """Fold in acknowledged entries."""
        if await self._folding.catch_up():
            self._context.changed(CLAIMS.name)

    async def run(self) -> None:
        """Nothing runs in the background: documents are read in worker processes when the gate asks."""
        return

    def state(self) -> ServiceState:
        """Always running."""
        return ServiceState("extraction", "running", "", 0)

    async def close(self) -> None:
        """Close the index."""
        await self._folding.close()

    async def claims(self, query: Query) -> Page:
        """Rows of `extraction.claims`, newest first."""
        rows = await self._folding.ask(lambda database: quarantine.claims(database, query))
        return page(CLAIMS.name, CLAIMS.columns, rows, query.limit)
