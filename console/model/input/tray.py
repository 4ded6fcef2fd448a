"""The tray of the Input Machine: the documents in their queue, the one at work, and the effects that can be carried out
for it.
"""

from dataclasses import dataclass, replace

from console.model.input.intake import Claim, InputStep, Intake, Origin, QueueState
from protocol.schema import Arguments, Receipt, Refusal
from protocol.schema.chart import Account
from protocol.schema.numbers import Decision
from protocol.trust.approval import Approval


@dataclass(frozen=True, slots=True)
class Upload:
    """Offer the file at `path`."""

    key: str
    path: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a command; a write carries an id of its own."""

    key: str
    arguments: Arguments
    write: bool = True


@dataclass(frozen=True, slots=True)
class Approve:
    """Sign what is approved with the device key, and have it sealed."""

    key: str
    approval: Approval
    note: str


Effect = Upload | Ask | Approve

CLAIMS_PAGE = 200
"""The most claims that one question asks for."""
MAX_CLAIMS = 10_000
"""The most claims of one document. A Totebox that reports more of them is not asked for further pages."""


@dataclass(frozen=True, slots=True)
class Work:
    """The document at work. `waiting` says what is waited for ('' for the person); `refusal` is the last refusal."""

    step: InputStep = InputStep.HASH
    waiting: str = ""
    done: int = 0
    total: int = 0
    sha256: bytes = b""
    """The hash that this console computed; b'' for a document that it did not read itself."""
    size: int = 0
    intake: Intake | None = None
    account: str = ""
    service: str = ""
    claims: tuple[Claim, ...] = ()
    cursor: int = 0
    outbox: tuple[tuple[int, Decision], ...] = ()
    """Answers (claim number, decision) that are being sent, in order; only the first one was sent to the Totebox."""
    refusal: Refusal | None = None

    @property
    def unanswered(self) -> int:
        """The number of claims without an answer, recorded or being sent."""
        return sum(not claim.is_answered for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Sealed:
    """The answer of CONFIRM: the receipt of the original, and what was sealed with it."""

    receipt: Receipt
    trouble: str
    work: Work
    name: str
    supersedes: int | None


@dataclass(frozen=True, slots=True)
class Queued:
    """One document in the queue. `number` never repeats. `work` is kept where the document was left unfinished."""

    number: int
    origin: Origin
    name: str
    path: str = ""
    raw: bytes = b""
    size: int = 0
    place: QueueState = QueueState.WAITING
    supersedes: int | None = None
    work: Work | None = None
    refusal: Refusal | None = None
    index: int | None = None
    sealed: Sealed | None = None
    discard: bool = False
    """Whether to abandon it as soon as the Totebox has taken it in."""


@dataclass(frozen=True, slots=True)
class Tray:
    """The state of F12: the queue, and the number of the document at work."""

    queue: tuple[Queued, ...] = ()
    at_work: int | None = None
    chart: tuple[Account, ...] = ()
    next_number: int = 1
    correcting: tuple[int, str] | None = None
    """The entry, and its name, that the next document supersedes."""
    let_go: frozenset[str] = frozenset()
    """Intakes that were sealed or abandoned here; an older table does not bring them back."""

    @property
    def item(self) -> Queued | None:
        """The document at work."""
        return self.find(self.at_work)

    @property
    def work(self) -> Work | None:
        item = self.item
        return item.work if item else None

    def find(self, number: int | None) -> Queued | None:
        return next((item for item in self.queue if item.number == number), None)

    def first_waiting(self) -> Queued | None:
        """The next document to take."""
        return next((item for item in self.queue if item.place is QueueState.WAITING), None)


Outcome = tuple[Tray, tuple[Effect, ...]]


def put(tray: Tray, item: Queued) -> Tray:
    """`tray` with `item` in place of the one with its number."""
    return replace(tray, queue=tuple(item if other.number == item.number else other for other in tray.queue))
