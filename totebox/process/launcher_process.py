"""The launcher: `python -P -m totebox.process.launcher_process FD VAULT GRADE LOG`. It alone starts programs.

Why it is there: a cage is inherited, and the daemon's has no exec and no write access to the records. A writer that died must be
started again from outside that cage, and so must every other process. The launcher stays outside, is started before the daemon shuts
itself in, and keeps the privileges that the daemon gives up. It is small, takes no input but that of one socket, and reads no byte that
a stranger wrote.

States, and who drives them:

    SETUP      reads the registry from the socket; anything else ends it with status 1. Nobody has spoken with the daemon yet.
    SERVING    takes orders one by one, in the order in which they came, and reports what became of each process.
    ENDING     the daemon's end of the socket is closed, however the daemon ended. Processes of programs that do not finish by themselves
               are killed; the others have their own sockets closed by the same event, and are waited for. Then the guards end, then it.

Each process is STARTED, then ENDED, once each; one that cannot be started is REFUSED, once. Invariants:

    - It starts nothing but rows of the registry, on the one vault of its command line, with as many descriptors as the row says, and at
      most `most` of a row at the same time. After SETUP no order can change any of this.
    - Every process that it started it also waits for. No process is a zombie while it serves, none is left when it ends.
    - A descriptor that came with an order is closed here when the order is done: the process that has it is its only holder.

A crash of the launcher leaves its processes running: the writer ends when the daemon closes its socket, one-shot processes when their wire
breaks or their limits end them. The daemon sees the socket close, starts nothing any more, ends in good order and with status 75, so that
a service manager starts it again. A job that is cancelled leaves nothing: the daemon orders KILL and waits for ENDED. Orders that make no
sense (an unknown kind, a row that is not there, a number that is not running) change nothing; a START among them is REFUSED.
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
    Order,
    Report,
    Row,
    receive_setup,
)
from totebox.process.program_words import program_words


def main(descriptor: str, vault: str, grade: str, log: str) -> None:
    """Serve until the daemon's end closes."""
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
    """A process that runs: its row, and the process."""

    row: int
    process: "subprocess.Popen[bytes]"


class Processes:
    """The processes that this launcher started and that have not ended, by number."""

    def __init__(
        self,
        control: socket.socket,
        woken: socket.socket,
        where: tuple[str, str, str],
        rows: Sequence[Row],
        files: Sequence[str],
    ) -> None:
        self._control, self._woken = control, woken
        self._vault, self._where = Path(where[0]), where
        self._rows, self._files = rows, files
        self._running: dict[int, Started] = {}
        self._last_status = dict.fromkeys(range(len(rows)), 0)
        self._guards = {row: guard for row in range(len(rows)) if (guard := self._guard(rows[row].guard)) is not None}

    def work(self) -> None:
        """Until the other end closes; then until those that finish by themselves have ended."""
        while True:
            ready, _, _ = select([self._control, self._woken], [], [])
            if self._woken in ready:
                self._woken.recv(64)
                self._look()
            if self._control in ready and not self._take():
                break
        self._end()

    def _take(self) -> bool:
        """Take one order; False when there will be no more."""
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
            return self._say(Report.REFUSED, number, 0, errno.EINVAL)
        if sum(one.row == place for one in self._running.values()) >= row.most:
            return self._say(Report.REFUSED, number, 0, errno.EAGAIN)
        if place in self._guards:
            self._guards[place].loosen()
        try:
            process = self._popen(row, descriptors)
        except OSError as fault:
            return self._say(Report.REFUSED, number, 0, fault.errno or errno.EIO)
        self._running[number] = Started(place, process)
        return self._say(Report.STARTED, number, process.pid, 0)

    def _popen(self, row: Row, descriptors: list[int]) -> "subprocess.Popen[bytes]":
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
        """Report the processes that ended and what the guards have found."""
        for number, one in list(self._running.items()):
            if one.process.poll() is not None:
                self._last_status[one.row] = one.process.returncode
                del self._running[number]
                self._say(Report.ENDED, number, one.process.pid, one.process.returncode)
        for row, guard in self._guards.items():
            while (found := guard.news()) is not None:
                self._say(Report.GUARD, row, 0, found)

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

    def _say(self, kind: Report, number: int, pid: int, value: int) -> None:
        try:
            self._control.sendall(REPORT.pack(kind, number, pid, value))
        except OSError:
            # The daemon is gone; the next look at the socket says so.
            return


def _wake() -> None:
    signal.raise_signal(signal.SIGCHLD)


if __name__ == "__main__":
    main(*sys.argv[1:])
