"""The Command Ledger's rows: what telemetry brought and what paging brought, as one list without holes unsaid. Pure."""

from collections.abc import Iterable, Mapping

from console.model.state import LogRow
from console.model.tables import records
from protocol.schema import Table
from protocol.values import dataclass

REFUSALS = frozenset({"REFUSED", "AUDIT_FINDING"})
ENDINGS = frozenset({"REVOKED", "RECORD_REJECTED", "ABANDONED", "CLOCK", "TORN"})
GRANTS = frozenset({"PAIRED", "RECORD_VERIFIED", "AUDIT_CLEAN", "CREATED"})


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the audit log, as it is listed."""

    index: int
    time: str
    actor: str
    kind: str
    subject: str
    detail: str
    command: str

    @property
    def tone(self) -> str:
        """How loud its kind is."""
        if self.kind in REFUSALS:
            return "bad"
        if self.kind in ENDINGS:
            return "warn"
        return "good" if self.kind in GRANTS else ""

    @property
    def glyph(self) -> str:
        """The sign beside the kind, so that it never depends on colour."""
        return {"bad": "✗", "warn": "▲", "good": "✓"}.get(self.tone, "·")


Ledger = Mapping[int, LedgerRow]


def told(rows: Iterable[LogRow]) -> dict[int, LedgerRow]:
    """Rows that came as telemetry."""
    return {
        row.index: LedgerRow(row.index, row.time, row.actor, row.kind, row.subject, row.note, row.command)
        for row in rows
    }


def listed(table: Table) -> dict[int, LedgerRow]:
    """Rows of table `audit.log`."""
    found = {}
    for record in records(table):
        index = record.number("index")
        if index is not None:
            found[index] = LedgerRow(
                index,
                record.text("time"),
                record.text("actor"),
                record.text("kind"),
                record.text("subject"),
                record.text("detail"),
                record.text("command"),
            )
    return found


def newest_first(held: Ledger) -> list[LedgerRow]:
    return [held[index] for index in sorted(held, reverse=True)]


def hole(held: Ledger) -> int | None:
    """The lowest index above the newest hole: page back from there. None when rows follow each other down to the oldest."""
    before: int | None = None
    for index in sorted(held, reverse=True):
        if before is not None and index != before - 1:
            return before
        before = index
    return None


def short_actor(actor: str) -> str:
    """A fingerprint as one recognises it: `SHA256:abcdef...` becomes its first twelve characters."""
    return actor.removeprefix("SHA256:")[:12] if actor.startswith("SHA256:") else actor
