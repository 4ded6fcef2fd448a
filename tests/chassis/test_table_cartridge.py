"""A screen of one table: what it asks for, what it says while it waits or is refused, and the way back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from console.chassis.table_cartridge import TableCartridge, how_linked
from console.model.events import Dialing
from protocol.schema import List, Refusal
from protocol.schema.numbers import RefusalCode
from tests.chassis.declared import declared
from tests.chassis.fake_totebox import FakeTotebox, furnish
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
ANCHORS = "people.anchors"
ADA, KARIN = "5b6f0d0e-6a1e-5c7f-9a55-2f7a3f0b1c11", "0c9e3a52-3a3e-5e8b-8e5b-98f0d1f6a202"


def with_names(box: FakeTotebox) -> None:
    """A furnished Totebox that knows two people."""
    box.tables[ANCHORS] = declared(
        ANCHORS,
        ("anchor", "name", "type", "claims", "first", "last", "conflict"),
        [
            (ADA, "Ada Okafor", "Person", 4, "2026-11-20T09:12:00Z", "2026-11-21T16:40:00Z", False),
            (KARIN, "Karin Lindqvist", "Person", 2, "2026-11-20T09:12:00Z", "2026-11-20T09:12:00Z", False),
        ],
    )
    furnish(box)


@asynccontextmanager
async def names(width: int = 120, height: int = 36) -> AsyncIterator[Stage]:
    """The people of one Totebox, listed."""
    async with stage(width, height, start="f2", furnished=with_names) as it:
        await it.wait(lambda: "PEOPLE  2" in it.screen)
        yield it


def asked_of(it: Stage) -> list[List]:
    """Each question for the list, in order."""
    return [one for one in it.box.asked if isinstance(one, List) and one.table == ANCHORS]


def pane(it: Stage) -> TableCartridge[object]:
    found = it.app.pane
    assert isinstance(found, TableCartridge)
    return found


async def test_the_rows_that_the_totebox_answered_are_listed() -> None:
    """They are asked for once, and each is a row of the list."""
    async with names() as it:
        assert "Ada Okafor" in it.screen and "Karin Lindqvist" in it.screen
        assert [(one.query, one.as_of) for one in asked_of(it)] == [("", "")]


@pytest.mark.parametrize("table", [ANCHORS, "people.claims"])
async def test_a_change_of_the_table_asks_again(table: str) -> None:
    """When the Totebox says that a table behind the list has changed, the list is asked for again, once."""
    async with names() as it:
        it.box.changed(table)
        await it.wait(lambda: len(asked_of(it)) == 2)
        it.pass_s(1.0, alive=True)
        await it.settle()
        assert len(asked_of(it)) == 2


async def test_a_change_of_another_table_asks_nothing() -> None:
    """What the list does not show does not ask for it again."""
    async with names() as it:
        it.box.changed("fs.files")
        await it.settle()
        assert len(asked_of(it)) == 1


async def test_words_are_asked_for_and_stand_in_the_title() -> None:
    """`f`, words and Enter: the Totebox is asked for them, the title names them, and Esc shows all again."""
    async with names() as it:
        await it.press("f", *"ada", "enter")
        await it.wait(lambda: "FOUND 'ada'" in it.screen)
        assert [one.query for one in asked_of(it)] == ["", "ada"] and pane(it).words == "ada"
        await it.press("escape")
        await it.wait(lambda: "PEOPLE  2" in it.screen)
        assert [one.query for one in asked_of(it)] == ["", "ada", ""]


async def test_a_date_keeps_the_words() -> None:
    """`d` and a date: the same words are asked for as of then."""
    async with names() as it:
        await it.press("f", *"ada", "enter", "d", *"2026-11-20", "enter")
        await it.wait(lambda: "FOUND 'ada'  as of 2026-11-20" in it.screen)
        last = asked_of(it)[-1]
        assert last.query == "ada" and last.as_of.startswith("2026-11-2")


async def test_what_is_no_date_is_said_and_nothing_is_asked() -> None:
    """The line below says what a date looks like."""
    async with names() as it:
        await it.press("d", *"soon", "enter")
        assert "'soon' is no date" in it.screen and len(asked_of(it)) == 1


async def test_a_refused_list_says_the_reason_of_the_totebox() -> None:
    """The reason stands where the rows would be, and in a notice."""

    def refusing(box: FakeTotebox) -> None:
        box.refuse["List"] = Refusal(0, RefusalCode.NOT_FOUND, "the names are being counted", "Ask again in a minute.")
        furnish(box)

    async with stage(start="f2", furnished=refusing) as it:
        await it.wait(lambda: "not answered: the names are being counted" in it.screen)
        assert "people: the names are being counted" in it.screen


async def test_the_way_back_ends_at_all_names() -> None:
    """Esc says why it does nothing more where all rows are listed, and leads back where words or the detail are."""
    async with names() as it:
        assert pane(it).why_no_way_back() == "this is all of people"
        await it.press("f", *"ada", "enter")
        assert pane(it).why_no_way_back() == ""
        await it.press("escape")
        assert pane(it).why_no_way_back() == "this is all of people"
        await it.press("tab")
        assert pane(it).why_no_way_back() == ""


async def test_other_columns_keep_the_name_under_the_cursor() -> None:
    """A wider screen has other columns at once, and the same row under the cursor."""
    async with names() as it:
        assert [row for row in it.rows if "NAME" in row and "LAST" in row] == []
        await it.press("j")
        await it.pilot.resize_terminal(200, 40)
        await it.settle()
        assert [row for row in it.rows if "NAME" in row and "LAST" in row] != []
        assert pane(it).table.cursor_id == KARIN


async def test_the_link_is_named_where_it_is_not_up() -> None:
    """No Totebox, no link yet, a link, a link that was lost: each has its own words."""
    assert how_linked(None) == "no Totebox is chosen"
    async with stage(start="f2", furnished=lambda box: box.known()) as it:
        assert "not asked: no link yet" in it.screen
    async with names() as it:
        assert how_linked(pane(it).totebox) == ""
        it.box.down()
        await it.settle()
        assert how_linked(pane(it).totebox) == "link lost" and "stale: link lost" in it.screen


async def test_a_link_that_was_lost_is_lost_while_it_is_dialled_again() -> None:
    """The rows are as old as they were, and are said to be."""
    async with names() as it:
        it.box.down()
        await it.settle()
        it.box.emit(Dialing(it.box.id, it.time[0]))
        await it.settle()
        assert "stale: link lost" in it.screen
