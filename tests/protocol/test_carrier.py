"""The carrier on real sockets: what is written arrives, what ends says why, what is slow is felt."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.carrier.carrier import WRITE_HIGH_BYTES, Carrier
from protocol.carrier.dialing import dial
from protocol.carrier.listening import listen
from protocol.errors import CarrierError
from protocol.trust.address import parse_address
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Plain:
    """A connection that keeps what it received and sends what it was given."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.out = bytearray()

    def receive_data(self, data: bytes) -> None:
        self.received += data

    def data_to_send(self) -> bytes:
        data = bytes(self.out)
        self.out.clear()
        return data


class End:
    """One end: its carrier, its connection, and what it was told."""

    def __init__(self) -> None:
        self.connection = Plain()
        self.carrier: Carrier | None = None
        self.faults: list[CarrierError | None] = []
        self.moved = asyncio.Event()

    def opened(self, carrier: Carrier) -> None:
        self.carrier = carrier
        carrier.attach(self.connection, self)
        self.moved.set()

    def readable(self) -> None:
        self.moved.set()

    def lost(self, fault: CarrierError | None) -> None:
        self.faults.append(fault)
        self.moved.set()

    def say(self, data: bytes) -> None:
        assert self.carrier is not None
        self.connection.out += data
        self.carrier.flush()

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not holds():
                self.moved.clear()
                await self.moved.wait()


@contextlib.asynccontextmanager
async def _joined(text: str):
    """Two ends, joined at a listening address."""
    theirs, ours = End(), End()
    listening = await listen(parse_address(text), theirs.opened)
    try:
        await dial(parse_address(listening.uri), ours.opened, timeout_s=WAIT_S)
        await theirs.until(lambda: theirs.carrier is not None)
        yield ours, theirs
    finally:
        for end in (ours, theirs):
            if end.carrier is not None:
                end.carrier.abort()
        await ours.until(lambda: bool(ours.faults))
        await theirs.until(lambda: bool(theirs.faults))
        await listening.close()


@pytest.fixture(params=["unix", "tcp"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"unix:{tmp_path}/c" if request.param == "unix" else "tcp:127.0.0.1:0"


async def test_bytes_arrive_in_order(address: str) -> None:
    """A megabyte each way, in many writes, comes whole."""
    async with _joined(address) as (ours, theirs):
        for end in (ours, theirs):
            for number in range(1_000):
                end.say(b"%04d" % number * 250)
        expected = b"".join(b"%04d" % number * 250 for number in range(1_000))
        for end in (ours, theirs):
            await end.until(lambda end=end: len(end.connection.received) >= len(expected))
            assert end.connection.received == expected


async def test_last_words_survive_unread_bytes(address: str) -> None:
    """Whoever closes while bytes of the peer lie unread is still heard: the stream ends, it is not reset."""
    async with _joined(address) as (ours, theirs):
        assert ours.carrier is not None and theirs.carrier is not None
        theirs.carrier.pause_reading()
        ours.say(b"x" * 30_000)
        await asyncio.sleep(0)
        theirs.say(b"why")
        theirs.carrier.close()
        await ours.until(lambda: bool(ours.faults))
        assert ours.connection.received == b"why" and ours.faults == [None]


async def test_slow_reader_is_felt_in_drain(address: str) -> None:
    """Beyond the mark `drain` waits, `stuck_for_s` counts, and both end when the peer reads again."""
    async with _joined(address) as (ours, theirs):
        assert ours.carrier is not None and theirs.carrier is not None
        theirs.carrier.pause_reading()
        total = 0
        while not ours.carrier.stuck_for_s:
            ours.say(b"x" * WRITE_HIGH_BYTES)
            total += WRITE_HIGH_BYTES
            await asyncio.sleep(0)
        waiting = asyncio.ensure_future(ours.carrier.drain())
        await asyncio.sleep(0)
        assert not waiting.done()
        theirs.carrier.resume_reading()
        async with asyncio.timeout(WAIT_S):
            await waiting
        assert ours.carrier.stuck_for_s == 0.0
        await theirs.until(lambda: len(theirs.connection.received) == total)


async def test_drain_ends_with_the_transport(address: str) -> None:
    """Who waits for room learns that the transport is gone."""
    async with _joined(address) as (ours, theirs):
        assert ours.carrier is not None and theirs.carrier is not None
        theirs.carrier.pause_reading()
        while not ours.carrier.stuck_for_s:
            ours.say(b"x" * WRITE_HIGH_BYTES)
            await asyncio.sleep(0)
        waiting = asyncio.ensure_future(ours.carrier.drain())
        await asyncio.sleep(0)
        theirs.carrier.abort()
        async with asyncio.timeout(WAIT_S):
            with pytest.raises(CarrierError):
                await waiting


async def test_description_names_the_peer(address: str) -> None:
    """uid and pid for a Unix socket, host and port for TCP."""
    async with _joined(address) as (_, theirs):
        assert theirs.carrier is not None
        words = theirs.carrier.description.split()
        assert words[0] == address.partition(":")[0]
        assert words[1].startswith(("uid=", "127.0.0.1:"))


async def test_silent_host_is_given_up() -> None:
    """A host that takes no connection (its queue is full) is given up after the stated time."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(server.getsockname())
        with pytest.raises(CarrierError, match=r"did not answer within 0\.2 s"):
            address = parse_address(f"tcp:127.0.0.1:{server.getsockname()[1]}")
            await dial(address, lambda carrier: None, timeout_s=0.2)


async def test_address_that_cannot_be_bound_says_so(tmp_path: Path) -> None:
    """A missing directory has its sentence."""
    with pytest.raises(CarrierError, match="cannot listen"):
        await listen(parse_address(f"unix:{tmp_path}/none/s"), lambda carrier: None)
