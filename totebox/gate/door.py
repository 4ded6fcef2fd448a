"""The seam between the link, which speaks PSP, and the gate, which decides. Neither knows how the other works."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from protocol.schema import Command, DeviceKey, Gap, Receipt, Refusal, Rows, Subscribe, Telemetry
from protocol.schema.numbers import Role, Topic

MAX_DEVICE_SESSIONS = 8
"""Sessions that one device may have open."""


class Standing(Enum):
    """What a static key is to this Totebox."""

    UNKNOWN = "unknown"
    PAIRED = "paired"
    REVOKED = "revoked"
    PENDING = "pending"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Pairing:
    """One granted pairing. `static` (32 bytes X25519) names the peer in the handshake, `key` is its device key."""

    fingerprint: str
    static: bytes
    key: DeviceKey
    psk: bytes
    role: Role
    label: str
    provider: str
    granted: str


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A ticket that was issued and not used: its psk and what it grants."""

    ticket_id: bytes
    psk: bytes
    role: Role
    label: str


class TicketFault(Enum):
    """Why a ticket id opens nothing."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end of a session. `carrier` says how it came ("unix uid=1000 pid=4242", "tcp 127.0.0.1:5121")."""

    session: int
    pairing: Pairing
    label: str
    agent: str
    carrier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What the subject says of itself in Bound."""

    entity: str
    kind: str
    origin: str
    vkey: str
    audit_vkey: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A device that asks to be paired without a ticket; `psk` is what an approval makes theirs, `words` stand on both screens.

    `source` is whose connection it is, as far as the network can tell ("uid 1000", "192.0.2.7").
    """

    static: bytes
    key: DeviceKey
    psk: bytes
    role: Role
    label: str
    provider: str
    agent: str
    words: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Hearing:
    """Telemetry: what `role` hears; under a capability as long as `holds()`; to be asked again at the latest after `ends_in_s()`."""

    role: Role
    holds: Callable[[], bool]
    ends_in_s: Callable[[], float]
    is_narrowed: bool = False
    """Under a scope that names a service, rows or columns: findings, which name files of every record, are not told."""


class Reply(Protocol):
    """How one command is answered. Exactly one of `receipt`, `rows`, `refuse` or a `part` with `last` ends it."""

    async def receipt(self, receipt: Receipt) -> None: ...

    async def rows(self, rows: Rows) -> None: ...

    async def refuse(self, refusal: Refusal) -> None: ...

    async def part(self, offset: int, data: bytes, last: bool) -> None:
        """Send download bytes (at most MAX_BULK_BYTES); waits for the authority's credit."""
        ...

    def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
        """The upload's bytes from `offset` to `size`, paced by Want; at constant memory.

        Raises:
            UploadBroken: the session ended, or the chunks do not follow each other; what was staged may be resumed.
        """
        ...


class Door(Protocol):
    """What the link asks of the gate. The first two are lookups in memory and never wait."""

    @property
    def identity(self) -> Identity: ...

    @property
    def verbs(self) -> tuple[int, ...]:
        """What is carried out here, ascending: Bound says it, and any other is refused as UNKNOWN_VERB."""
        ...

    def pairing(self, static: bytes) -> tuple[Standing, Pairing | None]: ...

    def ticket(self, ticket_id: bytes, static: bytes) -> OpenTicket | TicketFault:
        """What the ticket opens to the holder of `static`; USED where another device uses or has used it."""
        ...

    async def grant(
        self, ticket_id: bytes, static: bytes, key: DeviceKey, psk: bytes, label: str, provider: str
    ) -> Pairing:
        """Make the pairing and the ticket's consumption durable in one record, before Bound is sent.

        Granting the same ticket to the same `static` and `key` again (Bound was lost) returns the same pairing with the psk replaced.

        Raises:
            GateClosed: the ticket was used by somebody else, has expired, or the vault takes no writes.
        """
        ...

    async def request(self, asked: Asked) -> None:
        """Record that a device asks, durably, before it hears Closing(PENDING).

        Raises:
            GateClosed: its source asks too often, or the vault takes no writes.
        """
        ...

    async def hearing(self, command: Command, peer: Peer) -> Hearing | Refusal:
        """Whether SUBSCRIBE may be done, under the capability that it carries or by the pairing's role, and what is heard; recorded."""
        ...

    async def opened(self, peer: Peer) -> None:
        """A session begins.

        Raises:
            GateClosed: its role needs a hardware key and this one was not marked; `MAX_DEVICE_SESSIONS` of its device are open; its
                device opened more than it has rows for; or the disk has no room for the rows of its role.
        """
        ...

    async def closed(self, peer: Peer, reason: str) -> None: ...

    async def turned_away(self, carrier: str, reason: str) -> None:
        """A handshake or a binder failed: log it (rate-limited), burn nothing."""
        ...

    async def command(self, command: Command, peer: Peer, reply: Reply) -> None:
        """Carry out one command; every fault becomes a Refusal. Cancelling this task is Cancel: a finished write stays."""
        ...


class Subscription(Protocol):
    """One session's bounded view of the telemetry."""

    granted: tuple[Topic, ...]

    async def next(self) -> Telemetry | Gap:
        """The next thing to send; waits. A reader that is too slow gets Gap and the newest."""
        ...

    def close(self) -> None: ...


class Feed(Protocol):
    """Where sessions subscribe."""

    @property
    def epoch(self) -> bytes: ...

    def subscribe(self, role: Role, request: Subscribe) -> Subscription:
        """Topics above `role` are not granted. The first items are a snapshot where `request` asks for one."""
        ...
