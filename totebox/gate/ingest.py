"""What a BOUNDARY service may append by itself: records of its own service, with an audit row, while the disk is above
the floor.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.schema.numbers import AuditKind
from totebox.errors import DiskFull, RecordRejected
from totebox.gate.disk_floor import DiskFloor
from totebox.gate.names import safe_line
from totebox.service.rings import MAX_INGEST_DRAFTS
from totebox.vault.api import Appended, Appender, AuditDraft, Batch, Draft


@dataclass(frozen=True, slots=True)
class GateIngest:
    """Implements `totebox.service.rings.Ingest` for the one service `service`."""

    service: str
    _vault: Appender
    _floor: DiskFloor

    async def add(self, drafts: Sequence[Draft], detail: str) -> Appended:
        """See `Ingest.add`."""
        kept = tuple(drafts)
        admit_ingest(self.service, kept, self._floor)
        row = AuditDraft(AuditKind.INGESTED, "local", f"service {self.service}", safe_line(detail))
        return await self._vault.append(Batch("local", "", b"", row, kept))


def admit_ingest(service: str, drafts: tuple[Draft, ...], floor: DiskFloor) -> None:
    """Check that `service` may append `drafts`.

    Raises:
        RecordRejected: there is no draft, there are too many, or one belongs to another service.
        DiskFull: less is free than what is kept for ADMIN.
    """
    if not 1 <= len(drafts) <= MAX_INGEST_DRAFTS:
        raise RecordRejected(
            f"service {service} adds {len(drafts)} records at once; add 1 to {MAX_INGEST_DRAFTS} in one batch"
        )
    strange = next((draft.service for draft in drafts if draft.service != service), service)
    if strange != service:
        raise RecordRejected(f"service {service} may not add a record of {strange}; it adds records of its own alone")
    if floor.is_reached:
        raise DiskFull(
            f"the Totebox's disk has less than {floor.floor_bytes >> 20} MiB free, which are kept for ADMIN; make room on it"
        )
