"""The rows of the Command Ledger: from telemetry and from pages, in one list in which every gap is marked. Pure."""

import re
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Mapping

from console.model.devices import device, labelled, labels_in
from console.model.state import LogRow
from console.model.tables import Record
from protocol.schema.note_fields import shown_note
from protocol.schema.numbers import AuditKind
from protocol.values import dataclass

REFUSALS = frozenset({AuditKind.REFUSED, AuditKind.REFUSED_SPAN, AuditKind.REFUSED_SPAN_END})
DAMAGE = frozenset({AuditKind.AUDIT_FINDING})
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
"""Verbs that a console sends by itself all the time. Downloading a record is not one of them."""
READ_KINDS = frozenset({AuditKind.COMMAND, AuditKind.READ_SPAN, AuditKind.READ_SPAN_END})
"""Rows of reads: a single read, and the rows before and after repetitions (`protocol/README.md`, section 7)."""
_COUNT = re.compile(r"([0-9]{1,9})(?: to ([0-9]{1,9}))? of (?:row|a row) ")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_HASH = re.compile(r",? sha256 [0-9a-f]{64}\b")
_DECISION = re.compile(r", line [0-9]+ of (.+), sha256 [0-9a-f]{64}")
_NAMED: Mapping[str, re.Pattern[str]] = {
    AuditKind.RECORD_VERIFIED: _DECISION,
    AuditKind.RECORD_REJECTED: _DECISION,
    AuditKind.RECORD_SKIPPED: _DECISION,
    AuditKind.APPROVED: re.compile(r"^seal (.+) into [^ ]+, account "),
    AuditKind.ABANDONED: re.compile(r"^(.+?)(?:, sha256 [0-9a-f]{64}|: [0-9]+ of [0-9]+ bytes)"),
}
"""How the detail of a row of this kind names the document whose intake id is the row's subject."""
GRANTS = frozenset(
    {AuditKind.PAIRED, AuditKind.RECORD_VERIFIED, AuditKind.APPROVED, AuditKind.AUDIT_CLEAN, AuditKind.CREATED}
)


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the audit log, as listed."""

    index: int
    time: str
    actor: str
    kind: str
    subject: str
    detail: str
    command: str

    @property
    def tone(self) -> str:
        """The tone of its kind."""
        if self.kind in DAMAGE:
            return "bad"
        if self.kind in REFUSALS or self.kind in ENDINGS:
            return "warn"
        return "good" if self.kind in GRANTS else ""

    @property
    def is_read(self) -> bool:
        """Whether it only read."""
        return self.kind in READ_KINDS and self.subject.partition(" ")[0] in READS

    @property
    def times(self) -> int:
        """How many acts the row stands for: all of its span for an end row (at least one after a crash), none for a
        begin row.
        """
        if self.kind.endswith("_SPAN_END"):
            found = _COUNT.match(self.detail)
            return int(found[1]) if found else 1
        return 0 if self.kind.endswith("_SPAN") else 1

    @property
    def glyph(self) -> str:
        """The sign beside the kind, so that it never depends on colour."""
        refused = "✗" if self.kind in REFUSALS else "▲"
        return {"bad": "✗", "warn": refused, "good": "✓"}.get(self.tone, "·")


@dataclass(frozen=True, slots=True)
class Fold:
    """Consecutive reads, shown as one line; newest first."""

    reads: tuple[LedgerRow, ...]

    @property
    def newest(self) -> LedgerRow:
        return self.reads[0]

    @property
    def oldest(self) -> LedgerRow:
        return self.reads[-1]

    def actor(self, known: Mapping[str, str]) -> str:
        """Who read: one device by its label, or the number of devices."""
        actors = {row.actor for row in self.reads}
        return f"{len(actors)} devices" if len(actors) > 1 else device(self.newest.actor, known)

    @property
    def count(self) -> int:
        """How many reads it stands for; an end row of a span counts all of its reads."""
        return sum(row.times for row in self.reads)

    @property
    def verbs(self) -> str:
        """The verbs, the most frequent first: `list 20, head 4`. Reads of an open span are not counted yet."""
        counted: Counter[str] = Counter()
        for row in self.reads:
            counted[row.subject.partition(" ")[0]] += row.times
        return ", ".join(f"{verb} {count:,}" for verb, count in counted.most_common())


@dataclass(frozen=True, slots=True)
class Day:
    """A heading for the rows of one day, written 2026-11-22. `turn` counts how often the day has occurred (a clock may
    be set back).
    """

    date: str
    turn: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A gap: rows `first` to `last`, which did not arrive and were not asked for, between two rows that are here."""

    first: int
    last: int

    @property
    def count(self) -> int:
        return self.last - self.first + 1


Item = LedgerRow | Fold | Day | Missed


def with_days_and_gaps(shown: Iterable[LedgerRow | Fold]) -> list[Item]:
    """`shown`, newest first, with a Day above the rows of each day and a Missed where indices do not follow each
    other.
    """
    found: list[Item] = []
    turns: Counter[str] = Counter()
    day, below = "", -1
    for item in shown:
        newest, oldest = (item.newest, item.oldest) if isinstance(item, Fold) else (item, item)
        if below >= 0 and newest.index + 1 < below:
            found.append(Missed(newest.index + 1, below - 1))
        date = newest.time[:10]
        if date != day and _DATE.fullmatch(date):
            found.append(Day(date, turns[date]))
            turns[date] += 1
            day = date
        below = oldest.index
        found.append(item)
    return found


def labels(rows: Iterable[LedgerRow]) -> dict[str, str]:
    """The label of each device by its fingerprint, from the newest row that names one."""
    ordered = sorted(rows, key=lambda each: each.index)
    return labels_in((each.kind, each.actor, each.subject, each.detail) for each in ordered)


def documents(rows: Iterable[LedgerRow]) -> dict[str, str]:
    """The document's name by its intake id, from the decisions about it and from its abandonment."""
    found: dict[str, str] = {}
    for row in rows:
        pattern = _NAMED.get(row.kind)
        if pattern is not None and (named := pattern.search(row.detail)):
            found[row.subject.partition(" ")[0]] = named[1]
    return found


def subject_of(row: LedgerRow, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    """The subject with a document's name in place of its intake id, and a device's label in place of its fingerprint."""
    first, blank, rest = row.subject.partition(" ")
    return f"{names.get(first) or known.get(first) or first}{blank}{rest}"


def detail_of(row: LedgerRow, names: Mapping[str, str], known: Mapping[str, str]) -> str:
    """The detail without what the subject says, without the hash, which the row's proof shows, and with labels of
    devices in place of their fingerprints.
    """
    name = names.get(row.subject.partition(" ")[0])
    detail = labelled(_HASH.sub("", row.detail), known)
    return detail.replace(f" of {name}", "", 1) if name else detail


def told(rows: Iterable[LogRow]) -> dict[Hashable, LedgerRow]:
    """Rows from telemetry."""
    return {
        row.index: LedgerRow(row.index, row.time, row.actor, row.kind, row.subject, shown_note(row.note), row.command)
        for row in rows
    }


def read_row(record: Record) -> LedgerRow | None:
    """A row of table `audit.log`; None where it has no index."""
    index = record.number("index")
    if index is None:
        return None
    time, actor, kind, subject = (record.text(name) for name in ("time", "actor", "kind", "subject"))
    return LedgerRow(index, time, actor, kind, subject, shown_note(record.text("detail")), record.text("command"))


def newest_first(rows: Iterable[LedgerRow]) -> list[LedgerRow]:
    return sorted(rows, key=lambda row: row.index, reverse=True)


def folded(rows: Iterable[LedgerRow], opened: Container[int] = ()) -> list[LedgerRow | Fold]:
    """`rows`, newest first, with every run of two or more reads as one Fold. A run that contains an `opened` index
    stays open.
    """
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
