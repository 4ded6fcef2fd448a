"""Fields of one line: the command line, paths, searches."""

import pytest
from textual.widgets import Input

from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio
TAIL = "the-end-of-the-text"
WAYS = {
    "command line": (":",),
    "list of keys": ("?",),
    "help": ("f1",),
    "people": ("f2", "f"),
    "minutebook": ("f5", "f"),
    "path of a document": ("f12", "p"),
}


@pytest.mark.parametrize("keys", WAYS.values(), ids=WAYS)
async def test_a_field_shows_its_end_when_its_text_is_longer(keys: tuple[str, ...]) -> None:
    """Text that is longer than its field scrolls: the end that a person types at is on the screen, and nothing covers it."""
    async with stage() as it:
        await it.press(*keys)
        field = it.app.focused
        assert isinstance(field, Input), f"no field; the screen:\n{it.screen}"
        await it.press("x")
        field.insert_text_at_cursor(f"{'long ' * 60}{TAIL}")
        await it.settle()
        assert TAIL in it.screen


async def test_a_filter_shows_its_end_when_it_is_longer_than_its_line() -> None:
    """A long filter shows what was typed last, at 120 columns and at 60."""
    for width in (120, 60):
        async with stage(width) as it:
            await it.press("f11", "1", "/")
            for key in "state_that_nothing_has_in_this_list_but_the_end":
                await it.pilot.press(key)
            await it.settle()
            assert "the_end▏" in it.screen
