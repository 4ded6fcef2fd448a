"""For tests alone: both halves joined in memory, a log with real proofs, and a clock that moves when it is told to."""

from collections.abc import Callable
from dataclasses import dataclass, field

from protocol.authority.connection import AuthorityConnection, AuthorityEvent, Shaken
from protocol.errors import PspError
from protocol.schema import SCHEMA_DIGEST, Bind, Bound, DeviceKey, Proof, Receipt
from protocol.schema.numbers import Role
from protocol.subject.connection import Called, Introduced, SubjectConnection, SubjectEvent
from protocol.trust import tlog
from protocol.trust.keys import FileBinder, X25519Pair, generate_static
from protocol.trust.note import Signer, TreeHead, checkpoint_text


class ManualClock:
    """A monotonic clock in seconds; stands still until moved."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def counted_entropy(seed: int = 1) -> Callable[[int], bytes]:
    """Bytes that look drawn and are the same at every run; never outside tests."""
    drawn = seed * 1_000_003

    def draw(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        return b"".join((drawn * 2_654_435_761 + step).to_bytes(16, "big") for step in range(1 + size // 16))[:size]

    return draw


@dataclass
class MemoryLog:
    """An append-only log in memory. Its proofs are real, and its checkpoints are signed by `signer`, whose name is the
    log's origin. A test may alter `leaves` as no log may be altered.
    """

    signer: Signer
    leaves: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> int:
        """Add one leaf; its index."""
        self.leaves.append(leaf)
        return len(self.leaves) - 1

    @property
    def origin(self) -> str:
        """The log's name in its checkpoints."""
        return self.signer.verifier.name

    @property
    def head(self) -> TreeHead:
        """The tree of all leaves."""
        size = len(self.leaves)
        return TreeHead(self.origin, size, tlog.root_hash(size, self.node))

    @property
    def note(self) -> bytes:
        """The signed checkpoint of `head`."""
        return self.signer.sign(checkpoint_text(self.head))

    def proof(self, index: int) -> Proof:
        """Inclusion of leaf `index` under `head`. Raises IndexError: there is no such leaf."""
        size = len(self.leaves)
        if not 0 <= index < size:
            raise IndexError(f"entry {index} is not in a log of {size}")
        return Proof(index, size, self.leaves[index], tlog.inclusion_path(index, size, self.node))

    def receipt(self, index: int, command: int = 0) -> Receipt:
        """The Receipt of leaf `index`, as the answer to the command with the id `command`. Raises IndexError."""
        return Receipt(command, index, self.proof(index), self.note)

    def consistency(self, old: int) -> tuple[bytes, ...]:
        """The RFC 6962 path from a tree of `old` leaves to `head`; empty from a tree of none. Raises IndexError: the log
        is smaller.
        """
        size = len(self.leaves)
        if not 0 <= old <= size:
            raise IndexError(f"a log of {size} was never a log of {old}")
        return tlog.consistency_path(old, size, self.node) if old else ()

    def node(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree of 2**`level` leaves at place `index` of its level."""
        if level == 0:
            return tlog.leaf_hash(self.leaves[index])
        return tlog.node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))


@dataclass
class MemoryCarrier:
    """One direction's bytes in flight, delivered whole or in pieces of `chunk` bytes (0: as they come)."""

    chunk: int = 0
    sent: bytearray = field(default_factory=bytearray)

    def pieces(self, data: bytes) -> list[bytes]:
        self.sent += data
        if not data:
            return []
        step = self.chunk or len(data)
        return [data[at : at + step] for at in range(0, len(data), step)]


@dataclass
class Ends:
    """The keys of two devices and the psk that they share."""

    authority: X25519Pair
    subject: X25519Pair
    authority_binder: FileBinder
    subject_binder: FileBinder
    psk: bytes


def make_ends(seed: int = 1) -> Ends:
    """Deterministic keys."""
    draw = counted_entropy(seed)
    return Ends(
        generate_static(draw),
        generate_static(draw),
        FileBinder(draw(32)),
        FileBinder(draw(32)),
        b"p" * 31 + bytes((seed,)),
    )


class ConnectionPair:
    """An authority and a subject that exchange bytes in memory; `open` takes them through the handshake and both binders."""

    def __init__(self, ends: Ends | None = None, *, ticket_id: bytes = b"", chunk: int = 0) -> None:
        self.ends = ends or make_ends()
        self.clock = ManualClock()
        self.authority = AuthorityConnection(
            self.ends.authority,
            self.ends.subject.public,
            self.ends.psk,
            counted_entropy(7),
            self.clock(),
            ticket_id=ticket_id,
            key=None if ticket_id else self.ends.subject_binder.key,
        )
        self.subject = SubjectConnection(self.ends.subject, counted_entropy(8), self.clock())
        self.down, self.up = MemoryCarrier(chunk), MemoryCarrier(chunk)
        self.authority_events: list[AuthorityEvent] = []
        self.subject_events: list[SubjectEvent] = []

    def deliver_down(self) -> list[SubjectEvent]:
        """What the authority wrote reaches the subject."""
        seen: list[SubjectEvent] = []
        for piece in self.down.pieces(self.authority.data_to_send()):
            self.subject.receive_data(piece)
            while (event := self.subject.next_event()) is not None:
                seen.append(event)
        self.subject_events += seen
        return seen

    def deliver_up(self) -> list[AuthorityEvent]:
        """What the subject wrote reaches the authority."""
        seen: list[AuthorityEvent] = []
        for piece in self.up.pieces(self.subject.data_to_send()):
            self.authority.receive_data(piece)
            while (event := self.authority.next_event()) is not None:
                seen.append(event)
        self.authority_events += seen
        return seen

    def bind_message(self) -> Bind:
        """What the authority sends first."""
        binder = self.ends.authority_binder
        signature = binder.sign(self.authority.to_sign(binder.key))
        return Bind(binder.key, signature, binder.provider, "desk", "test/1")

    def bound_message(self, role: Role = Role.ADMIN) -> Bound:
        """What the subject answers."""
        binder = self.ends.subject_binder
        signature = binder.sign(self.subject.to_sign(binder.key))
        return make_bound(binder.key, signature, role)

    def open(self) -> "ConnectionPair":
        """Up to state OPEN on both sides. Raises PspError where an end does not agree."""
        (called,) = self.deliver_down()
        if not isinstance(called, Called):
            raise PspError(f"{called!r} came before the call")
        self.subject.admit(self.ends.psk, None if called.ticket_id else self.ends.authority_binder.key)
        (shaken,) = self.deliver_up()
        if not isinstance(shaken, Shaken):
            raise PspError(f"{shaken!r} came instead of the answer")
        self.authority.bind(self.bind_message())
        (introduced,) = self.deliver_down()
        if not isinstance(introduced, Introduced):
            raise PspError(f"{introduced!r} came instead of Bind")
        self.subject.bound(self.bound_message())
        self.deliver_up()
        return self


def make_bound(key: DeviceKey, signature: bytes, role: Role) -> Bound:
    """A Bound of a made-up entity."""
    return Bound(
        key, signature, "Acme Holdings", "corporation", "totebox/acme", "vkey", "audit-vkey", role, b"epoch-01",
        SCHEMA_DIGEST, (), (),
    )  # fmt: skip
