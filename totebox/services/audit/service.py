"""Table `audit.log`: the audit log from its newest row back."""

from collections.abc import Sequence

from protocol.schema import Cell, ServiceState
from protocol.schema.numbers import Log
from totebox.service.contract import Sealing, TableReader, VerbHandlers
from totebox.service.log_table import LogTable
from totebox.service.rings import BoundaryContext
from totebox.services.audit.tables import LOG
from totebox.vault.api import Draft, Entry


class AuditService:
    """Reads the audit log, which the gate alone writes."""

    def __init__(self, context: BoundaryContext) -> None:
        self._log = LogTable(LOG, Log.AUDIT, context.reader, _row)

    def tables(self) -> dict[str, TableReader]:
        return {LOG.name: self._log.page}

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        return ()

    def verbs(self) -> VerbHandlers:
        """The service has no verbs."""
        return {}

    async def absorb(self, entries: Sequence[Entry]) -> None:
        return None

    async def run(self) -> None:
        return None

    def state(self) -> ServiceState:
        return ServiceState("audit", "running", "", 0)

    async def close(self) -> None:
        """Nothing to close: the vault's handle belongs to the roster."""


def _row(entry: Entry) -> tuple[Cell, ...]:
    return (entry.index, entry.time, entry.actor, entry.kind, entry.subject, entry.note, entry.command)
