"""Frames between the daemon and the writer process, over a socketpair. Pure; both ends run this same version of the code.

    frame   := length (u32, big-endian, of what follows) | request id (u32) | word (u8) | value
    value   := one msgpack value: numbers, texts (UTF-8, with lone surrogates allowed), bytes, nil, and arrays of these

A length out of range, or bytes that are not exactly one such value, raise `VaultError`. `messages.py` defines the shapes of values.
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
"""Most bytes of a value that the writer sends. Decoding a larger one, of empty arrays alone, would block the daemon's loop for seconds."""
MAX_ITEMS = 1 << 16
"""Most items of one array."""
KEPT_BYTES = 1 << 20
"""A packer keeps the memory of the largest value that it packed, so one that packed more than this is replaced."""


class Word(IntEnum):
    """The requests (APPEND to COSIGN) and the two answers. There is no request that changes or removes anything."""

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
    """Cuts a stream of bytes into frames, in whatever pieces it arrives."""

    def __init__(self, most_bytes: int = MAX_FRAME_BYTES) -> None:
        self._most = most_bytes + HEAD.size
        self._rest = bytearray()
        self._wanted = HEAD.size

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """The frames that `data` completes, in order: request id, word, value.

        Raises:
            VaultError: a length out of range; nothing after it can be read.
        """
        rest = self._rest
        rest += data
        found: list[tuple[int, int, bytes]] = []
        place = 0
        while len(rest) - place >= self._wanted:
            length, identifier, word = HEAD.unpack_from(rest, place)
            if not HEAD.size - 4 <= length <= self._most:
                raise VaultError(f"a message of {length} bytes between daemon and writer, more than is allowed")
            self._wanted = length + 4
            if len(rest) - place < self._wanted:
                break
            found.append((identifier, word, bytes(rest[place + HEAD.size : place + self._wanted])))
            place, self._wanted = place + self._wanted, HEAD.size
        del rest[:place]
        return found


def frame(identifier: int, word: Word, value: object) -> bytes:
    """A complete frame.

    Raises:
        VaultError: the value is larger than a frame may be.
    """
    global _pack
    body = _pack(value)
    if len(body) > KEPT_BYTES:
        _pack = _packer()
    if len(body) > (MAX_ANSWER_BYTES if word in (Word.DONE, Word.FAILED) else MAX_FRAME_BYTES):
        raise VaultError(f"a message of {len(body)} bytes to the vault's writer; stage payloads that large")
    return HEAD.pack(HEAD.size - 4 + len(body), identifier, word) + body


def value(body: bytes) -> object:
    """The value in `body`, with tuples for arrays.

    Raises:
        VaultError: `body` is not exactly one value.
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
        raise VaultError("a message between daemon and writer is cut off, or is no message") from None
    return unpacked


def _packer() -> Callable[[object], bytes]:
    packer = msgpack.Packer(use_bin_type=True, autoreset=True, unicode_errors="surrogatepass")
    return cast("Callable[[object], bytes]", packer.pack)


_pack = _packer()
