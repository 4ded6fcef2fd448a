"""Every bit and every cut of every message of a handshake, at the end that reads it; and what a peer with the right keys may not say.

The law: damage is an error or a wait that the deadline ends; it never opens anything, whoever did it.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from protocol.authority.connection import AuthorityConnection, Shaken, TurnedAway
from protocol.authority.request import RequestConnection
from protocol.errors import BinderMismatch, HandshakeError, RemoteProtocolError
from protocol.schema import Bind, Bound, Request, Requested
from protocol.schema.numbers import ClosingReason, Role
from protocol.subject.connection import Asking, Called, Compared, Introduced, SubjectConnection
from protocol.testing import ConnectionPair, Ends, counted_entropy, make_ends
from protocol.trust.keys import FileBinder, generate_static
from protocol.wire.codec import encode
from protocol.wire.frame import frame
from protocol.wire.noise import Handshake
from protocol.wire.preface import Purpose, preface_to
from protocol.wire.state import State

LONG = os.environ.get("FUZZ") == "1"
STRIDE = 1 if LONG else 13
"""Every bit in the long version; here every thirteenth, which meets each byte in the end."""
TICKET = b"ticket-1"


@dataclass
class Moment:
    """A message on its way: its bytes, and the end that awaits it (made anew for each try). `opens` are events that go on."""

    data: bytes
    reader: Callable[[], SubjectConnection | AuthorityConnection | RequestConnection]
    opens: tuple[type, ...]


def _session(ticket_id: bytes = b"") -> ConnectionPair:
    return ConnectionPair(ticket_id=ticket_id)


def _called(ticket_id: bytes = b"") -> ConnectionPair:
    pair = _session(ticket_id)
    pair.deliver_down()
    return pair


def _admitted(ticket_id: bytes = b"") -> ConnectionPair:
    pair = _called(ticket_id)
    pair.subject.admit(pair.ends.psk, None if ticket_id else pair.ends.authority_binder.key)
    return pair


def _bound() -> ConnectionPair:
    pair = _admitted()
    pair.deliver_up()
    pair.authority.bind(pair.bind_message())
    return pair


def _introduced() -> ConnectionPair:
    pair = _bound()
    pair.deliver_down()
    pair.subject.bound(pair.bound_message())
    return pair


class Asked:
    """A request without a ticket, up to the message whose number is given; the reader of that one is at hand."""

    def __init__(self, step: int) -> None:
        ends = make_ends()
        self.device = RequestConnection(ends.authority, counted_entropy(7), 0.0)
        self.subject = SubjectConnection(ends.subject, counted_entropy(8), 0.0)
        for number in range(step):
            self._carry(number, ends)
        device_speaks = step in (0, 2, 4)
        self.data = (self.device if device_speaks else self.subject).data_to_send()
        self.reader = self.subject if device_speaks else self.device

    def _carry(self, number: int, ends: Ends) -> None:
        down = number in (0, 2, 4)
        sender, hearer = (self.device, self.subject) if down else (self.subject, self.device)
        hearer.receive_data(sender.data_to_send())
        event = hearer.next_event()
        if isinstance(event, Shaken):
            key, sign = ends.authority_binder.key, ends.authority_binder.sign
            self.device.request(
                Request(key, sign(self.device.to_sign(key)), "file", "desk", "t", Role.USER, self.device.commitment)
            )
        if isinstance(event, Asking):
            key, sign = ends.subject_binder.key, ends.subject_binder.sign
            self.subject.requested(Requested(key, sign(self.subject.to_sign(key)), "Acme", "corporation", b"n" * 16))


def _turned_away() -> ConnectionPair:
    pair = _called()
    pair.subject.turn_away(ClosingReason.REVOKED)
    return pair


MOMENTS: dict[str, Callable[[], Moment]] = {
    "preface and message 1, session": lambda: Moment(
        _session().authority.data_to_send(), lambda: _session().subject, (Called,)
    ),
    "preface and message 1, ticket": lambda: Moment(
        _session(TICKET).authority.data_to_send(), lambda: _session(TICKET).subject, (Called,)
    ),
    "message 2": lambda: Moment(_admitted().subject.data_to_send(), lambda: _session().authority, (Shaken, TurnedAway)),
    "message 2, ticket": lambda: Moment(
        _admitted(TICKET).subject.data_to_send(), lambda: _session(TICKET).authority, (Shaken, TurnedAway)
    ),
    "status": lambda: Moment(_turned_away().subject.data_to_send(), lambda: _session().authority, (Shaken, TurnedAway)),
    "Bind": lambda: Moment(_bound().authority.data_to_send(), lambda: _admitted().subject, (Introduced,)),
    "Bound": lambda: Moment(_introduced().subject.data_to_send(), lambda: _waiting_for_bound(), (Bound,)),
    "request, message 2": lambda: Moment(Asked(1).data, lambda: Asked(1).reader, (Shaken,)),
    "request, message 3 and Request": lambda: Moment(Asked(2).data, lambda: Asked(2).reader, (Asking,)),
    "Requested": lambda: Moment(Asked(3).data, lambda: Asked(3).reader, (Requested,)),
    "Reveal": lambda: Moment(Asked(4).data, lambda: Asked(4).reader, (Compared,)),
}


def _waiting_for_bound() -> AuthorityConnection:
    pair = _bound()
    pair.authority.data_to_send()
    return pair.authority


@pytest.mark.parametrize("name", MOMENTS)
def test_the_whole_message_opens_what_it_should(name: str) -> None:
    """Undamaged it is accepted: what follows does not fail for another reason."""
    moment = MOMENTS[name]()
    reader = moment.reader()
    reader.receive_data(moment.data)
    assert isinstance(reader.next_event(), moment.opens)


@pytest.mark.parametrize("name", MOMENTS)
def test_no_flipped_bit_is_accepted(name: str) -> None:
    """Of any byte: the end that reads it raises and is over, or waits for a length that was made longer."""
    moment = MOMENTS[name]()
    for bit in range(0, len(moment.data) * 8, STRIDE):
        changed = bytearray(moment.data)
        changed[bit // 8] ^= 1 << bit % 8
        reader = moment.reader()
        reader.receive_data(bytes(changed))
        try:
            event = reader.next_event()
        except RemoteProtocolError:
            assert reader.over, bit
            continue
        assert event is None and not reader.over, f"bit {bit} of {name}: {event!r}"


@pytest.mark.parametrize("name", MOMENTS)
def test_no_truncation_is_accepted(name: str) -> None:
    """Cut after any byte it is neither an event nor an error: the deadline ends the wait."""
    moment = MOMENTS[name]()
    for size in range(0, len(moment.data), 1 if LONG else 3):
        reader = moment.reader()
        reader.data_to_send()
        reader.receive_data(moment.data[:size])
        assert reader.next_event() is None and not reader.over, size


def test_the_first_message_of_a_request_opens_nothing_when_damaged() -> None:
    """The preface is checked, and all of message 1 is mixed into the handshake: whatever is answered, the device does not take it."""
    data = Asked(0).data
    for bit in range(0, len(data) * 8, STRIDE):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        subject, device = Asked(0).reader, Asked(1).device
        subject.receive_data(bytes(changed))
        try:
            assert subject.next_event() is None
        except RemoteProtocolError:
            assert subject.over
            continue
        answer = subject.data_to_send()
        device.receive_data(answer)
        if answer:
            with pytest.raises(HandshakeError):
                device.next_event()


# -- a peer that has keys of its own, and says what it should not


def _hello(purpose: Purpose, payload: bytes, named: bytes = b"") -> bytes:
    """Preface and message 1 to the subject of `make_ends`, made by hand."""
    ends = make_ends()
    preface = bytes(preface_to(purpose, named or ends.subject.public))
    ephemeral = generate_static(counted_entropy(77))
    handshake = Handshake(
        purpose.pattern, initiator=True, prologue=preface, ephemeral=ephemeral, static=ends.authority,
        remote_static=ends.subject.public,
    )  # fmt: skip
    return preface + frame(handshake.write(payload))


def test_a_preface_to_another_subject_is_not_answered() -> None:
    """Message 1 is made for us, and the preface names somebody else: a host routed it wrongly, or lies."""
    subject = SubjectConnection(make_ends().subject, counted_entropy(8), 0.0)
    subject.receive_data(_hello(Purpose.SESSION, b"", named=make_ends(2).subject.public))
    with pytest.raises(HandshakeError, match="another subject"):
        subject.next_event()
    assert subject.over and subject.data_to_send() == b""


@pytest.mark.parametrize(
    ("purpose", "payload"),
    [(Purpose.SESSION, TICKET), (Purpose.SESSION, b"x"), (Purpose.TICKET, b""), (Purpose.TICKET, TICKET[:7]),
     (Purpose.TICKET, TICKET + b"x")],
)  # fmt: skip
def test_message_1_carries_what_its_purpose_says(purpose: Purpose, payload: bytes) -> None:
    """Nothing for a session, eight bytes for a ticket."""
    subject = SubjectConnection(make_ends().subject, counted_entropy(8), 0.0)
    subject.receive_data(_hello(purpose, payload))
    with pytest.raises(HandshakeError, match="message 1 carries"):
        subject.next_event()
    assert subject.over


@pytest.mark.parametrize("purpose", [Purpose.SESSION, Purpose.TICKET, Purpose.REQUEST])
def test_one_static_key_never_serves_both_roles(purpose: Purpose) -> None:
    """Whoever calls a Totebox under its own static key holds a copy of its vault: no answer, whatever the purpose."""
    ends = make_ends()
    ends.authority = ends.subject
    subject = SubjectConnection(ends.subject, counted_entropy(8), 0.0)
    if purpose is Purpose.REQUEST:
        device = RequestConnection(ends.authority, counted_entropy(7), 0.0)
        subject.receive_data(device.data_to_send())
        assert subject.next_event() is None
        device.receive_data(subject.data_to_send())
        device.next_event()
        subject.receive_data(device.data_to_send())
    else:
        ticket_id = TICKET if purpose is Purpose.TICKET else b""
        subject.receive_data(ConnectionPair(ends, ticket_id=ticket_id).authority.data_to_send())
    with pytest.raises(HandshakeError, match="our own static key"):
        subject.next_event()
    assert subject.over and subject.data_to_send() == b""


def test_message_2_under_the_psk_carries_nothing() -> None:
    """A byte that would be a status under zero has no meaning under the psk."""
    pair = _called()
    assert pair.subject._handshake is not None
    pair.subject._handshake.add_psk(pair.ends.psk)
    pair.authority.receive_data(frame(pair.subject._handshake.write(bytes((ClosingReason.REVOKED,)))))
    with pytest.raises(HandshakeError, match="message 2 carries"):
        pair.authority.next_event()
    assert pair.authority.over


def test_a_subject_admits_nobody_under_the_zero_psk() -> None:
    """Whatever its book says: zero is what strangers are turned away under."""
    with pytest.raises(AssertionError):
        _called().subject.admit(bytes(32), None)


def test_another_totebox_with_the_same_static_key_is_a_mismatch() -> None:
    """A vault that was copied without its device key: static key and psk are right, Bound is signed by another device."""
    pair = _bound()
    pair.deliver_down()
    pair.ends.subject_binder = FileBinder(b"o" * 32)
    pair.subject.bound(pair.bound_message())
    with pytest.raises(BinderMismatch, match="not the paired one"):
        pair.deliver_up()
    assert pair.authority.state is State.BROKEN


@pytest.mark.parametrize("whose", ["nobody", "another handshake", "the authority's half"])
def test_bound_is_signed_for_this_handshake(whose: str) -> None:
    """The right device key with a signature of something else: none, of an earlier session, or what the authority signs."""
    pair, other = _bound(), ConnectionPair(make_ends(1))
    pair.deliver_down()
    binder = pair.ends.subject_binder
    other.subject = SubjectConnection(other.ends.subject, counted_entropy(99), 0.0)
    other.deliver_down()
    other.subject.admit(other.ends.psk, None)
    wrong = {
        "nobody": bytes(64),
        "another handshake": binder.sign(other.subject.to_sign(binder.key)),
        "the authority's half": binder.sign(pair.authority.to_sign(binder.key)),
    }[whose]
    pair.subject.bound(replace(pair.bound_message(), signature=wrong))
    with pytest.raises(BinderMismatch, match="did not sign"):
        pair.deliver_up()
    assert pair.authority.over


def test_bind_reflects_no_signature() -> None:
    """A subject's own signature of this handshake is none of an authority: the role is in what is signed."""
    pair = _admitted()
    pair.deliver_up()
    binder = pair.ends.authority_binder
    signature = binder.sign(pair.subject.to_sign(binder.key))
    assert pair.authority._channel is not None
    bind = Bind(binder.key, signature, "file", "desk", "t")
    pair.subject.receive_data(pair.authority._channel.seal(encode(bind)))
    with pytest.raises(BinderMismatch, match="did not sign"):
        pair.subject.next_event()
