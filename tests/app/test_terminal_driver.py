"""What the driver sends around the differences: marks of an update, resets of the style, and where the cursor is left."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from rich.control import Control
from rich.style import Style
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.app import App
from textual.widgets import Input

from console.app.terminal_diff import RESET
from console.app.terminal_driver import AT_ONCE, DifferenceDriver

RED = Style(color="red")


class RecordedDriver(DifferenceDriver):
    """A driver without a terminal: it keeps what it would send."""

    def __init__(self, focused: object = None) -> None:
        super().__init__(cast(App[None], SimpleNamespace(screen_stack=["a screen"], focused=focused)))
        self.sent: list[str] = []

    def _send(self, data: str) -> None:
        self.sent.append(data)

    def frame(self, row: int, column: int, text: str, *, cursor: tuple[int, int] = (0, 0)) -> list[str]:
        """Write a frame as Textual does; returns what was sent for it."""
        self.sent = []
        self.write(SYNC_START)
        self.write(
            f"{Control.move_to(column, row).segment.text}{RED.render(text)}"
            f"{Control.move_to(cursor[1], cursor[0]).segment.text}"
        )
        self.write(SYNC_END)
        return self.sent


def opened(focused: object = None) -> RecordedDriver:
    """A driver takes the running loop when it is made, and none of these tests needs that loop afterwards."""

    async def make() -> RecordedDriver:
        return RecordedDriver(focused)

    return asyncio.run(make())


@pytest.fixture
def driver() -> RecordedDriver:
    return opened()


def test_a_short_update_has_no_frame_around_it(driver: RecordedDriver) -> None:
    """No marks of an update, no reset, no way home of a hidden cursor: a step and the letter."""
    driver.frame(3, 5, "age 1m..............")
    driver.frame(3, 9, "2")
    assert driver.frame(3, 9, "3") == ["\b3"]


def test_a_long_update_is_one_update_of_the_terminal(driver: RecordedDriver) -> None:
    """A frame of more bytes than a terminal reads at once stands between the marks."""
    sent = driver.frame(0, 0, "x" * (AT_ONCE + 1))
    assert (sent[0], sent[-1], len(sent)) == (SYNC_START, SYNC_END, 3)


def test_a_frame_that_changes_nothing_sends_nothing(driver: RecordedDriver) -> None:
    """Not even its marks."""
    driver.frame(0, 0, "same")
    assert driver.frame(0, 0, "same") == []


def test_what_is_no_frame_is_sent_in_the_default_style(driver: RecordedDriver) -> None:
    """A mode or the clipboard ends the style that a frame left set; a second one has nothing to end."""
    driver.frame(0, 0, "red")
    driver.sent = []
    driver.write("\x1b[?1003h")
    driver.write("\x1b[?25h")
    assert driver.sent == [RESET + "\x1b[?1003h", "\x1b[?25h"]


def test_after_what_is_not_understood_the_whole_frame_is_sent(driver: RecordedDriver) -> None:
    """Nothing is known then: the style is reset, and the unchanged cell is sent."""
    driver.frame(0, 0, "red")
    driver.write("who knows")
    assert driver.frame(0, 0, "red") == [f"{RESET}\x1b[H\x1b[31mred"]


def test_the_cursor_is_at_the_field_that_is_typed_into() -> None:
    """An input method opens its window there; a change elsewhere does not take it away."""
    driver = opened(Input())
    driver.frame(0, 0, "typed on", cursor=(0, 5))
    (sent,) = driver.frame(2, 0, "elsewhere", cursor=(0, 5))
    assert sent.endswith("elsewhere\x1b[1;6H")
    assert driver.frame(2, 0, "elsewhere", cursor=(0, 4)) == ["\b"]
