"""Cosignatures (C2SP cosignature/v1): a witness states that a checkpoint is consistent with each one of that log that it cosigned before.

Pure.

    U+2014 SP <witness> SP base64( key id (4) | seconds since 1970 (8, big-endian) | Ed25519 signature (64) ) LF

The signature is over `cosignature/v1` LF `time <seconds>` LF and the checkpoint's text. key id = SHA-256(name | LF | 0x04 | public
key)[:4], so a cosignature is never mistaken for a signature. A witness's vkey is `name+hex(key id)+base64(0x04 | public key)`.
"""

import base64
import re
import struct
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from protocol.errors import NoteError
from protocol.schema.numbers import NoteKey
from protocol.trust.note import DASH, TreeHead, parse_checkpoint_text, plain_base64, split_note

COSIGNATURE_V1 = bytes((NoteKey.COSIGNATURE_V1,))
WITNESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:/-]{0,127}")
"""A word, or, as C2SP recommends, a URL without its schema: `witness.example.com/w1`."""
MAX_ENCODED = 200
MAX_TIME_S = (1 << 63) - 1
_PLAIN = re.compile(r"[^a-z0-9.-]")
_CODED = re.compile(r"%([0-9a-f]{2})")
_STAMPED = struct.Struct(">Q64s")


@dataclass(frozen=True, slots=True)
class WitnessKey:
    """A witness's name and Ed25519 key (32 bytes)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + COSIGNATURE_V1 + self.public).digest()[:4]

    def text(self) -> str:
        """The witness's vkey."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(COSIGNATURE_V1 + self.public).decode()}"


class Witness:
    """Cosigns under `name` with an Ed25519 private key of 32 bytes. The caller proves consistency before it cosigns."""

    def __init__(self, name: str, private: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(private)
        self.key = WitnessKey(_checked(name), self._key.public_key().public_bytes_raw())

    def cosign(self, note: bytes, time_s: int) -> bytes:
        """`note` with one more line.

        Raises:
            NoteError: it is no checkpoint, or the time is before 1970 or above 2^63-1 seconds.
        """
        _check_time(time_s)
        text, _ = split_note(note)
        parse_checkpoint_text(text)
        blob = self.key.key_id + _STAMPED.pack(time_s, self._key.sign(_message(text, time_s)))
        return note + f"{DASH}{self.key.name} {base64.b64encode(blob).decode()}\n".encode()


def parse_witness_key(text: str) -> WitnessKey:
    """Read a witness's vkey.

    Raises:
        NoteError: malformed, of another type, or its key id is another key's.
    """
    parts = text.split("+", 2)
    raw = plain_base64(parts[2]) if len(parts) == 3 else b""
    if len(raw) != 33 or raw[:1] != COSIGNATURE_V1:
        raise NoteError("a witness's key is name+keyid+base64 of type cosignature/v1; this is not")
    key = WitnessKey(_checked(parts[0]), raw[1:])
    if key.key_id.hex() != parts[1]:
        raise NoteError(f"the key id of witness {parts[0]!r} is mistyped: {parts[1]!r} for {key.key_id.hex()}")
    return key


def verify_cosignature(note: bytes, key: WitnessKey) -> tuple[TreeHead, int]:
    """What the checkpoint says, and when (seconds since 1970) `key` cosigned it. The log's own signature is not looked at.

    Raises:
        NoteError: malformed, not cosigned by `key`, a time above 2^63-1 seconds, or the cosignature is wrong.
    """
    text, signatures = split_note(note)
    for name, blob in signatures:
        if name == key.name and blob[:4] == key.key_id and len(blob) == 4 + _STAMPED.size:
            time_s, signature = _STAMPED.unpack(blob[4:])
            _check_time(time_s)
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature, _message(text, time_s))
            except InvalidSignature:
                raise NoteError(f"the cosignature of {key.name} is wrong") from None
            return parse_checkpoint_text(text), time_s
    raise NoteError(f"the checkpoint is not cosigned by {key.name} with key id {key.key_id.hex()}")


def _message(text: str, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()


def file_name(name: str) -> str:
    """A witness's name as part of a file name: small letters, digits, dots and dashes stay, all other characters become `%xx`.

    Two names never become the same file name, also on a file system that ignores case.
    """
    return _PLAIN.sub(lambda match: f"%{ord(match[0]):02x}", name)


def name_of_file(text: str) -> str:
    """The name from which `file_name` made `text`."""
    return _CODED.sub(lambda match: chr(int(match[1], 16)), text)


def _check_time(time_s: int) -> None:
    if not 0 <= time_s <= MAX_TIME_S:
        raise NoteError(f"a cosignature of {time_s} seconds after 1970 is out of range")


def _checked(name: str) -> str:
    if not WITNESS.fullmatch(name) or len(file_name(name)) > MAX_ENCODED:
        raise NoteError(
            f"a witness's name is letters, digits and . _ ~ : / - (a URL without its schema, at most 128); {name!r} is not"
        )
    return name
