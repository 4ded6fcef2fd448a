"""Keys of F2: what each does on names, on claims and on nothing, and what it says where it can do nothing."""

from collections.abc import Callable

import pytest
from textual.widgets import Input

from console.chassis.askline import AskLine
from protocol.schema.numbers import Role
from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.cartridges.input.f12 import archive
from tests.chassis.declared import declared
from tests.chassis.fake_totebox import FakeTotebox
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
SIZES = [(60, 20), (80, 24), (120, 36)]


def nobody(box: FakeTotebox) -> None:
    """A Totebox with documents, in which no name was found."""
    stock(archive(box))
    box.tables["people.anchors"] = declared("people.anchors", ("anchor",), [])
    box.tables["people.claims"] = declared("people.claims", ("index",), [])


def reader(box: FakeTotebox) -> None:
    """The same people, seen by a device that changes nothing."""
    box.role = Role.USER
    stock(archive(box))


def stocked(box: FakeTotebox) -> None:
    stock(archive(box))


def f2(width: int = 120, height: int = 36, furnished: Callable[[FakeTotebox], None] = stocked):
    return stage(width, height, start="f2", furnished=furnished, make=Archive)


async def on_claims(it: Stage) -> None:
    await it.wait(lambda: "Ada Okafor" in it.screen)
    await it.press("enter")
    await it.wait(lambda: "✓ verified" in it.screen)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", ["enter", "e", "c", "x"])
async def test_a_key_that_needs_a_name_says_so_where_there_is_none(key: str, size: tuple[int, int]) -> None:
    """A line above the strip has the reason, and the Totebox is asked nothing."""
    async with f2(*size, furnished=nobody) as it:
        before, asked = it.rows[-3:], len(it.box.asked)
        await it.press(key)
        assert it.rows[-3:] != before and "F2 PEOPLE" in it.rows[0], it.screen
        assert len(it.box.asked) == asked and len(it.app.screen_stack) == 1


async def test_a_device_that_only_reads_corrects_nothing() -> None:
    """It is told which role it needs and which it has; no form opens."""
    async with f2(furnished=reader) as it:
        await on_claims(it)
        await it.press("c")
        assert "needs the role INPUT, this device has USER" in it.screen and "CORRECT A CLAIM" not in it.screen


@pytest.mark.parametrize(("key", "asks"), [("f", "find"), ("d", "date")])
async def test_what_is_asked_for_is_given_up_by_esc(key: str, asks: str) -> None:
    """The line goes, the list has the keys again, and nothing was asked of the Totebox."""
    async with f2() as it:
        await it.wait(lambda: "Ada Okafor" in it.screen)
        focused, asked = it.app.focused, len(it.box.asked)
        await it.press(key)
        line = it.app.focused
        assert isinstance(line, AskLine) and line.wants
        await it.press("x", "escape")
        assert it.app.focused is focused and len(it.box.asked) == asked and not line.display, asks


@pytest.mark.parametrize("size", SIZES)
async def test_a_line_that_asks_says_how_to_end_it(size: tuple[int, int]) -> None:
    """What Enter and Esc do stands in the first row, at any size."""
    async with f2(*size) as it:
        await it.wait(lambda: "Ada Okafor" in it.screen)
        await it.press("f")
        assert "Enter" in it.rows[0] and isinstance(it.app.focused, Input)


async def test_the_list_says_what_was_searched() -> None:
    """The words stand in its title, and an empty line shows all again."""
    async with f2() as it:
        await it.wait(lambda: "Ada Okafor" in it.screen)
        await it.press("f", *"xyzzy", "enter")
        await it.wait(lambda: "FOUND 'xyzzy'" in it.screen)
        await it.press("f", "ctrl+u", "enter")
        await it.wait(lambda: "FOUND" not in it.screen and "PEOPLE  3" in it.screen)


async def test_esc_goes_back_from_the_claims_to_the_names() -> None:
    """With the cursor on the name that was followed."""
    async with f2() as it:
        await it.wait(lambda: "Ada Okafor" in it.screen)
        await it.press("j", "enter")
        await it.wait(lambda: "k.lindqvist…" in it.screen)
        await it.press("escape", "enter")
        await it.wait(lambda: "k.lindqvist…" in it.screen)


@pytest.mark.parametrize("size", SIZES)
async def test_side_by_side_says_when_nothing_differs(size: tuple[int, int]) -> None:
    """Of a person whose claims agree; again the key compares every attribute, and a third time it is closed."""
    async with f2(*size) as it:
        await it.wait(lambda: "Karin" in it.screen)
        await it.press("j", "x")
        await it.wait(lambda: "no claims differ" in it.screen)
        assert all(len(row) <= size[0] for row in it.rows)
