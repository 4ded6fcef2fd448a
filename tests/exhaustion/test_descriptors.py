"""Descriptors: silent crowds at `ulimit -n 1024`, a daemon with 96 of them, and one that has none left for a while."""

import asyncio
import contextlib
import resource
from pathlib import Path

import pytest

from console.model.events import Heard
from protocol.schema import List
from protocol.schema.numbers import Topic
from protocol.wire.codec import decode_body
from tests.patience import WAIT_S
from tests.processes import told
from tests.totebox.conftest import Console, Daemon, Program

pytestmark = pytest.mark.anyio
SILENT = 1_100


class Limited(Program):
    """`os-totebox`, whose daemons may open so many files and no more."""

    def __init__(self, runtime: Path, soft: int, hard: int) -> None:
        super().__init__(runtime)
        self.limits = f"ulimit -Sn {soft} && ulimit -Hn {hard}"

    def command(self, *arguments: object) -> list[str]:
        plain = super().command(*arguments)
        return ["sh", "-c", f'{self.limits} && exec "$@"', "sh", *plain] if arguments[0] == "serve" else plain


@pytest.fixture
def limit(program, daemon):
    """`limit(soft, hard)`: the daemon of this test is started under these limits."""

    def set_(soft: int, hard: int) -> None:
        daemon.program = Limited(Path(program.environ["XDG_RUNTIME_DIR"]), soft, hard)

    return set_


@pytest.fixture
def desk_of(consoles):
    """`desk_of(daemon)`: an ADMIN console on a daemon that is made and started now."""

    async def begin(daemon: Daemon) -> Console:
        ticket = daemon.init()
        daemon.start()
        consoles.append(Console())
        return await consoles[-1].open(await consoles[-1].pair(ticket))

    return begin


@pytest.fixture
def enough_files():
    """Both ends of each silent connection are opened from here."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4_096:
        pytest.skip(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4_096), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Crowd:
    """Connections that say nothing, and come again when they are cut."""

    def __init__(self, daemon: Daemon) -> None:
        self.path = daemon.uris[0].removeprefix("unix:")
        self.writers: list[asyncio.StreamWriter] = []

    async def come(self, count: int) -> None:
        for _ in range(count):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_unix_connection(self.path)
                self.writers.append(writer)

    def go(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


async def test_silent_connections_do_not_end_a_daemon(
    limit, daemon, desk_of, new_console, enough_files, row, meter
) -> None:
    """1,100 of them at `ulimit -n 1024`: who has a session works on, who comes new is paired, and the daemon stands."""
    limit(1_024, 1_024)
    desk = await desk_of(daemon)
    crowd = Crowd(daemon)
    async with meter(daemon, bystander=desk) as cost:
        await crowd.come(SILENT)
        newcomer = new_console()
        await newcomer.open(await newcomer.pair(daemon.ticket("user")))
        assert await newcomer.rows(List("input.chart", "", "", "", 1))
    row(f"{SILENT:,} silent connections at ulimit -n 1024, and a pairing", cost)
    crowd.go()
    assert await asyncio.to_thread(daemon.stop) == 0


async def test_96_descriptors_and_a_pairing_do_not_end_a_daemon(
    limit, daemon, desk_of, new_console, enough_files, row, meter
) -> None:
    """A crowd takes what there is; a ticket is issued beside the daemon and used, and the daemon ends in good order."""
    limit(96, 96)
    desk = await desk_of(daemon)
    crowd = Crowd(daemon)
    async with meter(daemon, bystander=desk) as cost:
        await crowd.come(300)
        newcomer = new_console()
        await newcomer.open(await newcomer.pair(daemon.ticket("user")))
        assert await newcomer.rows(List("input.chart", "", "", "", 1))
    row("300 silent connections at ulimit -n 96, and a pairing", cost)
    crowd.go()
    assert await asyncio.to_thread(daemon.stop) == 0


async def test_the_soft_limit_is_raised_to_the_hard_one(limit, daemon, desk_of) -> None:
    """A daemon started at 96 of 4,000 may open 4,000."""
    limit(96, 4_000)
    await desk_of(daemon)
    (line,) = (line for line in told(daemon.pid, "limits").splitlines() if line.startswith("Max open files"))
    assert line.split()[3:5] == ["4000", "4000"]


async def test_a_daemon_without_a_descriptor_goes_on_when_there_are_some(limit, daemon, desk_of, new_console) -> None:
    """None is left for a while: what failed is logged, told as an event, and done when it can be: a ticket issued meanwhile pairs."""
    limit(1_024, 1_024)
    desk = await desk_of(daemon)
    held = len(list(Path(f"/proc/{daemon.pid}/fd").iterdir()))
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (held - 1, 1_024))
    ticket = daemon.ticket("user")

    def tells_of_it(event: Heard) -> bool:
        if event.message.topic is not Topic.EVENT:
            return False
        return "tried again" in decode_body(Topic.EVENT, event.message.body).remedy

    await desk.wait(Heard, tells_of_it)
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (1_024, 1_024))
    newcomer = new_console()
    async with asyncio.timeout(WAIT_S):
        await newcomer.open(await newcomer.pair(ticket))
        while not any(entry["kind"] == "TICKET" for entry in await desk.rows(List("audit.log", "", "", "", 200))):
            pass
    assert await asyncio.to_thread(daemon.stop) == 0
    assert "failed and is tried again" in daemon.said
