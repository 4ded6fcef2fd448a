"""Everything this console knows, as immutable values. `reduce` makes the next one; nothing else does."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from types import MappingProxyType

from console.model.contradiction import Contradiction
from console.model.load_history import LoadHistory
from protocol.schema import Bound, Cosigned, IntegrityBody, StatusBody
from protocol.schema.numbers import Log, Role, Severity
from protocol.values import dataclass

MAX_EVENTS = 500
MAX_ROWS = 2_000
MAX_ROWS_BYTES = 4 * 1024 * 1024
"""The most bytes of leaves of one log that are kept, small rows not counted."""
SMALL_ROW_BYTES = 1_024
MAX_TABLES = 256
"""The most tables of one Totebox whose changes are counted. No real Totebox has as many."""
MAX_COSIGNERS = 8
BEAT_S = 1.0
MISSED_BEATS = 3


class LinkPhase(Enum):
    """The state of the link to one Totebox."""

    KNOWN = "known"
    DIALING = "dialing"
    LINKED = "linked"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class LogHead:
    """The newest checkpoint of one log that this console compared with what it had seen. `alarm` is '' when it is
    consistent.
    """

    tree_size: int
    root: bytes
    note: bytes
    alarm: str
    at: float
    cosigned: int = 0
    """The largest size that this console cosigned and the Totebox recorded, in this run of the console."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """One EVENT as it arrived, or an observation of this console (its source is "console").

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
    """One row of a log, parsed from its leaf. Texts are as recorded: use `safe_text` before drawing them."""

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
    """The figures of a Totebox that jitter, in the steps in which they are drawn. They differ from `StatusBody` by less
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


def _no_labels() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ToteboxState:
    """The state of one paired Totebox, live or stale.

    `alive_at` is when the newest echoed Ping had been sent, on the console's clock: liveness is measured by it, never
    by arrival. `changed` counts CHANGED telemetry per table: a table is asked again when its number changes. `revision`
    changes with everything that may be drawn except echoes.
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
    """How many sessions this console has had with it. Tables that may have changed meanwhile are asked again when it
    changes.
    """
    carrier: str = ""
    bound: Bound | None = None
    status: StatusBody | None = None
    status_at: float | None = None
    load: Load | None = None
    """Memory, CPU and disk of `status` as they are drawn; None before the first status."""
    history: LoadHistory = LoadHistory()
    """The last hour of its load. Echoes do not move `revision`, also where they move this."""
    integrity: IntegrityBody | None = None
    """What the Totebox reports about its newest verification; None before its first report, and from a Totebox that is
    too old to report.
    """
    alive_at: float | None = None
    heads: Mapping[Log, LogHead] = field(default_factory=_no_heads)
    events: tuple[LoggedEvent, ...] = ()
    events_total: int = 0
    audit_rows: tuple[LogRow, ...] = ()
    """Oldest first, consecutive where nothing was dropped, at most MAX_ROWS."""
    entries: tuple[LogRow, ...] = ()
    dropped: Dropped = Dropped(0, 0.0)
    changed: Mapping[str, int] = field(default_factory=_no_counters)
    labels: Mapping[str, str] = field(default_factory=_no_labels)
    """What its devices are called, by fingerprint: from its table of pairings, where that was asked for, and from audit rows."""
    in_flight: int = 0
    cosigners: tuple[Cosigned, ...] = ()
    """Witnesses of its logs as it told them, each with its newest cosignature, the newest first; at most MAX_COSIGNERS."""
    contradictions: tuple[Contradiction, ...] = ()
    """Open alarms of this console about its logs. They are kept on disk until a full and clean verification clears
    them.
    """
    asks_again_at: float | None = None
    """After a TOO_MANY nothing is sent before this time on the console's clock."""
    trouble: str = ""
    """The newest proof that did not hold, or telemetry that could not be read; '' while everything held."""
    revision: int = 0

    @property
    def role(self) -> Role | None:
        """The role that the Totebox granted at the last session, None before the first."""
        return self.bound.role if self.bound else None

    @property
    def entity(self) -> str:
        """The entity's name in Bound, else the pairing's name."""
        return self.status.entity if self.status else self.bound.entity if self.bound else self.name

    @property
    def is_linked(self) -> bool:
        return self.link is LinkPhase.LINKED

    @property
    def alarm(self) -> str:
        """Why this Totebox must not be trusted now; '' where there is no reason."""
        standing = next((each.why for each in self.contradictions), "")
        return next((head.alarm for head in self.heads.values() if head.alarm), "") or standing or self.trouble

    def proved(self, log: Log) -> str:
        """What this console proved of `log`, in words."""
        head = self.heads.get(log)
        if head is None:
            return "not proved: its head was not shown"
        return f"{'ALARM' if head.alarm else 'proved'} at {head.tree_size:,}"

    def is_stale(self, now: float) -> bool:
        """Whether three Pings had no Pong, or there is no link."""
        return not self.is_linked or self.alive_at is None or now - self.alive_at > BEAT_S * MISSED_BEATS


def _no_toteboxes() -> Mapping[str, ToteboxState]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Model:
    """All paired Toteboxes by id, and the one that the F-keys address."""

    toteboxes: Mapping[str, ToteboxState] = field(default_factory=_no_toteboxes)
    active: str | None = None

    @property
    def totebox(self) -> ToteboxState | None:
        """The active Totebox."""
        return self.toteboxes.get(self.active) if self.active is not None else None
