"""F2 at the keyboard, on a Totebox in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol.schema import List
from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.chassis.fake_totebox import FakeTotebox
from tests.chassis.stage import Stage, agrees, stage

pytestmark = pytest.mark.anyio
PICTURES = Path(__file__).parent / "pictures"


def archive(box: FakeTotebox) -> Archive:
    assert isinstance(box, Archive)
    return box


@asynccontextmanager
async def f2(width: int = 120, height: int = 36) -> AsyncIterator[tuple[Stage, Archive]]:
    async with stage(width, height, start="f2", furnished=lambda box: stock(archive(box)), make=Archive) as it:
        await it.wait(lambda: "PEOPLE  3" in it.screen)
        yield it, archive(it.box)


@pytest.mark.parametrize(("width", "height"), [(120, 36), (80, 24), (60, 20)])
async def test_names_and_claims_look_as_they_did(width: int, height: int) -> None:
    """Names, claims with their source line, and claims side by side."""
    size = f"{width}x{height}"
    async with f2(width, height) as (it, _):
        agrees(it.screen, PICTURES / f"names-{size}.txt")
        await it.press("enter")
        await it.wait(lambda: "✓ verified" in it.screen)
        agrees(it.screen, PICTURES / f"claims-{size}.txt")
        await it.press("x", "x")
        await it.wait(lambda: "≠ phone: 2 values" in it.screen)
        agrees(it.screen, PICTURES / f"side-by-side-{size}.txt")


@pytest.mark.parametrize(("width", "said"), [(120, "≠"), (200, "≠ conflict"), (80, "≠ conflict")])
async def test_names_have_their_room(width: int, said: str) -> None:
    """A name is not cut beside its claims: a conflict is a sign there, and a word where the list has room."""
    async with f2(width) as (it, _):
        assert any("Northwind Estates GmbH" in row[:60] for row in it.rows), it.screen
        row = next(row for row in it.rows if "Ada Okafor " in row[:30])
        assert said in row and ("conflict" in row[:90]) == ("conflict" in said)


async def test_the_cursor_stays_when_the_terminal_grows() -> None:
    """Other columns, the same name under the cursor."""
    async with f2(120) as (it, _):
        await it.press("j")
        before = it.app.pane.names.cursor_id  # type: ignore[union-attr]
        await it.pilot.resize_terminal(200, 50)
        await it.settle()
        assert it.app.pane.names.cursor_id == before  # type: ignore[union-attr]


async def test_a_claim_leads_to_the_line_that_says_so() -> None:
    """Enter on a name, Enter on its claim: the document at that line, in F5."""
    async with f2() as (it, _):
        await it.press("enter")
        await it.wait(lambda: "✓ verified" in it.screen)
        await it.press("enter")
        await it.wait(lambda: "4 ▶ and Acme Holdings" in it.screen)
        assert "F5 MINUTEBOOK › entry 1" in it.rows[0]


async def test_a_claim_shows_who_said_so_and_when() -> None:
    """Status, source, line, the entry that holds it, the device and the time."""
    async with f2() as (it, _):
        await it.press("enter")
        await it.wait(lambda: "entry 1, page 1, line 4 · sealed as entry 20, verified" in it.screen)
        assert "2026-11-20 09:12:00Z by SHA256:3q2xk" in it.screen


async def test_every_view_can_be_asked_as_of_a_date() -> None:
    """D and a day: names and claims are asked for with its last moment; Esc returns to now."""
    async with f2() as (it, box):
        await it.press("d", *"2026", "minus", *"11", "minus", *"20", "enter")
        await it.wait(lambda: "as of 2026-11-20" in it.screen)
        moments = {asked.as_of for asked in box.asked if isinstance(asked, List) and asked.as_of}
        assert moments == {"2026-11-20T23:59:59.999999Z"}
        await it.press("escape", "escape")
        await it.wait(lambda: "as of" not in it.screen.replace("As of", ""))


async def test_what_is_no_date_is_said() -> None:
    """Nothing is asked for a date that does not exist."""
    async with f2() as (it, box):
        await it.press("d", *"2026", "minus", *"13", "enter")
        await it.wait(lambda: "is no date" in it.screen)
        assert not any(isinstance(asked, List) and asked.as_of for asked in box.asked)


async def test_a_name_is_found() -> None:
    """F asks the Totebox for these words."""
    async with f2() as (it, box):
        await it.press("f", *"lindq", "enter")
        await it.wait(lambda: "FOUND 'lindq'" in it.screen)
        assert any(isinstance(asked, List) and asked.query == "lindq" for asked in box.asked)


async def test_nobody_is_drawn_under_another_totebox() -> None:
    """After a change of Totebox neither names, claims nor source are the other entity's; never asked is said to be so."""

    def lost(box: FakeTotebox) -> None:
        stock(archive(box))
        if box.id == "birch":
            box.down()

    async with stage(names=("acme", "birch"), start="f2", furnished=lost, make=Archive) as it:
        it.app.desk.activate("acme")
        await it.wait(lambda: "PEOPLE  3" in it.screen)
        await it.press("enter")
        await it.wait(lambda: "✓ verified" in it.screen)
        it.app.desk.activate("birch")
        await it.wait(lambda: it.app.ledger.active == "birch" and "not asked: link lost" in it.screen)
        pane = "\n".join(it.rows[:-3])
        assert not any(word in pane for word in ("Okafor", "verified", "sealed as entry", "nobody is known yet"))
        it.boxes["birch"].up()
        await it.wait(lambda: "PEOPLE  3" in it.screen)
