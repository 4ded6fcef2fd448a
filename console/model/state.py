"""Everything this console knows, as immutable values. `reduce` makes the next one; nothing else does."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from types import MappingProxyType

from console.model.contradiction import Contradiction
from protocol.schema import Bound, IntegrityBody, StatusBody
from protocol.schema.numbers import Log, Role, Severity
from protocol.values import dataclass

MAX_EVENTS = 500
MAX_ROWS = 2_000
MAX_ROWS_BYTES = 4 * 1024 * 1024
"""Of the leaves of one log that are held, but for small rows."""
SMALL_ROW_BYTES = 1_024
MAX_TABLES = 256
"""Tables of one Totebox whose changes are counted: no Totebox has as many, one that lies names more."""
BEAT_S = 1.0
MISSED_BEATS = 3


class LinkPhase(Enum):
    """How the link to one Totebox stands."""

    KNOWN = "known"
    DIALING = "dialing"
    LINKED = "linked"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest checkpoint of one log that this console held against what it had seen. `alarm` is '' when consistent."""

    tree_size: int
    root: bytes
    note: bytes
    alarm: str
    at: float
    cosigned: int = 0
    """The largest size that this console cosigned and the Totebox kept, in this run of the console."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One EVENT as it came, or what this console itself saw happen (its source is "console").

    `number` counts per Totebox from 1 and never repeats on this console.
    """

    number: int
    time_us: int
    severity: Severity
    source: str
    text: str
    remedy: str
    at: float


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of a log, parsed from its leaf. Texts are as recorded: pass them through `safe_text` to draw them."""

    index: int
    time: str
    actor: str
    service: str
    kind: str
    subject: str
    path: str
    offset: int
    length: int
    sha256: bytes
    source: int | None
    supersedes: int | None
    audit: int | None
    command: str
    note: str
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Load:
    """The figures of a Totebox that jitter, in the steps in which they are drawn. They follow `StatusBody` with a lag of less
    than a step.
    """

    memory_bytes: int
    cpu_permille: int
    disk_free_bytes: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Telemetry that the Totebox dropped for us: `count` messages, last at `at`."""

    count: int
    at: float


def _no_heads() -> Mapping[Log, LogHead]:
    return MappingProxyType({})


def _no_counters() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ToteboxState:
    """What is known of one paired Totebox, live or stale.

    `alive_at` is when the newest Ping that was echoed had been sent, on the console's clock: liveness is judged by it,
    never by arrival. `changed` counts CHANGED telemetry per table; ask again when your table's number moved.
    `revision` moves with everything that may be drawn except echoes.
    """

    id: str
    name: str
    uri: str
    link: LinkPhase = LinkPhase.KNOWN
    link_reason: str = ""
    link_since: float = 0.0
    retry_at: float | None = None
    losses: int = 0
    sessions: int = 0
    """How many sessions this console has had with it: ask again for what may have changed when it moved."""
    carrier: str = ""
    bound: Bound | None = None
    status: StatusBody | None = None
    status_at: float | None = None
    load: Load | None = None
    """Memory, CPU and disk of `status` as they are drawn; None before the first status."""
    integrity: IntegrityBody | None = None
    """What the Totebox says of its newest verification; None before it said anything, and from one that is too old to."""
    alive_at: float | None = None
    heads: Mapping[Log, LogHead] = field(default_factory=_no_heads)
    events: tuple[LoggedEvent, ...] = ()
    events_total: int = 0
    audit_rows: tuple[LogRow, ...] = ()
    """Oldest first, consecutive where nothing was dropped, at most MAX_ROWS."""
    entries: tuple[LogRow, ...] = ()
    dropped: Dropped = Dropped(0, 0.0)
    changed: Mapping[str, int] = field(default_factory=_no_counters)
    in_flight: int = 0
    contradictions: tuple[Contradiction, ...] = ()
    """Alarms of this console about its logs that no full and clean verification has cleared; they outlive the console."""
    asks_again_at: float | None = None
    """After a TOO_MANY nothing is asked before this time on the console's clock."""
    trouble: str = ""
    """The newest proof that did not hold, or telemetry that could not be read; '' while everything held."""
    revision: int = 0

    @property
    def role(self) -> Role | None:
        """The role that the Totebox granted at the last session, None before the first."""
        return self.bound.role if self.bound else None

    @property
    def entity(self) -> str:
        """The entity's name as the Totebox says it, else the pairing's name."""
        return self.status.entity if self.status else self.bound.entity if self.bound else self.name

    @property
    def is_linked(self) -> bool:
        return self.link is LinkPhase.LINKED

    @property
    def alarm(self) -> str:
        """Why this Totebox must not be trusted now; '' when nothing speaks against it."""
        standing = next((each.why for each in self.contradictions), "")
        return next((head.alarm for head in self.heads.values() if head.alarm), "") or standing or self.trouble

    def proved(self, log: Log) -> str:
        """What this console holds of `log`, in words."""
        head = self.heads.get(log)
        if head is None:
            return "not proved: its head was not shown"
        return f"{'ALARM' if head.alarm else 'proved'} at {head.tree_size:,}"

    def is_stale(self, now: float) -> bool:
        """Three beats were missed, or there is no link."""
        return not self.is_linked or self.alive_at is None or now - self.alive_at > BEAT_S * MISSED_BEATS


def _no_toteboxes() -> Mapping[str, ToteboxState]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Model:
    """All paired Toteboxes by id, and which one the F-keys address."""

    toteboxes: Mapping[str, ToteboxState] = field(default_factory=_no_toteboxes)
    active: str | None = None

    @property
    def totebox(self) -> ToteboxState | None:
        """The active one."""
        return self.toteboxes.get(self.active) if self.active is not None else None
