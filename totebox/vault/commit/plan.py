"""Plan of a commit: the rows of both logs and the places of the payloads, decided before a byte is written. Pure; both vaults use it.

A planner knows where both logs end. It plans a group of requests in order, and its state then includes them. The caller writes what was
planned; when that fails, the caller discards the planner and recovers another one from the disk.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import NamedTuple

from protocol.schema.numbers import AuditKind
from protocol.trust.rotation import RESTORED, ROTATED
from protocol.trust.tlog import EMPTY_ROOT
from protocol.values import dataclass
from totebox.errors import OnceConflict, RecordRejected
from totebox.vault.api import AuditDraft, Batch, Cite, Entry, LeafIndex, Line, Member, Own, Staged, Whole
from totebox.vault.commit.idempotency import OnceIds
from totebox.vault.commit.layout import Layout, LinePlace, LineRun
from totebox.vault.log.audit import LOCAL, audit_entry
from totebox.vault.log.cells import are_plain, encode_line, join_line
from totebox.vault.log.names import check_word
from totebox.vault.log.record import make_entry

MAX_DRAFTS = 4_096
OWN_KINDS = ("torn", "clock", "identity", "readme")
NOTHING = sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class WholePlace:
    """A whole file that is to be sealed at `path`."""

    path: str
    payload: Staged | Whole


@dataclass(frozen=True, slots=True)
class Outcome:
    """The plan of one request: its audit row, its entries, and the payloads that are written for them."""

    audit: Entry
    entries: tuple[Entry, ...]
    places: tuple[WholePlace | LinePlace, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The answer to a repeated command: it was done before, under this audit row."""

    audit_index: LeafIndex


class FoundingFile(NamedTuple):
    """A file of a vault that is being made: it is sealed at `path` already."""

    kind: str
    path: str
    data: bytes
    subject: str


class Range(NamedTuple):
    """Bytes that a crash tore and that an entry of kind `torn` will own."""

    path: str
    offset: int
    length: int
    sha256: bytes


Known = Callable[[int], Entry | None]
"""Function that returns the audit row at an index if its command was completed (all its entries are in the log), else None."""


class Planner:
    """The sizes of both logs, the last time, the places of the newest payloads, and the idempotency ids."""

    def __init__(self, layout: Layout, once: OnceIds, known: Known) -> None:
        self.layout = layout
        self.once = once
        self.known = known
        self.records_size = 0
        self.audit_size = 0
        self.last_time = ""
        self.acknowledged = (0, EMPTY_ROOT)
        """Newest acknowledged tree size and root of the record log."""

    def plan_batch(self, batch: Batch, time: str) -> Outcome | Repeat:
        """Decide the rows and places of `batch`.

        Raises:
            OnceConflict, RecordRejected: as `Appender.append`; the planner is unchanged.
        """
        repeated = self._repeated(batch)
        if repeated is not None:
            return repeated
        self._check(batch)
        _check_audit(batch.audit)
        audit_index, plain = self.audit_size, are_plain(_texts(batch))
        layout, entries, places = self._placed(batch, time, plain=plain)
        row, digest = batch.audit, None
        if batch.command:
            row, digest = AuditDraft(row.kind, row.actor, row.subject, row.detail, batch.command), batch.digest
        audit = audit_entry(row, audit_index, time, self.acknowledged, len(entries), digest, plain=plain)
        self.layout = layout
        self.once.remember(batch.actor, batch.command, audit_index)
        return self._advance(Outcome(audit, entries, places), time)

    def plan_audit(self, row: AuditDraft, time: str) -> Outcome:
        """Decide the audit row `row`.

        Raises:
            RecordRejected: its kind is one that only a rotation or a restore may write.
        """
        _check_audit(row)
        return self._advance(Outcome(self._audit_row(row, time, 0), (), ()), time)

    def plan_clock(self, time: str) -> Outcome | None:
        """The entry that states that the clock stepped back; None unless `time` is before the last one."""
        if time >= self.last_time:
            return None
        text = f"the clock stepped back from {self.last_time} to {time}"
        audit = self._audit_row(AuditDraft(AuditKind.CLOCK, LOCAL, "clock", text), time, 1)
        entry = self._own_entry("clock", text, time)
        return self._advance(Outcome(audit, (entry,), ()), time)

    def plan_torn(self, ranges: Sequence[Range], time: str) -> Outcome:
        """The entries that own torn bytes, one for each of `ranges`, and their audit row."""
        text = f"a crash tore {len(ranges)} ranges; they are kept and owned"
        audit = self._audit_row(AuditDraft(AuditKind.TORN, LOCAL, "recovery", text), time, len(ranges))
        entries = tuple(
            self._own_entry("torn", "torn by a crash", time, torn, position) for position, torn in enumerate(ranges)
        )
        return self._advance(Outcome(audit, entries, ()), time)

    def plan_torn_audit(self, torn: Range, time: str) -> Outcome:
        """An audit row that owns torn bytes of the audit register itself."""
        audit = make_entry(
            self.audit_size, time, LOCAL, "audit", AuditKind.TORN, "recovery",
            path=torn.path, offset=torn.offset, length=torn.length, sha256=torn.sha256, note="torn by a crash",
        )  # fmt: skip
        return self._advance(Outcome(audit, (), ()), time)

    def plan_turn(self, kind: str, records: tuple[str, str], audit: tuple[str, str], time: str) -> Outcome:
        """A row in each log that names the key that signs from here on. `records` and `audit` are each (vkey, statement that proves it)."""
        audit_row = self._audit_row(AuditDraft(AuditKind(kind.upper()), LOCAL, *audit), time, 1)
        entry = self._own_entry(kind, records[0], time, note=records[1])
        return self._advance(Outcome(audit_row, (entry,), ()), time)

    def plan_owned(self, kind: str, subject: str, owned: Range, detail: str, time: str) -> Outcome:
        """An entry of the vault's own that owns a file which arrived from outside, behind an audit row INGESTED with `detail`."""
        audit = self._audit_row(AuditDraft(AuditKind.INGESTED, LOCAL, "vault", detail), time, 1)
        return self._advance(Outcome(audit, (self._own_entry(kind, subject, time, owned),), ()), time)

    def plan_first(self, row: AuditDraft, firsts: Sequence[FoundingFile], time: str) -> Outcome:
        """The first entries of a vault, each of which owns a whole file."""
        audit = self._audit_row(row, time, len(firsts))
        entries = tuple(
            self._own_entry(
                first.kind,
                first.subject,
                time,
                Range(first.path, 0, len(first.data), sha256(first.data).digest()),
                position,
            )
            for position, first in enumerate(firsts)
        )
        return self._advance(Outcome(audit, entries, ()), time)

    def _own_entry(
        self, kind: str, subject: str, time: str, owned: Range | None = None, position: int = 0, note: str = ""
    ) -> Entry:
        torn = owned or Range("", 0, 0, NOTHING)
        return make_entry(
            self.records_size + position, time, LOCAL, "fs", kind, subject,
            path=torn.path, offset=torn.offset, length=torn.length, sha256=torn.sha256, audit=self.audit_size,
            note=note,
        )  # fmt: skip

    def _advance(self, outcome: Outcome, time: str) -> Outcome:
        self.records_size += len(outcome.entries)
        self.audit_size += 1
        self.last_time = time
        return outcome

    def _repeated(self, batch: Batch) -> Repeat | None:
        index = self.once.find(batch.actor, batch.command)
        row = None if index is None else self.known(index)
        if index is None or row is None:
            return None
        if row.digest != batch.digest:
            raise OnceConflict(
                f"command {batch.command} was done before with other arguments (audit row {index}); use a new id"
            )
        return Repeat(LeafIndex(index))

    def _placed(
        self, batch: Batch, time: str, *, plain: bool
    ) -> tuple[Layout, tuple[Entry, ...], tuple[WholePlace | LinePlace, ...]]:
        """The entries and places of `batch`, and the layout after it. One pass over the drafts, since it runs for every imported record."""
        layout, actor, command, audit, first = (
            self.layout.copy(),
            batch.actor,
            batch.command,
            self.audit_size,
            self.records_size,
        )
        encode = join_line if plain else encode_line
        entries: list[Entry] = []
        places: list[WholePlace | LinePlace] = []
        run: LineRun | None = None
        for index, draft in enumerate(batch.drafts, first):
            payload, service = draft.payload, draft.service
            if run is not None and not (isinstance(payload, Line) and run.takes(service, payload)):
                places.append(layout.end_run(run, index - 1))
                run = None
            if isinstance(payload, Line):
                if run is None:
                    run = layout.begin_run(service, payload, index)
                path, offset = run.path, run.end
                cells = _filled(payload, first, index, audit) if payload.cites else payload.cells
                data = run.add(cells, encode)
                length, digest = len(data), sha256(data).digest()
            else:
                length, digest = _measured(payload)
                path, offset = layout.place_whole(service, draft.kind, index, draft.name, digest), 0
                places.append(WholePlace(path, payload))
            source = draft.source
            entries.append(
                make_entry(
                    index, time, actor, service, draft.kind, draft.subject, digest, path, offset, length,
                    first + source.position if isinstance(source, Member) else source, draft.supersedes, audit,
                    command, draft.note, plain=plain,
                )
            )  # fmt: skip
        if run is not None:
            places.append(layout.end_run(run, first + len(entries) - 1))
        return layout, tuple(entries), tuple(places)

    def _check(self, batch: Batch) -> None:
        if len(batch.drafts) > MAX_DRAFTS:
            raise RecordRejected(f"a batch of {len(batch.drafts)} records; at most {MAX_DRAFTS} go in one")
        for service, kind in dict.fromkeys([(draft.service, draft.kind) for draft in batch.drafts]):
            check_word(service, "a service")
            check_word(kind, "a kind")
            if kind in OWN_KINDS or (service == "fs" and kind in (ROTATED, RESTORED)):
                raise RecordRejected(f"entries of kind {kind!r} are made by the vault alone")
        for position, draft in enumerate(batch.drafts):
            if isinstance(draft.payload, Line) and draft.payload.cites:
                _check_cites(draft.payload, position)
            for cited in (draft.source, draft.supersedes):
                if cited is None:
                    continue
                if isinstance(cited, Member):
                    if not 0 <= cited.position < position:
                        raise RecordRejected("a member of a batch may cite earlier members only")
                elif not 0 <= cited < self.records_size:
                    raise RecordRejected(f"entry {cited} is cited and is not in the log")

    def _audit_row(self, row: AuditDraft, time: str, count: int) -> Entry:
        return audit_entry(row, self.audit_size, time, self.acknowledged, count)


def _check_audit(row: AuditDraft) -> None:
    if row.kind in (AuditKind.KEY, AuditKind.RESTORED):
        raise RecordRejected(f"audit rows of kind {row.kind} are made by the vault alone")


def _check_cites(line: Line, position: int) -> None:
    for column, cite in line.cites:
        if not 0 <= column < len(line.cells) or line.cells[column]:
            raise RecordRejected(
                f"column {column} of {line.segment} cannot hold an index: it is not there, or not empty"
            )
        if isinstance(cite, Member) and not 0 <= cite.position < position:
            raise RecordRejected("a cell may cite earlier members of its batch only")


def _filled(line: Line, first: int, index: int, audit: int) -> tuple[str, ...]:
    """The cells of `line`, entry `index` of a batch that begins with entry `first`, with the indices that it cites."""
    cells = list(line.cells)
    for column, cite in line.cites:
        cells[column] = str(_cited(cite, first, index, audit))
    return tuple(cells)


def _cited(cite: Cite, first: int, index: int, audit: int) -> int:
    match cite:
        case Member(position):
            return first + position
        case Own.ENTRY:
            return index
        case Own.AUDIT:
            return audit


def _texts(batch: Batch) -> list[str]:
    """Every text of the batch that a row or a line will hold, without services and kinds, which are checked one by one."""
    audit = batch.audit
    found = [batch.actor, batch.command, audit.kind, audit.actor, audit.subject, audit.detail, audit.command]
    for draft in batch.drafts:
        found += (draft.subject, draft.note)
        if isinstance(draft.payload, Line):
            found += draft.payload.cells
    return found


def _measured(payload: Whole | Staged) -> tuple[int, bytes]:
    """Length and SHA-256."""
    if isinstance(payload, Whole):
        return len(payload.data), sha256(payload.data).digest()
    if len(payload.sha256) != 32 or payload.size_bytes < 0:
        raise RecordRejected("a staged file is named with its size and its SHA-256")
    return payload.size_bytes, payload.sha256
