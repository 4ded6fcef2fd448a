"""What the console's differences leave on a real terminal is what it means to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.app.emulator import Emulator
from tests.journeys.computer import Computer, program
from tests.journeys.tmux import Tmux, needs_tmux

pytestmark = needs_tmux
VISITS = (("F8", "COMMAND LEDGER"), ("F11", "SERVICES"), ("F1", "Keys"), ("F8", "COMMAND LEDGER"))


@pytest.fixture(scope="module")
def terminal() -> Iterator[Tmux]:
    """A console on one Totebox that serves, with its view frozen: what stands on the screen stays."""
    with TemporaryDirectory(prefix="tb") as home:
        computer = Computer(Path(home))
        computer.paired("acme")
        with Tmux(computer, program("os-console")) as found:
            found.sees("LINKED", "COMMAND LEDGER", "SESSION_OPEN")
            yield found
            found.press("C-q")
            found.ends()
        computer.close()


@contextmanager
def frozen(terminal: Tmux) -> Iterator[None]:
    """Nothing in the pane moves within."""
    terminal.press("Space")
    terminal.sees("PAUSED")
    yield
    terminal.press("Space")
    assert terminal.comes_to(lambda: "PAUSED" not in terminal.screen)


def still(terminal: Tmux) -> list[list[tuple[str, str]]]:
    """The cells as a person sees them, without the rows whose ages go on: the head line and the status line."""
    rows = terminal.styled.split("\n")[1:-2]
    seen = Emulator(200, len(rows))
    for number, row in enumerate(rows):
        seen.feed(f"\x1b[{number + 1};1H{row}")
    return seen.screen


def differing(before: list[list[tuple[str, str]]], after: list[list[tuple[str, str]]]) -> list[object]:
    """What a failure shows: the first cells that are not as they were."""
    pairs = [
        (one, two) for row, other in zip(before, after, strict=False) for one, two in zip(row, other, strict=False)
    ]
    return [pair for pair in pairs if pair[0] != pair[1]][:10]


def test_a_screen_of_differences_is_the_screen_drawn_anew(terminal: Tmux) -> None:
    """After a walk over screens Ctrl+L, which sends every cell, changes nothing; a terminal that was reset shows it all again."""
    for key, word in VISITS:
        terminal.press(key)
        terminal.sees(word)
    with frozen(terminal):
        before = still(terminal)
        terminal.reset()
        assert "COMMAND LEDGER" not in terminal.screen
        terminal.press("C-l")
        assert terminal.comes_to(lambda: still(terminal) == before), differing(before, still(terminal))


def test_a_terminal_that_was_resized_and_back_shows_the_whole_screen(terminal: Tmux) -> None:
    """What was cut while the terminal was small is there again, with nothing left over."""
    terminal.press("F8")
    terminal.sees("COMMAND LEDGER", "SESSION_OPEN")
    with frozen(terminal):
        before = still(terminal)
        terminal.resize(60, 20)
        assert terminal.comes_to(lambda: "COMMAND" not in terminal.screen.splitlines()[2])
        terminal.resize(120, 36)
        assert terminal.comes_to(lambda: still(terminal) == before), differing(before, still(terminal))
