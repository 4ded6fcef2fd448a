"""Every event that changes what this console knows. `at` is the console's monotonic clock in seconds."""

from console.model.contradiction import Contradiction
from protocol.schema import Arguments, Bound, Closing, Gap, Receipt, Refusal, Rows, Telemetry
from protocol.values import dataclass

Answer = Receipt | Rows | Refusal


@dataclass(frozen=True, slots=True)
class PairingAdded:
    """A pairing exists: `totebox` is its stable id on this console (hex of the subject's static key, 16 digits)."""

    totebox: str
    name: str
    uri: str
    at: float


@dataclass(frozen=True, slots=True)
class Dialing:
    """A connection attempt begins."""

    totebox: str
    at: float


@dataclass(frozen=True, slots=True)
class LinkUp:
    """A session is established and both binders agreed."""

    totebox: str
    bound: Bound
    carrier: str
    at: float


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The session ended or could not be made. `retry_at` is when the next attempt begins (None: never by itself)."""

    totebox: str
    reason: str
    closing: Closing | None
    retry_at: float | None
    at: float


@dataclass(frozen=True, slots=True)
class Echo:
    """A Pong arrived: the subject was alive at `sent_at`, when its Ping was sent."""

    totebox: str
    sent_at: float
    at: float
    wire_bytes: int = 0
    """What went over the link in both directions in this session; 0 where it is not counted."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Telemetry arrived, or the statement that some was dropped."""

    totebox: str
    message: Telemetry | Gap
    at: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A command was sent. `key` is the caller's own name for it."""

    totebox: str
    key: str
    arguments: Arguments
    at: float


@dataclass(frozen=True, slots=True)
class Answered:
    """A command was answered. `trouble` is '' when every proof in the answer held under the pairing's keys, else the
    fault.
    """

    totebox: str
    key: str
    arguments: Arguments
    answer: Answer
    trouble: str
    at: float


@dataclass(frozen=True, slots=True)
class BackedOff:
    """The Totebox answered TOO_MANY: nothing is sent before `until`, on the console's monotonic clock."""

    totebox: str
    until: float
    at: float


@dataclass(frozen=True, slots=True)
class HeadChecked:
    """A checkpoint was compared with the newest one seen before: it is consistent, or `alarm` says how it is not."""

    totebox: str
    audit: bool
    tree_size: int
    root: bytes
    note: bytes
    alarm: str
    at: float


@dataclass(frozen=True, slots=True)
class Contradicted:
    """All open alarms about the logs of this Totebox; () when a full and clean verification has cleared them."""

    totebox: str
    contradictions: tuple[Contradiction, ...]
    at: float


@dataclass(frozen=True, slots=True)
class Activated:
    """F-keys address this Totebox from now on."""

    totebox: str
    at: float


Event = (
    PairingAdded
    | Dialing
    | LinkUp
    | LinkLost
    | Echo
    | Heard
    | Asked
    | Answered
    | HeadChecked
    | Contradicted
    | BackedOff
    | Activated
)
