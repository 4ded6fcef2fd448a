"""The form of F2's `c`: what stands in it, what it refuses, and what it sends."""

import pytest
from textual.widgets import Input

from tests.cartridges.people.test_people_pane import f2

pytestmark = pytest.mark.anyio


async def test_the_form_states_what_is_right() -> None:
    """Its value and its source stand in it; a source that is no number is named; Esc leaves all as it is."""
    async with f2() as (it, _):
        await it.press("enter")
        await it.wait(lambda: "✓ verified" in it.screen)
        await it.press("c")
        await it.wait(lambda: "CORRECT A CLAIM" in it.screen)
        await it.press("x", "enter", "x", "enter")
        await it.wait(lambda: "is no entry" in it.screen)
        await it.press("escape")
        await it.wait(lambda: "CORRECT A CLAIM" not in it.screen)


async def test_a_key_adds_to_what_stands_in_the_form() -> None:
    """The value is mended, not replaced, in either field; Ctrl+U empties one, and the form says so."""
    async with f2() as (it, _):
        await it.press("enter")
        await it.wait(lambda: "✓ verified" in it.screen)
        await it.press("c")
        await it.wait(lambda: "CORRECT A CLAIM" in it.screen)
        value, source = it.app.screen.query(Input)
        before = (value.value, source.value)
        await it.press("x", "tab", "1")
        assert all(before) and (value.value, source.value) == (before[0] + "x", before[1] + "1")
        assert "Ctrl+U empties a field" in it.screen
        await it.press("ctrl+u", "7")
        assert source.value == "7"
