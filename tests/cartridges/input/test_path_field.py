"""The path field of F12: when what is typed is a path, and when it is a key."""

from pathlib import Path

import pytest
from textual import events

from tests.cartridges.input.f12 import f12, give

pytestmark = pytest.mark.anyio


async def test_an_empty_queue_waits_for_a_path(tmp_path: Path) -> None:
    """Without a document there is nothing to filter: a path may be typed at once, slash and all."""
    async with f12() as (it, _):
        await it.press("slash", *"tmp", "slash", *"lease", "full_stop", *"pdf", "enter")
        await it.wait(lambda: "/tmp/lease.pdf is in the queue" in it.screen)
        assert "○ waiting" in it.screen


async def test_p_opens_the_path_field_and_is_never_part_of_the_path() -> None:
    """The field does not have the focus when one arrives, and says so; p gives it, the hints are the field's own then."""
    async with f12() as (it, _):
        assert "p: a path" in it.screen and "p Path" in it.screen
        await it.press("p")
        assert "type a path, then Enter" in it.screen and "Enter Into the queue  Esc Back" in it.rows[0]
        await it.press("slash", *"tmp", "slash", "a", "enter")
        await it.wait(lambda: "/tmp/a is in the queue" in it.screen)


async def test_a_p_too_many_is_no_folder() -> None:
    """p at an open field, then an absolute path: the path alone, typed or pasted; a relative one keeps its p."""
    async with f12() as (it, _):
        await it.press("p", "f12", "p", "p", "slash", "a", "enter")
        await it.wait(lambda: "/a is in the queue" in it.screen)
        await it.press("p", "p")
        it.app.post_message(events.Paste("/tmp/b.pdf"))
        await it.wait(lambda: "/tmp/b.pdf is in the queue" in it.screen)
        await it.press("p", *"papers", "slash", "c", "enter")
        await it.wait(lambda: "papers/c is in the queue" in it.screen)


async def test_keys_that_are_ahead_of_the_focus_are_the_paths() -> None:
    """p, a path and Enter in one burst: whole, wherever the focus was when they were pressed."""
    async with f12() as (it, _):
        for key, character in (("p", "p"), *((c, c) for c in "/tmp/spike.pdf"), ("enter", "\r")):
            it.app.post_message(events.Key({"/": "slash", ".": "full_stop"}.get(key, key), character))
        await it.wait(lambda: "/tmp/spike.pdf is in the queue" in it.screen)


async def test_what_was_left_in_the_path_field_is_replaced() -> None:
    """Esc leaves a half-typed path where it is; the next one takes its place, typed or pasted."""
    async with f12() as (it, _):
        await it.press("p", *"half", "escape")
        assert " half" in it.screen
        await it.press("p", "slash", "a", "enter")
        await it.wait(lambda: "/a is in the queue" in it.screen)
        await it.press("p", *"half", "escape", "p")
        it.app.post_message(events.Paste("/tmp/b.pdf"))
        await it.wait(lambda: "/tmp/b.pdf is in the queue" in it.screen)


async def test_the_focus_comes_back_to_where_it_was() -> None:
    """The command line, and F12 pressed at F12, leave the focus in the list that had it."""
    async with f12() as (it, _):
        for keys in (("colon", "escape"), ("f12",), ("f8", "f12")):
            await it.press(*keys)
            assert it.app.focused is not None and it.app.focused.id == "queue"


async def test_enter_in_the_empty_path_field_takes_what_waits(lease: Path) -> None:
    """The field had the focus before the queue came: Enter means the document."""
    async with f12() as (it, _):
        await give(it, lease)
        await it.press("p", "enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
