"""The form of F2's `c`: what stands in it, what it refuses, and what it sends."""

import pytest

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
