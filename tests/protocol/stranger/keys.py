"""Device keys of every algorithm, as section 3 of the specification has them."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

SSH_ED25519, ECDSA_P256, SK_SSH_ED25519 = 1, 2, 3


def to_sign(role: bytes, algorithm: int, public: bytes, handshake_hash: bytes) -> bytes:
    """What a device key signs of a handshake; `role` is b"A" or b"S"."""
    return b"PSP-bind-1" + role + bytes((algorithm,)) + public + handshake_hash


def verify_device(algorithm: int, public: bytes, signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature, or AssertionError where the signature has another form."""
    if algorithm == SSH_ED25519:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    elif algorithm == ECDSA_P256:
        assert (len(public), len(signature)) == (33, 64)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public)
        point.verify(encode_dss_signature(r, s), data, ECDSA(SHA256()))
    else:
        assert algorithm == SK_SSH_ED25519 and len(signature) == 69 and signature[64] & 1
        signed = hashlib.sha256(public[32:]).digest() + signature[64:] + hashlib.sha256(data).digest()
        Ed25519PublicKey.from_public_bytes(public[:32]).verify(signature[:64], signed)
