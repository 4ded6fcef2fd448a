"""Frames: `length (u16, big-endian) | that many bytes`. The length cannot express more than 65,535 bytes."""

import struct

from protocol.errors import LocalProtocolError, RemoteProtocolError
from protocol.schema.numbers import MAX_FRAME_BYTES

HEADER_BYTES = 2
frame_length = struct.Struct(">H").pack
"""The two bytes before a payload of at most MAX_FRAME_BYTES."""


def frame(payload: bytes) -> bytes:
    """The frame of `payload`. Raises LocalProtocolError above 65,535 bytes."""
    if len(payload) > MAX_FRAME_BYTES:
        raise LocalProtocolError(f"{len(payload)} bytes do not fit into a frame of {MAX_FRAME_BYTES}")
    return frame_length(len(payload)) + payload


class FrameReader:
    """Collects received bytes and returns complete frames. It holds at most one incomplete frame besides the bytes of the last feed.

    Fed bytes are kept without a copy until a frame is incomplete. In the usual case each frame is copied once.
    """

    __slots__ = ("_at", "_buffer", "limit")

    def __init__(self) -> None:
        self._buffer: bytes | bytearray = b""
        self._at = 0
        self.limit = MAX_FRAME_BYTES
        """The largest frame that is accepted at present; checked as soon as the length is read."""

    def feed(self, data: bytes) -> None:
        if self._at == len(self._buffer):
            self._buffer = data
        elif self._at or isinstance(self._buffer, bytes):
            rest = bytearray(self._buffer[self._at :])
            rest += data
            self._buffer = rest
        else:
            self._buffer += data
        self._at = 0

    def take(self, size: int) -> bytes | None:
        """The next `size` bytes, without framing; None until they have arrived."""
        if len(self._buffer) - self._at < size:
            return None
        taken = bytes(self._buffer[self._at : self._at + size])
        self._at += size
        return taken

    def next(self) -> bytes | None:
        """The next frame's payload; None until it has arrived. Raises RemoteProtocolError when its length is above `limit`."""
        at, buffer = self._at, self._buffer
        held = len(buffer) - at
        if held < HEADER_BYTES:
            if not held and at:
                self._buffer, self._at = b"", 0
            return None
        size = buffer[at] << 8 | buffer[at + 1]
        if size > self.limit:
            raise RemoteProtocolError(f"a frame of {size} bytes where at most {self.limit} are allowed")
        end = at + HEADER_BYTES + size
        if len(buffer) < end:
            return None
        self._at = end
        if type(buffer) is bytes:
            return buffer[at + HEADER_BYTES : end]
        with memoryview(buffer) as view:
            return bytes(view[at + HEADER_BYTES : end])

    @property
    def pending(self) -> int:
        """Number of received bytes that were not returned yet."""
        return len(self._buffer) - self._at
