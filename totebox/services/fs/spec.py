"""What service-fs is in the daemon: the table of all entries. Writing happens in the writer process alone."""

from collections.abc import Sequence

from protocol.schema import Cell, ServiceState
from protocol.schema.numbers import Log
from totebox.service.contract import DraftingService, Sealing, TableReader
from totebox.service.log_table import LogTable
from totebox.service.rings import BoundaryContext, BoundarySpec
from totebox.services.fs.tables import ENTRIES
from totebox.vault.api import Draft, Entry


class FsService:
    """Publishes `fs.entries`; adds nothing to a sealing and folds nothing."""

    def __init__(self, context: BoundaryContext) -> None:
        self._entries = LogTable(ENTRIES, Log.RECORDS, context.reader, _row)

    def tables(self) -> dict[str, TableReader]:
        return {ENTRIES.name: self._entries.page}

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


def _row(entry: Entry) -> tuple[Cell, ...]:
    return (
        entry.index, entry.time, entry.actor, entry.service, entry.kind, entry.subject, entry.path, entry.offset,
        entry.length, entry.sha256, entry.source, entry.supersedes, entry.audit, entry.command, entry.note,
    )  # fmt: skip


def _make(context: BoundaryContext) -> DraftingService:
    return FsService(context)


SPEC = BoundarySpec(
    name="fs",
    summary="the archive: every entry of the record log, written by a process of its own",
    make=_make,
    tables=(ENTRIES,),
)
