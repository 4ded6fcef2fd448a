"""The command line: what it offers, what GO does, and the list of keys."""

import pytest

from console.chassis.commandline import CommandLine
from console.chassis.help import KeysList
from tests.chassis.fake_totebox import FakeTotebox, furnish
from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("keys", "at"), [((), 0), (("down",), 1), (("down", "ctrl+n", "up"), 1), (("down", "ctrl+p", "up"), 0)], ids=str
)
async def test_arrows_choose_among_what_fits(keys: tuple[str, ...], at: int) -> None:
    """Down, up, and the keys of a shell; above the first there is nothing."""
    async with stage(start="f8") as it:
        await it.press("colon", *keys)
        assert it.app.query_one(CommandLine).drop.cursor_id == at


async def test_tab_completes_what_the_cursor_is_on() -> None:
    """The whole word stands in the field, and the cursor is behind it."""
    async with stage(start="f8") as it:
        await it.press("colon", *"peo", "tab")
        field = it.app.query_one(CommandLine).input
        assert field.value == "people" and field.cursor_position == len("people")
        await it.press("enter")
        await it.wait(lambda: "F2 PEOPLE" in it.rows[0])


async def test_what_cannot_be_done_now_says_why() -> None:
    """In its line of the list; GO says the same."""
    async with stage(start="f8") as it:
        await it.press("colon", *"email")
        row = next(row for row in it.rows if "F3" in row and "email" in row)
        assert "no: " in row
        await it.press("enter")
        assert "F8 LEDGER" in it.rows[0]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_the_list_of_what_go_will_do_fits_every_size(size: tuple[int, int]) -> None:
    """Nothing is over the edge, and what it says of each destination is beside it."""
    async with stage(*size, start="f8") as it:
        await it.press("colon", *"help")
        assert any("help" in row for row in it.rows[1:]) and all(len(row) <= size[0] for row in it.rows)


async def test_a_document_that_was_seen_is_a_destination() -> None:
    """By its name and by the number of its entry; GO opens it at F5."""

    def sealed(box: FakeTotebox) -> None:
        furnish(box)
        box.sealed("harbour-lease.pdf")

    for typed in ("harbour", "#"):
        async with stage(start="f8", furnished=sealed) as it:
            await it.press("colon", *typed)
            assert "harbour-lease.pdf" in it.screen and "at F5" in it.screen


async def test_a_click_on_the_idle_line_opens_it() -> None:
    """And a second click closes nothing."""
    async with stage(start="f8") as it:
        for _ in range(2):
            await it.pilot.click(offset=(1, 0))
            await it.settle()
            assert it.app.query_one(CommandLine).is_entered


async def test_the_list_of_keys_says_why_a_command_cannot_be_done() -> None:
    """The reason stands in full under the list, and moves with the cursor."""
    async with stage(80, 24, start="f11") as it:
        await it.press("question_mark", *"revoke")
        assert isinstance(it.app.screen, KeysList) and "Revoke" in it.screen
        await it.press("escape")
        assert not isinstance(it.app.screen, KeysList)


async def test_a_word_that_no_command_has_finds_none() -> None:
    """It is said; Enter on it does nothing, and the list stays open."""
    async with stage(start="f8") as it:
        await it.press("question_mark", *"xyzzy")
        assert "no command has this word or key" in it.screen
        await it.press("enter", "down")
        assert isinstance(it.app.screen, KeysList)


async def test_arrows_in_the_list_of_keys_stop_at_its_ends() -> None:
    """While letters go to its field."""
    async with stage(start="f8") as it:
        await it.press("question_mark")
        listed = it.app.screen.query_one("LedgerTable")
        first = listed.cursor_id  # type: ignore[attr-defined]
        await it.press("up")
        assert listed.cursor_id == first  # type: ignore[attr-defined]
        await it.press("down")
        assert listed.cursor_id != first  # type: ignore[attr-defined]
