"""Preface: the first 37 bytes of a connection, not encrypted, by which a host with several subjects can route it.

    "PSP1" 4 | purpose 1 | SHA-256 of the wanted subject's X25519 static key 32

All of it is the prologue of the handshake, so the handshake fails when a byte was changed.
"""

import hashlib
from enum import Enum

from protocol.errors import RemoteProtocolError
from protocol.schema.numbers import PREFACE_BYTES
from protocol.values import dataclass

MAGIC = b"PSP1"
ANYBODY = bytes(32)
"""Takes the place of a subject's hash in a preface of purpose R: a device without a ticket knows an address and no key."""


class Purpose(Enum):
    """The purpose of a connection, which decides the pattern of the handshake."""

    SESSION = b"S"
    TICKET = b"T"
    REQUEST = b"R"

    @property
    def pattern(self) -> str:
        base = "XX" if self is Purpose.REQUEST else "IKpsk2"
        return f"Noise_{base}_25519_ChaChaPoly_BLAKE2s"


@dataclass(frozen=True, slots=True)
class Preface:
    """`subject` is SHA-256 of the subject's static public key."""

    purpose: Purpose
    subject: bytes

    def __bytes__(self) -> bytes:
        return MAGIC + self.purpose.value + self.subject


def preface_to(purpose: Purpose, subject_static: bytes) -> Preface:
    """The preface for the subject with this static public key (32 bytes)."""
    return Preface(purpose, hashlib.sha256(subject_static).digest())


def parse_preface(data: bytes) -> Preface:
    """Read a preface. Raises RemoteProtocolError when `data` is not one of this version."""
    if len(data) != PREFACE_BYTES or not data.startswith(MAGIC):
        raise RemoteProtocolError("the peer does not speak PSP version 1")
    try:
        purpose = Purpose(data[4:5])
    except ValueError:
        raise RemoteProtocolError(f"unknown purpose {data[4:5]!r}") from None
    return Preface(purpose, data[5:])
