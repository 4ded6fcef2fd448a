"""The Diode, way three: keys. Each direction has its own, so what was said cannot be said back."""

import pytest

from protocol.errors import RemoteProtocolError
from protocol.schema import Ping, Pong
from protocol.testing import ConnectionPair
from protocol.wire.noise import CipherState


def _key(cipher: CipherState) -> bytes:
    return cipher._key


def test_the_two_directions_share_no_key() -> None:
    """Both ends agree on two keys, which differ."""
    pair = ConnectionPair().open()
    ours, theirs = pair.authority._channel, pair.subject._channel
    assert ours is not None and theirs is not None
    assert _key(ours.send) == _key(theirs.receive) != _key(ours.receive) == _key(theirs.send)


@pytest.mark.parametrize("down", [True, False], ids=["down", "up"])
def test_a_reflected_frame_opens_nowhere(down: bool) -> None:
    """Every frame of one direction, sent back to who made it, ends the session; at any counter."""
    for before in range(4):
        pair = ConnectionPair().open()
        speaker, message = (pair.authority, Ping(1)) if down else (pair.subject, Pong(1))
        for _ in range(before):
            pair.authority.send(Ping(1))
            pair.subject.send(Pong(1))
        pair.deliver_down()
        pair.deliver_up()
        speaker.send(message)  # type: ignore[arg-type]
        speaker.receive_data(speaker.data_to_send())
        with pytest.raises(RemoteProtocolError, match="does not authenticate"):
            speaker.next_event()
        assert speaker.over


def test_a_frame_of_another_session_opens_nowhere() -> None:
    """The same devices, the same psk, another handshake: nothing that was captured means anything."""
    first = ConnectionPair().open()
    first.authority.send(Ping(1))
    captured = first.authority.data_to_send()
    other = _another_session()
    other.subject.receive_data(captured)
    with pytest.raises(RemoteProtocolError):
        other.subject.next_event()


def _another_session() -> ConnectionPair:
    """A session between the same devices under ephemeral keys of its own."""
    pair = ConnectionPair(chunk=1)
    for _ in range(3):
        pair.subject._entropy(32)  # the deterministic source moves on
    return pair.open()
