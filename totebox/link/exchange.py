"""One command that is being carried out: its answer, its upload, its download. Implements the gate's `Reply`."""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from protocol.errors import RemoteProtocolError
from protocol.schema import Ack, Chunk, Command, Part, Receipt, Refusal, Rows, Up, Want
from protocol.schema.numbers import (
    DOWNLOAD_WINDOW_BYTES,
    MAX_BULK_BYTES,
    MAX_UPLOAD_BYTES,
    UPLOAD_WINDOW_BYTES,
    RefusalCode,
)
from totebox.errors import UploadBroken


class Outbox(Protocol):
    """Where an exchange's messages go."""

    def send(self, message: Up) -> None:
        """Queue it; dropped when the session has ended."""
        ...

    async def drain(self) -> None:
        """Wait until the carrier has room. Raises CarrierError when it is gone."""
        ...


class _Upload:
    """Bytes between the wire and the gate: at most one window of them."""

    def __init__(self, offset: int, size: int) -> None:
        self.received = offset
        self.granted = offset
        self.size = size
        self.unread = bytearray()
        """One buffer, whatever the size of the chunks: small ones kept one by one would cost twenty times their bytes."""
        self.arrived = asyncio.Event()
        self.broken = ""

    def add(self, chunk: Chunk) -> None:
        """Raises RemoteProtocolError where the authority sends what it has no credit for."""
        if self.broken:
            return
        if chunk.offset != self.received:
            self.break_off(f"bytes from {chunk.offset} where those from {self.received} were wanted")
        elif self.received + len(chunk.data) > self.granted or not (chunk.data or chunk.last):
            raise RemoteProtocolError("a chunk without credit")
        else:
            self.received += len(chunk.data)
            self.unread += chunk.data
            if chunk.last and self.received != self.size:
                self.break_off(f"it ended at byte {self.received} of {self.size}")
        self.arrived.set()

    def break_off(self, why: str) -> None:
        self.broken = why
        self.arrived.set()


class Exchange:
    """Exactly one terminal answer leaves it: `receipt`, `rows`, `refuse`, or a `part` with `last`."""

    def __init__(self, command: Command, outbox: Outbox) -> None:
        self.command = command
        self.answered = False
        self.started = False
        self.cancelled = False
        """Cancel came; before the task began it only leaves this word, afterwards it cancels the task."""
        self._outbox = outbox
        self._acked: int | None = None
        self._sent = 0
        """Where the download stands: nobody can have consumed more than that."""
        self._credit = asyncio.Event()
        self._upload: _Upload | None = None

    async def receipt(self, receipt: Receipt) -> None:
        await self._finish(receipt)

    async def rows(self, rows: Rows) -> None:
        await self._finish(rows)

    async def refuse(self, refusal: Refusal) -> None:
        await self._finish(refusal)

    async def part(self, offset: int, data: bytes, last: bool) -> None:
        """Raises CarrierError when the session is gone."""
        assert len(data) <= MAX_BULK_BYTES and not self.answered
        if self._acked is None:
            self._acked = offset  # a download that begins at `offset` has its whole window from there
        while offset + len(data) > self._acked + DOWNLOAD_WINDOW_BYTES:
            self._credit.clear()
            await self._credit.wait()
        self._outbox.send(Part(self.command.id, offset, data, last))
        self._sent = offset + len(data)
        self.answered = last
        await self._outbox.drain()

    async def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
        """The upload's bytes, at most one window of them in memory. Raises UploadBroken."""
        assert 0 <= offset <= size <= MAX_UPLOAD_BYTES
        upload = self._upload = _Upload(offset, size)
        at = offset
        try:
            while at < size:
                self._grant(upload, at)
                while not upload.unread:
                    if upload.broken:
                        raise UploadBroken(f"the upload broke off: {upload.broken}")
                    upload.arrived.clear()
                    await upload.arrived.wait()
                piece = bytes(upload.unread[:MAX_BULK_BYTES])
                del upload.unread[: len(piece)]
                at += len(piece)
                yield piece
        finally:
            self._upload = None

    def _grant(self, upload: _Upload, at: int) -> None:
        """More credit when half of the window is used up, so that the authority never stands still."""
        limit = min(upload.size, at + UPLOAD_WINDOW_BYTES)
        if upload.granted < limit and upload.granted - at <= UPLOAD_WINDOW_BYTES // 2:
            self._outbox.send(Want(self.command.id, upload.granted, limit - upload.granted))
            upload.granted = limit

    def chunk(self, chunk: Chunk) -> None:
        """Bytes for this command arrived; they are dropped where no upload is awaited (any more)."""
        if self._upload is not None:
            self._upload.add(chunk)

    def ack(self, ack: Ack) -> None:
        """The authority consumed the download up to there. An Ack of what was not sent yet gives no credit."""
        if self._acked is not None:
            self._acked = max(self._acked, min(ack.offset, self._sent))
            self._credit.set()

    def broken(self, why: str) -> None:
        """The session is gone."""
        if self._upload is not None:
            self._upload.break_off(why)

    async def settle(self, code: RefusalCode, reason: str, remedy: str = "") -> None:
        """Answer with a refusal where nothing answered yet."""
        if not self.answered:
            await self._finish(Refusal(self.command.id, code, reason, remedy))

    async def _finish(self, answer: Receipt | Rows | Refusal) -> None:
        assert not self.answered, f"command {self.command.id} is answered twice"
        assert answer.id == self.command.id, f"an answer to command {answer.id} for {self.command.id}"
        self._outbox.send(answer)  # one that cannot be encoded raises here, and is answered as a fault
        self.answered = True
        await self._outbox.drain()
