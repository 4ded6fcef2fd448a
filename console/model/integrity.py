"""The integrity of a Totebox in words: what its newest verification found, and what this console itself proved against
it. Pure.

FORKED and ROLLED BACK are proved by this console; DAMAGED was found by a verification. All three stay until a
verification that is full and clean. Every text of a finding comes from a vault that may be hostile: it is drawn as one
line of plain text.
"""

from collections.abc import Sequence

from console.model.cells import age, number, since_us
from console.model.contradiction import Break, Contradiction
from console.model.devices import device, known_here
from console.model.safe_text import safe_line
from console.model.state import ToteboxState
from protocol.errors import NoteError
from protocol.schema import Cosigned, Found, IntegrityBody
from protocol.schema.numbers import Log, Scope, Verdict
from protocol.values import dataclass

DAMAGED = "DAMAGED"
WORDS = (Break.FORKED.value, Break.ROLLED_BACK.value, DAMAGED)
"""The words, worst first."""
VERIFY_AGAIN = "verify again for details: F11, v"
_LOGS = {Log.RECORDS: "record log", Log.AUDIT: "audit log"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One finding, as it is shown to a person. `entry` and `offset` are None where they are not known."""

    severity: str
    path: str
    entry: int | None
    offset: int | None
    expected: str
    found: str
    remedy: str

    @property
    def brief(self) -> str:
        """The finding in one line."""
        where = f"entry {number(self.entry)}: " if self.entry is not None else f"{self.path}: " if self.path else ""
        return f"{where}{self.found or self.severity}"

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Labels, and the whole text for each."""
        offset = "" if self.offset is None else f"byte {number(self.offset)} of the file"
        entry = "" if self.entry is None else number(self.entry)
        told = (
            ("path", self.path),
            ("entry", entry),
            ("offset", offset),
            ("expected", self.expected),
            ("found", self.found),
            ("what to do", self.remedy),
        )
        return [(label, text) for label, text in told if text]


def broken(totebox: ToteboxState) -> str:
    """The worst of WORDS that applies, '' when none does."""
    kinds = {each.broken for each in totebox.contradictions}
    for kind in Break:
        if kind in kinds:
            return kind.value
    body = totebox.integrity
    return DAMAGED if body is not None and body.verdict is Verdict.FINDINGS else ""


def findings(totebox: ToteboxState) -> list[Shown]:
    """The contradictions that this console proved, then the findings of the newest verification, then how many more
    there are.
    """
    shown = [_contradiction(each) for each in totebox.contradictions]
    body = totebox.integrity
    if body is None or body.verdict is not Verdict.FINDINGS:
        return shown
    shown += map(_found, body.findings)
    if more := max(0, body.total - len(body.findings)):
        words = f"{number(more)} more findings" if body.findings else f"{number(more)} finding{'s' * (more != 1)}"
        shown.append(Shown("more", "", None, None, "", words, VERIFY_AGAIN))
    return shown


def brief(totebox: ToteboxState) -> str:
    """The reason in one line; '' when there is none."""
    found = findings(totebox)
    if not found:
        return ""
    total = totebox.integrity.total if totebox.integrity and totebox.integrity.findings else len(found)
    return found[0].brief + (f" (1 of {number(total)})" if total > 1 else "")


def reading(totebox: ToteboxState, own: str, found: Sequence[Shown], present_us: int, place: int) -> str:
    """The finding at `place` of `found` in full, one label and its text on each line, and the verification that found
    it. `own` is the fingerprint of this console's device, '' where it is not known.
    """
    one = found[place]
    lines = [f"{safe_line(totebox.entity)}: {broken(totebox) or DAMAGED}, {place + 1} of {len(found)}", ""]
    lines += [f"{label:<10}  {text}" for label, text in (("severity", one.severity), *one.lines)]
    lines += ["", verdict(totebox, present_us, own)[0]]
    if totebox.integrity is not None and totebox.integrity.by.startswith("SHA256:"):
        lines.append(f"its key     {safe_line(totebox.integrity.by)}")
    return "\n".join(lines)


def verdict(totebox: ToteboxState, present_us: int, own: str = "") -> tuple[str, str]:
    """The newest verification in words, with its tone. It names the device that asked by its label. `own`: see
    `reading`.
    """
    body = totebox.integrity
    if body is None:
        return "not told by this Totebox", "muted"
    if body.verdict is Verdict.UNVERIFIED:
        return "never verified: F11, v", "warn"
    by = f"by {safe_line(device(body.by, known_here(totebox.labels, own)))}" if body.by else ""
    row = "not recorded" if body.audit_index is None else f"audit row {number(body.audit_index)}"
    partial = "partial, " if body.scope is Scope.PARTIAL else ""
    about = f"{since(body.time_us, present_us)} ({partial}{by}{', ' * bool(by)}{row})"
    if body.verdict is Verdict.CLEAN:
        return f"✓ clean {about}", "good"
    return f"✗ {number(body.total)} finding{'s' * (body.total != 1)} {about}", "bad"


def cosigned(body: IntegrityBody | None, present_us: int) -> str:
    """Who cosigned its logs last, in words; '' where no witness did."""
    said: Cosigned | None = body.cosigned if body else None
    if said is None:
        return ""
    return f"{safe_line(said.witness)} {since(said.time_us, present_us)}, {_LOGS[said.log]} at {number(said.tree_size)}"


def since(time_us: int, present_us: int) -> str:
    """The age of a time that the Totebox states; its clock may be wrong."""
    seconds = since_us(time_us, present_us)
    if seconds is None:
        return "at an unknown time"
    passed = age(seconds)
    return "just now" if passed == "now" else f"{passed} ago"


def _found(found: Found) -> Shown:
    return Shown(
        safe_line(found.severity),
        safe_line(found.path),
        found.entry,
        found.offset,
        safe_line(found.expected),
        safe_line(found.found),
        safe_line(found.remedy),
    )


def _contradiction(each: Contradiction) -> Shown:
    remedy = "record nothing here; compare with another console or backup, then verify it whole: F11, v"
    return Shown(
        each.broken.value.lower(),
        _LOGS[each.log],
        None,
        None,
        _head(each.seen),
        f"{_head(each.shown)}: {safe_line(each.why)}",
        remedy,
    )


def _head(note: bytes) -> str:
    """A checkpoint in a form that a person can compare."""
    from protocol.trust.note import read_checkpoint  # cryptography is not loaded for the first picture

    try:
        head = read_checkpoint(note)
    except NoteError:
        return "no checkpoint that can be read"
    return f"size {number(head.tree_size)}, root {head.root.hex()}"
