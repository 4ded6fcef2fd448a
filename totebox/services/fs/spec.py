"""service-fs in the daemon: the table of all entries. Only the writer process writes."""

import sqlite3
from collections.abc import Sequence

from protocol.schema import Cell, ServiceState
from protocol.schema.numbers import Log
from totebox.service.contract import DraftingService, SealedSetting, Sealing, TableReader, VerbHandlers
from totebox.service.folding import Folding
from totebox.service.log_table import LogTable
from totebox.service.rings import BoundaryContext, BoundarySpec
from totebox.services.fs import originals, settings
from totebox.services.fs.tables import ENTRIES
from totebox.vault.api import Draft, Entry, LeafIndex


class FsService:
    """Publishes `fs.entries` and finds originals by hash and the operator's files by name; adds nothing to a sealing.

    Its index is `cache/originals.sqlite`, which is made again from the records whenever it does not fit them.
    """

    def __init__(self, context: BoundaryContext) -> None:
        index = context.open_index("originals", originals.SCHEMA + settings.SCHEMA)
        self._folding = Folding(index, context.reader, originals.reads, _fold)
        self._entries = LogTable(ENTRIES, Log.RECORDS, context.reader, _row)

    def tables(self) -> dict[str, TableReader]:
        return {ENTRIES.name: self._entries.page}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        return ()

    def verbs(self) -> VerbHandlers:
        """The service has no verbs."""
        return {}

    async def absorb(self, entries: Sequence[Entry]) -> None:
        await self._folding.catch_up()

    async def sealed(self, sha256: bytes) -> int | None:
        """See `Recognises.sealed`."""
        return await self._folding.ask(lambda database: originals.sealed(database, sha256))

    async def superseded_by(self, index: LeafIndex) -> LeafIndex | None:
        """See `Recognises.superseded_by`."""
        found = await self._folding.ask(lambda database: originals.superseded_by(database, index))
        return None if found is None else LeafIndex(found)

    async def setting(self, name: str) -> SealedSetting | None:
        """See `KeepsSettings.setting`."""
        return await self._folding.ask(lambda database: settings.newest(database, name))

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("fs", "running", "", 0)

    async def close(self) -> None:
        """Close the index."""
        await self._folding.close()


def _fold(database: sqlite3.Connection, entry: Entry, payload: bytes) -> bool:
    settings.fold(database, entry)
    return originals.fold(database, entry, payload)


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
    kinds=((settings.KIND, "a file that the operator edits (chart, dictionary, settings), as it is from then on"),),
)
