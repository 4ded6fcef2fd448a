"""Keys: the X25519 pair that identifies a peer in the handshake, and the device key to which a pairing is bound."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import field
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from protocol.errors import KeyFileError, SignatureError
from protocol.schema.numbers import Algorithm, SignedBy
from protocol.schema.session import DeviceKey
from protocol.values import dataclass

Entropy = Callable[[int], bytes]
"""Function that returns the given number of random bytes: the operating system's in a program, a counter's in a test."""

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class X25519Pair:
    """A Noise key pair, 32 raw bytes each. One static pair never serves both roles.

    `loaded` is the private key as an object, where one exists already: making it costs more than an exchange.
    """

    private: bytes = field(repr=False)
    public: bytes
    loaded: X25519PrivateKey | None = field(repr=False, compare=False, default=None)

    def key(self) -> X25519PrivateKey:
        """The private key, ready to exchange."""
        return self.loaded or X25519PrivateKey.from_private_bytes(self.private)


def static_from_private(private: bytes) -> X25519Pair:
    """The pair of 32 raw private bytes. Raises KeyFileError when they are not 32."""
    if len(private) != KEY_BYTES:
        raise KeyFileError(f"an X25519 private key has {KEY_BYTES} bytes, not {len(private)}")
    loaded = X25519PrivateKey.from_private_bytes(private)
    return X25519Pair(private, loaded.public_key().public_bytes_raw(), loaded)


def generate_static(entropy: Entropy) -> X25519Pair:
    """A new pair from 32 bytes of `entropy`."""
    return static_from_private(entropy(KEY_BYTES))


class Binder(Protocol):
    """A device key: its public half, and a function that signs. `sign` may wait for hardware or an agent."""

    @property
    def key(self) -> DeviceKey: ...

    @property
    def provider(self) -> str:
        """`file` or `agent`: what the holder claims, recorded as a claim."""
        ...

    def sign(self, data: bytes) -> bytes: ...


class FileBinder:
    """An Ed25519 device key from the 32 raw private bytes of a file (0600)."""

    provider = "file"

    def __init__(self, private: bytes) -> None:
        if len(private) != KEY_BYTES:
            raise KeyFileError(f"a device key has {KEY_BYTES} private bytes, not {len(private)}")
        self._private = Ed25519PrivateKey.from_private_bytes(private)
        self.key = DeviceKey(Algorithm.SSH_ED25519, self._private.public_key().public_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """64 bytes."""
        return self._private.sign(data)


def verify_device(key: DeviceKey, data: bytes, signature: bytes) -> None:
    """Prove that `signature` over `data` was made by `key`.

    Signatures: SSH_ED25519 64 bytes; ECDSA_P256 r and s, 32 bytes each, over SHA-256; SK_SSH_ED25519 64 bytes, then
    flags (1) and counter (4, big-endian) as OpenSSH's PROTOCOL.u2f has them, `public` being 32 bytes and the application.

    Raises:
        SignatureError: it was not, or the key or the signature is malformed.
    """
    try:
        match key.algorithm:
            case Algorithm.SSH_ED25519:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature, data)
            case Algorithm.ECDSA_P256:
                _verify_p256(key.public, data, signature)
            case Algorithm.SK_SSH_ED25519:
                _verify_sk(key.public, data, signature)
    except (InvalidSignature, ValueError) as fault:
        raise SignatureError(f"the signature is not one of device {fingerprint(key)}") from fault


def _verify_p256(public: bytes, data: bytes, signature: bytes) -> None:
    if len(signature) != 64:
        raise ValueError("r and s are 32 bytes each")
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public).verify(
        encode_dss_signature(r, s), data, ECDSA(hashes.SHA256())
    )


def _verify_sk(public: bytes, data: bytes, signature: bytes) -> None:
    if len(signature) != 69 or not signature[64] & 1:
        raise ValueError("no touch, or not 69 bytes")
    signed = hashlib.sha256(public[32:]).digest() + signature[64:] + hashlib.sha256(data).digest()
    Ed25519PublicKey.from_public_bytes(public[:32]).verify(signature[:64], signed)


def binding(side: SignedBy, key: DeviceKey, handshake_hash: bytes) -> bytes:
    """What a device key signs: "PSP-bind-1" (10) | side (1) | algorithm (1) | public | handshake hash (32)."""
    return b"PSP-bind-1" + side.value + bytes((key.algorithm,)) + key.public + handshake_hash


def fingerprint(key: DeviceKey) -> str:
    """`SHA256:` and the unpadded base64 of SHA-256(algorithm byte | public): 50 characters, as people know it from ssh."""
    digest = hashlib.sha256(bytes((key.algorithm,)) + key.public).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def key_text(key: DeviceKey) -> str:
    """A device's public key as one word that a person can send: `psp-key:` algorithm `:` base64url of its bytes."""
    return f"psp-key:{int(key.algorithm)}:{base64.urlsafe_b64encode(key.public).decode().rstrip('=')}"


def parse_key_text(text: str) -> DeviceKey:
    """The key that `text` writes. Raises KeyFileError where it writes none."""
    prefix, _, rest = text.strip().partition(":")
    number, _, packed = rest.partition(":")
    try:
        public = base64.b64decode(packed + "=" * (-len(packed) % 4), b"-_", validate=True)
        if prefix != "psp-key" or not 32 <= len(public) <= 256:
            raise ValueError(text)
        return DeviceKey(Algorithm(int(number)), public)
    except ValueError as fault:
        raise KeyFileError(f"{text[:60]!r} is no device key; `os-console key` prints one, as psp-key:...") from fault


def totebox_id(static_public: bytes) -> str:
    """A Totebox's stable name: the first 16 hex digits of SHA-256 over its static public key."""
    return hashlib.sha256(static_public).hexdigest()[:16]
