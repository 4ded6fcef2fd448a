"""Noise handshake (revision 34) with 25519, ChaChaPoly and BLAKE2s, for any pattern. PSP uses IKpsk2 and XX.

Patterns are data, and the official vectors are the test. A `Handshake` reads and writes messages in turn and then splits
into two cipher states. It erases secrets when they are used, and makes no decision about who may connect.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protocol.errors import HandshakeError, LocalProtocolError, RemoteProtocolError
from protocol.trust.keys import X25519Pair

KEY_BYTES = 32
TAG_BYTES = 16
MAX_NONCE = (1 << 64) - 1

# pre-messages (initiator's, responder's), then the messages in turn, the initiator's first
PATTERNS: dict[str, tuple[tuple[str, str], tuple[str, ...]]] = {
    "NN": (("", ""), ("e", "e ee")),
    "NK": (("", "s"), ("e es", "e ee")),
    "NX": (("", ""), ("e", "e ee s es")),
    "KK": (("s", "s"), ("e es ss", "e ee se")),
    "XX": (("", ""), ("e", "e ee s es", "s se")),
    "IK": (("", "s"), ("e es s ss", "e ee se")),
}
_SUITE = "_25519_ChaChaPoly_BLAKE2s"
_INNER = bytes(each ^ 0x36 for each in range(256))
_OUTER = bytes(each ^ 0x5C for each in range(256))


_COUNTERS = (b"\x01", b"\x02", b"\x03")
_blake2s = hashlib.blake2s


def _hash(data: bytes) -> bytes:
    return _blake2s(data).digest()


def hkdf(chaining_key: bytes, material: bytes, outputs: int) -> list[bytes]:
    """Noise section 4.3: `outputs` keys of 32 bytes. HMAC-BLAKE2s is written out here, so that its pads are computed once for each key."""
    block = chaining_key.ljust(64, b"\0")
    secret = _blake2s(block.translate(_OUTER) + _blake2s(block.translate(_INNER) + material).digest()).digest()
    block = secret.ljust(64, b"\0")
    inner, outer = block.translate(_INNER), block.translate(_OUTER)
    made: list[bytes] = []
    last = b""
    for number in _COUNTERS[:outputs]:
        last = _blake2s(outer + _blake2s(inner + last + number).digest()).digest()
        made.append(last)
    return made


class CipherState:
    """The key of one direction and its counter. The nonce is 4 zero bytes and the counter, 8 bytes little-endian."""

    __slots__ = ("_key", "aead", "nonce")

    def __init__(self, key: bytes, nonce: int = 0) -> None:
        self._key, self.aead, self.nonce = key, ChaCha20Poly1305(key), nonce

    def encrypt(self, associated: bytes | None, plain: bytes) -> bytes:
        if self.nonce >= MAX_NONCE:
            raise LocalProtocolError("the nonces of this session are used up")
        sealed = self.aead.encrypt(nonce_bytes(self.nonce), plain, associated)
        self.nonce += 1
        return sealed

    def decrypt(self, associated: bytes | None, sealed: bytes) -> bytes:
        """The plain bytes. Raises RemoteProtocolError, and leaves the counter unchanged, when `sealed` is not the peer's next message."""
        if self.nonce >= MAX_NONCE:
            raise RemoteProtocolError("the nonces of this session are used up")
        try:
            plain = self.aead.decrypt(nonce_bytes(self.nonce), sealed, associated)
        except InvalidTag:
            raise RemoteProtocolError("a sealed message does not authenticate") from None
        self.nonce += 1
        return plain

    def rekey(self) -> None:
        """Noise section 11.3: the key is replaced by a one-way function of itself; the counter continues."""
        self._key = self.aead.encrypt(nonce_bytes(MAX_NONCE), bytes(KEY_BYTES), None)[:KEY_BYTES]
        self.aead = ChaCha20Poly1305(self._key)

    def copy(self) -> "CipherState":
        return CipherState(self._key, self.nonce)


nonce_bytes = struct.Struct("<4xQ").pack


@dataclass(frozen=True, slots=True)
class Split:
    """The result of a finished handshake: a cipher state for each direction, the channel binding, and the next psk.

    `pairing_psk` is HKDF(chaining key, "PSP-psk-1"): a secret that only the two ends of this handshake know.
    """

    send: CipherState
    receive: CipherState
    handshake_hash: bytes
    pairing_psk: bytes = field(repr=False)


@lru_cache(maxsize=64)
def _parse(name: str) -> tuple[tuple[str, str], tuple[tuple[str, ...], ...], bool]:
    """The pre-messages, the messages with their psk tokens inserted, and whether there are psk tokens."""
    assert name.startswith("Noise_") and name.endswith(_SUITE), f"{name} is not of this suite"
    pattern = name.removeprefix("Noise_").removesuffix(_SUITE)
    base, *psks = pattern.split("psk")
    pre, messages = PATTERNS[base]
    tokens = [message.split() for message in messages]
    for place in psks:
        position = int(place.rstrip("+"))
        if position == 0:
            tokens[0].insert(0, "psk")
        else:
            tokens[position - 1].append("psk")
    return pre, tuple(tuple(each) for each in tokens), bool(psks)


def _exchange(private: X25519PrivateKey, public: bytes) -> bytes:
    try:
        return private.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError as fault:
        raise HandshakeError("the peer's key is a point of low order") from fault


@lru_cache(maxsize=2_048)
def _static_exchange(mine: X25519Pair, theirs: bytes) -> bytes:
    """The `ss` secret of two devices. It is the same in each of their handshakes and is kept, so that a reconnect costs one exchange less.

    Keeping it adds no risk: whoever could read it in memory could also read the static key.
    """
    return _exchange(mine.key(), theirs)


class Handshake:
    """One side of one handshake; `write` and `read` alternate until `finished`, then `split` once.

    Args:
        name: a protocol name such as `Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s`.
        ephemeral: a key pair that was never used before; the caller draws it. A responder may set it later.
        psks: in the order of the pattern's psk tokens; a responder may add them later (`add_psk`), before they are needed.
    """

    def __init__(
        self,
        name: str,
        *,
        initiator: bool,
        prologue: bytes,
        ephemeral: X25519Pair | None,
        static: X25519Pair | None = None,
        remote_static: bytes | None = None,
        psks: Sequence[bytes] = (),
    ) -> None:
        pre, self._messages, self._psk_mode = _parse(name)
        self.initiator = initiator
        self.remote_static = remote_static
        self._static, self._ephemeral = static, ephemeral
        self._ephemeral_key: X25519PrivateKey | None = None
        self._remote_ephemeral: bytes | None = None
        self._psks = list(psks)
        self._turn = 0
        self._hash = name.encode().ljust(32, b"\0") if len(name) <= 32 else _hash(name.encode())
        self._chain = self._hash
        self._cipher: CipherState | None = None
        self._key = b""
        """The key of a cipher that is not made yet: most keys are replaced before they seal anything."""
        self._mix_hash(prologue)
        for mine, words in ((initiator, pre[0]), (not initiator, pre[1])):
            if words:
                key = self._own_static().public if mine else self._peer_static()
                self._mix_hash(key)

    @property
    def finished(self) -> bool:
        return self._turn == len(self._messages)

    @property
    def handshake_hash(self) -> bytes:
        return self._hash

    def set_ephemeral(self, ephemeral: X25519Pair) -> None:
        """Our ephemeral pair, before we write our first message."""
        assert self._ephemeral is None
        self._ephemeral = ephemeral

    def add_psk(self, psk: bytes) -> None:
        """Add the 32 bytes of the next psk token."""
        assert len(psk) == KEY_BYTES
        self._psks.append(psk)

    def with_psks(self, psks: Sequence[bytes]) -> "Handshake":
        """A copy of this state that continues with other psks."""
        other = Handshake.__new__(Handshake)
        other.__dict__.update(self.__dict__)
        other._psks = list(psks)
        other._cipher = None if self._cipher is None else self._cipher.copy()
        return other

    def write(self, payload: bytes) -> bytes:
        """Write our next message. Raises LocalProtocolError when it is the peer's turn."""
        message = bytearray()
        for token in self._tokens(ours=True):
            if token == "e":
                message += self._own_ephemeral().public
                self._mix_ephemeral(self._own_ephemeral().public)
            elif token == "s":
                message += self._seal(self._own_static().public)
            else:
                self._mix_token(token)
        return bytes(message + self._seal(payload))

    def read(self, message: bytes) -> bytes:
        """Read the peer's next message. Returns its payload.

        Raises:
            HandshakeError: it is too short, damaged, or made under other keys. The handshake has then failed.
        """
        at = 0
        for token in self._tokens(ours=False):
            if token == "e":
                self._remote_ephemeral, at = _take(message, at, KEY_BYTES)
                self._mix_ephemeral(self._remote_ephemeral)
            elif token == "s":
                sealed, at = _take(message, at, KEY_BYTES + (TAG_BYTES if self._keyed() else 0))
                self.remote_static = self._open(sealed)
            else:
                self._mix_token(token)
        return self._open(message[at:])

    def split(self) -> Split:
        """The transport keys; the chaining key is erased."""
        assert self.finished
        first, second = hkdf(self._chain, b"", 2)
        (psk,) = hkdf(self._chain, b"PSP-psk-1", 1)
        self._chain = self._key = b""
        self._ephemeral = self._ephemeral_key = None
        self._psks.clear()
        send, receive = (first, second) if self.initiator else (second, first)
        return Split(CipherState(send), CipherState(receive), self._hash, psk)

    def _tokens(self, *, ours: bool) -> tuple[str, ...]:
        if self.finished or (self._turn % 2 == 0) != (self.initiator == ours):
            raise LocalProtocolError("not this side's turn in the handshake")
        self._turn += 1
        return self._messages[self._turn - 1]

    def _mix_token(self, token: str) -> None:
        if token == "psk":
            self._mix_key_and_hash(self._psks.pop(0))
            return
        if token == "ss":
            self._mix_key(_static_exchange(self._own_static(), self._peer_static()))
            return
        mine, theirs = (token[0], token[1]) if self.initiator else (token[1], token[0])
        private = self._ephemeral_private() if mine == "e" else self._own_static().key()
        if theirs == "e":
            assert self._remote_ephemeral is not None
            self._mix_key(_exchange(private, self._remote_ephemeral))
        else:
            self._mix_key(_exchange(private, self._peer_static()))

    def _ephemeral_private(self) -> X25519PrivateKey:
        if self._ephemeral_key is None:
            self._ephemeral_key = self._own_ephemeral().key()
        return self._ephemeral_key

    def _mix_ephemeral(self, public: bytes) -> None:
        self._mix_hash(public)
        if self._psk_mode:
            self._mix_key(public)

    def _mix_hash(self, data: bytes) -> None:
        self._hash = _hash(self._hash + data)

    def _mix_key(self, material: bytes) -> None:
        self._chain, self._key = hkdf(self._chain, material, 2)

    def _mix_key_and_hash(self, psk: bytes) -> None:
        self._chain, mixed, self._key = hkdf(self._chain, psk, 3)
        self._mix_hash(mixed)

    def _keyed(self) -> CipherState | None:
        """The cipher of the newest key; None before the first."""
        if self._key:
            self._cipher, self._key = CipherState(self._key), b""
        return self._cipher

    def _seal(self, plain: bytes) -> bytes:
        cipher = self._keyed()
        sealed = plain if cipher is None else cipher.encrypt(self._hash, plain)
        self._mix_hash(sealed)
        return sealed

    def _open(self, sealed: bytes) -> bytes:
        try:
            cipher = self._keyed()
            plain = sealed if cipher is None else cipher.decrypt(self._hash, sealed)
        except RemoteProtocolError:
            raise HandshakeError("a handshake message does not authenticate: other keys, or damaged bytes") from None
        self._mix_hash(sealed)
        return plain

    def _own_static(self) -> X25519Pair:
        assert self._static is not None
        return self._static

    def _own_ephemeral(self) -> X25519Pair:
        assert self._ephemeral is not None
        return self._ephemeral

    def _peer_static(self) -> bytes:
        assert self.remote_static is not None
        return self.remote_static


def _take(message: bytes, at: int, size: int) -> tuple[bytes, int]:
    if len(message) < at + size:
        raise HandshakeError(f"a handshake message of {len(message)} bytes is cut off")
    return message[at : at + size], at + size
