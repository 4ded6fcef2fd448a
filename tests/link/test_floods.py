"""Crowds at the door: silent sockets, bogus handshakes by the thousand, a thousand consoles that come back at once."""

import asyncio
import os
import resource
import time
from collections.abc import Iterator

import pytest

from console.model.events import LinkLost, LinkUp
from protocol.schema import List, Rows
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S
from protocol.trust.keys import FileBinder, generate_static
from protocol.wire.preface import Purpose, preface_to
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio
LONG = os.environ.get("FUZZ") == "1"
SILENT = 1_000
BACK = 1_000 if LONG else 250
FLOOD_S = 20.0 if LONG else 2.0
FLOOD_A_SECOND = 2_000


@pytest.fixture(autouse=True)
def enough_files() -> Iterator[None]:
    """Both ends of every socket are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4_096:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4_096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_thousand_silent_sockets_are_gone_after_the_deadline(rig) -> None:
    """Half of them say nothing, half stop in mid-handshake; a paired console works all the while, and all are cut."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    begun = time.monotonic()
    path = rig.uris[0].removeprefix("unix:")
    streams = [await asyncio.open_unix_connection(path) for _ in range(SILENT)]
    for _, writer in streams[::2]:
        writer.write(bytes(preface_to(Purpose.SESSION, rig.static.public)) + b"\x00")
    async with asyncio.timeout(WAIT_S):
        for reader, _ in streams:
            while True:
                try:
                    if not await reader.read(1):
                        break
                except ConnectionResetError:
                    break
    took = time.monotonic() - begun
    for _, writer in streams:
        writer.close()
    assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)
    assert took > HANDSHAKE_DEADLINE_S - 0.5
    assert not desk.all(LinkLost)
    assert len(rig.listener._sessions) == 1


async def test_a_paired_console_works_through_a_flood(rig) -> None:
    """Up to 2,000 bogus handshakes a second: what a console asks is answered, each time, on the session that it had."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    path = rig.uris[0].removeprefix("unix:")
    bogus = bytes(preface_to(Purpose.SESSION, rig.static.public)) + b"\x00\x60" + os.urandom(96)
    sent = 0
    stop = asyncio.Event()

    async def strangers() -> None:
        nonlocal sent
        begun = time.monotonic()
        while not stop.is_set():
            while sent < (time.monotonic() - begun) * FLOOD_A_SECOND and not stop.is_set():
                _, writer = await asyncio.open_unix_connection(path)
                writer.write(bogus)
                writer.close()
                sent += 1
            await asyncio.sleep(0.001)  # the pace of the flood

    flood = asyncio.create_task(strangers())
    begun = time.monotonic()
    while time.monotonic() - begun < FLOOD_S or sent <= 100:
        async with asyncio.timeout(WAIT_S):
            assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)
        await asyncio.sleep(0.005)  # the pace of the questions
    stop.set()
    await flood
    assert not desk.all(LinkLost)


async def test_all_consoles_come_back_at_once(rig) -> None:
    """A thousand of them with `make fuzz`: every link stands again, none by a second handshake too many."""
    uris = await rig.serve()
    keys = [(generate_static(os.urandom), FileBinder(os.urandom(32))) for _ in range(BACK)]
    desks = [rig.console(uris[0], keys=pair)[1] for pair in keys]
    for desk in desks:
        await desk.wait(LinkUp)
    await rig.stop()
    for desk in desks:
        await desk.wait(LinkLost)
        desk.events.clear()
    await rig.serve(*uris)
    for desk in desks:
        await desk.wait(LinkUp)
    assert len(rig.listener.sessions()) == BACK
