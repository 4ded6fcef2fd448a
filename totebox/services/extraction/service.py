"""The running service: every claim that was ever decided, the rejected ones (quarantine) too."""

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
    """Its index lies in `state/extraction.sqlite` and is made again from the records whenever it does not fit them."""

    def __init__(self, context: BoundaryContext) -> None:
        self._context = context
        index = context.open_index("extraction", quarantine.SCHEMA)
        self._folding = Folding(index, context.reader, quarantine.reads, quarantine.fold)

    def tables(self) -> dict[str, TableReader]:
        """Its one table."""
        return {CLAIMS.name: self.claims}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """One line of the quarantine for each claim that a person said no to."""
        return tuple(quarantine.draft(sealing, claim) for claim in sealing.rejected)

    def verbs(self) -> VerbHandlers:
        """It is commanded nothing."""
        return {}

    async def absorb(self, entries: Sequence[Entry]) -> None:
        """Fold in what was acknowledged."""
        if await self._folding.catch_up():
            self._context.changed(CLAIMS.name)

    async def run(self) -> None:
        """Nothing in the background: documents are read in child processes of the gate."""
        return

    def state(self) -> ServiceState:
        """Always running."""
        return ServiceState("extraction", "running", "", 0)

    async def close(self) -> None:
        """Close the index."""
        await self._folding.close()

    async def claims(self, query: Query) -> Page:
        """Newest first."""
        rows = await self._folding.ask(lambda database: quarantine.claims(database, query))
        return page(CLAIMS.name, CLAIMS.columns, rows, query.limit)
