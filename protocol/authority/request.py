"""Request for a pairing without a ticket: Noise XX, then three words that a person compares on both screens.

Sans-IO, as `AuthorityConnection`: call `receive_data`, then `next_event` until it returns None, then write `data_to_send`.

    Shaken     -> `request(...)` with the device key's signature over `to_sign`
    Requested  the subject sent its nonce: show `words`; our own nonce has been revealed
    Closing    PENDING when the operator now has to decide the request, else the reason why not

Invariant: our nonce is committed to before the subject's nonce is known, and revealed after it. So a man in the middle has one guess. A
connection that is lost before its Reveal arrives leaves no request.
"""

from typing import cast

from protocol.authority.connection import AuthorityEvent, Shaken
from protocol.errors import BinderMismatch, HandshakeError, RemoteProtocolError, SignatureError
from protocol.schema import Request, Requested, Reveal, Up
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S, HANDSHAKE_MAX_BYTES, MAX_FRAME_BYTES, SignedBy
from protocol.schema.session import DeviceKey
from protocol.trust.keys import Entropy, X25519Pair, binding, generate_static, verify_device
from protocol.trust.words import NONCE_BYTES, commitment, three_words
from protocol.wire.channel import Channel
from protocol.wire.codec import readers, writers
from protocol.wire.frame import frame
from protocol.wire.half import Half
from protocol.wire.noise import Handshake
from protocol.wire.preface import ANYBODY, Preface, Purpose
from protocol.wire.state import DOWN_KINDS, UP_KINDS, Side, State, Step

_READERS = readers(UP_KINDS)
_WRITERS = writers(DOWN_KINDS)


class RequestConnection(Half):
    """One connection that asks for a pairing with the subject at this address.

    Args:
        static: our Noise static pair.
        now: any monotonic clock; `deadline` is on the same one.
    """

    __slots__ = ("_handshake", "_nonce", "deadline", "subject_static", "words")

    def __init__(self, static: X25519Pair, entropy: Entropy, now: float) -> None:
        super().__init__(Side.AUTHORITY, _READERS, _WRITERS)
        self._frames.limit = HANDSHAKE_MAX_BYTES
        self.deadline = now + HANDSHAKE_DEADLINE_S
        """The time by which the request must be accepted; the owner closes the connection otherwise."""
        self.subject_static = b""
        """The subject's Noise static key, known from Shaken on."""
        self.words = ""
        """The three words for the screen, known from Requested on."""
        self._nonce = entropy(NONCE_BYTES)
        preface = bytes(Preface(Purpose.REQUEST, ANYBODY))
        self._machine.sent(Step.PREFACE)
        self._machine.sent(Step.MESSAGE_1)
        self._handshake = Handshake(
            Purpose.REQUEST.pattern,
            initiator=True,
            prologue=preface,
            ephemeral=generate_static(entropy),
            static=static,
        )
        self._out += preface + frame(self._handshake.write(b""))

    def next_event(self) -> AuthorityEvent | None:
        """The next event from the received bytes; None until more bytes arrive.

        Raises:
            HandshakeError, BinderMismatch: the handshake failed, or the subject's device key did not sign it.
            DiodeViolation: the peer sent a message that only an authority may send.
            RemoteProtocolError: any other broken rule. After an error the connection is over.
        """
        if self._machine.state is State.ANSWER:
            return self._read_answer()
        if self._machine.over:
            return None
        message = cast(Up | None, self._next_message()) if self._channel is not None else None
        if isinstance(message, Requested):
            self._compare(message)
        return message

    def to_sign(self, key: DeviceKey) -> bytes:
        """The bytes that our device key signs for `request`."""
        assert self._channel is not None
        return binding(SignedBy.AUTHORITY, key, self._channel.handshake_hash)

    @property
    def commitment(self) -> bytes:
        """The commitment for `request`."""
        assert self._channel is not None
        return commitment(self._nonce, self._channel.handshake_hash)

    def request(self, request: Request) -> None:
        """Answer Shaken."""
        assert request.commitment == self.commitment
        self._send(request)

    def _read_answer(self) -> Shaken | None:
        try:
            message = self._frames.next()
            if message is None:
                return None
            if payload := self._handshake.read(message):
                raise HandshakeError(f"message 2 carries {len(payload)} bytes")
        except RemoteProtocolError:
            self._machine.broken()
            raise
        self._machine.received(Step.ANSWER_2)
        assert self._handshake.remote_static is not None
        self.subject_static = self._handshake.remote_static
        self._machine.sent(Step.MESSAGE_3)
        self._out += frame(self._handshake.write(b""))
        split = self._handshake.split()
        self._channel = Channel(split)
        self._frames.limit = MAX_FRAME_BYTES
        return Shaken(split.pairing_psk)

    def _compare(self, requested: Requested) -> None:
        assert self._channel is not None
        bound_to = self._channel.handshake_hash
        try:
            verify_device(requested.key, binding(SignedBy.SUBJECT, requested.key, bound_to), requested.signature)
        except SignatureError as fault:
            self._machine.broken()
            raise BinderMismatch(f"the subject's device key did not sign this handshake: {fault}") from fault
        self.words = three_words(bound_to, self._nonce, requested.nonce)
        self._send(Reveal(self._nonce))
