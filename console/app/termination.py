"""How the console ends: on a key or on a signal it leaves the screen in good order, or, when that takes too long, by
force.

States: open, leaving (a signal came, or a key asked for the end), over. `Termination` is held around `App.run`.

- A signal (SIGTERM, SIGHUP, SIGQUIT) asks the application to exit, which restores the terminal. The exit status is 128
+ its number. - `leaving` starts a watchdog thread. If the application is not over `GRACE_S` later (the terminal is gone
and a write to it
  blocks, a thread waits for a dead host), the thread restores the terminal itself and ends the process.
- After `App.run` has returned the watchdog goes on with `LATER_S`: a thread for which Python waits must not keep the
process alive. - SIGCONT resumes the screen only when the console was suspended and is not leaving: a terminal that
closes sends SIGHUP and SIGCONT
  to a suspended program, and a screen that started again then would read from a closed terminal.

Invariant: the application ends at most `GRACE_S` after the first signal. Records are safe at any moment: they are
stored in Toteboxes, and a command without an answer is sent again.
"""

import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
GRACE_S = 4.0
LATER_S = 16.0
"""Seconds for the work after the screen, the daemons of the demo included, which have ten seconds and are then
killed.
"""
RESTORED = (
    b"\x1b[<u\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?2004l\x1b[?2048l\x1b[?1004l\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Kitty keys, mouse, bracketed paste, size and focus reports off; the first screen back; the cursor shown; the default
style.
"""


class Termination:
    """Ends the application on a signal, and the process where the application cannot end.

    Args:
        leave: asks the application to exit with a status; called in the main thread, from within the running event
            loop.
        kill: ends the process at once with a status.
    """

    def __init__(
        self, leave: Callable[[int], None], *, grace_s: float = GRACE_S, kill: Callable[[int], object] = os._exit
    ) -> None:
        self._leave, self._grace_s, self._kill = leave, grace_s, kill
        self.status = 0
        self._over = threading.Event()
        self._watchdog: threading.Thread | None = None
        self._before: dict[int, object] = {}
        self._terminal = _attributes()
        self._is_suspended = False

    def __enter__(self) -> "Termination":
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._signalled)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def over(self) -> None:
        """The application has ended. The process has `LATER_S` seconds for the work after it."""
        self._over.set()

    def guard_resume(self) -> None:
        """Let SIGCONT resume the screen only after a SIGTSTP. Call it when the application has set its own handlers of
        both.
        """
        stop, resume = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
        if not callable(stop) or not callable(resume):
            return

        def suspended(number: int, frame: FrameType | None) -> None:
            self._is_suspended = True
            stop(number, frame)

        def resumed(number: int, frame: FrameType | None) -> None:
            if self._is_suspended and self._watchdog is None:
                resume(number, frame)
            self._is_suspended = False

        signal.signal(signal.SIGTSTP, suspended)
        signal.signal(signal.SIGCONT, resumed)

    def leaving(self) -> None:
        """The application was asked to exit: it has `grace_s` seconds from the first call."""
        if self._watchdog is None:
            self._watchdog = threading.Thread(target=self._watch, name="termination", daemon=True)
            self._watchdog.start()

    def _signalled(self, number: int, _: FrameType | None) -> None:
        if not self.status:
            self.status = 128 + number
            self.leaving()
            self._leave(self.status)

    def _watch(self) -> None:
        if self._over.wait(self._grace_s):
            threading.Event().wait(LATER_S)
        else:
            _restore(self._terminal)
        self._kill(self.status or 1)


def _attributes() -> list[object] | None:
    with suppress(OSError, ValueError, termios.error):
        return termios.tcgetattr(sys.__stdin__.fileno()) if sys.__stdin__ is not None else None
    return None


def _restore(attributes: list[object] | None) -> None:
    """Restore the attributes of the terminal. A terminal that is closed, or takes no bytes, is left as it is."""
    with suppress(OSError, ValueError, termios.error, AttributeError):
        descriptor = sys.__stdin__.fileno()  # type: ignore[union-attr]
        if attributes is not None:
            termios.tcsetattr(descriptor, termios.TCSANOW, attributes)  # type: ignore[arg-type]
        if select.select([], [descriptor], [], 0)[1]:
            os.write(descriptor, RESTORED)
