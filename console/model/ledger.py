"""The Command Ledger's rows: what telemetry brought and what paging brought, as one list without holes unsaid. Pure."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping

from console.model.state import LogRow
from console.model.tables import records
from protocol.schema import Table
from protocol.schema.numbers import AuditKind
from protocol.values import dataclass

REFUSALS = frozenset({AuditKind.REFUSED, AuditKind.REFUSED_SPAN, AuditKind.REFUSED_SPAN_END, AuditKind.AUDIT_FINDING})
ENDINGS = frozenset(
    {
        AuditKind.REVOKED,
        AuditKind.PAIRING_UNDONE,
        AuditKind.RECORD_REJECTED,
        AuditKind.ABANDONED,
        AuditKind.CLOCK,
        AuditKind.TORN,
    }
)
READS = frozenset({"head", "list", "prove", "subscribe"})
"""Questions that a console asks by itself, all day long. Taking a record's bytes out is not one of them."""
READ_KINDS = frozenset({AuditKind.COMMAND, AuditKind.READ_SPAN, AuditKind.READ_SPAN_END})
"""A read alone, or repeated: before its repetitions a row, after them one with their number (`protocol/README.md`, section 7)."""
_COUNT = re.compile(r"([0-9]{1,9})(?: to ([0-9]{1,9}))? of (?:row|a row) ")
GRANTS = frozenset({AuditKind.PAIRED, AuditKind.RECORD_VERIFIED, AuditKind.AUDIT_CLEAN, AuditKind.CREATED})


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
    def is_read(self) -> bool:
        """Whether it only asked."""
        return self.kind in READ_KINDS and self.subject.partition(" ")[0] in READS

    @property
    def times(self) -> int:
        """How many acts it speaks of: the end of a span of all of them (of at least one after a crash), its beginning of none yet."""
        if self.kind.endswith("_SPAN_END"):
            found = _COUNT.match(self.detail)
            return int(found[1]) if found else 1
        return 0 if self.kind.endswith("_SPAN") else 1

    @property
    def glyph(self) -> str:
        """The sign beside the kind, so that it never depends on colour."""
        return {"bad": "✗", "warn": "▲", "good": "✓"}.get(self.tone, "·")


@dataclass(frozen=True, slots=True)
class Fold:
    """Reads that follow each other without anything between them, shown as one line; newest first."""

    reads: tuple[LedgerRow, ...]

    @property
    def newest(self) -> LedgerRow:
        return self.reads[0]

    @property
    def oldest(self) -> LedgerRow:
        return self.reads[-1]

    @property
    def actor(self) -> str:
        """Who asked: one device, or how many."""
        actors = {row.actor for row in self.reads}
        return f"{len(actors)} devices" if len(actors) > 1 else short_actor(self.newest.actor)

    @property
    def count(self) -> int:
        """How many reads it stands for: ends of spans count all of theirs."""
        return sum(row.times for row in self.reads)

    @property
    def verbs(self) -> str:
        """What was asked, the most frequent first: `list 20, head 4`. What an open span stands for is not counted yet."""
        counted: Counter[str] = Counter()
        for row in self.reads:
            counted[row.subject.partition(" ")[0]] += row.times
        return ", ".join(f"{verb} {count:,}" for verb, count in counted.most_common())


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


def folded(rows: Iterable[LedgerRow], opened: Container[int] = ()) -> list[LedgerRow | Fold]:
    """`rows`, newest first, with every run of two reads and more as one Fold. A run that holds an `opened` index stays open."""
    found: list[LedgerRow | Fold] = []
    run: list[LedgerRow] = []

    def close() -> None:
        if len(run) > 1 and not any(row.index in opened for row in run):
            found.append(Fold(tuple(run)))
        else:
            found.extend(run)
        run.clear()

    for row in rows:
        if run and (not row.is_read or row.index != run[-1].index - 1):
            close()
        if row.is_read:
            run.append(row)
        else:
            found.append(row)
    close()
    return found


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
