"""Work that the launcher does beside a program, outside every cage and with the privileges that the daemon began with."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Guard(Protocol):
    """Keeps something right around the processes of one program. No method waits for the program."""

    def loosen(self) -> None:
        """A process of the program is about to be started."""
        ...

    def begin(self) -> None:
        """The process has said that it serves."""
        ...

    def news(self) -> int | None:
        """0 when all is right, an error number when it is not; None when nothing has changed since the last call."""
        ...

    def end(self, *, still: bool) -> None:
        """No process of the program will be started any more; `still` when the last one ended with status 0."""
        ...


MakeGuard = Callable[[Path, Callable[[], None]], Guard | None]
"""`make_guard(vault, wake)`: None where this vault needs no guard. `wake` is called, from any thread, when there are news."""
