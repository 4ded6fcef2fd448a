"""What service-fs is in the daemon: the table of all entries. Writing happens in the writer process alone."""

from collections.abc import Sequence

from protocol.schema import ServiceState
from totebox.service.contract import DraftingService, Sealing, TableReader
from totebox.service.rings import BoundaryContext, BoundarySpec
from totebox.services.fs.table import EntriesTable
from totebox.vault.api import Draft, Entry


class FsService:
    """Publishes `fs.entries`; adds nothing to a sealing and folds nothing."""

    def __init__(self, context: BoundaryContext) -> None:
        self._table = EntriesTable(context.reader)

    def tables(self) -> dict[str, TableReader]:
        return {"fs.entries": self._table.page}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        return ()

    async def absorb(self, entries: Sequence[Entry]) -> None:
        return None

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("fs", "running", "", 0)

    async def close(self) -> None:
        """It opens nothing: the vault's handle is closed by who made it."""


def _make(context: BoundaryContext) -> DraftingService:
    return FsService(context)


SPEC = BoundarySpec(
    name="fs",
    summary="the archive: every entry of the record log, written by a process of its own",
    make=_make,
    tables=("fs.entries",),
)
