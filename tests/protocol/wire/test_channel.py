"""Sealed frames: only the next one of the other direction opens."""

import pytest

from protocol.errors import RemoteProtocolError
from protocol.testing import counted_entropy
from protocol.trust.keys import generate_static
from protocol.wire.channel import Channel
from protocol.wire.noise import Handshake


def _channels(rekey_frames: int = 1 << 16) -> tuple[Channel, Channel]:
    draw = counted_entropy()
    sides = [
        Handshake("Noise_NN_25519_ChaChaPoly_BLAKE2s", initiator=first, prologue=b"", ephemeral=generate_static(draw))
        for first in (True, False)
    ]
    sides[1].read(sides[0].write(b""))
    sides[0].read(sides[1].write(b""))
    one, two = (Channel(side.split(), rekey_frames=rekey_frames) for side in sides)
    return one, two


def test_rekey_on_both_sides_at_the_same_frame() -> None:
    """A new key every so many frames, in each direction by itself, and nothing is lost over it."""
    one, two = _channels(rekey_frames=4)
    for number in range(11):
        assert two.open(one.seal(b"%d" % number)[2:]) == b"%d" % number
    assert one.open(two.seal(b"up")[2:]) == b"up"


def test_key_really_changes() -> None:
    """After the rekey the old key opens nothing."""
    one, two = _channels(rekey_frames=1)
    _, still = _channels(rekey_frames=1 << 16)
    first, second = one.seal(b"1")[2:], one.seal(b"2")[2:]
    assert still.open(first) == b"1"
    with pytest.raises(RemoteProtocolError):
        still.open(second)
    assert [two.open(first), two.open(second)] == [b"1", b"2"]


@pytest.mark.parametrize("attack", ["replayed", "reordered", "dropped", "reflected", "changed", "cut", "empty"])
def test_attack_does_not_open(attack: str) -> None:
    """A frame that is not the next one of the peer is refused."""
    one, two = _channels()
    first, second = one.seal(b"first")[2:], one.seal(b"second")[2:]
    if attack == "replayed":
        two.open(first)
    bad = {
        "replayed": first,
        "reordered": second,
        "dropped": second,
        "reflected": two.seal(b"mine")[2:],
        "changed": first[:-1] + bytes((first[-1] ^ 1,)),
        "cut": first[:-1],
        "empty": b"",
    }[attack]
    with pytest.raises(RemoteProtocolError):
        two.open(bad)
