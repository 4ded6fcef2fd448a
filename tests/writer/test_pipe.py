"""The daemon's end of the socketpair: what is sent together leaves together, what comes is told, and an end is an end."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from tests.patience import WAIT_S
from totebox.writer.frame import HEAD, MAX_ANSWER_BYTES, MAX_FRAME_BYTES, Frames, Word, frame
from totebox.writer.pipe import Pipe

pytestmark = pytest.mark.anyio


class Ends:
    """A pipe and the socket at its other end."""

    def __init__(self) -> None:
        ours, self.other = socket.socketpair()
        self.other.setblocking(False)
        self.ours = ours
        self.told: asyncio.Queue[tuple[int, int, bytes]] = asyncio.Queue()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        make = lambda: Pipe(lambda *frame: self.told.put_nowait(frame))  # noqa: E731
        _, self.pipe = await loop.create_connection(make, sock=self.ours)

    async def receive(self) -> bytes:
        async with asyncio.timeout(WAIT_S):
            return await asyncio.get_running_loop().sock_recv(self.other, 1 << 20)


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    made = Ends()
    await made.open()
    yield made
    await made.pipe.close()
    made.other.close()


def framed(identifier: int, blob: bytes = b"") -> bytes:
    return frame(identifier, Word.READ, blob)


async def test_what_is_sent_in_one_turn_leaves_in_one_call(ends: Ends) -> None:
    """Two callers, one system call; in the order in which they sent."""
    await asyncio.gather(ends.pipe.send(framed(1)), ends.pipe.send(framed(2)))
    assert await ends.receive() == framed(1) + framed(2)


async def test_what_comes_is_told_frame_by_frame(ends: Ends) -> None:
    """Cut anywhere on the way."""
    stream = framed(1, b"a") + framed(2, b"b" * 500)
    for part in (stream[:3], stream[3:60], stream[60:]):
        await asyncio.get_running_loop().sock_sendall(ends.other, part)
    async with asyncio.timeout(WAIT_S):
        found = [await ends.told.get(), await ends.told.get()]
    assert [identifier for identifier, _, _ in found] == [1, 2]


async def test_who_sends_more_than_is_taken_waits(ends: Ends) -> None:
    """Until the other end reads again; nothing is lost or mixed up."""
    sending = asyncio.create_task(_send_all(ends.pipe, count=40))
    frames = Frames()
    found: list[tuple[int, int, bytes]] = []
    while len(found) < 40:
        found += frames.feed(await ends.receive())
    await sending
    assert [identifier for identifier, _, _ in found] == list(range(40))


async def _send_all(pipe: Pipe, count: int) -> None:
    for number in range(count):
        await pipe.send(framed(number, bytes(100_000)))


@pytest.mark.parametrize("length", [MAX_FRAME_BYTES * 2, MAX_ANSWER_BYTES + HEAD.size + 1])
async def test_bytes_that_are_no_frame_end_the_connection(ends: Ends, length: int) -> None:
    """Nothing that follows them could be read; an answer is smaller than a request may be."""
    ends.other.send(HEAD.pack(length, 1, Word.DONE))
    async with asyncio.timeout(WAIT_S):
        await ends.pipe.lost
    with pytest.raises(ConnectionError):
        await ends.pipe.send(framed(1))


async def test_who_waits_for_room_hears_of_the_end(ends: Ends) -> None:
    """The other end closes without having read."""
    sending = asyncio.create_task(_send_all(ends.pipe, count=100))
    await ends.receive()
    ends.other.close()
    async with asyncio.timeout(WAIT_S):
        with pytest.raises(ConnectionError):
            await sending
    assert ends.pipe.lost.done()


async def test_closing_sends_what_was_sent_before(ends: Ends) -> None:
    """In the same turn of the loop."""
    await ends.pipe.send(framed(7))
    await ends.pipe.close()
    assert await ends.receive() == framed(7)
