"""The console ends in good order, whatever ends it: a key, a signal, a window that is closed, a kill."""

import os
import select
import shlex
import signal
from collections.abc import Iterator
from contextlib import suppress
from time import monotonic

import pytest

from tests.journeys.computer import Computer, program
from tests.journeys.test_terminal import LONG_S, ended
from tests.journeys.tmux import Tmux, needs_tmux, serving
from tests.patience import WAIT_S
from tests.processes import children

pytestmark = needs_tmux
CONSOLE = program("os-console")
DEMO_STOPS_WITHIN_S = 12.0 + 8.0
"""12 s, and the time that a loaded machine may take to run what ends."""


@pytest.fixture
def host(computer: Computer) -> Iterator[Computer]:
    """A computer whose daemons end with the test, whoever started them."""
    yield computer
    for pid in serving(computer.home):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


def console_in(terminal: Tmux) -> int:
    """The console's process: the child of the shell in the window."""
    (pid,) = children(terminal.program)
    return pid


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT], ids=lambda number: number.name)
def test_a_signal_gives_the_terminal_back(host: Computer, number: signal.Signals) -> None:
    """After SIGTERM, SIGHUP or SIGQUIT the shell has its screen, its echo and its cursor; the status is 128 + the signal."""
    host.paired("acme")
    script = f"stty -g; {CONSOLE}; echo status $?; stty -g; echo after; sleep infinity"
    with Tmux(host, f"sh -c {shlex.quote(script)}") as terminal:
        terminal.sees("LINKED")
        os.kill(console_in(terminal), number)
        screen = terminal.sees(f"status {128 + number}", "\nafter\n")
        lines = [line for line in screen.splitlines() if line]
        assert lines[0] == lines[-2], f"stty says other than before:\n{screen}"
        assert terminal.flags("alternate_on", "cursor_flag", "mouse_any_flag") == ["0", "1", "0"]


def test_a_console_is_suspended_and_resumed(host: Computer) -> None:
    """Ctrl+Z gives the shell its terminal; `fg` brings the screen back, and it takes keys."""
    host.paired("acme")
    with Tmux(host, "bash --norc -i") as terminal:
        terminal.press(f"PS1='ready> '; {CONSOLE}", "Enter")
        terminal.sees("LINKED")
        terminal.press("C-z")
        terminal.sees("Stopped", "ready>")
        assert terminal.flags("alternate_on", "cursor_flag") == ["0", "1"]
        terminal.press("fg", "Enter")
        terminal.sees("LINKED")
        terminal.press("F1")
        terminal.sees("F1 HELP")
        terminal.press("C-q")
        terminal.sees("ready>")


def test_a_suspended_console_ends_with_its_window(host: Computer) -> None:
    """A window that closes on a suspended console sends SIGHUP and SIGCONT: the console ends, and no thread keeps it."""
    host.paired("acme")
    with Tmux(host, "bash --norc -i") as terminal:
        terminal.press(f"PS1='ready> '; {CONSOLE}", "Enter")
        terminal.sees("LINKED")
        console = console_in(terminal)
        terminal.press("C-z")
        terminal.sees("Stopped", "ready>")
    assert ended(console, 20.0)


def stopped(host: Computer, pids: list[int]) -> bool:
    """Whether every process of `pids` has ended, and nobody serves, within the time that the demo may take."""
    deadline = monotonic() + DEMO_STOPS_WITHIN_S
    return all(ended(pid, max(0.0, deadline - monotonic())) for pid in pids) and not serving(host.home)


def test_whatever_ends_the_demo_ends_its_daemons(host: Computer) -> None:
    """A window that is closed, a console that is killed, one whose daemon hangs: no daemon stays behind."""
    with Tmux(host, f"{CONSOLE} demo") as terminal:
        terminal.sees("F10 FLEET", "Okafor", "● up", within_s=LONG_S)
        daemons, console = serving(host.home), terminal.program
        assert len(daemons) == 6
    # Leaving the block ended the terminal's server: the window is closed, the console hears SIGHUP, its terminal is gone.
    assert stopped(host, [*daemons, console])
    with Tmux(host, f"{CONSOLE} demo") as terminal:
        terminal.sees("F10 FLEET", "Okafor", "● up", within_s=LONG_S)
        daemons = serving(host.home)
        terminal.kill_program()
        assert stopped(host, daemons)
    with Tmux(host, f"{CONSOLE} demo") as terminal:
        terminal.sees("F10 FLEET", "Okafor", "● up", within_s=LONG_S)
        daemons = serving(host.home)
        os.kill(daemons[0], signal.SIGSTOP)
        terminal.press("C-q")
        assert stopped(host, daemons)
        terminal.ends()


def test_a_terminal_that_takes_nothing_ends_all_the_same(host: Computer) -> None:
    """A console whose terminal is never read ends on SIGTERM: what cannot be written is left."""
    host.paired("acme")
    ours, theirs = os.openpty()
    pid = os.fork()
    if pid == 0:  # a terminal of its own that nobody reads
        os.setsid()
        os.close(ours)
        for number in (0, 1, 2):
            os.dup2(theirs, number)
        os.execvpe(CONSOLE, [CONSOLE], {**host.environ, "TERM": "xterm-256color"})
    os.close(theirs)
    try:
        while b"LINKED" not in os.read(ours, 1 << 16):
            assert select.select([ours], [], [], WAIT_S)[0]
        for key in (b"\x1bOP", b"\x1b[19~") * 40:  # F1, F8: more pictures than the terminal holds
            os.write(ours, key)
        os.kill(pid, signal.SIGTERM)
        assert ended(pid, 20.0)
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ours)
