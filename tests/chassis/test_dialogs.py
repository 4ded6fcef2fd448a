"""Dialogs: what they ask, what Enter and Esc give, and that each key they take is said on their last line."""

import pytest

from console.chassis.dialog import Choice, ConfirmDialog, LineDialog, TextDialog
from console.chassis.finding import FindingDialog
from console.chassis.keys import Danger
from console.chassis.layers import Layer
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
SIZES = [(60, 20), (80, 24), (120, 36)]


async def opened(it: Stage, dialog: Layer[bool]) -> list[bool | None]:
    """Open `dialog`; what it gives is in the list as soon as it is answered."""
    given: list[bool | None] = []
    it.app.push_screen(dialog, given.append)
    await it.settle()
    return given


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_the_answer_of_a_question_that_is_only_confirmed_is_no(key: str) -> None:
    """Cancel has the focus: a key that was typed too much changes nothing."""
    async with stage() as it:
        given = await opened(it, ConfirmDialog("End the pairing?", Danger.CONFIRM))
        await it.press(key)
        assert given == [False] and "End the pairing?" not in it.screen


@pytest.mark.parametrize("key", ["right", "l", "tab"])
async def test_yes_is_one_step_away(key: str) -> None:
    """Arrows, letters and Tab go to it; Enter gives it."""
    async with stage() as it:
        given = await opened(it, ConfirmDialog("End the pairing?", Danger.CONFIRM))
        await it.press(key, "enter")
        assert given == [True]


@pytest.mark.parametrize("back", ["left", "h", "shift+tab"])
async def test_a_step_back_is_cancel_again(back: str) -> None:
    """Who went to yes can go back to no."""
    async with stage() as it:
        given = await opened(it, ConfirmDialog("End the pairing?", Danger.CONFIRM))
        await it.press("right", back, "enter")
        assert given == [False]


async def test_a_click_gives_the_answer_under_it() -> None:
    """Every dialog can be answered by pointer alone."""
    for number, answer in ((0, False), (1, True)):
        async with stage() as it:
            given = await opened(it, ConfirmDialog("End the pairing?", Danger.CONFIRM))
            region = list(it.app.screen.query(Choice))[number].region
            await it.pilot.click(offset=(region.x + 2, region.y + region.height // 2))
            await it.settle()
            assert given == [answer]


@pytest.mark.parametrize("size", SIZES)
async def test_a_question_is_whole_at_every_size(size: tuple[int, int]) -> None:
    """The question, the object, what follows, both answers and the keys."""
    async with stage(*size) as it:
        await opened(it, ConfirmDialog("End the pairing?", Danger.TYPED, "front desk", "It can never be undone."))
        for said in ("CONFIRM", "End the pairing?", "front desk", "never be undone", "Cancel", "Yes, do it"):
            assert said in it.screen, f"{said}; the screen:\n{it.screen}"
        assert "← → choose   Enter gives   Esc cancels" in it.screen


@pytest.mark.parametrize("typed", ["", "front", "front desks", "Front desk"])
async def test_the_wrong_name_gives_no_yes(typed: str) -> None:
    """The dialog stays, and the cursor is in the field where the name is wanted."""
    async with stage() as it:
        given = await opened(it, ConfirmDialog("End it?", Danger.TYPED, "front desk"))
        await it.press("tab", "tab", *typed.replace(" ", "~"))
        it.app.screen.query_one("Input").value = typed  # type: ignore[attr-defined]
        list(it.app.screen.query(Choice))[1].focus()
        await it.press("enter")
        assert given == [] and it.app.focused is it.app.screen.query_one("Input")


@pytest.mark.parametrize("typed", ["front desk", "  front desk "])
async def test_the_right_name_gives_yes(typed: str) -> None:
    """Blanks around it are no difference."""
    async with stage() as it:
        given = await opened(it, ConfirmDialog("End it?", Danger.TYPED, "front desk"))
        it.app.screen.query_one("Input").value = typed  # type: ignore[attr-defined]
        list(it.app.screen.query(Choice))[1].focus()
        await it.press("enter")
        assert given == [True]


async def test_the_name_that_is_wanted_is_shown_in_the_empty_field() -> None:
    """As one safe line, whatever the object is called."""
    async with stage() as it:
        await opened(it, ConfirmDialog("End it?", Danger.TYPED, "front\x1b[2J desk"))
        assert "type front�[2J desk" in it.screen and "\x1b" not in it.screen


async def test_esc_gives_no_from_every_place() -> None:
    """From an answer and from the field."""
    for keys in ((), ("right",), ("shift+tab",)):
        async with stage() as it:
            given = await opened(it, ConfirmDialog("End it?", Danger.TYPED, "front desk"))
            await it.press(*keys, "escape")
            assert given == [False]


async def test_a_line_is_given_by_enter() -> None:
    """With the text it began with, to which keys add; the dialog is closed when it is given."""
    async with stage() as it:
        words: list[str] = []
        given = await opened(it, LineDialog("SAVE", "Where to?", "/tmp/out", words.append))
        assert "SAVE" in it.screen and "Where to?" in it.screen
        await it.press(*"/a", "enter")
        assert words == ["/tmp/out/a"] and given == [True]


@pytest.mark.parametrize("text", ["", "   "])
async def test_an_empty_line_is_not_given(text: str) -> None:
    """Enter on it does nothing: there is nowhere to save to."""
    async with stage() as it:
        words: list[str] = []
        given = await opened(it, LineDialog("SAVE", "Where to?", text, words.append))
        await it.press("enter")
        assert words == [] and given == [] and "Where to?" in it.screen


async def test_a_line_is_emptied_by_the_key_that_it_names() -> None:
    """And Esc gives it to nobody."""
    async with stage() as it:
        words: list[str] = []
        given = await opened(it, LineDialog("SAVE", "Where to?", "/tmp/out", words.append))
        assert "Ctrl+U empties it   Enter saves   Esc cancels" in it.screen
        await it.press("ctrl+u")
        assert "/tmp/out" not in it.screen
        await it.press(*"x", "escape")
        assert words == [] and given == [False]


@pytest.mark.parametrize("key", ["enter", "space", "q", "escape"])
async def test_a_text_is_closed_by_each_of_its_keys(key: str) -> None:
    """Four keys that people try."""
    async with stage() as it:
        given = await opened(it, TextDialog("TICKET", "psp://1/abc"))
        await it.press(key)
        assert given == [False] and "psp://1/abc" not in it.screen


async def test_a_text_is_copied_where_it_says_so() -> None:
    """`y` copies what was meant to be copied, and the line under it says that it is done."""
    async with stage() as it:
        given = await opened(it, TextDialog("TICKET", "the ticket:\npsp://1/abc", copy="psp://1/abc"))
        assert "y copies   Esc closes" in it.screen
        await it.press("y")
        assert it.app.clipboard == "psp://1/abc" and "✓ copied to the clipboard" in it.screen and given == []


async def test_a_text_that_cannot_be_copied_offers_no_key() -> None:
    """And `y` on it leaves the clipboard and the dialog."""
    async with stage() as it:
        given = await opened(it, TextDialog("NOTE", "words"))
        assert "y copies" not in it.screen and "Esc closes" in it.screen
        await it.press("y")
        assert given == [] and it.app.clipboard == "" and "words" in it.screen


def finding(place: int) -> str:
    return f"finding number {place + 1} of three"


async def test_findings_are_turned_over() -> None:
    """`n` and `p`, or the arrows, go round: after the last comes the first."""
    async with stage() as it:
        await opened(it, FindingDialog(3, 1, finding))
        seen = []
        for key in ("n", "right", "n", "p", "left"):
            await it.press(key)
            seen.append(next(row for row in it.rows if "finding number" in row).split("number ")[1][0])
        assert seen == ["3", "1", "2", "1", "3"]


async def test_one_finding_offers_no_other() -> None:
    """Its line names only the keys that do something."""
    async with stage() as it:
        await opened(it, FindingDialog(1, 0, finding))
        assert "n next" not in it.screen and "↑↓ scroll   Esc closes" in it.screen
        await it.press("n")
        assert "finding number 1" in it.screen


@pytest.mark.parametrize("size", SIZES)
async def test_a_finding_that_is_longer_than_the_screen_keeps_its_keys(size: tuple[int, int]) -> None:
    """It scrolls inside the box; how to close it is always there, and another finding begins at its top."""
    async with stage(*size) as it:
        await opened(it, FindingDialog(2, 0, lambda place: "\n".join(f"{place}: line {n}" for n in range(90))))
        assert "0: line 0" in it.screen and "Esc closes" in it.screen
        await it.press("n")
        assert "1: line 0" in it.screen and "Esc closes" in it.screen
