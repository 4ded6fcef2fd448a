"""How the daemon and the writer process speak: strict frames over a socketpair. Pure; both ends are this code, version and all.

    frame   := length (u32, big-endian, of what follows) | request id (u32) | word (u8) | value
    value   := one msgpack value: numbers, texts (UTF-8; half a character too), bytes, nothing, and arrays of these

A length that no frame has, bytes that are no such value or more than one: `VaultError`. What shape a value must have is in `parcel`.
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import cast

import msgpack

from totebox.errors import VaultError

HEAD = struct.Struct(">IIB")
MAX_FRAME_BYTES = 64 << 20
MAX_ANSWER_BYTES = 16 << 20
"""Of what the writer answers: a value of more than this, made of nothing but empty arrays, held the daemon's loop for seconds."""
MAX_ITEMS = 1 << 16
"""Of one array."""
KEPT_BYTES = 1 << 20
"""A packer keeps the memory of the largest value it packed; one that packed more than this is not used again."""


class Word(IntEnum):
    """What is asked, and how it ends. There is no word that changes or removes."""

    APPEND = 1
    AUDIT = 2
    READ = 3
    LIST = 4
    PROVE = 5
    CONSISTENCY = 6
    HEAD = 7
    COSIGN = 8
    DONE = 16
    FAILED = 17


class Frames:
    """Cuts a stream of bytes into frames, however they were cut on the way."""

    def __init__(self, most_bytes: int = MAX_FRAME_BYTES) -> None:
        self._most = most_bytes + HEAD.size
        self._rest = bytearray()
        self._wanted = HEAD.size

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """The frames that `data` completes, in order: request id, word, value.

        Raises:
            VaultError: a length that no frame has; nothing that follows can be read.
        """
        rest = self._rest
        rest += data
        found: list[tuple[int, int, bytes]] = []
        place = 0
        while len(rest) - place >= self._wanted:
            length, identifier, word = HEAD.unpack_from(rest, place)
            if not HEAD.size - 4 <= length <= self._most:
                raise VaultError(f"a message of {length} bytes from the vault's other half")
            self._wanted = length + 4
            if len(rest) - place < self._wanted:
                break
            found.append((identifier, word, bytes(rest[place + HEAD.size : place + self._wanted])))
            place, self._wanted = place + self._wanted, HEAD.size
        del rest[:place]
        return found


def frame(identifier: int, word: Word, value: object) -> bytes:
    """The whole frame.

    Raises:
        VaultError: the value is larger than a frame can be.
    """
    global _pack
    body = _pack(value)
    if len(body) > KEPT_BYTES:
        _pack = _packer()
    if len(body) > (MAX_ANSWER_BYTES if word in (Word.DONE, Word.FAILED) else MAX_FRAME_BYTES):
        raise VaultError(f"a message of {len(body)} bytes to the vault's writer; stage payloads that large")
    return HEAD.pack(HEAD.size - 4 + len(body), identifier, word) + body


def value(body: bytes) -> object:
    """What was packed, with tuples for arrays.

    Raises:
        VaultError: other bytes than of exactly one value.
    """
    try:
        unpacked: object = msgpack.unpackb(
            body,
            use_list=False,
            unicode_errors="surrogatepass",
            max_array_len=MAX_ITEMS,
            max_map_len=0,
            max_ext_len=0,
        )
    except (ValueError, RecursionError, msgpack.UnpackException):
        raise VaultError("a message from the vault's other half is cut off, or no message") from None
    return unpacked


def _packer() -> Callable[[object], bytes]:
    packer = msgpack.Packer(use_bin_type=True, autoreset=True, unicode_errors="surrogatepass")
    return cast("Callable[[object], bytes]", packer.pack)


_pack = _packer()
