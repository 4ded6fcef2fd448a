"""A claim corrected and a document labelled, without a screen and at the keyboard: a real daemon, the real console."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from console.chassis.table import LedgerTable
from console.model.tables import records
from protocol.schema import Decide, Offer, Receipt, Refusal, Route, Rows
from protocol.schema.numbers import Decision, RefusalCode
from tests.journeys.computer import Computer
from tests.journeys.desk import Desk, desk
from tests.journeys.sealer import Sealer
from tests.patience import WAIT_S

MINUTES = b"# Minutes of the board\n\nPresent: Jane Doe <jane.doe@example.com>, chair.\n"


async def seal(computer: Computer) -> int:
    """MINUTES with every claim approved; its entry."""
    async with Sealer(computer).running() as sealer:
        ask = sealer.session.ask

        async def chunks(offset: int) -> AsyncIterator[bytes]:
            yield MINUTES[offset:]

        offer = Offer(b"minutes.md", len(MINUTES), hashlib.sha256(MINUTES).digest())
        offered = await sealer.session.upload("offer", offer, chunks)
        assert isinstance(offered, Rows), offered
        intake = next(records(offered.table)).text("intake")
        routed = await ask("route", Route(intake, await sealer._account(), "minutebook"))
        assert isinstance(routed, Rows), routed
        for row in records(routed.table):
            await ask("decide", Decide(intake, row.count("number"), Decision.YES))
        sealed = await sealer.sealed(intake)
        assert isinstance(sealed, Receipt), sealed
        return sealed.index


def run(computer: Computer, *words: object) -> tuple[int, dict[str, object]]:
    """`os-console run ... --json`: its exit status and what it said."""
    done = computer.console("run", *words, "--json", "--timeout", WAIT_S)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def rows(computer: Computer, table: str, *words: object) -> list[dict[str, object]]:
    status, said = run(computer, "list", table, *words)
    assert status == 0, said
    names = [column["name"] for column in said["columns"]]  # type: ignore[attr-defined]
    return [dict(zip(names, row, strict=True)) for row in said["rows"]]  # type: ignore[call-overload]


def test_a_claim_is_corrected_and_the_old_one_stays(computer: Computer) -> None:
    """A receipt that holds, the present that shows the correction, the audit row, and a vault that verifies."""
    computer.paired("corrected")
    source = asyncio.run(seal(computer))
    claim = next(row for row in rows(computer, "people.claims") if row["value"] == "Jane Doe")
    status, said = run(computer, "people.correct", claim["index"], source, "Jane", "Dough")
    assert (status, said["holds"]) == (0, True), said
    present = {row["index"]: row for row in rows(computer, "people.claims")}
    assert claim["index"] not in present and present[said["index"]]["value"] == "Jane Dough"
    assert present[said["index"]]["anchor"] == claim["anchor"] and present[said["index"]]["source"] == source
    assert claim["index"] in {row["index"] for row in rows(computer, "people.claims", "all:")}
    assert [row["kind"] for row in rows(computer, "audit.log", "people.correct")] == ["COMMAND"]
    assert run(computer, "verify")[0] == 0


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("people.correct", "0", "1", "x"), "people.claims"),
        (("people.correct", "999999", "1", "x"), "people.claims"),
        (("minutebook.label", "0", "hold"), "minutebook.documents"),
        (("minutebook.label", "2", "lift", "board"), "its labels: none"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_remedy(refusing: Computer, words: tuple[str, ...], remedy: str) -> None:
    """As one JSON object with status 1, and nothing is written."""
    status, said = run(refusing, *words)
    refusal = said["refusal"]
    assert status == 1 and isinstance(refusal, dict) and remedy in refusal["remedy"], said


@pytest.fixture(scope="module")
def refusing() -> Iterator[Computer]:
    """A computer whose one Totebox has one document without a label, at entry 2."""
    with TemporaryDirectory(prefix="tb") as home:
        found = Computer(Path(home))
        found.paired("refusing")
        assert asyncio.run(seal(found)) == 2
        yield found
        found.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("minutebook.label", "1", "until", "2031-02-30"), "until 2031-12-31"),
        (("minutebook.label", "1", "lift"), "hold [MATTER]"),
        (("minutebook.label", "one", "hold"), "number of an entry"),
        (("minutebook.label", "1", "x" * 65), "at most 64 bytes"),
        (("people.correct", "1", "x", "value"), "number of an entry"),
        (("people.correct", "1", "2"), "os-console run people.correct CLAIM SOURCE VALUE"),
        (("people.correct", "1", "2", " "), "state what is right"),
    ],
)
def test_what_cannot_be_sent_says_how_it_is_written(refusing: Computer, words: tuple[str, ...], said: str) -> None:
    """Before anything goes to the Totebox."""
    done = refusing.console("run", *words)
    assert done.returncode != 0 and said in done.stderr, done.stderr


def test_a_document_is_labelled_and_found(computer: Computer) -> None:
    """Hold, retention and words are set, shown, found and lifted; after a restart they are there again."""
    acme = computer.paired("acme")
    source = asyncio.run(seal(computer))
    for words in (("hold", "Matter", "7"), ("until", "2031-12-31"), ("board",)):
        status, said = run(computer, "minutebook.label", source, *words)
        assert (status, said["holds"]) == (0, True), said
    (row,) = rows(computer, "minutebook.documents", "label:hold")
    assert row["labels"] == "hold Matter 7 · until 2031-12-31 · board"
    assert rows(computer, "minutebook.documents", "label:nothing") == []
    assert run(computer, "minutebook.label", source, "lift", "hold", "Matter", "7")[0] == 0
    acme.stop()
    acme.start()
    (row,) = rows(computer, "minutebook.documents")
    assert row["labels"] == "until 2031-12-31 · board"
    assert rows(computer, "minutebook.documents", "label:hold") == []
    assert len([row for row in rows(computer, "audit.log", "minutebook.label") if row["kind"] == "COMMAND"]) == 4
    assert run(computer, "verify")[0] == 0


@pytest.mark.anyio
async def test_of_two_sessions_that_correct_one_document_at_once_one_is_told(computer: Computer) -> None:
    """CONFLICT that names the other's entry; the history has one correction, and the vault verifies."""
    computer.paired("twice")
    old = await seal(computer)
    async with Sealer(computer).running() as one, Sealer(computer).running() as other:
        intakes = [await sealer.intake(text) for sealer, text in ((one, "first"), (other, "second"))]
        answers = await asyncio.gather(
            *(each.sealed(intake, old) for each, intake in zip((one, other), intakes, strict=True))
        )
    (receipt,) = [answer for answer in answers if isinstance(answer, Receipt)]
    (refusal,) = [answer for answer in answers if isinstance(answer, Refusal)]
    assert refusal.code is RefusalCode.CONFLICT and f"look at entry {receipt.index}" in refusal.remedy
    found = [row["supersedes"] for row in rows(computer, "minutebook.documents", "all:")]
    assert found.count(old) == 1 and len(found) == 2
    assert run(computer, "verify")[0] == 0


async def reads_its_row(here: Desk, verb: str) -> None:
    """F8: the command's own row; Enter proves it."""
    await here.goes_to("f8", "LEDGER", verb)
    table = here.app.focused
    assert isinstance(table, LedgerTable)
    await here.press(
        "slash", *("full_stop" if key == "." else key for key in verb), "enter"
    )  # others write commands, too
    await here.until(lambda: table.cursor_row is not None and verb in map(str, table.cursor_row.cells), what=verb)
    await here.press("enter")
    await here.sees("PROOF OF AUDIT ROW", verb, "COMMAND")
    await here.until(lambda: "✓" in here.screen and "✗" not in here.screen, what="the proof's verdict")


@pytest.mark.anyio
async def test_a_claim_is_corrected_at_the_keyboard(computer: Computer) -> None:
    """F2, c: the value is mended in the form, the receipt is verified, the screen shows what is right, and F8 has the row."""
    computer.paired("acme")
    await seal(computer)
    async with desk(computer, width=160, start="f2") as here:
        await here.sees("LINKED", "Jane Doe")
        await here.press("f", *"jane", "enter")
        await here.sees("FOUND 'jane'")
        await here.press("enter")
        await here.until(lambda: here.pane.statements.row_count, what="the claims")  # type: ignore[attr-defined]
        await here.until(lambda: here.pane.statements.has_focus)  # type: ignore[attr-defined]
        claims = {claim.index: claim for claim in here.pane._claims}  # type: ignore[attr-defined]
        while claims[here.pane.statements.cursor_id].value != "Jane Doe":  # type: ignore[attr-defined]
            await here.press("j")
        await here.press("c")
        await here.sees("CORRECT A CLAIM", "Ctrl+U empties a field")
        await here.press("backspace", *"ugh", "enter", "enter")
        await here.sees("is corrected by entry", "its receipt holds")
        await here.until(lambda: "Jane Dough" in here.screen, what="the correction on the screen")
        await reads_its_row(here, "people.correct")
    assert {row["value"] for row in rows(computer, "people.claims")} >= {"Jane Dough"}


@pytest.mark.anyio
async def test_a_document_is_labelled_at_the_keyboard(computer: Computer) -> None:
    """F5, l: the receipt is verified, the list shows the label and finds it, and F8 has the row."""
    computer.paired("acme")
    await seal(computer)
    async with desk(computer, width=160, start="f5") as here:
        await here.sees("LINKED", "minutes.md")
        await here.press("l")
        await here.sees("LABEL A DOCUMENT", "Its labels: none")
        await here.press(*("space" if key == " " else key for key in "hold Matter 7"), "enter")
        await here.sees("the label is entry", "its receipt holds")
        await here.sees("hold Matter 7")
        await here.press("f", *("colon" if key == ":" else key for key in "label:hold"), "enter")
        await here.sees("FOUND 'label:hold'", "minutes.md")
        await reads_its_row(here, "minutebook.label")
