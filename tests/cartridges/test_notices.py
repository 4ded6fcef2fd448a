"""Every cartridge's notices leave the screen with what they state."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from protocol.schema import Refusal
from protocol.schema.numbers import RefusalCode
from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.cartridges.input.f12 import archive, bare, give
from tests.cartridges.system.test_integrity import DEED, verdict
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
AWAY = Refusal(0, RefusalCode.UNAVAILABLE, "the writer is away", "ask again")
FULL = Refusal(0, RefusalCode.DISK_FULL, "no room is left", "make room")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@asynccontextmanager
async def opened(key: str, *names: str) -> AsyncIterator[Stage]:
    """The console on stocked Toteboxes, acme active, on the screen `key`."""
    names = names or ("acme",)
    async with stage(
        start=key,
        names=names,
        furnished=lambda box: stock(archive(box)) if box.id == "acme" else bare(box),
        make=Archive,
    ) as it:
        it.app.desk.activate("acme")
        await it.settle()
        yield it


async def ends(it: Stage, said: str) -> None:
    """It is on the screen no longer as soon as the screen is painted, whatever the clock says."""
    await it.settle()
    assert said not in it.screen


async def correct(it: Stage) -> None:
    """F2's form with what stands in it."""
    await it.press("enter")
    await it.wait(lambda: "✓ verified" in it.screen)
    await it.press("c")
    await it.wait(lambda: "CORRECT A CLAIM" in it.screen)
    await it.press("enter", "enter")


async def label(it: Stage, words: str) -> None:
    """F5's form."""
    await it.wait(lambda: "scan-0047" in it.screen)
    await it.press("l")
    await it.wait(lambda: "LABEL A DOCUMENT" in it.screen)
    await it.press(*words, "enter")


async def test_f2_a_refusal_ends_when_its_reason_is_gone() -> None:
    """A correction that found the writer away: a new session takes the line off the screen."""
    async with opened("f2") as it:
        it.box.refuse["CorrectClaim"] = AWAY
        await correct(it)
        await it.wait(lambda: AWAY.reason in it.screen)
        it.box.down()
        await ends(it, AWAY.reason)


async def test_f2_what_is_said_of_one_totebox_ends_with_a_change_to_another() -> None:
    """A refusal that is about the arguments stands for its own Totebox alone."""
    async with opened("f2", "acme", "birch") as it:
        it.box.refuse["CorrectClaim"] = Refusal(0, RefusalCode.CONFLICT, "it was corrected before", "correct that one")
        await correct(it)
        await it.wait(lambda: "it was corrected before" in it.screen)
        it.app.desk.activate("birch")
        await ends(it, "it was corrected before")


async def test_f2_a_date_that_is_none_ends_with_one_that_is() -> None:
    """Also without the date: nothing is shown as of it."""
    async with opened("f2") as it:
        await it.press("d", "x", "enter")
        await it.wait(lambda: "'x' is no date" in it.screen)
        await it.press("d", "2", "0", "2", "6", "enter")
        await ends(it, "is no date")


async def test_f5_a_label_that_found_no_room_ends_with_room() -> None:
    """The Totebox tells that it takes records again."""
    async with opened("f5") as it:
        it.box.tell_status(read_only="the disk is full")
        it.box.refuse["LabelDocument"] = FULL
        await label(it, "board")
        await it.wait(lambda: FULL.reason in it.screen)
        it.box.tell_status()
        await ends(it, FULL.reason)


async def test_f5_which_versions_are_shown_is_said_on_f5_alone() -> None:
    """Another screen shows no versions."""
    async with opened("f5") as it:
        await it.press("v")
        assert "superseded versions are shown" in it.screen
        await it.press("f8")
        await ends(it, "superseded versions are shown")


async def test_f5_how_much_is_saved_ends_with_the_saving() -> None:
    """A percentage is of a download that runs."""
    async with opened("f5") as it:
        assert it.app.pane is not None
        it.app.pane.progress("save", 40, 100)
        await it.settle()
        assert "saving: 40 %" in it.screen
        it.app.pane.saved("save", 1, Path("lease.pdf"), "the disk is full")
        await ends(it, "saving: 40 %")


async def test_f8_a_list_that_was_refused_ends_with_its_answer() -> None:
    """The log is asked for again, and is given."""
    async with stage(start="f8") as it:
        it.box.refuse["List"] = AWAY
        await it.press("r")
        await it.wait(lambda: f"ledger: {AWAY.reason}" in it.screen)
        it.box.refuse.clear()
        await it.press("r")
        await ends(it, f"ledger: {AWAY.reason}")


async def test_f11_a_clean_vault_is_said_until_something_is_found() -> None:
    """Another device verifies and finds something: the good news ends."""
    async with opened("f11") as it:
        it.box.tell(verdict())
        await it.press("v")
        await it.wait(lambda: "✓ the vault is clean" in it.screen)
        it.box.tell(verdict(DEED))
        await ends(it, "✓ the vault is clean")


async def test_f11_a_receipt_ends_with_a_change_of_totebox() -> None:
    """It was done in one Totebox, and is not said under another's name."""
    async with stage(start="f11", names=("acme", "birch")) as it:
        it.app.desk.activate("acme")
        await it.wait(lambda: "night clerk" in it.screen)
        await it.press("2", "j", "x", "right", "enter")
        await it.wait(lambda: "revoked; audit row" in it.screen)
        it.app.desk.activate("birch")
        await ends(it, "revoked; audit row")


async def test_f11_a_refusal_ends_when_its_reason_is_gone() -> None:
    """A verification that found the writer away, and a new session."""
    async with stage(start="f11") as it:
        it.box.refuse["Verify"] = AWAY
        await it.press("v")
        await it.wait(lambda: f"› {AWAY.reason}" in it.screen or f"▲ {AWAY.reason}" in it.screen)
        it.box.down()
        await it.settle()
        assert f"▲ {AWAY.reason}" not in it.screen


async def test_f12_what_is_in_the_queue_ends_when_it_is_taken(tmp_path: Path) -> None:
    """The document at work waits no longer."""
    paper = tmp_path / "lease.pdf"
    paper.write_bytes(b"%PDF")
    async with stage(start="f12", furnished=bare, make=Archive) as it:
        await give(it, paper)
        assert "is in the queue" in it.screen
        await it.press("enter")
        await ends(it, "is in the queue")


async def test_the_theme_is_said_until_there_is_another() -> None:
    """A theme that the settings set ends the line about the one before."""
    async with stage() as it:
        await it.press("ctrl+t")
        said = f"theme {it.app.theme}"
        assert said in it.screen
        it.app.theme = "dark"
        await ends(it, said)
