"""A verification's verdict as rows of the audit log, and the reading of these rows: after a restart nothing else is
known of it.

    AUDIT_CLEAN     v=2; scope=full; text=every byte, row, tile, root and signature agrees
    AUDIT_FINDING   v=2; finding=1/20; run=5f0c…; scope=full; severity=damage; path=…; entry=38; offset=120; expected=…; found=…; remedy=…
    AUDIT_FINDING   v=2; findings=20; run=5f0c…; scope=full; listed=16

There is one row for each of the first 16 findings. Where there are more, a last row says how many. `run` is drawn anew
for each verification, so that the rows of two verifications are never mixed. A row of an older version has no fields:
`N findings; the first: ...`.

Law: a partial verification that finds nothing clears no finding; a full and clean one clears all of them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from protocol.schema import Cosigned, Found, IntegrityBody
from protocol.schema.integrity import MAX_FINDINGS, MAX_PATH_BYTES, MAX_WORDS_BYTES
from protocol.schema.note_fields import NoteFields, note_text, read_note
from protocol.schema.numbers import AuditKind, Log, Scope, Verdict
from protocol.trust.cosignature import name_of_file
from totebox.clock import time_us_of
from totebox.gate.names import safe_text
from totebox.vault.api import AuditDraft, Entry, Finding

CLEAN, FINDING, COSIGNED = AuditKind.AUDIT_CLEAN, AuditKind.AUDIT_FINDING, AuditKind.COSIGNED
KINDS = (CLEAN, FINDING, COSIGNED)
"""Kinds of rows that concern a vault's integrity."""
SUBJECT = "vault"
_OLDER = re.compile(r"([0-9]{1,9}) findings;")
_HEAD = re.compile(r"ledger/(audit/)?checkpoints/([0-9]{1,19})\.(.*)", re.DOTALL)
MAX_COUNT = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class VerificationResult:
    """The result of a verification: the findings that it lists, how many there are, and whether it read everything."""

    findings: Sequence[Finding]
    total: int
    scope: Scope = Scope.FULL


def verdict_rows(verified: VerificationResult, actor: str, by: str, run: str) -> list[AuditDraft]:
    """The audit rows of a verdict, in the order in which they are written.

    Args:
        actor: the fingerprint of who asked, or `local`.
        by: who asked on the host (`uid 1000`), '' for a paired device.
        run: a random word of this verification.
    """
    scope = verified.scope.name.lower()
    who = (("by", by),) if by else ()
    if not verified.total:
        agreed = "every byte, row, tile, root and signature agrees"
        return [AuditDraft(CLEAN, actor, SUBJECT, note_text((("scope", scope), *who), agreed))]
    listed = verified.findings[:MAX_FINDINGS]
    same = (("run", run), ("scope", scope), *who)
    rows = [
        (("finding", f"{place}/{verified.total}"), *same, *_fields(found_of(finding)))
        for place, finding in enumerate(listed, 1)
    ]
    if verified.total > len(listed):
        rows.append((("findings", str(verified.total)), *same, ("listed", str(len(listed)))))
    return [AuditDraft(FINDING, actor, SUBJECT, note_text(row)) for row in rows]


def found_of(finding: Finding) -> Found:
    """`finding` as it is published and written: each text on one line, cut to its limit. Its words may be bytes of a
    damaged row.
    """
    return Found(
        finding.severity,
        bounded(finding.path, MAX_PATH_BYTES),
        finding.entry,
        finding.offset,
        bounded(finding.expected, MAX_WORDS_BYTES),
        bounded(finding.found, MAX_WORDS_BYTES),
        bounded(finding.remedy, MAX_WORDS_BYTES),
    )


def bounded(text: str, most: int) -> str:
    """`text` on one line in at most `most` bytes of UTF-8, hidden characters percent-encoded; `…` ends a text that was
    cut.
    """
    line = safe_text(text[: most + 1])
    data = line.encode()
    if len(data) <= most:
        return line
    return data[: most - len("…".encode())].decode("utf-8", "ignore") + "…"


def _fields(found: Found) -> list[tuple[str, str]]:
    told = (
        ("severity", found.severity),
        ("path", found.path),
        ("entry", "" if found.entry is None else str(found.entry)),
        ("offset", "" if found.offset is None else str(found.offset)),
        ("expected", found.expected),
        ("found", found.found),
        ("remedy", found.remedy),
    )
    return [each for each in told if each[1]]


def nothing() -> IntegrityBody:
    """The state of a vault that was never verified."""
    return IntegrityBody(0, "", Scope.FULL, Verdict.UNVERIFIED, 0, (), None, None)


def unrecorded(verified: VerificationResult, by: str, time_us: int) -> IntegrityBody:
    """The state after a verdict that could not be written because the vault takes no writes. It is lost when the
    process ends.
    """
    found = tuple(map(found_of, verified.findings[:MAX_FINDINGS]))
    verdict = Verdict.FINDINGS if verified.total else Verdict.CLEAN
    return IntegrityBody(time_us, by, verified.scope, verdict, min(verified.total, MAX_COUNT), found, None, None)


@dataclass(slots=True)
class VerdictReader:
    """Reads the audit log's rows in order. `verdict` is the one in force, `cosigned` the newest cosignature."""

    verdict: IntegrityBody = field(default_factory=nothing)
    cosigned: Cosigned | None = None
    _run: str = ""
    _open: IntegrityBody | None = None
    """The verdict of which more rows are expected."""

    @property
    def told(self) -> IntegrityBody:
        """The verdict and the cosignature as one body."""
        return replace(self.verdict, cosigned=self.cosigned)

    def take(self, row: Entry) -> None:
        """Read one more row; rows of other kinds change nothing."""
        match row.kind:
            case AuditKind.COSIGNED:
                self.cosigned = _cosigned(row) or self.cosigned
            case AuditKind.AUDIT_CLEAN:
                if _scope(read_note(row.note)) is Scope.FULL:
                    self._settle(_verdict(row, Scope.FULL, Verdict.CLEAN, 0))
            case AuditKind.AUDIT_FINDING:
                self._finding(row)

    def end(self) -> None:
        """Take the rows so far as complete: a verdict whose last rows were lost in a crash counts with the rows that it
        has.
        """
        if self._open is not None:
            self._settle(self._open)

    def _settle(self, verdict: IntegrityBody) -> None:
        self.verdict, self._open, self._run = verdict, None, ""

    def _finding(self, row: Entry) -> None:
        fields = read_note(row.note)
        if not ("finding" in fields or "findings" in fields):
            older = _OLDER.match(row.note)
            self._settle(_verdict(row, Scope.FULL, Verdict.FINDINGS, int(older[1]) if older else 1))
            return
        place, _, total = (fields.get("finding") or f"0/{fields.get('findings')}").partition("/")
        count = min(_number(total) or 1, MAX_COUNT)
        if self._open is None or self._run != fields.get("run"):
            self._open, self._run = _verdict(row, _scope(fields), Verdict.FINDINGS, count), fields.get("run")
        if place != "0" and len(self._open.findings) < MAX_FINDINGS:
            self._open = replace(self._open, findings=(*self._open.findings, _found(fields)))
        if place == "0" or _number(place) == count:
            self._settle(self._open)


@dataclass(slots=True)
class NewestRows:
    """Collects rows of KINDS from the newest back, until a `VerdictReader` would learn nothing from older ones."""

    _rows: list[Entry] = field(default_factory=list)
    _run: str = ""
    _begun: bool = False
    _cosigned: bool = False

    @property
    def oldest_first(self) -> list[Entry]:
        """The collected rows that count, oldest first."""
        return self._rows[::-1]

    def take(self, row: Entry) -> bool:
        """Collect `row`. Returns whether no older row is needed."""
        if row.kind == COSIGNED:
            if not self._cosigned:
                self._rows.append(row)
            self._cosigned = True
        elif not self._begun:
            self._take_verdict(row)
        return self._begun and self._cosigned

    def _take_verdict(self, row: Entry) -> None:
        fields = read_note(row.note)
        if row.kind == CLEAN:
            if self._run or _scope(fields) is not Scope.FULL:
                self._begun = bool(self._run)
                return
            self._begun = True
        else:
            older = not ("finding" in fields or "findings" in fields)
            if self._run and (older or fields.get("run") != self._run):
                self._begun = True
                return
            self._run = fields.get("run") or "?"
            self._begun = older or fields.get("finding").startswith("1/")
        self._rows.append(row)


def _verdict(row: Entry, scope: Scope, verdict: Verdict, total: int) -> IntegrityBody:
    by = bounded(row.actor, 128)
    return IntegrityBody(time_us_of(row.time), by, scope, verdict, total, (), row.index, None)


def _found(fields: NoteFields) -> Found:
    return Found(
        bounded(fields.get("severity"), 16),
        bounded(fields.get("path"), MAX_PATH_BYTES),
        _number(fields.get("entry")),
        _number(fields.get("offset")),
        *(bounded(fields.get(name), MAX_WORDS_BYTES) for name in ("expected", "found", "remedy")),
    )


def _scope(fields: NoteFields) -> Scope:
    return Scope.PARTIAL if fields.get("scope") == "partial" else Scope.FULL


def _number(text: str) -> int | None:
    """`text` as a u64, as the log writes it; None for anything else."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 20):
        return None
    value = int(text)
    return value if value < 1 << 64 else None


def _cosigned(row: Entry) -> Cosigned | None:
    match = _HEAD.fullmatch(row.subject)
    if match is None:
        return None
    log = Log.AUDIT if match[1] else Log.RECORDS
    return Cosigned(log, int(match[2]), bounded(name_of_file(match[3]), 256), time_us_of(row.time))
