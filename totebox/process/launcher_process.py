"""Starts writer processes, and errands: `python -m totebox.process.launcher_process DIR FD GRADE [log]`.

A cage is inherited, and the daemon's has no write access to the records and no exec: a writer that died must be started again from
outside it, and so must every other process. This one stays outside, is started before the daemon shuts itself in, and knows a few words,
whoever speaks them:

    S   start a writer of DIR on the socket that comes along, unless one runs
    K   kill it
    W   it has recovered: from now on give what is new its place in the second wall, where the vault is hardened
    R V start an errand (`totebox.process.workers`)
    C   hand over the operator's chart, open for reading: the daemon's cage has no grant for what is made beside the keys

It answers with `Report` structs: a writer's process id when it started, and again with its status when it ended; and how the
second wall stands. When the daemon's end of its socket closes it waits until the writer has finished what waits and ended, and ends.
"""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from select import select
from typing import TYPE_CHECKING

from totebox.cage.attributes import Attribute, attributes
from totebox.files.entrance import open_file
from totebox.process.orders import CHART, ENDED, KILL, REPORT, START, STARTED, WALLED, WATCH
from totebox.process.workers import DESCRIPTORS, Errands
from totebox.vault.places import CHART as CHART_FILE

if TYPE_CHECKING:
    from totebox.hardening.upkeep import Watch


def main(root: str, descriptor: int, grade: str, log: str = "") -> None:
    """Serve until the daemon's end closes."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    woken, waking = socket.socketpair()
    for end in (woken, waking):
        end.setblocking(False)
    signal.set_wakeup_fd(waking.fileno())
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    with socket.socket(fileno=descriptor) as control, woken, waking:
        Desk(control, woken, root, (grade, log) if log else (grade,)).work()


MOST_DESCRIPTORS = max(DESCRIPTORS.values())


class Desk:
    """One writer at a time."""

    def __init__(self, control: socket.socket, woken: socket.socket, root: str, grade: tuple[str, ...]) -> None:
        self._control, self._woken = control, woken
        self._root, self._grade = root, grade
        self._writer: subprocess.Popen[bytes] | None = None
        self._errands = Errands(root, grade)
        self._last_status = 0
        self._watch = _watch(root, self._wake)

    def work(self) -> None:
        """Until the other end closes, and the writer has ended, whose own end closes then too."""
        while True:
            ready, _, _ = select([self._control, self._woken, *self._errands.lives()], [], [])
            if self._woken in ready:
                self._woken.recv(64)
                self._look()
            for life in ready:
                if life in self._errands.lives():
                    self._errands.stop(life)
            if self._control in ready:
                word, descriptors = self._order()
                if not word:
                    break
                self._take(word, descriptors)
        self._errands.end()
        if self._writer is not None:
            self._last_status = self._writer.wait()
        if self._watch is not None:
            self._watch.end(still=self._last_status == 0)

    def _order(self) -> tuple[bytes, list[int]]:
        try:
            word, descriptors, _, _ = socket.recv_fds(self._control, 1, MOST_DESCRIPTORS)
        except ConnectionError:
            # The daemon ended with a report unread: its end is closed.
            return b"", []
        return word, descriptors

    def _take(self, word: bytes, descriptors: list[int]) -> None:
        self._look()
        if word == START and self._writer is None and descriptors:
            program = [sys.executable, "-P", "-m", "totebox.writer", self._root, str(descriptors[0]), *self._grade]
            if self._watch is not None:
                self._watch.loosen()
            self._writer = subprocess.Popen(program, stdin=subprocess.DEVNULL, pass_fds=descriptors[:1])
            self._say(STARTED, self._writer.pid, 0)
        elif word == KILL and self._writer is not None:
            self._writer.kill()
        elif word == WATCH and self._watch is not None:
            self._watch.begin()
        elif word == CHART and descriptors:
            _hand_over(Path(self._root), descriptors[0])
        elif word in DESCRIPTORS:
            self._errands.begin(word, descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def _look(self) -> None:
        self._errands.look()
        if self._writer is not None and self._writer.poll() is not None:
            self._last_status = self._writer.returncode
            self._say(ENDED, self._writer.pid, self._last_status)
            self._writer = None
        while self._watch is not None and (found := self._watch.news()) is not None:
            self._say(WALLED, 0, found)

    def _wake(self) -> None:
        signal.raise_signal(signal.SIGCHLD)

    def _say(self, what: int, pid: int, status: int) -> None:
        try:
            self._control.sendall(REPORT.pack(what, pid, status))
        except OSError:
            # The daemon is gone; the next look at the socket says so.
            return


def _hand_over(root: Path, descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as back, contextlib.suppress(OSError):
        file = open_file(root, CHART_FILE)
        try:
            socket.send_fds(back, [CHART], [file])
        finally:
            os.close(file)


def _watch(root: str, wake: Callable[[], None]) -> "Watch | None":
    """Who keeps the second wall; None, and nothing more is imported, where the vault is not hardened."""
    try:
        if Attribute.APPEND not in attributes(f"{root}/assets"):
            return None
    except OSError:
        return None
    from totebox.hardening.upkeep import Watch

    return Watch(Path(root), wake)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
