"""The authority's end of a connection: it dials, sends Down messages, receives Up messages, and cannot do the reverse.

Sans-IO: call `receive_data`, then `next_event` until it returns None, then write `data_to_send`, which holds the first bytes from the
start. `protocol.wire.state` has the table of its states.

    Shaken     -> `bind(...)` with the device key's signature over `to_sign`
    Bound      the session is open: `send` any Down message
    TurnedAway the subject knows no such pairing or ticket; there is no session

A connection that is lost or cancelled leaves nothing here; the owner drops the object and dials again.
"""

from dataclasses import dataclass, field
from typing import cast

from protocol.errors import BinderMismatch, HandshakeError, RemoteProtocolError, SignatureError
from protocol.schema import Bind, Bound, DeviceKey, Down, Up
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S, HANDSHAKE_MAX_BYTES, MAX_FRAME_BYTES, ClosingReason, SignedBy
from protocol.trust.keys import Entropy, X25519Pair, binding, generate_static, verify_device
from protocol.wire.channel import Channel
from protocol.wire.codec import readers, writers
from protocol.wire.frame import frame
from protocol.wire.half import Half
from protocol.wire.noise import Handshake
from protocol.wire.preface import Purpose, preface_to
from protocol.wire.state import DOWN_KINDS, UP_KINDS, Side, State, Step

_READERS = readers(UP_KINDS)
_WRITERS = writers(DOWN_KINDS)
_ZERO_PSK = bytes(32)
_OPEN = State.OPEN
"""A name of the module's own: looking a member up through its class costs more than framing a message."""


@dataclass(frozen=True, slots=True)
class Shaken:
    """The subject proved its static key and the psk. Both ends store `pairing_psk` if this makes a pairing."""

    pairing_psk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """The subject, which proved its static key, gives the reason why there is no session."""

    status: ClosingReason


AuthorityEvent = Shaken | TurnedAway | Up


class AuthorityConnection(Half):
    """One connection that this side dialled.

    Args:
        static: our Noise static pair.
        subject_static: the static public key of the subject, from the pairing or the ticket.
        psk: that of the pairing or of the ticket; never all zero.
        ticket_id: 8 bytes to use a ticket, empty for a session.
        key: the subject's paired device key; None when a ticket is used, since the caller then pins the key in Bound.
        now: any monotonic clock; `deadline` is on the same one.
    """

    __slots__ = ("_handshake", "_key", "_psk", "deadline")

    def __init__(
        self,
        static: X25519Pair,
        subject_static: bytes,
        psk: bytes,
        entropy: Entropy,
        now: float,
        *,
        ticket_id: bytes = b"",
        key: DeviceKey | None = None,
    ) -> None:
        assert len(psk) == 32 and psk != _ZERO_PSK
        super().__init__(Side.AUTHORITY, _READERS, _WRITERS)
        self._psk, self._key = psk, key
        self._frames.limit = HANDSHAKE_MAX_BYTES
        self.deadline = now + HANDSHAKE_DEADLINE_S
        """The time by which the session must be open; the owner closes the connection otherwise."""
        preface = bytes(preface_to(Purpose.TICKET if ticket_id else Purpose.SESSION, subject_static))
        self._machine.sent(Step.PREFACE)
        self._machine.sent(Step.MESSAGE_1)
        self._handshake: Handshake | None = Handshake(
            Purpose.TICKET.pattern,
            initiator=True,
            prologue=preface,
            ephemeral=generate_static(entropy),
            static=static,
            remote_static=subject_static,
        )
        self._out += preface + frame(self._handshake.write(ticket_id))

    def next_event(self) -> AuthorityEvent | None:
        """The next event from the received bytes; None until more bytes arrive.

        Raises:
            HandshakeError: the peer is not the subject, or does not have the psk.
            BinderMismatch: the right static key with another device key.
            DiodeViolation: the peer sent a message that only an authority may send.
            RemoteProtocolError: any other broken rule. After an error the connection is over.
        """
        state = self._machine.state
        if state is _OPEN:
            return cast("Up | None", self._next_message())
        match state:
            case State.ANSWER:
                return self._read_answer()
            case State.BOUND:
                return self._read_bound()
            case State.OPEN | State.LEAVING:
                return cast("Up | None", self._next_message())
            case State.BIND | State.PREFACE | State.HELLO | State.BROKEN | State.CLOSED:
                return None
            case State.FINISH | State.ASK | State.SHOW | State.REVEAL | State.PENDING:
                return None  # a request's, see protocol.authority.request

    def to_sign(self, key: DeviceKey) -> bytes:
        """The bytes that our device key signs for `bind`."""
        assert self._channel is not None
        return binding(SignedBy.AUTHORITY, key, self._channel.handshake_hash)

    def bind(self, bind: Bind) -> None:
        """Answer Shaken. Store the pairing as provisional before this."""
        self._send(bind)

    def send(self, message: Down) -> None:
        """Queue `message`. Raises LocalProtocolError when the table has no row for it in this state."""
        self._send(message)

    def _read_answer(self) -> Shaken | TurnedAway | None:
        assert self._handshake is not None
        try:
            message = self._frames.next()
            if message is None:
                return None
            return self._try_psk(self._handshake, message) or self._try_zero(self._handshake, message)
        except RemoteProtocolError:
            self._machine.broken()
            raise
        finally:
            if self._machine.state is not State.ANSWER:
                self._handshake = None

    def _try_psk(self, handshake: Handshake, message: bytes) -> Shaken | None:
        mine = handshake.with_psks([self._psk])
        try:
            payload = mine.read(message)
        except HandshakeError:
            return None
        if payload:
            raise HandshakeError(f"message 2 carries {len(payload)} bytes")
        self._machine.received(Step.MESSAGE_2)
        split = mine.split()
        self._channel = Channel(split)
        self._frames.limit = MAX_FRAME_BYTES
        return Shaken(split.pairing_psk)

    def _try_zero(self, handshake: Handshake, message: bytes) -> TurnedAway:
        payload = handshake.with_psks([_ZERO_PSK]).read(message)
        if len(payload) != 1 or payload[0] not in _STATUS:
            raise HandshakeError("the subject turned us away without a known reason")
        self._machine.received(Step.STATUS)
        return TurnedAway(ClosingReason(payload[0]))

    def _read_bound(self) -> AuthorityEvent | None:
        message = cast("Up | None", self._next_message())
        if not isinstance(message, Bound):
            return message
        assert self._channel is not None
        try:
            if self._key is not None and message.key != self._key:
                raise BinderMismatch("the subject's device key is not the paired one; was its vault copied?")
            verify_device(
                message.key, binding(SignedBy.SUBJECT, message.key, self._channel.handshake_hash), message.signature
            )
        except SignatureError as fault:
            self._machine.broken()
            raise BinderMismatch(f"the subject's device key did not sign this handshake: {fault}") from fault
        except BinderMismatch:
            self._machine.broken()
            raise
        return message


_STATUS = frozenset(
    (
        ClosingReason.UNKNOWN_PEER,
        ClosingReason.REVOKED,
        ClosingReason.TICKET_USED,
        ClosingReason.TICKET_EXPIRED,
        ClosingReason.PENDING,
        ClosingReason.DENIED,
        ClosingReason.REQUEST_EXPIRED,
    )
)
