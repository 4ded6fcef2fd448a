"""Client of the launcher process, for the daemon. `totebox.process.launcher_process` describes the states and the invariants."""

import asyncio
import contextlib
import itertools
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.errors import ConfigError, VaultError
from totebox.process.launcher_protocol import ORDER, REPORT, LauncherReport, Order, setup_frames
from totebox.process.pipe import Wire
from totebox.process.program import Program
from totebox.process.program_words import LOG, NO_LOG

START_S = 30.0
OPEN_S = 5.0
GONE = "the process that starts others is gone; start the Totebox again"


class ProgramProcess:
    """One process of a program. `pid` is 0 until it has started.

    `returncode` is its exit status or minus the signal; None while it runs, or when the status is not known.
    """

    def __init__(self, launcher: "LauncherClient", program: Program, number: int) -> None:
        self.program, self.number = program, number
        self.pid = 0
        self.returncode: int | None = None
        self.begun, self.gone = asyncio.Event(), asyncio.Event()
        self._launcher = launcher

    async def wait(self) -> None:
        """Wait until it has ended, could not be started, or the launcher has ended."""
        await self.gone.wait()

    def kill(self) -> None:
        """Send SIGKILL, unless it has ended. Does not wait."""
        if not self.gone.is_set():
            self._launcher.kill(self)


class WorkerProcess(Wire):
    """A process and the wire to it. Implements `totebox.service.launcher.Worker`."""

    def __init__(self, process: ProgramProcess, wire: socket.socket) -> None:
        super().__init__(wire)
        self.process = process

    async def ended(self) -> int | None:
        """Wait until it has ended. Returns its exit status, or minus the signal; None when the status is not known."""
        await self.process.wait()
        return self.process.returncode

    async def stop(self) -> None:
        """Kill it, unless it has ended, and wait until it has."""
        self._wire.close()
        self.process.kill()
        await self.process.wait()


class LauncherClient:
    """Starts the launcher process, and has it start programs on the vault at `root`. Implements `totebox.service.launcher.Launcher`.

    Make it in a running event loop, before this process enters its cage: the launcher stays outside.
    """

    def __init__(
        self, root: Path, grade: Grade, programs: Sequence[Program], files: Sequence[str] = (), *, log: bool = False
    ) -> None:
        self._programs = {program.name: (row, program) for row, program in enumerate(programs)}
        self._files = tuple(files)
        self._control, theirs = socket.socketpair()
        with theirs:
            words = [str(theirs.fileno()), str(root), grade.value, LOG if log else NO_LOG]
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "totebox.process.launcher_process", *words],
                stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
            )  # fmt: skip
        with contextlib.suppress(OSError):  # it has ended already: `lost` is set
            self._control.sendall(setup_frames(programs, files))
        self._control.setblocking(False)
        self._numbers = itertools.count(1)
        self._running: dict[int, ProgramProcess] = {}
        self._guards: dict[int, int] = {}
        self.guards_told = asyncio.Event()
        """Set each time that the launcher reports the state of a guard."""
        self.lost = asyncio.Event()
        """Set when the launcher ended before `close`: no process can be started any more."""
        self._listening = asyncio.create_task(self._listen(), name="launcher")

    @property
    def pid(self) -> int:
        """The process id of the launcher."""
        return self._process.pid

    def processes(self) -> dict[str, list[int]]:
        """The process ids of the running processes, by the name of their program."""
        found: dict[str, list[int]] = {}
        for process in self._running.values():
            if process.pid:
                found.setdefault(process.program.name, []).append(process.pid)
        return found

    async def begin(self, program: Program, *descriptors: int) -> ProgramProcess:
        """Start a process of `program`, which gets all of `descriptors`; the first is its wire. Returns when it has started.

        Raises:
            VaultError: the launcher has ended, or could not start it.
        """
        process = self._start(program, descriptors)
        try:
            async with asyncio.timeout(START_S):
                await process.begun.wait()
        except TimeoutError:
            raise VaultError(GONE) from None
        if not process.pid:
            raise VaultError(GONE if self.lost.is_set() else f"the {program.name} could not be started; try again")
        return process

    @contextlib.asynccontextmanager
    async def start(self, program: Program, *descriptors: int) -> AsyncIterator[WorkerProcess]:
        """As `Launcher.start`."""
        wire, theirs = socket.socketpair()
        with theirs:
            try:
                process = self._start(program, (theirs.fileno(), *descriptors))
            except BaseException:
                wire.close()
                raise
        worker = WorkerProcess(process, wire)
        try:
            yield worker
        finally:
            await worker.stop()

    def kill(self, process: ProgramProcess) -> None:
        """Send SIGKILL to a process of this launcher. Does nothing when the launcher has ended."""
        with contextlib.suppress(OSError):
            self._order(Order.KILL, 0, process.number)

    def ready(self, process: ProgramProcess) -> None:
        """Report to the launcher that the process serves, so that the guard of its program begins."""
        with contextlib.suppress(OSError):
            self._order(Order.READY, self._row(process.program), process.number)

    def guard(self, program: Program) -> int | None:
        """The state of the guard of `program`: 0 or an error number; None where there is none, or it has not reported."""
        return self._guards.get(self._row(program))

    def read_file(self, file: str, most: int) -> bytes | None:
        """The present bytes of a file that the registry names; None where there is none. Blocks for up to 5 s.

        Raises:
            ConfigError: it has more than `most` bytes, or the launcher does not answer.
        """
        back, theirs = socket.socketpair()
        with back:
            back.settimeout(OPEN_S)
            try:
                with theirs:
                    self._order(Order.OPEN, self._files.index(file), 0, theirs.fileno())
                _, descriptors, _, _ = socket.recv_fds(back, 1, 1)
            except OSError as fault:
                raise ConfigError(f"{file} cannot be opened: {fault}; start the Totebox again") from None
        if not descriptors:
            return None
        with os.fdopen(descriptors[0], "rb") as stream:
            data = stream.read(most + 1)
        if len(data) > most:
            raise ConfigError(f"{file} has more than {most} bytes; shorten it")
        return data

    async def close(self, within_s: float) -> bool:
        """End the launcher, which waits for processes that finish by themselves.

        Close their wires before. Returns whether it ended in time.
        """
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening
        self._control.close()
        try:
            await asyncio.to_thread(self._process.wait, within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _start(self, program: Program, descriptors: Sequence[int]) -> ProgramProcess:
        if len(descriptors) != len(program.descriptors):
            raise ValueError(
                f"{program.name} takes {', '.join(program.descriptors)}, not {len(descriptors)} descriptors"
            )
        process = ProgramProcess(self, program, next(self._numbers))
        self._running[process.number] = process
        try:
            if self.lost.is_set():
                raise ConnectionError
            self._order(Order.START, self._row(program), process.number, *descriptors)
        except OSError:
            del self._running[process.number]
            raise VaultError(GONE) from None
        return process

    def _row(self, program: Program) -> int:
        return self._programs[program.name][0]

    def _order(self, kind: Order, row: int, number: int, *descriptors: int) -> None:
        socket.send_fds(self._control, [ORDER.pack(kind, row, number)], list(descriptors))

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while data := await self._report(loop):
                self._take(*REPORT.unpack(data))
            self.lost.set()
        finally:
            for process in list(self._running.values()):
                self._end_of(process, None)

    def _take(self, kind: int, number: int, pid: int, value: int) -> None:
        if kind == LauncherReport.GUARD:
            self._guards[number] = value
            self.guards_told.set()
        elif (process := self._running.get(number)) is not None:
            if kind == LauncherReport.STARTED:
                process.pid = pid
                process.begun.set()
            elif kind == LauncherReport.ENDED:
                self._end_of(process, value)
            elif kind == LauncherReport.REFUSED:
                self._end_of(process, None)

    def _end_of(self, process: ProgramProcess, status: int | None) -> None:
        self._running.pop(process.number, None)
        process.returncode = status
        process.begun.set()
        process.gone.set()

    async def _report(self, loop: asyncio.AbstractEventLoop) -> bytes:
        data = b""
        while len(data) < REPORT.size:
            try:
                more = await loop.sock_recv(self._control, REPORT.size - len(data))
            except OSError:
                more = b""
            if not more:
                return b""
            data += more
        return data
