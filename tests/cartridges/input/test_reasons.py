"""Why a key of F12 does nothing, and the accounts of its second step."""

from dataclasses import replace

import pytest
from textual.widgets import Input

from console.cartridges.input import reasons, sheets
from console.cartridges.input.fields import queue_row
from console.cartridges.input.route import RoutePane
from console.chassis.table import LedgerTable
from console.model.input.intake import Claim, InputStep, Origin, QueueState
from console.model.input.tray import Queued, Tray, Work
from tests.cartridges.input.f12 import f12, give

CLAIM = Claim(0, "person", "Jane Doe", "", 12, 3, 0, 8, "Chair: ⟦Jane Doe⟧ signs", "label/1")
ITEM = Queued(1, Origin.PATH, "lease.pdf", "/home/me/lease.pdf", b"", 1_234)
BUSY = {QueueState.AT_WORK, QueueState.KEPT}


def at_work(work: Work | None) -> Tray:
    return Tray((replace(ITEM, place=QueueState.AT_WORK, work=work),), 1)


@pytest.mark.parametrize("step", list(InputStep))
def test_an_answer_is_taken_where_a_claim_is_asked(step: InputStep) -> None:
    """In the steps REVIEW and DECIDE, and in no other."""
    said = reasons.against_answer(at_work(Work(step, claims=(CLAIM,))))
    assert said == ("" if step in (InputStep.REVIEW, InputStep.DECIDE) else "no claim is asked now")


@pytest.mark.parametrize(
    ("waiting", "says"), [("", ""), ("answers", "the answers are being recorded"), ("claims", "its claims are on their way")]
)  # fmt: skip
def test_what_is_waited_for_is_said(waiting: str, says: str) -> None:
    """Not merely that nothing happens."""
    assert reasons.against_answer(at_work(Work(InputStep.REVIEW, waiting, claims=(CLAIM,)))) == says


def test_without_claims_nothing_is_asked() -> None:
    """Neither of a document that has none, nor of no document."""
    assert reasons.against_answer(at_work(Work(InputStep.REVIEW))) == "no claim is asked now"
    assert reasons.against_answer(Tray()) == reasons.against_yes(Tray()) == "no claim is asked now"


@pytest.mark.parametrize(
    ("step", "waiting", "says"),
    [
        (InputStep.CONFIRM, "", ""),
        (InputStep.CONFIRM, "seal", "no claim is asked now"),
        (InputStep.DECIDE, "", ""),
        (InputStep.ROUTE, "", "no claim is asked now"),
    ],
)
def test_yes_seals_once(step: InputStep, waiting: str, says: str) -> None:
    """While a document is being sealed the key is not taken a second time."""
    assert reasons.against_yes(at_work(Work(step, waiting, claims=(CLAIM,)))) == says


@pytest.mark.parametrize("place", list(QueueState))
def test_only_what_is_begun_is_abandoned_and_only_the_rest_is_taken_off(place: QueueState) -> None:
    """One of the two keys works for each document; the other one says which."""
    item = replace(ITEM, place=place)
    abandon, remove = reasons.against_abandon(item), reasons.against_removal(item)
    assert (abandon == "") is (place in BUSY) and (remove == "") is (place not in BUSY)
    assert place not in BUSY or "a abandons it" in remove


def test_without_a_document_every_key_has_a_reason() -> None:
    """Each its own."""
    said = [
        reasons.against_abandon(None),
        reasons.against_removal(None),
        reasons.against_entry(None),
        reasons.against_receipt(None),
    ]
    assert all(said) and len(set(said)) == 4


def test_an_entry_and_a_receipt_are_there_after_sealing() -> None:
    """Entry 0 is one."""
    assert reasons.against_entry(replace(ITEM, index=0)) == ""
    assert reasons.against_entry(ITEM) == "this document has no entry"
    assert reasons.against_receipt(ITEM) == "there is no receipt here"


@pytest.mark.parametrize("place", list(QueueState))
def test_a_document_s_state_is_read_without_colour(place: QueueState) -> None:
    """A sign and a word; a size that is not known is left empty, and so is an entry."""
    row = queue_row(replace(ITEM, place=place))
    assert row.cells == (f"{place.glyph} {place.value}", "lease.pdf", 1_234, None)
    assert queue_row(replace(ITEM, size=0, index=7)).cells[2:] == (None, 7)


@pytest.mark.parametrize("width", [46, 80, 200])
def test_the_guide_fits_and_names_every_way_in(width: int) -> None:
    """A typed path, dropped files, the folder, and the key that begins."""
    lines = ["".join(text for _, text in each) for each in sheets.guide(width)]
    said = " ".join(" ".join(lines).split())
    assert all(word in said for word in ("p ", "drop", "app-console-input/", "Enter", "five steps"))
    assert all(len(each) <= width for each in lines)


@pytest.mark.anyio
async def test_the_search_finds_accounts_and_says_when_none_fits(tmp_path) -> None:
    """Words narrow the chart; Enter on no account chooses nothing."""
    path = tmp_path / "lease.pdf"
    path.write_bytes(b"%PDF")
    async with f12() as (it, _):
        await give(it, path)
        await it.press("enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        chart = it.app.query_one("#chart", LedgerTable)
        every = len(chart.shown_ids)
        await it.press(*"1200")
        assert 0 < len(chart.shown_ids) < every
        await it.press("ctrl+u", *"xyzzy")
        assert chart.shown_ids == [] and "no account fits what is typed" in it.screen
        await it.press("enter", "down", "up")
        assert "CHART OF ACCOUNTS" in it.screen and it.app.query_one(RoutePane).display
        await it.press("ctrl+u")
        assert len(chart.shown_ids) == every


@pytest.mark.anyio
@pytest.mark.parametrize("keys", [("down",), ("pagedown", "pageup", "down")], ids=str)
async def test_arrows_in_the_search_move_the_list(tmp_path, keys: tuple[str, ...]) -> None:
    """The field keeps the focus, so that the next letter searches; the suggestion is the first."""
    path = tmp_path / "lease.pdf"
    path.write_bytes(b"%PDF")
    async with f12() as (it, _):
        await give(it, path)
        await it.press("enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        chart = it.app.query_one("#chart", LedgerTable)
        assert chart.cursor_id == chart.shown_ids[0]
        await it.press(*keys)
        assert chart.cursor_id == chart.shown_ids[1] and isinstance(it.app.focused, Input)
