"""The initiator's side of Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s (revision 34), as sections 3 and 4 of the specification use it."""

import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

NAME = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
REKEY_FRAMES = 1 << 16


class TurnedAway(Exception):
    """Message 2 came under the all-zero psk: its only byte is the closing reason."""


def public_of(private: X25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def _keys(chain: bytes, material: bytes, outputs: int) -> list[bytes]:
    """Noise HKDF, section 4.3."""
    secret = hmac.digest(chain, material, "blake2s")
    made = [b""]
    for number in range(1, outputs + 1):
        made.append(hmac.digest(secret, made[-1] + bytes((number,)), "blake2s"))
    return made[1:]


class Cipher:
    """The key of one direction and the number of its next frame."""

    def __init__(self, key: bytes) -> None:
        self._key, self._number = key, 0

    def seal(self, plain: bytes) -> bytes:
        return self._moved(ChaCha20Poly1305(self._key).encrypt(self._nonce(), plain, None))

    def open(self, sealed: bytes) -> bytes:
        return self._moved(ChaCha20Poly1305(self._key).decrypt(self._nonce(), sealed, None))

    def _nonce(self) -> bytes:
        return bytes(4) + self._number.to_bytes(8, "little")

    def _moved(self, done: bytes) -> bytes:
        self._number += 1
        if self._number % REKEY_FRAMES == 0:
            last = bytes(4) + b"\xff" * 8
            self._key = ChaCha20Poly1305(self._key).encrypt(last, bytes(32), None)[:32]
        return done


class Initiator:
    """One handshake: `write` message 1, then `read` message 2."""

    def __init__(self, prologue: bytes, static: X25519PrivateKey, ephemeral: X25519PrivateKey, subject: bytes) -> None:
        self._static, self._ephemeral, self._subject = static, ephemeral, subject
        self._hash = self._chain = hashlib.blake2s(NAME).digest()
        self._key = b""
        self._mix_hash(prologue)
        self._mix_hash(subject)

    def write(self, payload: bytes) -> bytes:
        mine = public_of(self._ephemeral)
        self._mix_hash(mine)
        self._mix_key(mine)  # a psk handshake mixes every ephemeral key
        self._mix_key(self._shared(self._ephemeral, self._subject))
        sealed = self._seal(public_of(self._static))
        self._mix_key(self._shared(self._static, self._subject))
        return mine + sealed + self._seal(payload)

    def read(self, message: bytes, psk: bytes) -> tuple[Cipher, Cipher, bytes, bytes]:
        """The ciphers to send and to receive with, the handshake hash, and the pairing psk. Raises TurnedAway."""
        before = self._hash, self._chain
        try:
            payload = self._read(message, psk)
        except InvalidTag:
            self._hash, self._chain = before
            raise TurnedAway(self._read(message, bytes(32))[0]) from None
        assert not payload, "message 2 of a session has no payload"
        first, second = _keys(self._chain, b"", 2)
        return Cipher(first), Cipher(second), self._hash, _keys(self._chain, b"PSP-psk-1", 1)[0]

    def _read(self, message: bytes, psk: bytes) -> bytes:
        theirs, rest = message[:32], message[32:]
        self._mix_hash(theirs)
        self._mix_key(theirs)
        self._mix_key(self._shared(self._ephemeral, theirs))
        self._mix_key(self._shared(self._static, theirs))
        self._chain, mixed, self._key = _keys(self._chain, psk, 3)
        self._mix_hash(mixed)
        plain = ChaCha20Poly1305(self._key).decrypt(bytes(12), rest, self._hash)
        self._mix_hash(rest)
        return plain

    def _seal(self, plain: bytes) -> bytes:
        """Every key of this pattern seals one message at most, so its nonce is 0."""
        sealed = ChaCha20Poly1305(self._key).encrypt(bytes(12), plain, self._hash)
        self._mix_hash(sealed)
        return sealed

    def _mix_hash(self, data: bytes) -> None:
        self._hash = hashlib.blake2s(self._hash + data).digest()

    def _mix_key(self, material: bytes) -> None:
        self._chain, self._key = _keys(self._chain, material, 2)

    @staticmethod
    def _shared(mine: X25519PrivateKey, theirs: bytes) -> bytes:
        return mine.exchange(X25519PublicKey.from_public_bytes(theirs))
