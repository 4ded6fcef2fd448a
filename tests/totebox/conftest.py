"""Real daemons in processes of their own, real consoles that dial them."""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import monotonic

import pytest

from console.link.pairing import StoredPairing, pair
from console.link.session import Session
from console.model.events import Answer, LinkLost, LinkUp
from protocol.schema import Offer, Receipt, Refusal, Rows
from protocol.trust.keys import FileBinder, generate_static
from protocol.trust.pairing import parse_ticket
from tests.approving import approved
from tests.patience import PROGRAM_S, WAIT_S
from totebox.process.interpreter import known_faults


class Program:
    """`os-totebox`, run with this test's runtime folder."""

    def __init__(self, runtime: Path) -> None:
        self.environ = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
        self.entry = ["-m", "totebox.cli.main"]

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, *self.entry, *map(str, arguments)]

    def run(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        """One verb to its end."""
        return subprocess.run(
            self.command(*arguments), env=self.environ, capture_output=True, text=True, timeout=PROGRAM_S, check=False
        )


class Daemon:
    """One Totebox directory and, between `start` and `stop`, its daemon."""

    def __init__(self, program: Program, directory: Path) -> None:
        self.program, self.directory = program, directory
        self.uris: list[str] = []
        self.said = ""
        """What it wrote to stderr, once it has ended, without the warning of an old Python."""
        self._process: subprocess.Popen[str] | None = None

    def init(self) -> str:
        """Create it; the first ticket's text."""
        done = self.program.run("init", self.directory, "--entity", "Acme Holdings", "--kind", "corporation")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ticket(self, role: str) -> str:
        done = self.program.run("pair", self.directory, "--role", role)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, *options: str) -> None:
        """Serve, and wait until it says `ready` for each address."""
        command = self.program.command("serve", self.directory, *options)
        self._process = subprocess.Popen(
            command, env=self.program.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wanted = max(1, options.count("--listen"))
        self.uris = []
        assert self._process.stdout is not None and self._process.stderr is not None
        while len(self.uris) < wanted:
            line = self._process.stdout.readline()
            found = re.fullmatch(r"ready (\S+)\n", line)
            assert found, f"not ready: {line!r} {self._process.stderr.read() if not line else ''}"
            self.uris.append(found[1])

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _end(self, number: signal.Signals) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(number)
        aged = known_faults(sys.version_info[:3])
        self.said = self._process.communicate(timeout=PROGRAM_S)[1].removeprefix(f"os-totebox: warning: {aged}\n")
        status, self._process = self._process.returncode, None
        return status


class Store:
    """Pairings of one console, in memory."""

    def __init__(self) -> None:
        self.pairings: list[StoredPairing] = []
        """Every state that was stored, in order."""
        self.kept: dict[str, StoredPairing] = {}

    def store(self, pairing: StoredPairing) -> None:
        self.pairings.append(pairing)
        self.kept[pairing.totebox] = pairing

    def free_name(self, wanted: str, totebox: str) -> str:
        return wanted

    def find(self, totebox: str) -> StoredPairing | None:
        return self.kept.get(totebox)

    def forget(self, totebox: str) -> None:
        self.kept.pop(totebox, None)


class Console:
    """One device: pairs, then keeps a session."""

    def __init__(self, label: str = "desk") -> None:
        self.static, self.binder = generate_static(os.urandom), FileBinder(os.urandom(32))
        self.label, self.events, self.store = label, [], Store()
        self._moved = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self.session: Session | None = None

    async def pair(self, ticket: str) -> StoredPairing:
        return await pair(parse_ticket(ticket), self.static, self.binder, self.label, "test/1 keyboard", self.store)

    async def open(self, pairing: StoredPairing, *, stale_after_s: float = WAIT_S) -> "Console":
        """Begin the session and wait until it stands."""
        self.session = Session(
            pairing, self.static, self.binder, self.label, "test/1 keyboard", self._emit, monotonic,
            stale_after_s=stale_after_s,
        )  # fmt: skip
        self.events.clear()
        self._running = asyncio.create_task(self.session.run())
        await self.wait(LinkUp)
        return self

    async def wait(self, kind, holds=lambda event: True):
        """The first event of `kind` that holds, past ones included."""
        async with asyncio.timeout(WAIT_S):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and holds(event):
                        return event
                if isinstance(last := self.events[-1] if self.events else None, LinkLost) and last.retry_at is None:
                    raise AssertionError(f"the link is lost for good: {last.reason}")
                self._moved.clear()
                await self._moved.wait()

    async def rows(self, arguments) -> list[dict[str, object]]:
        """Rows by column; fails where something else is answered."""
        answer = await self.ask(arguments)
        assert isinstance(answer, Rows), answer
        names = [column.name for column in answer.table.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.table.rows]

    async def ask(self, arguments, once: bytes = b"") -> Receipt | Rows | Refusal:
        assert self.session is not None
        async with asyncio.timeout(WAIT_S):
            return await self.session.ask("test", arguments, once)

    async def seal(self, intake: object, supersedes: int | None = None, note: str = "", once: bytes = b"") -> Answer:
        """Confirm the document as it stands, signed with this device's key."""
        assert self.session is not None
        approval = await approved(self.ask, str(intake), supersedes)
        async with asyncio.timeout(WAIT_S):
            return await self.session.seal("test", approval, note, once)

    async def offer(self, data: bytes, name: bytes) -> dict[str, object]:
        """Upload `data`; the intake's row."""
        assert self.session is not None

        async def chunks(offset: int) -> AsyncIterator[bytes]:
            for at in range(offset, len(data), 8_192):
                yield data[at : at + 8_192]

        async with asyncio.timeout(WAIT_S):
            answer = await self.session.upload("offer", Offer(name, len(data), hashlib.sha256(data).digest()), chunks)
        assert isinstance(answer, Rows), answer
        return dict(zip((column.name for column in answer.table.columns), answer.table.rows[0], strict=True))

    async def download(self, index: int) -> bytes:
        assert self.session is not None
        data = bytearray()
        async with asyncio.timeout(WAIT_S):
            refusal = await self.session.download(index, data.extend)
        assert refusal is None, refusal
        return bytes(data)

    async def close(self) -> None:
        if self._running is not None:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running

    def _emit(self, event) -> None:
        self.events.append(event)
        self._moved.set()


@pytest.fixture
def program(short_dir: Path) -> Program:
    (short_dir / "run").mkdir(mode=0o700)
    return Program(short_dir / "run")


@pytest.fixture
def daemon(program: Program, short_dir: Path) -> Iterator[Daemon]:
    """A Totebox that is not served yet."""
    built = Daemon(program, short_dir / "acme")
    yield built
    built.kill()
    shutil.rmtree(built.directory, ignore_errors=True)


@pytest.fixture
async def consoles() -> AsyncIterator[list[Console]]:
    """Consoles that a test makes with `consoles.append` are closed at its end."""
    made: list[Console] = []
    yield made
    for console in made:
        await console.close()


@pytest.fixture
async def desk(daemon: Daemon, consoles: list[Console]) -> Console:
    """An ADMIN console with a session on a served Totebox."""
    ticket = daemon.init()
    daemon.start()
    console = Console()
    consoles.append(console)
    return await console.open(await console.pair(ticket))


@pytest.fixture
def another(daemon: Daemon, consoles: list[Console]):
    """Makes one more device with a session, in the role that is asked for."""

    async def make(role: str, label: str) -> Console:
        console = Console(label)
        consoles.append(console)
        return await console.open(await console.pair(daemon.ticket(role)))

    return make


@pytest.fixture
def new_console(consoles: list[Console]):
    """Makes a device that is not paired."""

    def make() -> Console:
        console = Console("new")
        consoles.append(console)
        return console

    return make


@pytest.fixture
def copied(program: Program, short_dir: Path) -> Iterator[object]:
    """Stops a daemon, copies its directory, and serves the copy."""
    made: list[Daemon] = []

    def copy(original: Daemon) -> Daemon:
        original.stop()
        shutil.copytree(original.directory, short_dir / "copy")
        made.append(Daemon(program, short_dir / "copy"))
        made[-1].start()
        return made[-1]

    yield copy
    for one in made:
        one.kill()
