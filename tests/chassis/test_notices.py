"""A notice is on the screen while it is true."""

import pytest

from protocol.schema.numbers import Role, Severity
from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.cartridges.input.f12 import archive
from tests.chassis.fake_totebox import NOW_US, FakeTotebox, furnish
from tests.chassis.stage import stage
from tests.chassis.test_layers import quickly

pytestmark = pytest.mark.anyio


async def test_a_notice_ends_when_it_is_true_no_longer() -> None:
    """What was said of a state leaves the screen with that state, not with a timer."""
    true = [True]
    async with stage() as it:
        it.app.say("the disk is full", Severity.NOTICE, "", lambda: true[0])
        await it.settle()
        assert "the disk is full" in it.screen
        true[0] = False
        await it.settle()
        assert "the disk is full" not in it.screen


async def test_the_second_ctrl_c_is_offered_while_it_counts() -> None:
    """Three seconds after Ctrl+C the line that offers the second one is gone."""
    async with stage() as it:
        await it.press("ctrl+c")
        assert "Ctrl+C again" in it.screen
        it.pass_s(3.5)
        await it.settle()
        assert "Ctrl+C again" not in it.screen


async def test_why_a_command_cannot_be_done_ends_with_the_reason() -> None:
    """A reason is not shown on another screen, where it stands against nothing."""

    def interface(box: FakeTotebox) -> None:
        box.role = Role.INTERFACE
        furnish(box)

    async with stage(start="f11", furnished=interface) as it:
        await it.press("n")
        assert "needs the role" in it.screen
        await it.press("f1")
        assert "needs the role" not in it.screen


async def test_the_first_screen_of_a_new_totebox_says_press_f12() -> None:
    """The greeting stays until another screen is opened, however long that takes."""
    async with stage(greeting="your Totebox is ready: press F12 to take in its first document") as it:
        it.pass_s(600.0, alive=True)
        await it.settle()
        assert "press F12" in it.screen
        await it.press("f12")
        assert "your Totebox is ready" not in it.screen


@pytest.mark.parametrize("ahead_us", [None, 3_600_000_000])
async def test_an_age_that_cannot_be_known_says_so(ahead_us: int | None) -> None:
    """The checkpoint's age where its time was not told, or where the Totebox's clock is an hour ahead: on no screen is it `now`."""
    time_us = 0 if ahead_us is None else NOW_US + ahead_us
    async with stage(160, 40, start="f10") as it:
        it.box.tell_status(checkpoint_time_us=time_us)
        await it.settle()
        assert "ckpt unknown" in it.rows[-1] and "sealed at an unknown time" in it.screen
        row = next(row for row in it.rows if "● up" in row)
        assert " now " not in row
        await it.press("f11")
        assert "of an unknown time" in it.screen


async def test_the_command_line_completes_what_was_typed_last() -> None:
    """Enter that follows quickly goes where the last letter leads, not where the first ones led."""
    async with stage(start="f8") as it:
        await it.press("colon", "f")
        await quickly(it, "1", "1", "enter")
        await it.wait(lambda: "F11 SYSTEM" in it.rows[0])


async def test_tab_completes_what_was_typed_last() -> None:
    """Tab that follows quickly completes the word that stands in the field."""
    async with stage(start="f8") as it:
        await it.press("colon", "f")
        await quickly(it, "l", "e", "tab")
        assert ": fleet" in it.rows[0]


async def test_the_list_of_keys_does_what_was_typed_last() -> None:
    """Enter in the list of keys that follows quickly means the command that fits the whole word."""
    async with stage(start="f8") as it:
        await it.press("question_mark", "e")
        await quickly(it, *"xport", "enter")
        await it.wait(lambda: "export" in it.screen and len(it.app.screen_stack) == 1)


@pytest.mark.parametrize("key", [f"f{number}" for number in (1, 2, 5, 8, 10, 11, 12)])
async def test_the_command_line_opens_on_every_screen(key: str) -> None:
    """`:` opens it from every F-key, also where the cursor stands in a field in which nothing was typed."""
    async with stage() as it:
        await it.press(key, "colon", *"system", "enter")
        await it.wait(lambda: "F11 SYSTEM" in it.rows[0])


async def test_a_field_in_which_was_typed_keeps_its_colon() -> None:
    """In a word a colon is a letter."""
    async with stage(start="f1") as it:
        await it.press("a", "colon")
        assert "a:" in it.screen


@pytest.mark.parametrize("width", [60, 80])
async def test_the_keys_list_says_the_whole_reason(width: int) -> None:
    """What a command does and why it cannot be done now are read in full under the list, however narrow it is."""

    def interface(box: FakeTotebox) -> None:
        box.role = Role.INTERFACE
        furnish(box)

    async with stage(width, 24, start="f11", furnished=interface) as it:
        await it.press("question_mark", *"ticket")
        box = it.app.screen.query_one(".dialog--box").region
        said = " ".join(" ".join(row[box.x + 1 : box.right - 1] for row in it.rows[box.y : box.bottom]).split())
        assert "Not now: needs the role ADMIN, this device has INTERFACE." in said


@pytest.mark.parametrize(("key", "asks"), [("f", "words of a name"), ("d", "as of")])
async def test_a_prompt_says_what_it_asks_for(key: str, asks: str) -> None:
    """Also when what stands in it has covered its placeholder: the words are beside its keys, at any width."""
    async with stage(80, 24, start="f2", furnished=lambda box: stock(archive(box)), make=Archive) as it:
        await it.press(key, "2", "0", "2", "6")
        assert asks in it.rows[0]
