"""Forms: fields below one another, of which the last one gives all of them."""

import pytest

from console.chassis.form import Form, FormField
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
NAME, PLACE = FormField("Name", example="front desk"), FormField("Place", "Basel")
Given = list[tuple[str, ...] | None]


async def opened(it: Stage, form: Form) -> Given:
    """Open `form`; what it gives is in the list as soon as it is closed."""
    given: Given = []
    it.app.push_screen(form, given.append)
    await it.settle()
    return given


async def test_enter_goes_from_field_to_field_and_gives_all() -> None:
    """In their order; a field that was not touched gives what stood in it."""
    async with stage() as it:
        given = await opened(it, Form("DEVICE", "What is it called?", [NAME, PLACE]))
        await it.press(*"desk", "enter")
        assert given == []
        await it.press("enter")
        assert given == [("desk", "Basel")] and "What is it called?" not in it.screen


async def test_a_key_adds_to_what_stands_in_a_field() -> None:
    """A record's own value is edited more often than it is written anew."""
    async with stage() as it:
        given = await opened(it, Form("DEVICE", "Where is it?", [PLACE]))
        await it.press(*"-2", "enter")
        assert given == [("Basel-2",)]


@pytest.mark.parametrize(
    ("fields", "begins"),
    [([NAME], "Tab next field"), ([NAME, PLACE], "Type to add   Ctrl+U empties a field   Tab next field")],
    ids=["empty", "filled"],
)
async def test_a_form_says_its_keys(fields: list[FormField], begins: str) -> None:
    """How to empty a field only where one is filled."""
    async with stage() as it:
        await opened(it, Form("DEVICE", "What is it called?", fields))
        hint = next(row for row in it.rows if "Enter does it" in row)
        assert begins in hint and ("Ctrl+U" in hint) == (len(fields) == 2)


async def test_a_value_that_is_not_valid_keeps_the_form_open() -> None:
    """With the reason in it; the words are still there, and the next Enter tries them again."""
    async with stage() as it:
        check = lambda words: "" if words[0] == "ab" else "a name has two letters"  # noqa: E731
        given = await opened(it, Form("DEVICE", "What is it called?", [NAME], check))
        await it.press("a", "enter")
        assert given == [] and "a name has two letters" in it.screen
        await it.press("b", "enter")
        assert given == [("ab",)]


async def test_blanks_in_a_value_are_single() -> None:
    """And none stands at its ends: two devices whose names look alike are called alike."""
    async with stage() as it:
        given = await opened(it, Form("DEVICE", "Called?", [FormField("Name", "  front   desk ")]))
        await it.press("enter")
        assert given == [("front desk",)]


@pytest.mark.parametrize("keys", [(), ("enter",), ("x", "tab")], ids=["first", "second", "typed"])
async def test_esc_gives_nothing(keys: tuple[str, ...]) -> None:
    """From every field, whatever was typed."""
    async with stage() as it:
        given = await opened(it, Form("DEVICE", "Called?", [NAME, PLACE]))
        await it.press(*keys, "escape")
        assert given == [None]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_a_form_is_whole_at_every_size(size: tuple[int, int]) -> None:
    """Its title, its words, each label, the example of an empty field and the text of a filled one."""
    async with stage(*size) as it:
        await opened(it, Form("DEVICE", "What is it called?", [NAME, PLACE]))
        for said in ("DEVICE", "What is it called?", "Name", "front desk", "Place", "Basel", "Esc cancels"):
            assert said in it.screen, f"{said}; the screen:\n{it.screen}"


async def test_words_from_outside_are_text_in_a_form() -> None:
    """Markup and controls in its title, its words, its labels and its reasons."""
    async with stage() as it:
        strange = "[/wrong]\x1b[2J"
        await opened(it, Form(strange, strange, [FormField(strange)], lambda words: strange + "!"))
        await it.press("enter")
        assert it.screen.count("[/wrong]�[2J") == 4 and "[/wrong]�[2J!" in it.screen


async def test_a_form_shows_the_newest_reason() -> None:
    """Not the one before it."""
    async with stage() as it:
        await opened(it, Form("DEVICE", "Called?", [NAME], lambda words: f"not {words[0] or 'nothing'}"))
        await it.press("enter")
        assert "not nothing" in it.screen
        await it.press("a", "enter")
        assert "not a" in it.screen and "not nothing" not in it.screen
