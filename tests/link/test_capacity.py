"""The door's room: derived from the descriptors, and given up by the crowd, never by those who have a session."""

import asyncio
import contextlib
import os
import resource
import socket
from pathlib import Path

import pytest

from console.model.events import LinkLost, LinkUp
from protocol.carrier.carrier import source_of
from protocol.carrier.listening import Handshakes, listen
from protocol.schema import List, Rows
from protocol.trust.address import parse_address
from tests.patience import WAIT_S
from totebox.link.capacity import MAX_CONNECTIONS, MAX_UNOPENED, Capacity, capacity_for
from totebox.link.listener import Listener

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("limit", "held", "tls", "connections", "unopened"),
    [
        (1_024, 24, False, 960, 480),
        (1_024, 24, True, 720, 240),
        (96, 30, False, 26, 13),
        (64, 60, False, 8, 4),
        (1 << 30, 24, False, MAX_CONNECTIONS, MAX_UNOPENED),
    ],
)
def test_room_is_derived_from_descriptors(limit: int, held: int, tls: bool, connections: int, unopened: int) -> None:
    """What is held and a reserve are left out; with TLS its handshakes take a part; however few there are, it is a door."""
    assert capacity_for(limit, held, tls=tls) == Capacity(connections, unopened)


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_a_source_is_an_address_or_a_64(host: str, source: str) -> None:
    """Whoever has one address of an IPv6 /64 has them all."""
    assert source_of(host) == source


class Crowd:
    """Connections that say nothing."""

    def __init__(self, rig) -> None:
        self.rig = rig
        self.writers: list[asyncio.StreamWriter] = []

    async def come(self, count: int, uri: int = 0) -> list[asyncio.StreamReader]:
        readers = []
        for _ in range(count):
            if self.rig.uris[uri].startswith("unix:"):
                reader, writer = await asyncio.open_unix_connection(self.rig.uris[uri].removeprefix("unix:"))
            else:
                host, _, port = self.rig.uris[uri].removeprefix("tcp:").rpartition(":")
                reader, writer = await asyncio.open_connection(host, int(port))
            readers.append(reader)
            self.writers.append(writer)
        return readers

    async def go(self) -> None:
        for writer in self.writers:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@pytest.fixture
async def crowd(rig):
    """Who comes, and goes at the end of the test."""
    made = Crowd(rig)
    yield made
    await made.go()


async def _cut(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(WAIT_S):
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read(1) == b""


async def _room(rig, connections: int, unopened: int) -> Listener:
    await rig.serve()
    rig.listener.capacity = Capacity(connections, unopened)
    return rig.listener


async def test_the_crowd_gives_way_to_who_comes(rig, crowd) -> None:
    """Four may be silent: the fifth takes the place of the first, and a paired console gets in through a full door."""
    await _room(rig, 100, 4)
    readers = await crowd.come(6)
    await _cut(readers[0])
    await _cut(readers[1])
    session, desk = rig.console()
    await desk.wait(LinkUp)
    assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)
    assert "no room for connections" in str(await rig.door.wait_for("turned away"))


async def test_the_most_crowded_source_gives_way(rig, crowd) -> None:
    """Three of the local user wait, one of an address: the next of that user is what costs a place, and his oldest it is."""
    await _room(rig, 100, 4)
    (other,) = await crowd.come(1, uri=1)
    readers = await crowd.come(4)
    await _cut(readers[0])
    assert not other.at_eof()
    for source, there in rig.listener._unopened.items():
        assert len(there) == (1 if source == "127.0.0.1" else 3)


async def test_sessions_are_never_cut_for_newcomers(rig, crowd) -> None:
    """All connections are sessions: whoever comes now is cut at once, and they stay."""
    listener = await _room(rig, 3, 4)
    desks = [rig.console()[1] for _ in range(3)]
    for desk in desks:
        await desk.wait(LinkUp)
    (reader,) = await crowd.come(1)
    await _cut(reader)
    assert len(listener.sessions()) == 3 and not any(desk.all(LinkLost) for desk in desks)


async def test_connections_are_counted_until_they_are_gone(rig, crowd) -> None:
    """Nothing is left counted when all have left."""
    listener = await _room(rig, 100, 8)
    await crowd.come(20)
    await crowd.go()
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert not (listener._lines or listener._count or listener._lingering or listener._unopened)


async def test_without_a_descriptor_those_who_knock_are_closed(tmp_path) -> None:
    """None is left: a connection is taken with the one in reserve and closed, not left in the queue; later ones are served."""
    served, full = asyncio.Event(), []
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    uri = parse_address(f"unix:{tmp_path}/s")
    listening = await listen(uri, lambda carrier: served.set(), full=lambda: full.append(1))
    knocking = [socket.socket(socket.AF_UNIX) for _ in range(3)]
    try:
        used = max(int(each.name) for each in Path("/proc/self/fd").iterdir())
        resource.setrlimit(resource.RLIMIT_NOFILE, (used + 1, hard))
        held = []
        with contextlib.suppress(OSError):
            while True:
                held.append(os.dup(0))
        loop = asyncio.get_running_loop()
        for each in knocking[:2]:
            each.setblocking(False)
            await loop.sock_connect(each, f"{tmp_path}/s")
            async with asyncio.timeout(WAIT_S):
                assert await loop.sock_recv(each, 1) == b""
        assert full and not served.is_set()
        for each in held:
            os.close(each)
        knocking[2].setblocking(False)
        await loop.sock_connect(knocking[2], f"{tmp_path}/s")
        async with asyncio.timeout(WAIT_S):
            await served.wait()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for each in knocking:
            each.close()
        await listening.close()


async def test_tls_handshakes_are_bounded() -> None:
    """Those that say nothing hold descriptors, too: above the bound the oldest is cut."""
    handshakes, cut = Handshakes(2), []

    async def silent(number: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cut.append(number)

    for number in range(5):
        handshakes.begin(silent(number))
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert cut == [0, 1, 2] and len(handshakes) == 2
    handshakes.begin(silent(5))
    for task in list(handshakes._tasks):
        task.cancel()
