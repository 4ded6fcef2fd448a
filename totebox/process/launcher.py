"""The daemon's side of the process that starts writers (`totebox.process.launcher_process`), from outside any cage entered here later."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from protocol.schema.numbers import Grade
from totebox.errors import VaultError
from totebox.process.orders import ENDED, KILL, REPORT, START, STARTED, WALLED, WATCH

START_S = 30.0


class Running:
    """One writer process. `returncode` is None while it runs, or when nobody can tell any more."""

    def __init__(self, pid: int, control: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.gone = asyncio.Event()
        self._control = control

    async def wait(self) -> None:
        """Until it has ended, or its starter has."""
        await self.gone.wait()

    def kill(self) -> None:
        """SIGKILL, by way of the starter."""
        with contextlib.suppress(OSError):
            self._control.send(KILL)


class Starter:
    """Starts writers of the vault at `root`, one at a time, from outside any cage that this process enters later."""

    def __init__(self, root: Path, grade: Grade, *, log: bool = False) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            program = [
                sys.executable,
                "-P",
                "-m",
                "totebox.process.launcher_process",
                str(root),
                str(theirs.fileno()),
                grade,
                *(["log"] if log else []),
            ]
            self._process = subprocess.Popen(program, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),))
        self._control.setblocking(False)
        self._walled: int | None = None
        self.walls_told = asyncio.Event()
        """Set each time when something is said of the second wall."""
        self.lost = asyncio.Event()
        """Set when the starter ended unasked: nobody can be started any more."""
        self._running: asyncio.Future[Running] | None = None
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process id of who starts."""
        return self._process.pid

    async def start(self, wire: socket.socket) -> Running:
        """A new writer that serves on `wire`.

        Raises:
            VaultError: the starter is gone, or another writer has not ended yet.
        """
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name="writer's starter")
        self._running = asyncio.get_running_loop().create_future()
        try:
            socket.send_fds(self._control, [START], [wire.fileno()])
            async with asyncio.timeout(START_S):
                return await self._running
        except (OSError, TimeoutError):
            raise VaultError("the process that starts the vault's writer is gone; start the Totebox again") from None

    def watch(self) -> None:
        """The writer has recovered: keep the second wall, where the vault has one."""
        with contextlib.suppress(OSError):
            self._control.send(WATCH)

    def errand(self, word: bytes, descriptors: Sequence[int]) -> None:
        """Have an errand started (`totebox.process.workers`).

        Raises:
            VaultError: the starter is gone.
        """
        try:
            socket.send_fds(self._control, [word], list(descriptors))
        except OSError:
            raise VaultError("the process that starts others is gone; start the Totebox again") from None

    @property
    def walls(self) -> tuple[str, str]:
        """What stands beside the writer's cage ('' or `chattr`), and what keeps it from being kept up ('' when nothing does)."""
        if self._walled is None:
            return "", ""
        return "chattr", os.strerror(self._walled) if self._walled else ""

    async def close(self, within_s: float) -> bool:
        """End the starter, which waits for the last writer to end; that one's socket must be closed already. Whether it ended."""
        if self._listening is not None:
            self._listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listening
        self._control.close()
        try:
            await asyncio.to_thread(self._process.wait, within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    async def _listen(self) -> None:
        running: Running | None = None
        loop = asyncio.get_running_loop()
        try:
            while data := await self._report(loop):
                what, pid, status = REPORT.unpack(data)
                if what == STARTED and self._running is not None and not self._running.done():
                    running = Running(pid, self._control)
                    self._running.set_result(running)
                elif what == ENDED and running is not None:
                    running.returncode = status
                    running.gone.set()
                elif what == WALLED:
                    self._walled = status
                    self.walls_told.set()
            self.lost.set()
        finally:
            if running is not None:
                running.gone.set()
            if self._running is not None and not self._running.done():
                self._running.set_exception(VaultError("the process that starts the vault's writer ended"))

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
