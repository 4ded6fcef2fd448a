"""Launcher process: `python -P -m totebox.process.launcher_process FD VAULT GRADE LOG`. It alone starts programs.

Why it exists: a child process inherits the cage of its parent, and the daemon's cage has no exec and no write access to the records. So
every process, and a writer that must be started again, has to be started from outside that cage. The launcher stays outside: it is
started before the daemon enters its cage, and keeps the privileges that the daemon gives up. It is small, its only input is one socket,
and it reads no byte that a stranger wrote.

States, and what drives them:

    SETUP      reads the registry from the socket; anything else ends it with status 1. The daemon has no connection to a peer yet.
    SERVING    takes orders one by one, in the order of their arrival, and reports what happens to each process.
    ENDING     the daemon's end of the socket is closed, for whatever reason. Processes of programs that do not finish by themselves are
               killed. The others see their own sockets closed by the same event, and the launcher waits for them; then it ends the
               guards and itself.

Each process is reported as STARTED and then as ENDED, once each; one that cannot be started is REFUSED, once. Invariants:

    - It starts nothing but rows of the registry, on the one vault of its command line, with as many descriptors as the row says, and at
      most `most` of a row at the same time. After SETUP no order can change any of this.
    - It waits for every process that it started: no process is a zombie while it serves, and none is left when it ends.
    - A descriptor that came with an order is closed here when the order is done, so the started process is its only holder.

A crash of the launcher leaves its processes running: the writer ends when the daemon closes its socket, a one-shot process when its wire
breaks or its limits are reached. The daemon sees the socket close, starts nothing any more, and ends cleanly with status 75, so that a
service manager starts it again. A cancelled job leaves nothing behind: the daemon orders KILL and waits for ENDED. Invalid orders (an
unknown kind, an unknown row, a number that is not running) change nothing; an invalid START is REFUSED.
"""

import contextlib
import errno
import importlib
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from select import select
from typing import NamedTuple

from totebox.files.entrance import open_file
from totebox.process.environment import spare
from totebox.process.guard import Guard
from totebox.process.launcher_protocol import (
    MAX_DESCRIPTORS,
    ORDER,
    REPORT,
    LauncherReport,
    Order,
    ProgramRow,
    receive_setup,
)
from totebox.process.program_words import program_words


def main(descriptor: str, vault: str, grade: str, log: str) -> None:
    """Serve until the daemon's end of the socket closes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    woken, waking = socket.socketpair()
    for end in (woken, waking):
        end.setblocking(False)
    signal.set_wakeup_fd(waking.fileno())
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    with socket.socket(fileno=int(descriptor)) as control, woken, waking:
        rows, files = receive_setup(control)
        Processes(control, woken, (vault, grade, log), rows, files).work()


class Started(NamedTuple):
    """A running process, and the number of its row in the registry."""

    row: int
    process: "subprocess.Popen[bytes]"


class Processes:
    """The running processes of this launcher, by their number, and the guards of their programs."""

    def __init__(
        self,
        control: socket.socket,
        woken: socket.socket,
        where: tuple[str, str, str],
        rows: Sequence[ProgramRow],
        files: Sequence[str],
    ) -> None:
        self._control, self._woken = control, woken
        self._vault, self._where = Path(where[0]), where
        self._rows, self._files = rows, files
        self._running: dict[int, Started] = {}
        self._last_status = dict.fromkeys(range(len(rows)), 0)
        self._guards = {row: guard for row in range(len(rows)) if (guard := self._guard(rows[row].guard)) is not None}

    def work(self) -> None:
        """Take orders until the other end closes; then wait for the processes that finish by themselves."""
        while True:
            ready, _, _ = select([self._control, self._woken], [], [])
            if self._woken in ready:
                self._woken.recv(64)
                self._look()
            if self._control in ready and not self._take():
                break
        self._end()

    def _take(self) -> bool:
        """Take one order; False when there are no more."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self._control, ORDER.size, MAX_DESCRIPTORS)
            while data and len(data) < ORDER.size:
                more = self._control.recv(ORDER.size - len(data))
                data = data + more if more else b""
        except ConnectionError:
            # The daemon ended with a report unread: its end is closed.
            return False
        try:
            if data:
                self._look()
                kind, row, number = ORDER.unpack(data)
                self._do(kind, row, number, descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return bool(data)

    def _do(self, kind: int, row: int, number: int, descriptors: list[int]) -> None:
        if kind == Order.START:
            self._start(row, number, descriptors)
        elif kind == Order.KILL and number in self._running:
            self._running[number].process.kill()
        elif kind == Order.READY and row in self._guards:
            self._guards[row].begin()
        elif kind == Order.OPEN and row < len(self._files) and descriptors:
            self._open(self._files[row], descriptors[0])

    def _start(self, place: int, number: int, descriptors: list[int]) -> None:
        row = self._rows[place] if place < len(self._rows) else None
        if row is None or number in self._running or len(descriptors) != row.descriptors:
            return self._say(LauncherReport.REFUSED, number, 0, errno.EINVAL)
        if sum(one.row == place for one in self._running.values()) >= row.most:
            return self._say(LauncherReport.REFUSED, number, 0, errno.EAGAIN)
        if place in self._guards:
            self._guards[place].loosen()
        try:
            process = self._popen(row, descriptors)
        except OSError as fault:
            return self._say(LauncherReport.REFUSED, number, 0, fault.errno or errno.EIO)
        self._running[number] = Started(place, process)
        return self._say(LauncherReport.STARTED, number, process.pid, 0)

    def _popen(self, row: ProgramRow, descriptors: list[int]) -> "subprocess.Popen[bytes]":
        vault, grade, log = self._where
        words = program_words(vault, grade, row.profile, log, descriptors)
        output = subprocess.DEVNULL if row.is_apart else None
        return subprocess.Popen(
            [sys.executable, "-P", "-m", row.module, *words],
            stdin=subprocess.DEVNULL, stdout=output, stderr=output, pass_fds=descriptors,
            start_new_session=row.is_apart, env=spare() if row.is_apart else None,
        )  # fmt: skip

    def _open(self, file: str, descriptor: int) -> None:
        with socket.socket(fileno=os.dup(descriptor)) as back, contextlib.suppress(OSError):
            opened = open_file(self._vault, file)
            try:
                socket.send_fds(back, [b"\0"], [opened])
            finally:
                os.close(opened)

    def _look(self) -> None:
        """Report the processes that have ended, and the news of the guards."""
        for number, one in list(self._running.items()):
            if one.process.poll() is not None:
                self._last_status[one.row] = one.process.returncode
                del self._running[number]
                self._say(LauncherReport.ENDED, number, one.process.pid, one.process.returncode)
        for row, guard in self._guards.items():
            while (found := guard.news()) is not None:
                self._say(LauncherReport.GUARD, row, 0, found)

    def _end(self) -> None:
        for one in self._running.values():
            if not self._rows[one.row].finishes:
                one.process.kill()
        for one in self._running.values():
            self._last_status[one.row] = one.process.wait()
        for row, guard in self._guards.items():
            guard.end(still=self._last_status[row] == 0)

    def _guard(self, module: str) -> Guard | None:
        if not module:
            return None
        guard: Guard | None = importlib.import_module(module).make_guard(self._vault, _wake)
        return guard

    def _say(self, kind: LauncherReport, number: int, pid: int, value: int) -> None:
        try:
            self._control.sendall(REPORT.pack(kind, number, pid, value))
        except OSError:
            # The daemon has ended; the next read from the socket shows it.
            return


def _wake() -> None:
    signal.raise_signal(signal.SIGCHLD)


if __name__ == "__main__":
    main(*sys.argv[1:])
