"""Keys that are typed faster than dialogs open and close."""

import pytest

from tests.chassis.stage import Stage, rest, stage

pytestmark = pytest.mark.anyio


async def quickly(it: Stage, *keys: str) -> None:
    """Every key before the first is handled: as a terminal gives them when they are pasted or repeat."""
    from textual import events

    for key in keys:
        character = key if len(key) == 1 else None
        it.app.post_message(events.Key(key, character))
    await rest(it.pilot)
    await it.settle()


@pytest.mark.parametrize("keys", [("n", "n", "n"), ("n", "r", "n"), ("?", "n", "?")], ids="-".join)
async def test_keys_that_open_a_dialog_open_one(keys: tuple[str, ...]) -> None:
    """The same key three times, or several, open one dialog; the others were meant for what lies behind it."""
    async with stage() as it:
        await it.press("f11")
        await quickly(it, *keys)
        assert len(it.app.screen_stack) <= 2


async def test_a_dialog_is_answered_once() -> None:
    """Esc three times closes the dialog and nothing else; the console goes on."""
    async with stage() as it:
        await it.press("f11", "n")
        assert len(it.app.screen_stack) == 2
        await quickly(it, "escape", "escape", "escape")
        assert len(it.app.screen_stack) == 1
        await it.press("f8")
        assert "F8 LEDGER" in it.rows[0]
