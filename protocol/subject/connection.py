"""The subject's end of a connection: it answers a handshake, receives Down messages, sends Up messages, and cannot do the reverse.

Sans-IO: call `receive_data`, then `next_event` until it returns None, then write `data_to_send`. `protocol.wire.state` has the table of
its states. During the handshake two events need an answer of the owner; until then `next_event` returns None:

    Called     -> `admit(psk, key)` or `turn_away(status)`
    Introduced -> `bound(...)` once the pairing is durable, or `close(reason)`

A device without a ticket uses purpose R (Noise XX):

    Asking     -> `requested(...)` with our own nonce, or `close(reason)`
    Compared   the words that a person compares on both screens; `close(PENDING)` once the request is durable

A connection that is lost or cancelled leaves nothing here; the owner drops the object. A pairing exists only when its owner made it
durable, before `bound`.
"""

from dataclasses import dataclass, field
from typing import cast

from protocol.errors import BinderMismatch, HandshakeError, RemoteProtocolError, SignatureError
from protocol.schema import (
    Ack,
    Bind,
    Bound,
    Bye,
    Cancel,
    Chunk,
    Closing,
    Command,
    DeviceKey,
    Ping,
    Request,
    Requested,
    Reveal,
    Up,
)
from protocol.schema.numbers import (
    HANDSHAKE_DEADLINE_S,
    HANDSHAKE_MAX_BYTES,
    MAX_FRAME_BYTES,
    PREFACE_BYTES,
    ClosingReason,
    SignedBy,
)
from protocol.trust.keys import Entropy, X25519Pair, binding, generate_static, verify_device
from protocol.trust.pairing import TICKET_ID_BYTES
from protocol.trust.words import check_commitment, three_words
from protocol.wire.channel import Channel
from protocol.wire.codec import readers, writers
from protocol.wire.frame import frame
from protocol.wire.half import Half
from protocol.wire.noise import Handshake
from protocol.wire.preface import ANYBODY, Purpose, parse_preface, preface_to
from protocol.wire.state import DOWN_KINDS, UP_KINDS, Side, State, Step

_READERS = readers(DOWN_KINDS)
_WRITERS = writers(UP_KINDS)
_ZERO_PSK = bytes(32)
_OPEN = State.OPEN
"""A name of the module's own: looking a member up through its class costs more than framing a message."""


@dataclass(frozen=True, slots=True)
class Called:
    """Message 1 names the peer. It may be a replay, so the owner may only look up the psk."""

    purpose: Purpose
    static: bytes
    ticket_id: bytes


@dataclass(frozen=True, slots=True)
class Introduced:
    """The peer's device key signed this handshake. Both ends store `pairing_psk` if this makes a pairing."""

    bind: Bind
    pairing_psk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """A device without a pairing asks for one; its key signed this handshake.

    `pairing_psk` becomes the psk of both ends if it is approved.
    """

    request: Request
    static: bytes
    pairing_psk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Compared:
    """The three `words`, which are the same on both screens unless there is a man in the middle."""

    words: str


Order = Command | Chunk | Cancel | Ack | Ping | Bye
SubjectEvent = Called | Introduced | Asking | Compared | Order


class SubjectConnection(Half):
    """One accepted connection.

    Args:
        static: the subject's Noise static pair.
        entropy: 32 bytes are drawn from it when message 1 arrives, not before.
        now: any monotonic clock; `deadline` is on the same one.
    """

    __slots__ = (
        "_commitment",
        "_entropy",
        "_handshake",
        "_key",
        "_nonce",
        "_pairing_psk",
        "_purpose",
        "_static",
        "deadline",
    )

    def __init__(self, static: X25519Pair, entropy: Entropy, now: float) -> None:
        super().__init__(Side.SUBJECT, _READERS, _WRITERS)
        self._static, self._entropy = static, entropy
        self._handshake: Handshake | None = None
        self._purpose = Purpose.SESSION
        self._key: DeviceKey | None = None
        self._pairing_psk = b""
        self._commitment = self._nonce = b""
        self._frames.limit = HANDSHAKE_MAX_BYTES
        self.deadline = now + HANDSHAKE_DEADLINE_S
        """The time by which the session must be open; the owner closes the connection otherwise."""

    def next_event(self) -> SubjectEvent | None:
        """The next event from the received bytes; None until more bytes arrive, or until the owner answers an event.

        Raises:
            HandshakeError: the handshake failed; the peer gets no answer.
            BinderMismatch: the paired static key with another device key.
            DiodeViolation: the peer sent a message that only a subject may send.
            RemoteProtocolError: any other broken rule. After an error the connection is over; `close` may still send the reason.
        """
        state = self._machine.state
        if state is _OPEN:
            return cast("Order | None", self._next_message())
        match state:
            case State.PREFACE:
                return self._read_preface()
            case State.HELLO:
                return self._read_hello()
            case State.BIND:
                return self._read_bind()
            case State.OPEN:
                return cast("Order | None", self._next_message())
            case State.FINISH:
                return self._read_finish()
            case State.ASK:
                return self._read_request()
            case State.REVEAL:
                return self._read_reveal()
            case State.ANSWER | State.BOUND | State.LEAVING | State.SHOW | State.PENDING | State.BROKEN | State.CLOSED:
                return None

    def admit(self, psk: bytes, key: DeviceKey | None) -> None:
        """Answer Called: continue with `psk`. The peer's device key must be `key`, unless that is None."""
        assert self._handshake is not None and psk != _ZERO_PSK
        self._machine.sent(Step.MESSAGE_2)
        self._handshake.add_psk(psk)
        self._out += frame(self._handshake.write(b""))
        split = self._handshake.split()
        self._channel, self._pairing_psk, self._key = Channel(split), split.pairing_psk, key
        self._handshake = None
        self._frames.limit = MAX_FRAME_BYTES

    def turn_away(self, status: ClosingReason) -> None:
        """Answer Called: send the reason why there is no session, under the all-zero psk. The connection ends."""
        assert self._handshake is not None
        self._machine.sent(Step.STATUS)
        self._handshake.add_psk(_ZERO_PSK)
        self._out += frame(self._handshake.write(bytes((status,))))
        self._handshake = None

    def requested(self, requested: Requested) -> None:
        """Answer Asking: send our nonce. It needs no commitment, since the device has already committed to its own."""
        self._nonce = requested.nonce
        self._send(requested)

    @property
    def purpose(self) -> Purpose:
        return self._purpose

    def to_sign(self, key: DeviceKey) -> bytes:
        """The bytes that the subject's device key signs for `bound`."""
        assert self._channel is not None
        return binding(SignedBy.SUBJECT, key, self._channel.handshake_hash)

    def bound(self, bound: Bound) -> None:
        """Answer Introduced: open the session."""
        self._send(bound)

    def send(self, message: Up) -> None:
        """Queue `message`. Raises LocalProtocolError when the table has no row for it in this state."""
        self._send(message)

    def close(self, reason: ClosingReason, text: str = "") -> None:
        """End the session, and send the reason in a Closing if the handshake is complete. At most one Closing is sent."""
        if self._channel is not None and self._machine.state is not State.CLOSED:
            self._send(Closing(reason, text))
        self._machine.enter(State.CLOSED)
        self.drop()

    def _read_preface(self) -> SubjectEvent | None:
        data = self._frames.take(PREFACE_BYTES)
        if data is None:
            return None
        try:
            preface = parse_preface(data)
            anybody = preface.purpose is Purpose.REQUEST and preface.subject == ANYBODY
            if not anybody and preface != preface_to(preface.purpose, self._static.public):
                raise HandshakeError("the peer wants another subject than this one")
        except RemoteProtocolError:
            self._machine.broken()
            raise
        self._machine.received(Step.PREFACE)
        self._purpose = preface.purpose
        self._handshake = Handshake(
            preface.purpose.pattern,
            initiator=False,
            prologue=data,
            ephemeral=None,
            static=self._static,
        )
        return self._read_hello()

    def _read_hello(self) -> SubjectEvent | None:
        assert self._handshake is not None
        try:
            message = self._frames.next()
            if message is None:
                return None
            payload = self._handshake.read(message)
            if len(payload) != (TICKET_ID_BYTES if self._purpose is Purpose.TICKET else 0):
                raise HandshakeError(f"message 1 carries {len(payload)} bytes")
            self._check_other()
        except RemoteProtocolError:
            self._machine.broken()
            raise
        self._machine.received(Step.MESSAGE_1)
        self._handshake.set_ephemeral(generate_static(self._entropy))
        if self._purpose is Purpose.REQUEST:
            self._machine.sent(Step.ANSWER_2)
            self._out += frame(self._handshake.write(b""))
            return self._read_finish()
        assert self._handshake.remote_static is not None
        return Called(self._purpose, self._handshake.remote_static, payload)

    def _check_other(self) -> None:
        """Check that the peer's static key is not our own: one static key never serves both roles. Raises HandshakeError."""
        assert self._handshake is not None
        if self._handshake.remote_static == self._static.public:
            raise HandshakeError("the peer calls under our own static key, which serves one role")

    def _read_finish(self) -> SubjectEvent | None:
        assert self._handshake is not None
        try:
            message = self._frames.next()
            if message is None:
                return None
            if payload := self._handshake.read(message):
                raise HandshakeError(f"message 3 carries {len(payload)} bytes")
            self._check_other()
        except RemoteProtocolError:
            self._machine.broken()
            raise
        self._machine.received(Step.MESSAGE_3)
        split = self._handshake.split()
        self._channel, self._pairing_psk = Channel(split), split.pairing_psk
        self._frames.limit = MAX_FRAME_BYTES
        return self._read_request()

    def _read_request(self) -> Asking | None:
        request = cast("Request | None", self._next_message())
        if request is None:
            return None
        assert self._channel is not None and self._handshake is not None
        assert self._handshake.remote_static is not None
        self._verify(request.key, request.signature)
        self._commitment = request.commitment
        return Asking(request, self._handshake.remote_static, self._pairing_psk)

    def _read_reveal(self) -> Compared | None:
        reveal = cast("Reveal | None", self._next_message())
        if reveal is None:
            return None
        assert self._channel is not None
        bound_to = self._channel.handshake_hash
        if not check_commitment(self._commitment, reveal.nonce, bound_to):
            self._machine.broken()
            raise HandshakeError("the revealed nonce is not the one that was committed to: somebody may be in between")
        return Compared(three_words(bound_to, reveal.nonce, self._nonce))

    def _read_bind(self) -> Introduced | None:
        bind = cast("Bind | None", self._next_message())
        if bind is None:
            return None
        self._verify(bind.key, bind.signature)
        return Introduced(bind, self._pairing_psk)

    def _verify(self, key: DeviceKey, signature: bytes) -> None:
        """Check that the peer's device key is the paired one, if one is paired, and signed this handshake. Raises BinderMismatch."""
        assert self._channel is not None
        try:
            if self._key is not None and key != self._key:
                raise BinderMismatch("the device key is not the paired one")
            verify_device(key, binding(SignedBy.AUTHORITY, key, self._channel.handshake_hash), signature)
        except SignatureError as fault:
            self._machine.broken()
            raise BinderMismatch(f"the device key did not sign this handshake: {fault}") from fault
        except BinderMismatch:
            self._machine.broken()
            raise
