"""Pairing without a ticket, both halves as a pair: the words agree, a man in the middle makes them differ, damage opens nothing."""

from dataclasses import dataclass, field

import pytest

from protocol.authority.connection import Shaken
from protocol.authority.request import RequestConnection
from protocol.errors import BinderMismatch, HandshakeError, RemoteProtocolError
from protocol.schema import Closing, Request, Requested, Reveal
from protocol.schema.numbers import ClosingReason, Role
from protocol.subject.connection import Asking, Compared, SubjectConnection
from protocol.testing import Ends, counted_entropy, make_ends
from protocol.wire.state import State


@dataclass
class Meeting:
    """A device that asks and a Totebox, in memory."""

    ends: Ends = field(default_factory=make_ends)
    seed: int = 7

    def __post_init__(self) -> None:
        self.device = RequestConnection(self.ends.authority, counted_entropy(self.seed), 0.0)
        self.subject = SubjectConnection(self.ends.subject, counted_entropy(self.seed + 1), 0.0)

    def down(self, chunk: int = 0) -> list:
        return _carry(self.device.data_to_send(), self.subject, chunk)

    def up(self, chunk: int = 0) -> list:
        return _carry(self.subject.data_to_send(), self.device, chunk)

    def request(self) -> Request:
        binder = self.ends.authority_binder
        signature = binder.sign(self.device.to_sign(binder.key))
        return Request(binder.key, signature, "file", "desk", "test/1", Role.USER, self.device.commitment)

    def requested(self, nonce: bytes = b"n" * 16) -> Requested:
        binder = self.ends.subject_binder
        return Requested(binder.key, binder.sign(self.subject.to_sign(binder.key)), "Acme", "corporation", nonce)

    def asked(self, chunk: int = 0) -> Asking:
        """Up to the subject's question."""
        assert self.down(chunk) == []
        (shaken,) = self.up(chunk)
        assert isinstance(shaken, Shaken)
        self.device.request(self.request())
        (asking,) = self.down(chunk)
        assert isinstance(asking, Asking) and asking.pairing_psk == shaken.pairing_psk
        return asking

    def compared(self, chunk: int = 0) -> str:
        """Up to the subject's words."""
        self.asked(chunk)
        self.subject.requested(self.requested())
        (told,) = self.up(chunk)
        assert isinstance(told, Requested)
        (compared,) = self.down(chunk)
        assert isinstance(compared, Compared)
        return compared.words


def _carry(data: bytes, sink, chunk: int) -> list:
    seen = []
    for at in range(0, len(data), chunk or len(data) or 1):
        sink.receive_data(data[at : at + (chunk or len(data))])
        while (event := sink.next_event()) is not None:
            seen.append(event)
    return seen


@pytest.mark.parametrize("chunk", [0, 1, 7])
def test_both_screens_show_the_same_words(chunk: int) -> None:
    """However the bytes are cut; each end knows the other's static key and the psk that an approval makes theirs."""
    meeting = Meeting()
    assert meeting.compared(chunk) == meeting.device.words != ""
    assert meeting.device.subject_static == meeting.ends.subject.public
    meeting.subject.close(ClosingReason.PENDING, "an operator decides")
    assert meeting.up(chunk) == [Closing(ClosingReason.PENDING, "an operator decides")]
    assert meeting.device.over and meeting.subject.over


def test_a_man_in_the_middle_makes_the_words_differ() -> None:
    """He meets either side under keys of his own: two handshakes, two hashes, and nonces that he learns too late."""
    device_side, totebox_side = Meeting(make_ends(1), 7), Meeting(make_ends(2), 7)
    theirs, ours = device_side.compared(), totebox_side.compared()
    assert device_side.device.words == theirs != ours == totebox_side.device.words


def test_the_nonce_cannot_be_chosen_after_the_subjects_is_known() -> None:
    """Another nonce than the committed one ends it: whoever is in between has no second guess."""
    meeting = Meeting()
    meeting.asked()
    meeting.subject.requested(meeting.requested())
    meeting.device._nonce = b"chosen afterward"
    meeting.up()
    with pytest.raises(HandshakeError, match="in between"):
        meeting.down()
    assert meeting.subject.state is State.BROKEN


def test_the_device_key_must_have_signed_this_handshake() -> None:
    """At both ends; a captured Request is worth nothing in another handshake."""
    first, second = Meeting(), Meeting(seed=20)
    first.asked()
    second.down()
    second.up()
    captured = first.request()
    second.device._send(captured)
    with pytest.raises(BinderMismatch):
        second.down()
    third, other = Meeting(), Meeting(seed=30)
    other.asked()
    third.asked()
    third.subject.requested(other.requested())
    with pytest.raises(BinderMismatch):
        third.up()


def test_flipped_bits_open_nothing() -> None:
    """Of the device's first bytes and of the answer: an error, or a wait that the deadline ends."""
    first = Meeting().device.data_to_send()
    for bit in range(0, len(first) * 8, 3):
        meeting = Meeting()
        changed = bytearray(first)
        changed[bit // 8] ^= 1 << bit % 8
        meeting.subject.receive_data(bytes(changed))
        try:
            meeting.subject.next_event()
            answer = meeting.subject.data_to_send()
            if not answer:
                continue
            assert _carry(answer, Meeting().device, 0) == [], "a changed prologue or ephemeral is never shaken"
        except RemoteProtocolError:
            continue


def test_truncation_waits_for_the_deadline() -> None:
    """Cut anywhere in the first message there is neither event nor answer."""
    first = Meeting().device.data_to_send()
    for size in range(len(first)):
        meeting = Meeting()
        meeting.subject.receive_data(first[:size])
        assert meeting.subject.next_event() is None and meeting.subject.data_to_send() == b""


def test_nothing_but_the_request_is_heard() -> None:
    """Reveal before Request, or a command, ends it."""
    meeting = Meeting()
    meeting.down()
    meeting.up()
    assert meeting.device._channel is not None
    meeting.subject.receive_data(meeting.device.data_to_send())
    meeting.subject.next_event()
    meeting.subject.receive_data(meeting.device._channel.seal(b"\x09\x91\xc4\x10" + b"r" * 16))
    with pytest.raises(RemoteProtocolError, match="state ask"):
        meeting.subject.next_event()


def test_a_reveal_is_sent_once() -> None:
    """After it there is only the subject's Closing."""
    meeting = Meeting()
    meeting.compared()
    assert meeting.device.state is State.PENDING
    assert meeting.device._channel is not None
    meeting.subject.receive_data(meeting.device._channel.seal(b"\x09\x91\xc4\x10" + b"r" * 16))
    assert meeting.subject.next_event() is None
    assert isinstance(Reveal(b"r" * 16), Reveal)


def test_a_replayed_request_changes_nothing() -> None:
    """The device's bytes again, to the same Totebox: its ephemeral key is another, and message 3 does not open."""
    meeting = Meeting()
    said = meeting.device.data_to_send()
    _carry(said, meeting.subject, 0)
    meeting.up()
    meeting.device.request(meeting.request())
    rest = meeting.device.data_to_send()
    again = SubjectConnection(meeting.ends.subject, counted_entropy(99), 0.0)
    again.receive_data(said)
    assert again.next_event() is None
    again.receive_data(rest)
    with pytest.raises(HandshakeError):
        again.next_event()
