"""Upkeep of the second wall while a daemon runs: every half minute new files get their attributes, in a thread of the launcher."""

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
    """The guard of the writer: a thread that sweeps the vault.

    Implements `totebox.process.guard.Guard`; calls `wake` when it has `news`.
    """

    def __init__(self, root: Path, wake: Callable[[], None]) -> None:
        self._root, self._wake = root, wake
        self._walls = Walls(root)
        self._ended = Event()
        self._thread: Thread | None = None
        self._news: deque[int] = deque()
        self._told: int | None = None

    def begin(self) -> None:
        """Start the sweeps. Recovery is done by then, so the write-ahead log has nothing more to write back."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="walls", daemon=True)
            self._thread.start()

    def loosen(self) -> None:
        """Called before a writer starts: its recovery may write at any offset of files that have bytes in the write-ahead log."""
        try:
            self._walls.loosen()
        except OSError as error:
            self._tell(error.errno or errno.EIO)

    def news(self) -> int | None:
        """0 when the attributes are set, an error number when they cannot be; None when that has not changed since the last call."""
        return self._news.popleft() if self._news else None

    def end(self, *, still: bool) -> None:
        """Called when the writer has ended: a last sweep.

        `still` says that it ended cleanly: files that can grow no more become immutable.
        """
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
            # The next daemon serves the vault already, and its guard sweeps.
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
