"""The Noise handshake against the official vectors, and what must not be possible."""

import json
from pathlib import Path

import pytest

from protocol.errors import HandshakeError, LocalProtocolError, RemoteProtocolError
from protocol.trust.keys import X25519Pair, static_from_private
from protocol.wire.noise import Handshake, Split

VECTORS = Path(__file__).parents[2] / "vectors" / "noise"
Vector = dict[str, object]


def _load() -> list[tuple[str, Vector]]:
    return [
        (f"{path.stem}-{vector['protocol_name']}", vector)
        for path in sorted(VECTORS.glob("*.json"))
        for vector in json.loads(path.read_text())["vectors"]
        if vector["protocol_name"].endswith("BLAKE2s")
    ]


def _pair(vector: Vector, key: str) -> X25519Pair | None:
    text = vector.get(key)
    return static_from_private(bytes.fromhex(str(text))) if text else None


def _side(vector: Vector, side: str) -> Handshake:
    ephemeral = _pair(vector, f"{side}_ephemeral")
    assert ephemeral is not None
    remote = vector.get(f"{side}_remote_static")
    psks = vector.get(f"{side}_psks") or []
    assert isinstance(psks, list)
    return Handshake(
        str(vector["protocol_name"]),
        initiator=side == "init",
        prologue=bytes.fromhex(str(vector[f"{side}_prologue"])),
        ephemeral=ephemeral,
        static=_pair(vector, f"{side}_static"),
        remote_static=bytes.fromhex(str(remote)) if remote else None,
        psks=[bytes.fromhex(psk) for psk in psks],
    )


@pytest.mark.parametrize("vector", [pytest.param(v, id=name) for name, v in _load()])
def test_official_vector(vector: Vector) -> None:
    """Every message of the vector is written byte for byte, read back, and leads to the stated handshake hash."""
    sides = (_side(vector, "init"), _side(vector, "resp"))
    split: tuple[Split, Split] | None = None
    messages = vector["messages"]
    assert isinstance(messages, list)
    for number, message in enumerate(messages):
        payload, expected = bytes.fromhex(message["payload"]), bytes.fromhex(message["ciphertext"])
        writer, reader = (0, 1) if number % 2 == 0 else (1, 0)
        if split is not None:
            assert split[writer].send.encrypt(b"", payload) == expected
            assert split[reader].receive.decrypt(b"", expected) == payload
            continue
        assert sides[writer].write(payload) == expected
        assert sides[reader].read(expected) == payload
        if sides[0].finished:
            split = (sides[0].split(), sides[1].split())
            assert split[0].handshake_hash == split[1].handshake_hash
            assert split[0].pairing_psk == split[1].pairing_psk
            assert vector.get("handshake_hash", split[0].handshake_hash.hex()) == split[0].handshake_hash.hex()


def test_all_selected_vectors_are_run() -> None:
    """The 17 BLAKE2s vectors are there, IKpsk2 and XX among them."""
    names = [str(vector["protocol_name"]) for _, vector in _load()]
    assert len(names) == 17
    assert {"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s", "Noise_XX_25519_ChaChaPoly_BLAKE2s"} <= set(names)


def _ikpsk2() -> tuple[Handshake, Handshake]:
    vector = next(v for name, v in _load() if "IKpsk2" in name)
    return _side(vector, "init"), _side(vector, "resp")


def test_low_order_point_is_refused() -> None:
    """An all-zero public key is a HandshakeError, not a shared secret of zeros."""
    _, responder = _ikpsk2()
    with pytest.raises(HandshakeError, match="low order"):
        responder.read(bytes(96))


def test_out_of_turn_is_our_fault() -> None:
    """Writing when the peer must write is refused before anything is mixed."""
    initiator, responder = _ikpsk2()
    with pytest.raises(LocalProtocolError):
        responder.write(b"")
    responder.read(initiator.write(b"x"))
    with pytest.raises(LocalProtocolError):
        initiator.write(b"")


def test_a_copy_goes_on_under_another_psk() -> None:
    """`with_psks` leaves the original untouched: the copy fails under a wrong psk, the original then succeeds."""
    initiator, responder = _ikpsk2()
    responder.read(initiator.write(b""))
    second = responder.write(b"hello")
    with pytest.raises(HandshakeError):
        initiator.with_psks([bytes(32)]).read(second)
    assert initiator.read(second) == b"hello"


def test_rekey_keeps_both_ends_together() -> None:
    """After rekey on both sides the counter goes on and messages open; on one side only they do not."""
    initiator, responder = _ikpsk2()
    responder.read(initiator.write(b""))
    initiator.read(responder.write(b""))
    ours, theirs = initiator.split(), responder.split()
    ours.send.rekey()
    with pytest.raises(RemoteProtocolError):
        theirs.receive.decrypt(None, ours.send.encrypt(None, b"1"))
    theirs.receive.rekey()
    theirs.receive.nonce = 1
    assert theirs.receive.decrypt(None, ours.send.encrypt(None, b"2")) == b"2"
