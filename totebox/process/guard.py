"""Guard: work that the launcher does for a program, outside every cage and with the privileges with which the daemon was started."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Guard(Protocol):
    """Work around the processes of one program, such as the file attributes of its records. No method waits for the program."""

    def loosen(self) -> None:
        """Called before a process of the program is started."""
        ...

    def begin(self) -> None:
        """Called when the process has reported that it serves."""
        ...

    def news(self) -> int | None:
        """0 when the work succeeds, an error number when it fails; None when that has not changed since the last call."""
        ...

    def end(self, *, still: bool) -> None:
        """Called when no further process of the program will be started; `still` says that the last one ended with status 0."""
        ...


MakeGuard = Callable[[Path, Callable[[], None]], Guard | None]
"""`make_guard(vault, wake)` returns the guard; None where this vault needs none.

The guard calls `wake`, from any thread, when it has news.
"""
