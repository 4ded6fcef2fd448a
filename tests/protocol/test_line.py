"""A socket on the loop behaves as asyncio's own transport does: order, marks, half-closing, and one end."""

import asyncio
import contextlib
import socket

import pytest

from protocol.carrier.line import Line
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Heard(asyncio.BufferedProtocol):
    """Keeps everything that it is told, in order."""

    def __init__(self) -> None:
        self.words: list[object] = []
        self.data = bytearray()
        self.moved = asyncio.Event()
        self._room = bytearray(65_536)

    def say(self, word: object) -> None:
        self.words.append(word)
        self.moved.set()

    def connection_made(self, transport) -> None:
        self.say("made")

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        self.data += self._room[:nbytes]
        self.moved.set()

    def pause_writing(self) -> None:
        self.say("pause")

    def resume_writing(self) -> None:
        self.say("resume")

    def connection_lost(self, exc: Exception | None) -> None:
        self.say(type(exc))

    async def until(self, holds) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds():
                self.moved.clear()
                await self.moved.wait()


@pytest.fixture
async def joined():
    """A line, what it tells, and the other end as a plain socket that does not block."""
    ours, theirs = socket.socketpair()
    for each in (ours, theirs):
        each.setblocking(False)
    heard = Heard()
    line = Line(asyncio.get_running_loop(), ours, heard)
    with contextlib.closing(theirs):
        yield line, heard, theirs
        line.abort()
        await heard.until(lambda: isinstance(heard.words[-1], type))


async def _all(sock: socket.socket) -> bytes:
    """Everything up to the end of the stream."""
    loop, found = asyncio.get_running_loop(), bytearray()
    async with asyncio.timeout(WAIT_S):
        while data := await loop.sock_recv(sock, 65_536):
            found += data
    return bytes(found)


async def test_what_waits_is_written_before_the_end(joined) -> None:
    """close() after more than the kernel takes: the peer reads all of it, then the end."""
    line, heard, theirs = joined
    line.write(b"x" * 3_000_000)
    line.close()
    assert line.is_closing() and await _all(theirs) == b"x" * 3_000_000
    await heard.until(lambda: heard.words[-1] is type(None))
    assert heard.words.count(type(None)) == 1


async def test_marks_are_told_once_each(joined) -> None:
    """pause above the high mark, resume at the low one."""
    line, heard, theirs = joined
    line.set_write_buffer_limits(high=1_000, low=100)
    for _ in range(3):
        line.write(b"x" * 1_000_000)
    assert heard.words == ["made", "pause"] and line.get_write_buffer_size() > 1_000
    line.write_eof()
    assert len(await _all(theirs)) == 3_000_000
    await heard.until(lambda: "resume" in heard.words)
    assert heard.words[:3] == ["made", "pause", "resume"] and line.get_write_buffer_size() == 0


async def test_half_closed_line_still_hears(joined) -> None:
    """After write_eof the peer sees the end, and what it says then arrives."""
    line, heard, theirs = joined
    line.write_eof()
    assert await _all(theirs) == b""
    theirs.sendall(b"last words")
    await heard.until(lambda: heard.data == b"last words")


async def test_paused_line_hears_nothing(joined) -> None:
    """What comes meanwhile is there when reading goes on; pausing twice is pausing once."""
    line, heard, theirs = joined
    line.pause_reading()
    line.pause_reading()
    theirs.sendall(b"later")
    for _ in range(3):
        await asyncio.sleep(0)
    assert not heard.data and not line.is_reading()
    line.resume_reading()
    await heard.until(lambda: heard.data == b"later")


async def test_abort_drops_what_waits_and_ends_once(joined) -> None:
    """Whoever ends it and how often: connection_lost comes once, and later, and nothing is written any more."""
    line, heard, theirs = joined
    line.write(b"x" * 3_000_000)
    line.close()
    line.abort()
    line.abort()
    line.write(b"nobody hears")
    assert type(None) not in heard.words
    await heard.until(lambda: type(None) in heard.words)
    assert len(await _all(theirs)) < 3_000_000
    assert [word for word in heard.words if isinstance(word, type)] == [type(None)]


async def test_peer_that_left_is_a_fault_of_the_writer(joined) -> None:
    """Writing to who has gone ends the line with the system's word for it."""
    line, heard, theirs = joined
    line.pause_reading()
    theirs.close()
    line.write(b"x")
    await heard.until(lambda: BrokenPipeError in heard.words)
    assert line.is_closing()
