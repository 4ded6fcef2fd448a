"""The values of the Input Machine: waiting documents, the one that was taken in, and its claims; read from tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum

from console.model.tables import records
from protocol.schema.numbers import Decision
from protocol.schema.table import Cell, Table

Row = Mapping[str, Cell]


class InputStep(IntEnum):
    """The five steps. Nothing is a record before CONFIRM."""

    HASH = 1
    ROUTE = 2
    REVIEW = 3
    DECIDE = 4
    CONFIRM = 5


class Origin(Enum):
    """Where a document comes from."""

    PATH = "path"
    """A file on the console's own host."""
    DROP = "drop folder"
    """A file in the Totebox's `app-console-input/`."""
    KEPT = "kept"
    """Taken in by an earlier session and left unfinished."""


class QueueState(Enum):
    """The state of a document in the queue."""

    WAITING = "waiting"
    AT_WORK = "at work"
    KEPT = "kept"
    SEALED = "sealed"
    REFUSED = "refused"
    ABANDONED = "abandoned"

    @property
    def glyph(self) -> str:
        """The sign beside the word."""
        return {"waiting": "○", "at work": "●", "kept": "◐", "sealed": "✓", "refused": "✗", "abandoned": "–"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Intake:
    """A document that the Totebox took in: staged, hashed, read. `sealed` is the entry that already has these bytes."""

    id: str
    name: str
    media: str
    size: int
    sha256: bytes
    sealed: int | None
    trouble: str
    suggestion: str
    reason: str
    service: str
    step: str
    holder: str

    @property
    def disguise(self) -> str:
        """How the name's ending contradicts the content; '' where they agree, or the ending says nothing."""
        ending = self.name[self.name.rfind(".") :].lower() if "." in self.name else ""
        promised = ENDINGS.get(ending, "")
        if not promised or not self.media or self.media.startswith(promised):
            return ""
        content = "no known type" if self.media == "application/octet-stream" else self.media
        return f"its name ends in {ending}, its content is {content}"


ENDINGS = {
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml",
    ".eml": "message/",
    ".csv": "text/",
    ".txt": "text/",
    ".md": "text/",
}
"""Endings of names, and how the media type of such a file begins."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim that a person decides. `sending` is an answer that was sent and not recorded yet; `recorded` the audit
    entry of `decision`.
    """

    number: int
    attribute: str
    value: str
    anchor: str
    line: int
    page: int
    start: int
    end: int
    excerpt: str
    rule: str
    decision: Decision | None = None
    sending: Decision | None = None
    recorded: int | None = None
    trouble: str = ""

    @property
    def is_answered(self) -> bool:
        """Whether a person has answered it, recorded or not."""
        return self.decision is not None or self.sending is not None


@dataclass(frozen=True, slots=True)
class ClaimCounts:
    """How many claims of one document were answered, and how. Skipped and unanswered ones stay pending."""

    approved: int = 0
    rejected: int = 0
    skipped: int = 0
    unanswered: int = 0

    @property
    def pending(self) -> int:
        return self.skipped + self.unanswered


def count(claims: tuple[Claim, ...]) -> ClaimCounts:
    """Count the newest answer to each claim, as the list shows it; an answer that is not recorded yet counts too."""
    made = [claim.sending if claim.sending is not None else claim.decision for claim in claims]
    rejected = sum(1 for decision in made if decision is not None and decision.is_rejection)
    return ClaimCounts(made.count(Decision.YES), rejected, made.count(Decision.SKIP), made.count(None))


def rows(table: Table) -> tuple[Row, ...]:
    """The rows of `table` by column name. Rows whose cells do not match the columns are left out."""
    return tuple(record.as_dict() for record in records(table))


def read_intake(row: Row) -> Intake:
    """A row of `input.intake`."""
    return Intake(
        id=text(row, "intake"),
        name=text(row, "name"),
        media=text(row, "media"),
        size=number(row, "size"),
        sha256=octets(row, "sha256"),
        sealed=optional(row, "sealed"),
        trouble=text(row, "trouble"),
        suggestion=text(row, "suggestion"),
        reason=text(row, "reason"),
        service=text(row, "service"),
        step=text(row, "step"),
        holder=text(row, "holder"),
    )


def read_claim(row: Row) -> Claim:
    """A row of `input.claims`; an unknown decision word counts as none, an unknown reason as no reason."""
    decided = {"yes": Decision.YES, "no": Decision.NO, "skip": Decision.SKIP}.get(text(row, "decision"))
    if decided is Decision.NO:
        because = text(row, "because")
        decided = next((one for one in Decision if one.is_rejection and one.reason == because), Decision.NO)
    return Claim(
        number=number(row, "number"),
        attribute=text(row, "attribute"),
        value=text(row, "value"),
        anchor=text(row, "anchor"),
        line=number(row, "line"),
        page=number(row, "page"),
        start=number(row, "start"),
        end=number(row, "end"),
        excerpt=text(row, "excerpt"),
        rule=text(row, "rule"),
        decision=decided,
    )


def text(row: Row, column: str) -> str:
    """A cell as text; '' where there is none."""
    cell = row.get(column)
    return cell if isinstance(cell, str) else "" if cell is None or isinstance(cell, bytes) else str(cell)


def number(row: Row, column: str) -> int:
    """A cell as a number; 0 where there is none."""
    return optional(row, column) or 0


def optional(row: Row, column: str) -> int | None:
    """A cell as a number, or None."""
    cell = row.get(column)
    return cell if isinstance(cell, int) and not isinstance(cell, bool) else None


def octets(row: Row, column: str) -> bytes:
    """A cell as bytes; b'' where there are none."""
    cell = row.get(column)
    return cell if isinstance(cell, bytes) else b""
