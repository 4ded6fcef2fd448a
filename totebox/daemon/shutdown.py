"""The end of a daemon: within `END_S` of SIGTERM or SIGINT, whatever hangs. What is cut off is named on stderr.

Each part of the daemon has a time by which it ends in good order (`by`, in seconds after the signal). What has not
ended then is cut off and named. If the loop itself hangs, in a call that does not return, the interpreter's own
watchdog ends the process and prints where every thread was: it needs neither the loop nor the interpreter's lock.
"""

import asyncio
import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from totebox.clock import monotonic_s

END_S = 10.0
WATCHDOG_S = 9.5
LINK_S, TASKS_S, LAST_ROW_S, INDEXES_S, WRITER_S, KILLED_S, LAUNCHER_S, THREADS_S = (
    2.5,
    3.0,
    4.5,
    5.0,
    7.0,
    7.8,
    8.5,
    9.0,
)
"""The latest end in seconds after the signal of: sessions, background tasks, the last audit row, the indexes, the writer, the writer
after SIGKILL, the launcher, threads.
"""
LEAST_S = 0.2
THREADS = "totebox-thread"
"""The prefix of the names of the executor's threads."""

T = TypeVar("T")


class Stopped(Exception):
    """The daemon was asked to end before it had started."""


class Ending:
    """Takes the signals of one process, from `listen` on, and measures the time afterwards. `pace` below 1 shortens all
    times.
    """

    def __init__(self, say: Callable[[str], None], pace: float = 1.0) -> None:
        self._pace = pace
        self.asked = asyncio.Event()
        self._say = say
        self._at: float | None = None
        self._loop = asyncio.get_running_loop()

    def listen(self) -> None:
        """Install the signal handlers. They run even while a call blocks the loop's thread, when a handler of the loop
        would not.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.ask())

    def ask(self) -> None:
        """Ask for the end; the first call counts."""
        if self._at is None:
            self._at = monotonic_s()
            faulthandler.dump_traceback_later(WATCHDOG_S * self._pace, exit=True)
            self._loop.call_soon_threadsafe(self.asked.set)

    def left_s(self, by: float, otherwise: float) -> float:
        """Seconds from now until `by` seconds after the signal; `otherwise` where there was no signal."""
        return otherwise if self._at is None else max(LEAST_S * self._pace, self._at + by * self._pace - monotonic_s())

    def cut(self, what: str) -> None:
        """Name `what` as cut off."""
        self._say(f"cut: {what}")

    async def unless(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. Raises Stopped, after `work` was cancelled, where the end was asked for first."""
        task, asked = asyncio.ensure_future(work), asyncio.ensure_future(self.asked.wait())
        try:
            await asyncio.wait((task, asked), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                task.cancel()
                await asyncio.wait((task,))
                if task.cancelled():
                    raise Stopped
            return task.result()
        finally:
            asked.cancel()

    async def settled(self, tasks: "set[asyncio.Task[None]]", by: float, otherwise: float) -> None:
        """Cancel `tasks` and wait for them. A task that does not end in time is named and left."""
        for task in tasks:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self.left_s(by, otherwise))
            for task in late:
                self.cut(f"{task.get_name()}, which did not end")

    def join_threads(self) -> None:
        """Wait for the executor's threads, as the last step. A thread that is still at work is named."""
        for thread in _threads():
            thread.join(self.left_s(THREADS_S, THREADS_S))
        frames = sys._current_frames()
        for thread in _threads():
            frame = frames.get(thread.ident or 0)
            where = f" in {Path(frame.f_code.co_filename).name} line {frame.f_lineno}" if frame is not None else ""
            self.cut(f"a thread that is at work{where}")

    def leave(self) -> None:
        """Leave the process. Where a thread would keep the interpreter from ending, the process ends here."""
        if _threads():
            os._exit(0)
        faulthandler.cancel_dump_traceback_later()


async def first(ends: "set[asyncio.Task[Any]]", work: "set[asyncio.Task[None]]") -> None:
    """Wait until one of `ends` is done, or some `work` has failed. Work that returns does not end the wait."""
    waiting = ends | work
    while True:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if done & ends or any(task.cancelled() or task.exception() for task in done):
            return


def raise_failures(tasks: "set[asyncio.Task[None]]") -> None:
    """Raise what a finished task raised, if one did."""
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


def _threads() -> list[threading.Thread]:
    """Threads of the loop's executor that have not ended: the interpreter would wait for them."""
    return [thread for thread in threading.enumerate() if thread.name.startswith(THREADS)]
