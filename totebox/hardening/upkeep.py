"""Keeps the second wall while a daemon runs: every half minute what is new gets its attribute, off everybody's path."""

import errno
import os
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

from totebox.errors import ToteboxError
from totebox.hardening.walls import Walls

EVERY_S = 30.0


class Watch:
    """A thread of the launcher; a `totebox.process.guard.Guard`. `wake` is called from it when there are `news`."""

    def __init__(self, root: Path, wake: Callable[[], None]) -> None:
        self._root, self._wake = root, wake
        self._walls = Walls(root)
        self._ended = Event()
        self._thread: Thread | None = None
        self._news: deque[int] = deque()
        self._told: int | None = None

    def begin(self) -> None:
        """Sweep now, and again and again: recovery has put back what a power loss took."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="walls", daemon=True)
            self._thread.start()

    def loosen(self) -> None:
        """A writer is about to recover: it may write anywhere in files of which acknowledged bytes lie in the write-ahead log."""
        try:
            self._walls.loosen()
        except OSError as error:
            self._tell(error.errno or errno.EIO)

    def news(self) -> int | None:
        """0 when the wall stands, an error number when it cannot be kept; None when that was told already."""
        return self._news.popleft() if self._news else None

    def end(self, *, still: bool) -> None:
        """The writer has ended: bind what came last. When it ended in good order (`still`), what can grow no more becomes immutable."""
        self._ended.set()
        if self._thread is None:
            return
        self._thread.join()
        if self._told:
            return
        from totebox.vault.life.home import lock

        try:
            held = lock(self._root)
        except ToteboxError:
            # The next daemon is there already, and keeps the wall.
            return
        try:
            self._sweep(still=still)
        finally:
            os.close(held)

    def _run(self) -> None:
        while True:
            self._sweep(still=False)
            if self._ended.wait(EVERY_S):
                return

    def _sweep(self, *, still: bool) -> None:
        try:
            self._walls.sweep(still=still)
        except OSError as error:
            self._tell(error.errno or errno.EIO)
        else:
            self._tell(0)

    def _tell(self, found: int) -> None:
        if found != self._told:
            self._told = found
            self._news.append(found)
            self._wake()
