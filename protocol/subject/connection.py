"""The subject's end of a connection: it answers a handshake, obeys Down messages, sends Up messages, and cannot do the reverse.

Sans-IO: `receive_data`, then `next_event` until None, then write `data_to_send`. The handshake asks its owner twice:

    Called     -> `admit(psk, key)` or `turn_away(status)`
    Introduced -> `bound(...)` once the pairing is durable, or `close(reason)`

A device without a ticket comes another way (purpose R, Noise XX):

    Asking     -> `requested(...)` with our own nonce, or `close(reason)`
    Compared   the words that a person compares on both screens; `close(PENDING)` once the request is durable
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
"""At hand: looking a member up by its class costs more than a frame's framing."""


@dataclass(frozen=True, slots=True)
class Called:
    """Message 1 names the peer. It may be a replay: nothing may be done yet but to look the psk up."""

    purpose: Purpose
    static: bytes
    ticket_id: bytes


@dataclass(frozen=True, slots=True)
class Introduced:
    """The peer's device key signed this handshake. `pairing_psk` is what both ends store when this makes a pairing."""

    bind: Bind
    pairing_psk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """A device without a pairing asks for one; its key signed this handshake. `pairing_psk` is what an approval makes both ends' psk."""

    request: Request
    static: bytes
    pairing_psk: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Compared:
    """`words` stand on both screens now, unless somebody is in between."""

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
        """When the session must be open; the owner closes the connection otherwise."""

    def next_event(self) -> SubjectEvent | None:
        """What the received bytes say, or None until there are more (or a question above is answered).

        Raises:
            HandshakeError: no session comes of this; nothing is answered.
            BinderMismatch: the paired static key with another device key.
            DiodeViolation: the peer sent what only a subject may send.
            RemoteProtocolError: any other broken rule. After a raise the connection is over; `close` may still tell why.
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
        """Answer Called: go on under `psk`; the device key must be `key` where one is paired."""
        assert self._handshake is not None and psk != _ZERO_PSK
        self._machine.sent(Step.MESSAGE_2)
        self._handshake.add_psk(psk)
        self._out += frame(self._handshake.write(b""))
        split = self._handshake.split()
        self._channel, self._pairing_psk, self._key = Channel(split), split.pairing_psk, key
        self._handshake = None
        self._frames.limit = MAX_FRAME_BYTES

    def turn_away(self, status: ClosingReason) -> None:
        """Answer Called: tell the peer, under the all-zero psk, why there is no session. It ends here."""
        assert self._handshake is not None
        self._machine.sent(Step.STATUS)
        self._handshake.add_psk(_ZERO_PSK)
        self._out += frame(self._handshake.write(bytes((status,))))
        self._handshake = None

    def requested(self, requested: Requested) -> None:
        """Answer Asking: our nonce, which no commitment need hide, since the device is bound by its own already."""
        self._nonce = requested.nonce
        self._send(requested)

    @property
    def purpose(self) -> Purpose:
        return self._purpose

    def to_sign(self, key: DeviceKey) -> bytes:
        """What the subject's device key signs for `bound`."""
        assert self._channel is not None
        return binding(b"S", key, self._channel.handshake_hash)

    def bound(self, bound: Bound) -> None:
        """Answer Introduced: the session is open."""
        self._send(bound)

    def send(self, message: Up) -> None:
        """Queue `message`. Raises LocalProtocolError where the table has no row for it."""
        self._send(message)

    def close(self, reason: ClosingReason, text: str = "") -> None:
        """End the session and say why; silent where the handshake is not over. Sends at most one Closing."""
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
        """One static key never serves both roles. Raises HandshakeError."""
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
        """The peer's device key is the paired one, where one is, and signed this handshake. Raises BinderMismatch."""
        assert self._channel is not None
        try:
            if self._key is not None and key != self._key:
                raise BinderMismatch("the device key is not the paired one")
            verify_device(key, binding(b"A", key, self._channel.handshake_hash), signature)
        except SignatureError as fault:
            self._machine.broken()
            raise BinderMismatch(f"the device key did not sign this handshake: {fault}") from fault
        except BinderMismatch:
            self._machine.broken()
            raise
