"""The programs on a terminal, as a person types them: first run, later runs, the demo, the fleet."""

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.journeys.computer import Computer, program
from tests.journeys.desk import desk
from tests.journeys.papers import MINUTES
from tests.journeys.tmux import Tmux, needs_tmux, serving
from tests.patience import WAIT_S

pytestmark = needs_tmux
CONSOLE = program("os-console")
LONG_S = 4 * WAIT_S
"""Six Toteboxes are made while one waits."""


@pytest.fixture
def host(computer: Computer) -> Iterator[Computer]:
    """A computer whose daemons end with the test, whoever started them."""
    yield computer
    for pid in serving(computer.home):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    for pid in serving(computer.home):
        ended(pid)


def ended(pid: int, within_s: float = WAIT_S) -> bool:
    """Whether process `pid` is gone within that time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], within_s)[0])
    finally:
        os.close(descriptor)


def test_the_first_run_takes_one_key(host: Computer) -> None:
    """Nothing configured: Enter makes a Totebox, starts and pairs it; it outlives the console; the second start opens at once. The
    screen that the first run ends on says which key comes next.
    """
    with Tmux(host, CONSOLE) as terminal:
        terminal.sees("create a Totebox on this computer")
        terminal.press("Enter")
        terminal.sees("LINKED", "ADMIN", "press F12 to take in its first document")
        (daemon,) = serving(host.home)
        terminal.press("C-q")
        terminal.ends()
    assert serving(host.home) == [daemon]
    with Tmux(host, CONSOLE) as terminal:
        terminal.sees("LINKED")
        assert "create a Totebox" not in terminal.screen and "press F12" not in terminal.screen
        terminal.press("C-q")
        terminal.ends()
    assert serving(host.home) == [daemon]


@pytest.mark.anyio
async def test_a_killed_console_loses_nothing(host: Computer) -> None:
    """kill -9 between two claims: the next console goes on with the same document, its answer kept."""
    acme = host.paired("acme")
    paper = host.file("board.md", MINUTES)
    with Tmux(host, CONSOLE) as terminal:
        terminal.sees("LINKED")
        terminal.press("F12")
        terminal.sees("Documents enter here")
        terminal.paste(str(paper))
        terminal.sees("○ waiting", "board.md")
        terminal.press("Enter")
        terminal.sees("◂ suggested")
        terminal.press("Enter")
        terminal.sees("Is this so?")
        terminal.press("y")
        terminal.sees("✓1 yes", "✓ yes")
        terminal.kill_program()
    async with desk(host, start="f12") as here:
        await here.sees("LINKED", "◐ kept", "board.md")
        await here.press("enter")
        await here.sees("◂ suggested")
        await here.press("enter")
        await here.sees("✓1 yes")
        for _ in range(here.work.unanswered):
            await here.press("y")
        await here.seals()
    assert acme.verify().returncode == 0


def test_the_demo_opens_and_stops_its_daemons(host: Computer) -> None:
    """However `os-console demo` is left (while it is made, by Ctrl+Q, by Ctrl+C twice), no daemon stays behind."""
    with Tmux(host, f"{CONSOLE} demo") as terminal:
        terminal.sees("claims  entry", within_s=LONG_S)
        terminal.press("C-c")
        terminal.ends()
    assert all(ended(pid) for pid in serving(host.home))
    for keys in (["C-q"], ["C-c", "C-c"]):
        with Tmux(host, f"{CONSOLE} demo") as terminal:
            terminal.sees("F10 FLEET", "Okafor", "● up", within_s=LONG_S)
            assert len(serving(host.home)) == 6
            terminal.press(*keys)
            terminal.ends()
        assert all(ended(pid) for pid in serving(host.home))


def test_the_fleet_opens_by_its_verb(host: Computer) -> None:
    """`os-console fleet` opens on F10."""
    host.paired("acme")
    with Tmux(host, f"{CONSOLE} fleet") as terminal:
        terminal.sees("F10 FLEET", "● up", "acme")
        terminal.press("C-q")
        terminal.ends()
