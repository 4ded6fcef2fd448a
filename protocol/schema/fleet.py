"""Telemetry about the state of a Totebox."""

from typing import Annotated

from protocol.schema.numbers import MAX_TEXT_BYTES, Grade, Severity, Tier
from protocol.schema.registry import U32, U64, Size, body, struct


@struct
class ServiceState:
    """One service: its name, `running`, `deferred`, `failed` or `absent`, why, and jobs that wait."""

    name: str
    state: str
    reason: str
    queued: Annotated[int, U32]


@body(since=1)
class StatusBody:
    """The live state, once a second while something changes and at least every five seconds."""

    entity: str
    entity_kind: str
    lifecycle: str
    grade: Grade
    tier: Tier
    read_only: Annotated[str, Size(0, MAX_TEXT_BYTES)]
    """'' when the vault takes writes; else why not and what to do."""
    tree_size: Annotated[int, U64]
    root: Annotated[bytes, Size(32, 32)]
    checkpoint_time_us: Annotated[int, U64]
    """The time of the newest record; 0 where it is not known."""
    audit_size: Annotated[int, U64]
    audit_root: Annotated[bytes, Size(32, 32)]
    services: Annotated[tuple[ServiceState, ...], Size(0, 32)]
    sessions: Annotated[int, U32]
    gate_queue: Annotated[int, U32]
    intake: Annotated[int, U32]
    drops: Annotated[int, U32]
    disk_free_bytes: Annotated[int, U64]
    disk_total_bytes: Annotated[int, U64]
    vault_bytes: Annotated[int, U64]
    memory_bytes: Annotated[int, U64]
    """Proportional set size of all the Totebox's processes."""
    cpu_permille: Annotated[int, U32]
    """Of one core, over the last period."""
    uptime_s: Annotated[int, U64]
    version: str


@body(since=1)
class EventBody:
    """Something happened that a person may want to see."""

    severity: Severity
    source: Annotated[str, Size(0, 64)]
    text: Annotated[str, Size(0, MAX_TEXT_BYTES)]
    remedy: Annotated[str, Size(0, MAX_TEXT_BYTES)]


@body(since=1)
class ChangedBody:
    """The rows of table `name` have changed; a console that shows it asks for them again."""

    name: Annotated[str, Size(1, 64)]
