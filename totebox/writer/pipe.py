"""The daemon's end of the socketpair to the vault's writer: frames out, frames in."""

import asyncio
from collections.abc import Callable
from typing import cast

from totebox.errors import VaultError
from totebox.writer.frame import MAX_ANSWER_BYTES, Frames

TOGETHER_BYTES = 1 << 16
"""Frames are sent at once when this many bytes wait, so that a caller that sends much is slowed down in time."""
Told = Callable[[int, int, bytes], None]
"""Called with (request id, word, value) of each frame that arrives."""


class Pipe(asyncio.Protocol):
    """Sends all frames of one turn of the loop in one system call, and passes arriving frames on without a task in between.

    Many callers wait and wake at the same time, and a system call for each would cost more than its frame.
    """

    def __init__(self, told: Told) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = loop.create_future()
        """Done when the connection has ended, at either end."""
        self._loop, self._told, self._frames = loop, told, Frames(MAX_ANSWER_BYTES)
        self._out: list[bytes] = []
        self._waiting_bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._transport: asyncio.Transport | None = None

    async def send(self, frame: bytes) -> None:
        """Send one frame; waits while the other end accepts no more bytes.

        Raises:
            ConnectionError: the other end is gone.
        """
        if not self._room.is_set():
            await self._room.wait()
        if self._transport is None or self._transport.is_closing():
            raise ConnectionResetError("the vault's writer is gone")
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(frame)
        self._waiting_bytes += len(frame)
        if self._waiting_bytes >= TOGETHER_BYTES:
            self._flush()

    async def close(self) -> None:
        """Close the connection when all frames have been sent, and wait for its end."""
        self._flush()
        if self._transport is not None:
            self._transport.close()
            await asyncio.shield(self.lost)

    def abort(self) -> None:
        """Close the connection at once; frames that were not sent are lost."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Called by asyncio. Bytes that are not a frame end the connection."""
        try:
            for identifier, word, body in self._frames.feed(data):
                self._told(identifier, word, body)
        except VaultError:
            assert self._transport is not None
            self._transport.abort()

    def pause_writing(self) -> None:
        """Called by asyncio."""
        self._room.clear()

    def resume_writing(self) -> None:
        """Called by asyncio."""
        self._room.set()

    def connection_lost(self, _: Exception | None) -> None:
        """Called by asyncio."""
        if not self.lost.done():
            self.lost.set_result(None)
        self._room.set()

    def _flush(self) -> None:
        out, self._out, self._waiting_bytes = self._out, [], 0
        if out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(b"".join(out))
