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
    """Sends the messages of an exchange."""

    def send(self, message: Up) -> None:
        """Queue `message`; it is dropped when the session has ended."""
        ...

    async def drain(self) -> None:
        """Wait until the carrier has room. Raises CarrierError when the carrier is lost."""
        ...


class _Upload:
    """Uploaded bytes that the gate has not taken yet: at most one window of them."""

    def __init__(self, offset: int, size: int) -> None:
        self.received = offset
        self.granted = offset
        self.size = size
        self.unread = bytearray()
        """One buffer, whatever the size of the chunks: a list of small chunks would cost twenty times their bytes."""
        self.arrived = asyncio.Event()
        self.broken = ""

    def add(self, chunk: Chunk) -> None:
        """Keep the chunk's bytes. Raises RemoteProtocolError where it does not follow the one before, or exceeds the credit."""
        if self.broken:
            return
        if chunk.offset != self.received:
            raise RemoteProtocolError(f"bytes from {chunk.offset} where those from {self.received} were wanted")
        if self.received + len(chunk.data) > self.granted or not (chunk.data or chunk.last):
            raise RemoteProtocolError("a chunk without credit")
        self.received += len(chunk.data)
        self.unread += chunk.data
        if chunk.last and self.received != self.size:
            self.break_off(f"it ended at byte {self.received} of {self.size}")
        self.arrived.set()

    def break_off(self, why: str) -> None:
        self.broken = why
        self.arrived.set()


class Exchange:
    """The answer of one command. It sends exactly one terminal answer: `receipt`, `rows`, `refuse`, or a `part` with
    `last`.
    """

    def __init__(self, command: Command, outbox: Outbox) -> None:
        self.command = command
        self.answered = False
        self.started = False
        self.cancelled = False
        """Whether Cancel has arrived. Before the task has begun, Cancel only sets this; afterwards it cancels the
        task.
        """
        self._outbox = outbox
        self._acked: int | None = None
        self._sent = 0
        """How many bytes of the download were sent: the authority cannot have consumed more."""
        self._credit = asyncio.Event()
        self._upload: _Upload | None = None

    async def receipt(self, receipt: Receipt) -> None:
        await self._finish(receipt)

    async def rows(self, rows: Rows) -> None:
        await self._finish(rows)

    async def refuse(self, refusal: Refusal) -> None:
        await self._finish(refusal)

    async def part(self, offset: int, data: bytes, last: bool) -> None:
        """Send bytes of the download. Raises CarrierError when the session has ended."""
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
        """Give more credit when half of the window is used up, so that the authority never has to stop."""
        limit = min(upload.size, at + UPLOAD_WINDOW_BYTES)
        if upload.granted < limit and upload.granted - at <= UPLOAD_WINDOW_BYTES // 2:
            self._outbox.send(Want(self.command.id, upload.granted, limit - upload.granted))
            upload.granted = limit

    def chunk(self, chunk: Chunk) -> None:
        """Take bytes that arrived for this command; they are dropped where no upload is expected."""
        if self._upload is not None:
            self._upload.add(chunk)

    def ack(self, ack: Ack) -> None:
        """The authority consumed the download up to there. An Ack of bytes that were not sent yet gives no credit."""
        if self._acked is not None:
            self._acked = max(self._acked, min(ack.offset, self._sent))
            self._credit.set()

    def broken(self, why: str) -> None:
        """End the exchange because the session has ended."""
        if self._upload is not None:
            self._upload.break_off(why)

    async def settle(self, code: RefusalCode, reason: str, remedy: str = "") -> None:
        """Answer with a refusal, if there was no answer yet."""
        if not self.answered:
            await self._finish(Refusal(self.command.id, code, reason, remedy))

    async def _finish(self, answer: Receipt | Rows | Refusal) -> None:
        assert not self.answered, f"command {self.command.id} is answered twice"
        assert answer.id == self.command.id, f"an answer to command {answer.id} for {self.command.id}"
        self._outbox.send(answer)  # an answer that cannot be encoded raises here, and a fault is answered instead
        self.answered = True
        await self._outbox.drain()
