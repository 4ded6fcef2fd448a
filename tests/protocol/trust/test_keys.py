"""Device keys of all three algorithms, fingerprints and names."""

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.errors import KeyFileError, SignatureError
from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm, SignedBy
from protocol.trust.keys import FileBinder, binding, fingerprint, static_from_private, totebox_id, verify_device

DATA = b"what is signed"


def _p256() -> tuple[DeviceKey, bytes]:
    private = generate_private_key(SECP256R1())
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    r, s = decode_dss_signature(private.sign(DATA, ECDSA(hashes.SHA256())))
    return DeviceKey(Algorithm.ECDSA_P256, public), r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _sk(flags: int = 1) -> tuple[DeviceKey, bytes]:
    private = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    tail = bytes((flags,)) + (7).to_bytes(4, "big")
    signed = hashlib.sha256(b"ssh:").digest() + tail + hashlib.sha256(DATA).digest()
    key = DeviceKey(Algorithm.SK_SSH_ED25519, private.public_key().public_bytes_raw() + b"ssh:")
    return key, private.sign(signed) + tail


def _file() -> tuple[DeviceKey, bytes]:
    binder = FileBinder(b"k" * 32)
    return binder.key, binder.sign(DATA)


@pytest.mark.parametrize("made", [_file, _p256, _sk], ids=["ed25519", "p256", "sk"])
def test_signature_verifies_and_no_other(made) -> None:
    """The key's own signature holds; over other data, changed, cut or by another key it does not."""
    key, signature = made()
    verify_device(key, DATA, signature)
    other = DeviceKey(key.algorithm, _file()[0].public if key.algorithm is Algorithm.SK_SSH_ED25519 else key.public)
    bad = [
        (key, DATA + b"!", signature),
        (key, DATA, bytes((signature[0] ^ 1,)) + signature[1:]),
        (key, DATA, signature[:-1]),
        (key, DATA, b""),
    ]
    if other != key:
        bad.append((other, DATA, signature))
    for each in bad:
        with pytest.raises(SignatureError, match="SHA256:"):
            verify_device(*each)


def test_untouched_token_does_not_sign() -> None:
    """A security key that was not touched gives no valid binder."""
    key, signature = _sk(flags=0)
    with pytest.raises(SignatureError):
        verify_device(key, DATA, signature)


def test_key_of_wrong_shape_is_a_signature_error() -> None:
    """Public bytes that are no key of the algorithm end as SignatureError too."""
    for algorithm in Algorithm:
        with pytest.raises(SignatureError):
            verify_device(DeviceKey(algorithm, b"\xff" * 33), DATA, bytes(64))


def test_binding_says_who_signs() -> None:
    """Role, algorithm, key and handshake are all in what is signed, in a stated layout."""
    key, _ = _file()
    signed = binding(SignedBy.AUTHORITY, key, b"h" * 32)
    assert signed == b"PSP-bind-1" + b"A" + b"\x01" + key.public + b"h" * 32
    assert signed != binding(SignedBy.SUBJECT, key, b"h" * 32)


def test_names() -> None:
    """A fingerprint is ssh-like, a Totebox's id 16 hex digits; both depend on all of the key."""
    key, _ = _file()
    assert fingerprint(key).startswith("SHA256:") and len(fingerprint(key)) == 50
    assert fingerprint(DeviceKey(Algorithm.ECDSA_P256, key.public)) != fingerprint(key)
    assert totebox_id(b"s" * 32) == hashlib.sha256(b"s" * 32).hexdigest()[:16]


def test_key_of_wrong_length_is_refused() -> None:
    """31 bytes are neither a static nor a device key."""
    for make in (static_from_private, FileBinder):
        with pytest.raises(KeyFileError, match="31"):
            make(b"k" * 31)


def test_private_halves_are_not_shown() -> None:
    """repr gives no private byte away."""
    assert "private" not in repr(static_from_private(b"k" * 32))
