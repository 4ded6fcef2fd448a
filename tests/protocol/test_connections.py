"""Both halves as a pair: what opens a session, and everything that must not."""

import pytest

from protocol.authority.connection import AuthorityConnection, Shaken, TurnedAway
from protocol.errors import (
    BinderMismatch,
    DiodeViolation,
    HandshakeError,
    LocalProtocolError,
    PspError,
    RemoteProtocolError,
)
from protocol.schema import Bound, Bye, Chunk, Closing, Command, Ping, Pong, Refusal
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S, ClosingReason, Kind, RefusalCode, Role, Verb
from protocol.subject.connection import Called, Introduced, SubjectConnection
from protocol.testing import ConnectionPair, counted_entropy, make_ends
from protocol.trust.keys import FileBinder
from protocol.wire import codec
from protocol.wire.frame import frame
from protocol.wire.state import DOWN_KINDS, UP_KINDS, State


@pytest.mark.parametrize("chunk", [0, 1, 7])
@pytest.mark.parametrize("ticket_id", [b"", b"12345678"], ids=["session", "ticket"])
def test_pair_opens(chunk: int, ticket_id: bytes) -> None:
    """Both purposes reach OPEN, and pieces of any size give the same events."""
    pair = ConnectionPair(ticket_id=ticket_id, chunk=chunk).open()
    assert pair.authority.state is pair.subject.state is State.OPEN
    assert [type(event) for event in pair.subject_events] == [Called, Introduced]
    assert [type(event) for event in pair.authority_events] == [Shaken, Bound]
    called = pair.subject_events[0]
    assert isinstance(called, Called) and called.ticket_id == ticket_id
    assert called.static == pair.ends.authority.public


def test_both_ends_derive_the_same_psk() -> None:
    """The next psk is the same at both ends, new at each session, and not the one that was used."""
    pair = ConnectionPair(ticket_id=b"12345678").open()
    shaken, introduced = pair.authority_events[0], pair.subject_events[1]
    assert isinstance(shaken, Shaken) and isinstance(introduced, Introduced)
    assert shaken.pairing_psk == introduced.pairing_psk != pair.ends.psk
    assert len(shaken.pairing_psk) == 32


def test_messages_flow_both_ways_byte_by_byte() -> None:
    """Commands down, answers up, in order, however they are cut."""
    whole, pieces = ConnectionPair().open(), ConnectionPair(chunk=1).open()
    for pair in (whole, pieces):
        pair.authority.send(Command(1, b"", Verb.HEAD, b"\x92\x01\x00", ()))
        pair.authority.send(Ping(1))
        pair.authority.send(Chunk(1, 0, b"x" * 300, True))
        pair.deliver_down()
        pair.subject.send(Pong(1))
        pair.subject.send(Refusal(1, RefusalCode.NOT_FOUND, "no", ""))
        pair.deliver_up()
    assert whole.subject_events[2:] == pieces.subject_events[2:] != []
    assert (
        whole.authority_events[2:]
        == pieces.authority_events[2:]
        == [
            Pong(1),
            Refusal(1, RefusalCode.NOT_FOUND, "no", ""),
        ]
    )


# -- damage (each bit and each cut of every message: test_damage.py)


def _first(ticket_id: bytes = b"") -> tuple[ConnectionPair, bytes]:
    pair = ConnectionPair(ticket_id=ticket_id)
    return pair, pair.authority.data_to_send()


def test_truncated_first_message_waits_for_the_deadline() -> None:
    """Cut anywhere, there is no event and no answer; the deadline is stated."""
    _, data = _first()
    for size in range(len(data)):
        subject = SubjectConnection(make_ends().subject, counted_entropy(8), 100.0)
        subject.receive_data(data[:size])
        assert subject.next_event() is None and subject.data_to_send() == b""
        assert subject.deadline == 100.0 + HANDSHAKE_DEADLINE_S


def _bind_bytes() -> bytes:
    pair = ConnectionPair()
    pair.deliver_down()
    pair.subject.admit(pair.ends.psk, pair.ends.authority_binder.key)
    pair.deliver_up()
    pair.authority.bind(pair.bind_message())
    return pair.authority.data_to_send()


def test_cut_at_every_byte_leaves_a_ticket_or_a_pairing() -> None:
    """Wherever the connection is cut, the ticket is unused or a session with the new pairing opens."""
    reference = ConnectionPair(ticket_id=b"12345678").open()
    total = len(reference.down.sent) + len(reference.up.sent)
    outcomes = {_cut_after(size) for size in [*range(0, total, 11), total]}
    assert outcomes == {"unused", "paired"}


def _cut_after(budget: int) -> str:
    """Pair over a carrier that dies after `budget` bytes; then see what both ends hold."""
    pair = ConnectionPair(ticket_id=b"12345678")
    stored: list[bytes] = []
    granted: list[bytes] = []

    def carry(data: bytes, sink: SubjectConnection | AuthorityConnection) -> list[object]:
        nonlocal budget
        sink.receive_data(data[:budget])
        budget = max(0, budget - len(data))
        seen: list[object] = []
        while (event := sink.next_event()) is not None:
            seen.append(event)
        return seen

    for _called in carry(pair.authority.data_to_send(), pair.subject):
        pair.subject.admit(pair.ends.psk, None)
    for event in carry(pair.subject.data_to_send(), pair.authority):
        assert isinstance(event, Shaken)
        stored.append(event.pairing_psk)  # provisional, before Bind leaves
        pair.authority.bind(pair.bind_message())
    for event in carry(pair.authority.data_to_send(), pair.subject):
        assert isinstance(event, Introduced)
        granted.append(event.pairing_psk)  # durable, before Bound leaves
        pair.subject.bound(pair.bound_message())
    carry(pair.subject.data_to_send(), pair.authority)
    if not granted:
        return "unused"
    ends = make_ends()
    ends.psk = granted[0]
    assert stored == granted
    ConnectionPair(ends).open()
    return "paired"


# -- who is told what


@pytest.mark.parametrize(
    "status",
    [ClosingReason.UNKNOWN_PEER, ClosingReason.REVOKED, ClosingReason.TICKET_USED, ClosingReason.TICKET_EXPIRED],
)
def test_turned_away_peer_hears_why(status: ClosingReason) -> None:
    """Under the zero psk there is a status, one byte, and never a session."""
    pair = ConnectionPair()
    pair.deliver_down()
    pair.subject.turn_away(status)
    assert pair.deliver_up() == [TurnedAway(status)]
    assert pair.authority.over and pair.subject.over
    with pytest.raises(LocalProtocolError):
        pair.authority.bind(pair.bind_message() if pair.authority._channel else _any_bind())


def _any_bind():
    pair = ConnectionPair()
    pair.deliver_down()
    pair.subject.admit(pair.ends.psk, None)
    pair.deliver_up()
    return pair.bind_message()


def test_no_session_under_the_zero_psk() -> None:
    """A subject (or a man in the middle) that goes on under zero with an empty payload is refused."""
    pair = ConnectionPair()
    pair.deliver_down()
    assert pair.subject._handshake is not None
    pair.subject._handshake.add_psk(bytes(32))
    pair.authority.receive_data(frame(pair.subject._handshake.write(b"")))
    with pytest.raises(HandshakeError, match="known reason"):
        pair.authority.next_event()
    with pytest.raises(AssertionError):
        AuthorityConnection(pair.ends.authority, pair.ends.subject.public, bytes(32), counted_entropy(), 0.0)


def test_wrong_psk_opens_nothing() -> None:
    """Both static keys right, another psk: HandshakeError at the authority."""
    pair = ConnectionPair()
    pair.deliver_down()
    pair.subject.admit(b"w" * 32, None)
    with pytest.raises(HandshakeError):
        pair.deliver_up()


def test_another_device_key_is_a_mismatch() -> None:
    """At either end the bound key must be the paired one, and must have signed this very handshake."""
    pair = ConnectionPair()
    pair.deliver_down()
    pair.subject.admit(pair.ends.psk, pair.ends.authority_binder.key)
    pair.deliver_up()
    honest = pair.bind_message()
    pair.ends.authority_binder = FileBinder(b"o" * 32)
    pair.authority.bind(pair.bind_message())
    with pytest.raises(BinderMismatch):
        pair.deliver_down()
    replayed = ConnectionPair()
    replayed.deliver_down()
    replayed.subject.admit(replayed.ends.psk, replayed.ends.authority_binder.key)
    replayed.deliver_up()
    changed = type(honest)(honest.key, bytes(64), honest.provider, honest.label, honest.agent)
    replayed.authority.bind(changed)
    with pytest.raises(BinderMismatch, match="did not sign"):
        replayed.deliver_down()


def test_replayed_first_message_has_no_effect() -> None:
    """Message 1 again gives Called again and nothing else: what follows needs keys that a replayer lacks."""
    pair, data = _first()
    pair.subject.receive_data(data)
    assert isinstance(pair.subject.next_event(), Called)
    again = SubjectConnection(pair.ends.subject, counted_entropy(9), 0.0)
    again.receive_data(data)
    assert isinstance(again.next_event(), Called)
    again.admit(pair.ends.psk, None)
    again.receive_data(_bind_bytes())
    with pytest.raises(RemoteProtocolError):
        again.next_event()


def test_reflected_bytes_do_not_open() -> None:
    """Each direction has its own key: the subject's frame, sent back, is refused."""
    pair = ConnectionPair().open()
    pair.subject.send(Pong(1))
    pair.subject.receive_data(pair.subject.data_to_send())
    with pytest.raises(RemoteProtocolError):
        pair.subject.next_event()


# -- the Diode


@pytest.mark.parametrize("number", range(256))
def test_all_kinds_at_the_subject(number: int) -> None:
    """Of 256 kinds the subject decodes the down kinds alone; every up byte is a DiodeViolation, known or not."""
    pair = ConnectionPair().open()
    assert pair.authority._channel is not None
    pair.subject.receive_data(pair.authority._channel.seal(bytes((number, 0x90))))
    if number in (Kind.BYE,):
        assert pair.subject.next_event() == Bye()
        return
    expected = DiodeViolation if number & 0x80 else RemoteProtocolError
    with pytest.raises(expected):
        pair.subject.next_event()
    assert pair.subject.over and (number in map(int, DOWN_KINDS)) == (number in pair.subject._readers)


@pytest.mark.parametrize("number", range(256))
def test_all_kinds_at_the_authority(number: int) -> None:
    """Of 256 kinds the authority decodes the up kinds alone; every down byte is a DiodeViolation."""
    pair = ConnectionPair().open()
    assert pair.subject._channel is not None
    pair.authority.receive_data(pair.subject._channel.seal(bytes((number, 0x90))))
    expected = RemoteProtocolError if number & 0x80 else DiodeViolation
    with pytest.raises(expected):
        pair.authority.next_event()
    assert (number in map(int, UP_KINDS)) == (number in pair.authority._readers)


def test_neither_half_can_say_the_others_words() -> None:
    """There is no encoder: the attempt is a LocalProtocolError and no byte leaves."""
    pair = ConnectionPair().open()
    with pytest.raises(LocalProtocolError):
        pair.subject.send(Ping(1))  # type: ignore[arg-type]
    with pytest.raises(LocalProtocolError):
        pair.authority.send(Pong(1))  # type: ignore[arg-type]
    assert pair.subject.data_to_send() == pair.authority.data_to_send() == b""


def test_orders_before_the_binder_are_refused() -> None:
    """A command before Bind ends the connection; nothing is done."""
    pair = ConnectionPair()
    pair.deliver_down()
    pair.subject.admit(pair.ends.psk, pair.ends.authority_binder.key)
    pair.deliver_up()
    assert pair.authority._channel is not None
    command = Command(1, b"", Verb.HEAD, b"\x92\x01\x00", ())
    pair.subject.receive_data(pair.authority._channel.seal(codec.encode(command)))
    with pytest.raises(RemoteProtocolError, match="state bind"):
        pair.subject.next_event()


def test_closing_says_why_and_ends_it() -> None:
    """After a broken rule the subject may still say why; then nothing is read or sent."""
    pair = ConnectionPair().open()
    assert pair.authority._channel is not None
    pair.subject.receive_data(pair.authority._channel.seal(b"\x06\xc1"))
    with pytest.raises(RemoteProtocolError):
        pair.subject.next_event()
    pair.subject.close(ClosingReason.PROTOCOL, "kind 6")
    assert pair.deliver_up() == [Closing(ClosingReason.PROTOCOL, "kind 6")]
    assert pair.authority.over and pair.subject.over
    pair.subject.close(ClosingReason.PROTOCOL, "again")
    assert pair.subject.data_to_send() == b""


def test_leaving_in_order() -> None:
    """Bye, then answers that are still under way, then Closing."""
    pair = ConnectionPair().open()
    pair.subject.send(Pong(9))
    pair.authority.send(Bye())
    assert pair.deliver_down() == [Bye()]
    pair.subject.close(ClosingReason.GOODBYE)
    assert pair.deliver_up() == [Pong(9), Closing(ClosingReason.GOODBYE, "")]
    with pytest.raises(LocalProtocolError):
        pair.authority.send(Ping(1))


def test_every_error_is_a_psp_error() -> None:
    """Random bytes at every step of either end: events or PspError, nothing else."""
    draw = counted_entropy(3)
    for size in range(1, 400, 3):
        for connection in (ConnectionPair().subject, ConnectionPair().authority, ConnectionPair().open().subject):
            connection.receive_data(draw(size))
            try:
                connection.next_event()
            except PspError:
                assert connection.over


def test_granted_role_is_stated() -> None:
    """Bound names the role."""
    pair = ConnectionPair()
    (called,) = pair.deliver_down()
    assert isinstance(called, Called)
    pair.subject.admit(pair.ends.psk, None)
    pair.deliver_up()
    pair.authority.bind(pair.bind_message())
    pair.deliver_down()
    pair.subject.bound(pair.bound_message(Role.USER))
    (bound,) = pair.deliver_up()
    assert isinstance(bound, Bound) and bound.role is Role.USER
