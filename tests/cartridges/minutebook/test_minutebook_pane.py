"""F5 at the keyboard, on a Totebox in memory that signs what it holds."""

from asyncio import Event
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from console.cartridges.minutebook.detail import Detail
from console.chassis.facts import Facts, Lines
from console.chassis.table import LedgerTable
from protocol.schema import List, Read
from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.chassis.fake_totebox import FakeTotebox
from tests.chassis.stage import Stage, agrees, stage

pytestmark = pytest.mark.anyio
PICTURES = Path(__file__).parent / "pictures"


def archive(box: FakeTotebox) -> Archive:
    assert isinstance(box, Archive)
    return box


def stocked(box: FakeTotebox) -> None:
    stock(archive(box))


@asynccontextmanager
async def f5(
    width: int = 120, height: int = 36, furnished: Callable[[FakeTotebox], None] = stocked
) -> AsyncIterator[tuple[Stage, Archive]]:
    async with stage(width, height, start="f5", furnished=furnished, make=Archive) as it:
        await it.wait(lambda: "MINUTEBOOK  " in it.screen)
        yield it, archive(it.box)


@pytest.mark.parametrize(("width", "height"), [(120, 36), (80, 24), (60, 20)])
async def test_each_view_looks_as_it_did(width: int, height: int) -> None:
    """List, text, proof and history: rows of cells that a person can compare."""
    size = f"{width}x{height}"
    async with f5(width, height) as (it, _):
        agrees(it.screen, PICTURES / f"list-{size}.txt")
        await it.press("j", "enter")
        await it.wait(lambda: "1 │ # Lease" in it.screen)
        agrees(it.screen, PICTURES / f"text-{size}.txt")
        await it.press("p")
        await it.wait(lambda: "✓ PROVEN" in it.screen)
        agrees(it.screen, PICTURES / f"proof-{size}.txt")
        await it.press("h")
        await it.wait(lambda: "corrects 1" in it.screen)
        agrees(it.screen, PICTURES / f"history-{size}.txt")


async def test_the_list_shows_present_versions_and_all_on_demand() -> None:
    """A superseded version is not in the list until V."""
    async with f5() as (it, _):
        assert it.screen.count("lease-hafen") == 1
        await it.press("v")
        await it.wait(lambda: "EVERY VERSION  5" in it.screen)


async def test_full_text_finds_by_words_inside() -> None:
    """F asks for words; what has them in its text is listed with where; Esc shows all again."""
    async with f5() as (it, box):
        await it.press("f", *"chairs", "enter")
        await it.wait(lambda: "FOUND 'chairs'  1" in it.screen)
        assert "board-min" in it.screen
        assert "‹chairs›" in it.screen
        await it.press("escape")
        await it.wait(lambda: "MINUTEBOOK  4" in it.screen)
        queries = [
            asked.query for asked in box.asked if isinstance(asked, List) and asked.table == "minutebook.documents"
        ]
        assert queries == ["", "chairs", ""]


async def test_a_filter_narrows_what_is_there() -> None:
    """The slash filter of every list works on this one and asks nothing."""
    async with f5() as (it, _):
        await it.press("slash", *"account=1200", "enter")
        assert "MINUTEBOOK  1/4" in it.screen


def shelf(count: int) -> Callable[[FakeTotebox], None]:
    """A Totebox with `count` documents, made without their logs."""

    def furnish(box: FakeTotebox) -> None:
        stocked(box)
        row = archive(box).documents[0]
        archive(box).documents = [
            {**row, "index": 100_000 + n, "name": f"doc-{n}.pdf", "superseded_by": None} for n in range(count, 0, -1)
        ]

    return furnish


async def test_a_hundred_thousand_documents_are_asked_for_as_they_come_near() -> None:
    """Opening asks for one page; the end of it asks for the next one, and no more."""
    async with f5(furnished=shelf(100_000)) as (it, box):
        await it.wait(lambda: "doc-100000.pdf" in it.screen)
        pages = [asked for asked in box.asked if isinstance(asked, List) and asked.table == "minutebook.documents"]
        assert [page.limit for page in pages] == [200]
        await it.press("G")
        await it.wait(lambda: "400 loaded, more below" in it.screen)
        assert "doc-99801.pdf" in it.screen


async def test_what_is_sealed_meanwhile_appears_and_the_cursor_stays() -> None:
    """CHANGED asks for the first page again; the row under the cursor stays under it."""
    async with f5() as (it, box):
        await it.press("j", "j")
        box.keep("fresh.pdf", b"fresh")
        box.changed("minutebook.documents")
        await it.wait(lambda: "fresh.pdf" in it.screen)
        assert any(row.startswith("▌") and "invoices" in row for row in it.rows)


async def test_a_new_version_takes_the_place_of_the_old_one() -> None:
    """After a correction the list shows the new version alone."""
    async with f5() as (it, box):
        box.keep("lease-hafenstrasse.pdf", b"%PDF lease three", supersedes=7)
        box.changed("minutebook.documents")
        await it.wait(lambda: "10 11-22" in it.screen)
        assert "MINUTEBOOK  4" in it.screen


async def test_the_original_is_saved_byte_for_byte(tmp_path: Path) -> None:
    """W asks where to; the file has the sealed bytes, and says so."""
    target = tmp_path / "out.pdf"
    async with f5() as (it, box):
        await it.press("w")
        it.app.focused.value = str(target)  # type: ignore[union-attr]
        await it.press("enter")
        await it.wait(lambda: "byte for byte" in it.screen)
        assert target.read_bytes() == box.data[9]


async def test_a_save_never_overwrites(tmp_path: Path) -> None:
    """A name that is taken is asked for again; the file that has it keeps its bytes."""
    target = tmp_path / "out.pdf"
    target.write_bytes(b"mine")
    async with f5() as (it, _):
        await it.press("w")
        it.app.focused.value = str(target)  # type: ignore[union-attr]
        await it.press("enter")
        await it.wait(lambda: "not saved: " in it.screen)
        assert getattr(it.app.focused, "value", "") == str(target)
        assert target.read_bytes() == b"mine"


async def test_forged_bytes_are_not_saved(tmp_path: Path) -> None:
    """Other bytes than the proven entry's leave no file behind."""
    async with f5() as (it, box):
        box.data[9] = b"forged bytes"
        await it.press("w")
        it.app.focused.value = str(tmp_path / "out.pdf")  # type: ignore[union-attr]
        await it.press("enter")
        await it.wait(lambda: "not saved" in it.screen)
        assert list(tmp_path.iterdir()) == []


async def test_forged_text_is_not_shown() -> None:
    """Text that is not the proven entry's is refused, in words."""
    async with f5() as (it, box):
        box.data[8] = b"# Another lease"
        await it.press("j", "enter")
        await it.wait(lambda: "the text cannot be shown" in it.screen)
        assert "Another lease" not in it.screen


async def test_history_leads_on() -> None:
    """Enter on the first version opens it; it says which entry superseded it, and cannot be corrected."""
    async with f5() as (it, _):
        await it.press("j", "h")
        await it.wait(lambda: "first version" in it.screen)
        await it.press("g", "enter")
        await it.wait(lambda: "superseded by entry 7" in it.screen)
        await it.press("c")
        await it.wait(lambda: "entry 7 supersedes it already" in it.screen)


async def test_a_derived_entry_opens_its_document() -> None:
    """An index that is a text, not a document, shows the document it was derived from."""
    async with f5() as (it, _):
        it.app.open_cartridge("minutebook", {"index": 8, "line": 6})
        await it.wait(lambda: "6 ▶ 1. The premises" in it.screen)
        assert "F5 MINUTEBOOK › entry 7" in it.rows[0]


async def test_a_document_without_text_says_so() -> None:
    """No text: the original can still be saved."""
    async with f5() as (it, box):
        await it.press("enter")
        await it.wait(lambda: "No text could be read" in it.screen)
        assert not any(isinstance(asked, Read) for asked in box.asked)


def only_acme_is_stocked(box: FakeTotebox) -> None:
    """Two entities: the second has other documents, and its link is lost."""
    stocked(box)
    if box.id == "birch":
        archive(box).documents = [
            {**row, "index": 90, "name": f"birch-{row['index']}.pdf"} for row in archive(box).documents[:1]
        ]
        box.down()


@pytest.mark.parametrize("keys", [(), ("j", "enter"), ("p",), ("h",)])
async def test_no_document_is_drawn_under_another_totebox(keys: tuple[str, ...]) -> None:
    """After a change of Totebox neither list, text, proof, history nor crumb is the other entity's; never asked is said to be so."""
    async with stage(names=("acme", "birch"), start="f5", furnished=only_acme_is_stocked, make=Archive) as it:
        it.app.desk.activate("acme")
        await it.wait(lambda: "lease-hafen" in it.screen)
        await it.press(*keys)
        it.app.desk.activate("birch")
        await it.wait(lambda: it.app.ledger.active == "birch" and "not asked: link lost" in it.screen)
        pane = "\n".join(it.rows[:-3])
        assert "lease" not in pane and "Lease" not in pane and "PROVEN" not in pane and "corrects" not in pane
        assert "entry 7" not in it.rows[0] and "no document is sealed yet" not in pane


async def test_a_totebox_that_was_not_asked_is_asked_when_its_link_is_back() -> None:
    """Not asked is a state of its own, and ends with the link's return."""
    async with stage(names=("acme", "birch"), start="f5", furnished=only_acme_is_stocked, make=Archive) as it:
        it.app.desk.activate("birch")
        await it.wait(lambda: "not asked: link lost" in it.screen)
        it.boxes["birch"].up()
        await it.wait(lambda: "birch-" in it.screen)
        assert "not asked" not in it.screen


async def test_an_answer_of_the_other_totebox_is_dropped() -> None:
    """A page that was asked of one entity and comes after the change is not shown under the other's name."""
    async with stage(names=("acme", "birch"), start="f5", furnished=only_acme_is_stocked, make=Archive) as it:
        it.app.desk.activate("acme")
        await it.wait(lambda: "lease-hafen" in it.screen)
        it.boxes["acme"].hold = Event()
        await it.press("r", "j", "p")
        it.app.desk.activate("birch")
        await it.wait(lambda: "not asked: link lost" in it.screen)
        it.boxes["acme"].hold.set()
        await it.settle()
        assert "lease" not in "\n".join(it.rows[:-3]) and "PROVEN" not in it.screen


async def test_what_is_known_of_a_lost_link_is_grey() -> None:
    """List, facts and text of a Totebox that is not heard any more."""
    async with f5() as (it, box):
        await it.press("j", "enter")
        await it.wait(lambda: "1 │ # Lease" in it.screen)
        box.down()
        await it.settle()
        detail = it.app.query_one(Detail)
        assert all(panel.stale for panel in (it.app.query_one("#book-list", LedgerTable), *detail.query(Lines)))
        assert detail.query_one(Facts).stale and "○ stale: link lost" in it.screen


@pytest.mark.parametrize("width", [120, 80, 60])
async def test_the_hit_stays_in_view(width: int) -> None:
    """An excerpt that is longer than its column is cut before the hit, not behind it."""

    def far(box: FakeTotebox) -> None:
        stocked(box)
        rows = archive(box).documents
        archive(box).documents = [{**row, "excerpt": f"{'far away ' * 20}⟦chairs⟧ and more"} for row in rows]
        archive(box).excerpt = lambda row, word: str(row["excerpt"])

    async with f5(width, 24, far) as (it, _):
        await it.press("f", *"chairs", "enter")
        await it.wait(lambda: "FOUND 'chairs'" in it.screen)
        assert any("‹chairs›" in row for row in it.rows[3:5])


@pytest.mark.parametrize("width", [120, 80, 60])
async def test_a_name_that_is_cut_in_the_list_is_read_in_full_by_enter(width: int) -> None:
    """The facts of the document go on below where a value is longer than its line."""
    name = f"minutes-{'of-the-extraordinary-meeting-' * 6}the-end.pdf"

    def long(box: FakeTotebox) -> None:
        stocked(box)
        archive(box).keep(name, b"%PDF long")

    async with f5(width, 36, long) as (it, _):
        await it.press("g", "enter")
        await it.wait(lambda: "No text could be read" in it.screen)
        assert name in "".join(
            row[-width // 2 if width >= 100 else 0 :].split("  ")[-1].strip() for row in it.rows[2:8]
        )
