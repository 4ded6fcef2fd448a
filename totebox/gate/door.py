"""The interface between the link, which speaks PSP, and the gate, which decides. Each can be changed without the
other.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from protocol.schema import Command, DeviceKey, Gap, Receipt, Refusal, Rows, Subscribe, Telemetry
from protocol.schema.numbers import Role, Topic

MAX_DEVICE_SESSIONS = 8
"""The most sessions that one device may have open."""


class Standing(Enum):
    """What the owner of a static key is to this Totebox."""

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
    """A ticket that was issued and not used: its psk, and the role and label that it grants."""

    ticket_id: bytes
    psk: bytes
    role: Role
    label: str


class TicketFault(Enum):
    """Why a ticket id is of no use."""

    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a session. `carrier` says how it connected ("unix uid=1000 pid=4242", "tcp 127.0.0.1:5121")."""

    session: int
    pairing: Pairing
    label: str
    agent: str
    carrier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What the subject says about itself in Bound."""

    entity: str
    kind: str
    origin: str
    vkey: str
    audit_vkey: str


@dataclass(frozen=True, slots=True)
class PairingRequest:
    """A device that asks to be paired without a ticket. `psk` becomes the psk of the pairing if an operator approves;
    `words` are shown on both screens.

    `source` says where its connection comes from, as far as the network can tell ("uid 1000", "192.0.2.7").
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
    """What a subscriber may receive: the telemetry of `role`, while `holds()` is true. `ends_in_s()` says when to ask
    again at the latest.
    """

    role: Role
    holds: Callable[[], bool]
    ends_in_s: Callable[[], float]
    is_narrowed: bool = False
    """Whether the scope names a service, rows or columns. Findings are not sent then, because they name files of every
    record.
    """


class Reply(Protocol):
    """The answer to one command. It ends with exactly one of `receipt`, `rows`, `refuse` or a `part` with `last`."""

    async def receipt(self, receipt: Receipt) -> None: ...

    async def rows(self, rows: Rows) -> None: ...

    async def refuse(self, refusal: Refusal) -> None: ...

    async def part(self, offset: int, data: bytes, last: bool) -> None:
        """Send download bytes (at most MAX_BULK_BYTES); waits for the authority's credit."""
        ...

    def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
        """The upload's bytes from `offset` to `size`, paced by Want, in constant memory.

        Raises:
            UploadBroken: the session ended, or the chunks do not follow each other. What was staged can be resumed.
        """
        ...


class Door(Protocol):
    """What the link asks of the gate. `pairing` and `ticket` are lookups in memory and never wait."""

    @property
    def identity(self) -> Identity: ...

    @property
    def verbs(self) -> tuple[int, ...]:
        """The verbs that are carried out here, ascending. Bound lists them; any other verb is refused as
        UNKNOWN_VERB.
        """
        ...

    def pairing(self, static: bytes) -> tuple[Standing, Pairing | None]: ...

    def ticket(self, ticket_id: bytes, static: bytes) -> OpenTicket | TicketFault:
        """What the ticket grants to the holder of `static`; USED where another device uses it or has used it."""
        ...

    async def grant(
        self, ticket_id: bytes, static: bytes, key: DeviceKey, psk: bytes, label: str, provider: str
    ) -> Pairing:
        """Make the pairing and the ticket's use durable in one record, before Bound is sent.

        Granting the same ticket to the same `static` and `key` again (after Bound was lost) returns the same pairing
        with the psk replaced.

        Raises:
            GateClosed: another device used the ticket, the ticket has expired, or the vault takes no writes.
        """
        ...

    async def request(self, asked: PairingRequest) -> None:
        """Record durably that a device asks for a pairing, before Closing(PENDING) is sent to it.

        Raises:
            GateClosed: its source asks too often, or the vault takes no writes.
        """
        ...

    async def hearing(self, command: Command, peer: Peer) -> Hearing | Refusal:
        """Judge and record SUBSCRIBE: what is sent, under the command's capability or the pairing's role, or the
        refusal.
        """
        ...

    async def opened(self, peer: Peer) -> None:
        """Record that a session begins.

        Raises:
            GateClosed: its role needs a key that is marked as hardware, and this one is not; `MAX_DEVICE_SESSIONS` of
                its device are open; its device has no rows left for another session; or the disk has no room for the
                rows of its role.
        """
        ...

    async def closed(self, peer: Peer, reason: str) -> None: ...

    async def turned_away(self, carrier: str, reason: str) -> None:
        """Record that a handshake or a binder failed (rate-limited). No ticket is used up."""
        ...

    async def command(self, command: Command, peer: Peer, reply: Reply) -> None:
        """Carry out one command; every fault becomes a Refusal. Cancel cancels this task: a write that is finished
        stays.
        """
        ...


class Subscription(Protocol):
    """One session's bounded queue of telemetry."""

    granted: tuple[Topic, ...]

    async def next(self) -> Telemetry | Gap:
        """Wait for the next item to send. A reader that is too slow receives Gap and then the newest items."""
        ...

    def close(self) -> None: ...


class Feed(Protocol):
    """Where a session subscribes to telemetry."""

    @property
    def epoch(self) -> bytes: ...

    def subscribe(self, role: Role, request: Subscribe) -> Subscription:
        """Topics above `role` are not granted. The first items are a snapshot where `request` asks for one."""
        ...
