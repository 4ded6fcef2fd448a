"""F12 at the keyboard, on a Totebox in memory that signs what it seals."""

from pathlib import Path

import pytest
from textual import events

from console.cartridges.input.fields import QueueList
from console.chassis.table import LedgerTable
from protocol.schema import Abandon, Decide, Refusal, Route, Seal
from protocol.schema.numbers import Decision, RefusalCode, Role
from tests.cartridges.archive import Archive
from tests.cartridges.holdings import stock
from tests.cartridges.input.f12 import archive, bare, f12, give, to_claims, to_confirm
from tests.chassis.fake_totebox import FakeTotebox
from tests.chassis.stage import agrees, stage
from tests.chassis.test_layers import quickly

pytestmark = pytest.mark.anyio
PICTURES = Path(__file__).parent / "pictures"


async def test_the_five_steps_end_in_a_receipt_that_was_verified_here(lease: Path) -> None:
    """Paste, Enter, Enter, Y N S, Enter, Y: sealed, and every verdict is the console's own."""
    async with f12() as (it, box):
        await to_confirm(it, lease, "y", "n", "s")
        assert "✓ 1 approved" in it.screen
        assert "✓ the same that this console computed" in it.screen
        await it.press("y")
        await it.wait(lambda: "✓ SEALED" in it.screen)
        for verdict in (
            "signed checkpoint ✓",
            "inclusion proof   ✓",
            "SHA-256           ✓ that of the bytes this console sent",
        ):
            assert verdict in it.screen
        decisions = [asked.decision for asked in box.asked if isinstance(asked, Decide)]
        assert decisions == [Decision.YES, Decision.NO, Decision.SKIP]
        assert box.data[box.documents[0]["index"]] == lease.read_bytes()  # type: ignore[index]


@pytest.mark.parametrize(("width", "height"), [(120, 36), (80, 24)])
async def test_each_step_looks_as_it_did(lease: Path, width: int, height: int) -> None:
    """Queue, route, review, confirm: rows of cells that a person can compare."""
    size = f"{width}x{height}"
    async with f12(width, height, lambda box: stock(archive(box))) as (it, _):
        await it.wait(lambda: "letter-of-notice" in it.screen)
        agrees(it.screen, PICTURES / f"queue-{size}.txt")
        await it.press("enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        agrees(it.screen, PICTURES / f"route-{size}.txt")
        await it.press("enter")
        await it.wait(lambda: "CLAIMS" in it.screen)
        agrees(it.screen, PICTURES / f"review-{size}.txt")
        await it.press(*"yyyyyns")
        await it.wait(lambda: "○0 to answer" in it.screen)
        await it.press("enter")
        await it.wait(lambda: "Seal this document?" in it.screen)
        agrees(it.screen, PICTURES / f"confirm-{size}.txt")
        await it.press("y")
        await it.wait(lambda: "✓ SEALED" in it.screen)
        agrees(it.screen, PICTURES / f"receipt-{size}.txt")


async def test_an_account_is_typed_fuzzily(lease: Path) -> None:
    """What is typed narrows the chart, Enter takes the first that fits."""
    async with f12() as (it, box):
        await give(it, lease)
        await it.press("enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        await it.press(*"couns")
        assert "Office Leasing" not in it.screen
        await it.press("enter")
        await it.wait(lambda: "CLAIMS" in it.screen)
        assert [asked.account for asked in box.asked if isinstance(asked, Route)] == ["1100"]


@pytest.mark.parametrize("width", [120, 80, 60])
async def test_a_long_name_does_not_hide_how_its_document_stands(width: int) -> None:
    """The name is cut at its end; the sign, the word and the screen's own name stay."""
    async with f12(width, 24) as (it, _):
        it.app.post_message(events.Paste("/tmp/" + "n" * 300 + ".pdf"))
        await it.wait(lambda: "is in the queue" in it.screen or "nnn" in it.screen)
        assert "…  ○ waiting" in it.rows[1] and "F12 INPUT" in it.rows[0]


async def test_esc_leaves_a_document_at_its_account(lease: Path) -> None:
    """The field that narrows the chart keeps letters for itself, but not the way out."""
    async with f12() as (it, box):
        await give(it, lease)
        await it.press("enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        await it.press("escape", "a")
        await it.wait(lambda: "– abandoned" in it.screen)
        assert any(isinstance(asked, Abandon) for asked in box.asked)


async def test_quick_answers_each_meet_their_own_claim(lease: Path) -> None:
    """Keys that come faster than the list is drawn: no answer is lost, none lands on another claim, the count keeps up."""
    async with f12(furnished=lambda box: stock(archive(box))) as (it, box):
        await to_claims(it, lease)
        for key in "ynynyny":
            it.app.post_message(events.Key(key, key))
        await it.wait(lambda: "✓4 yes  ✗3 no  ?0 skipped  ○0 to answer" in it.screen)
        for each in "yn":
            assert f"…{each}" not in it.screen
        await it.press("enter")
        await it.wait(lambda: "Seal this document?" in it.screen)
        made = [(asked.claim, asked.decision) for asked in box.asked if isinstance(asked, Decide)]
        assert made == [(at, Decision.NO if at % 2 else Decision.YES) for at in range(7)]


async def test_there_is_no_way_round_a_claim(lease: Path) -> None:
    """Enter with a claim unanswered says so and stays; nothing is confirmed."""
    async with f12() as (it, box):
        await to_claims(it, lease)
        await it.press("y", "enter")
        await it.wait(lambda: "2 claims wait for y, n or s" in it.screen)
        await it.press("y", "y")
        assert not any(isinstance(asked, Seal) for asked in box.asked)


async def test_no_claim_can_be_hidden_from_its_answer(lease: Path) -> None:
    """The slash does not filter the claims and S does not sort them: what is answered is what is under the cursor."""
    async with f12() as (it, box):
        await to_claims(it, lease)
        await it.press("slash", "y", "s")
        await it.wait(lambda: "○1 to answer" in it.screen)
        assert [(asked.claim, asked.decision) for asked in box.asked if isinstance(asked, Decide)] == [
            (0, Decision.YES),
            (1, Decision.SKIP),
        ]


async def test_enter_does_not_seal(lease: Path) -> None:
    """At CONFIRM only Y seals; Esc goes back to the claims."""
    async with f12() as (it, box):
        await to_confirm(it, lease, "y", "y", "y")
        await it.press("enter")
        assert not any(isinstance(asked, Seal) for asked in box.asked)
        await it.press("escape")
        await it.wait(lambda: "CLAIMS" in it.screen)


async def test_several_files_make_a_queue_and_it_goes_on(tmp_path: Path) -> None:
    """Three dropped at once, one missing: the missing one says why, the next one is taken."""
    first, missing, last = (tmp_path / name for name in ("a-first.md", "b-missing.md", "c-last.md"))
    first.write_text("first")
    last.write_text("last")
    async with f12() as (it, _):
        await give(it, missing, first, last)
        await it.press("enter")
        await it.wait(lambda: "✗ UNREADABLE" in it.screen)
        assert "there is no file" in it.screen
        await it.press("j", "enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        assert "a-first.md  ● at work" in it.screen


async def test_sealed_bytes_lead_to_their_entry(tmp_path: Path) -> None:
    """A file that is sealed already says at which index; Enter opens it in F5."""
    path = tmp_path / "copy-of-lease.pdf"
    path.write_bytes(b"%PDF lease two")
    async with f12() as (it, box):
        await give(it, path)
        await it.press("enter")
        await it.wait(lambda: "✗ ALREADY_SEALED" in it.screen)
        assert "already sealed as entry 7" in it.screen
        await it.wait(lambda: any(isinstance(asked, Abandon) for asked in box.asked) or not box.staged)
        await it.press("enter")
        await it.wait(lambda: "F5 MINUTEBOOK › entry 7" in it.rows[0])


@pytest.mark.parametrize("code", [RefusalCode.HELD, RefusalCode.DISK_FULL, RefusalCode.READ_ONLY])
async def test_a_refusal_at_confirm_loses_nothing(lease: Path, code: RefusalCode) -> None:
    """It says the word, why and what to do; when the cause is gone the same Y seals."""
    async with f12() as (it, box):
        await to_confirm(it, lease, "y", "y", "y")
        box.refuse["Seal"] = Refusal(0, code, "somebody else has it", "wait for them")
        await it.press("y")
        await it.wait(lambda: f"✗ {code.name}" in it.screen)
        assert "somebody else has it" in it.screen
        del box.refuse["Seal"]
        await it.press("y")
        await it.wait(lambda: "✓ SEALED" in it.screen)


async def test_a_lost_link_keeps_the_id_of_the_write(lease: Path) -> None:
    """Y while the link is down is refused; Y again is the same write under the same id."""
    onces: list[bytes] = []

    class Listening(Archive):
        async def ask(self, key, arguments, once=b""):  # type: ignore[no-untyped-def]
            if isinstance(arguments, Seal):
                onces.append(once)
            return await super().ask(key, arguments, once)

    async with stage(120, 36, start="f12", furnished=bare, make=Listening) as it:
        await to_confirm(it, lease, "y", "y", "y")
        it.box.is_up = False
        await it.press("y")
        await it.wait(lambda: "✗ UNAVAILABLE" in it.screen)
        it.box.is_up = True
        await it.press("y")
        await it.wait(lambda: "✓ SEALED" in it.screen)
        assert len(onces) == 2
        assert onces[0] == onces[1] != b""


async def test_leaving_half_way_asks(lease: Path) -> None:
    """Esc asks; L keeps the document with its answers, Enter goes on where it was."""
    async with f12() as (it, box):
        await to_claims(it, lease)
        await it.press("y")
        await it.press("escape")
        assert "half-way?" in it.screen
        await it.press("l")
        await it.wait(lambda: "◐ kept" in it.screen)
        assert not any(isinstance(asked, Abandon) for asked in box.asked)
        await it.press("enter")
        await it.wait(lambda: "✓1 yes" in it.screen)


@pytest.mark.parametrize("at", ["account", "claims"])
async def test_the_question_whether_to_leave_lets_no_key_through(lease: Path, at: str) -> None:
    """While it is asked, every key that is no answer to it reaches nothing: the document stays at its step, with its answers."""
    async with f12() as (it, box):
        await give(it, lease)
        await it.press("enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        if at == "claims":
            await it.press("enter")
            await it.wait(lambda: "CLAIMS" in it.screen)
        await it.press("escape")
        assert "half-way?" in it.screen
        asked, pane = list(box.asked), it.app.pane
        tray = pane.tray  # type: ignore[union-attr]
        for key in (
            "enter",
            "y",
            "n",
            "s",
            "p",
            "o",
            "w",
            "x",
            "r",
            "tab",
            "space",
            "left_square_bracket",
            "down",
            "q",
        ):
            await it.press(key)
            assert "half-way?" in it.screen and box.asked == asked and it.app.pane is pane, key
            assert pane.tray == tray, key  # type: ignore[union-attr]
        assert "l keeps the document for later" in it.screen
        await it.press("escape")
        assert "half-way?" not in it.screen and "l keeps the document" not in it.screen


async def test_quick_enter_takes_the_account_that_was_typed(lease: Path) -> None:
    """Enter that follows the last letter at once routes to the account that fits the whole word."""
    async with f12() as (it, box):
        await give(it, lease)
        await it.press("enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        before = it.app.pane.tray.chart  # type: ignore[union-attr]
        wanted = next(account for account in before if account.number != it.app.pane.tray.work.account)  # type: ignore[union-attr]
        await quickly(it, *wanted.number, "enter")
        await it.wait(lambda: any(isinstance(asked, Route) for asked in box.asked))
        assert next(asked for asked in box.asked if isinstance(asked, Route)).account == wanted.number


async def test_abandoning_tells_the_totebox(lease: Path) -> None:
    """Esc, A: one command, no record."""
    async with f12() as (it, box):
        await to_claims(it, lease)
        await it.press("escape", "a")
        await it.wait(lambda: "– abandoned" in it.screen)
        assert not box.staged
        assert len(box.documents) == 5


async def test_a_correction_from_f5_supersedes(lease: Path) -> None:
    """C in F5 leads here; the next document supersedes that entry, and the receipt says so."""
    async with f12() as (it, box):
        await it.press("f5")
        await it.wait(lambda: "lease-haf" in it.screen)
        await it.press("j", "c")
        await it.wait(lambda: "CORRECTION of entry 7" in it.screen)
        await it.press("escape")
        await it.press("f5", "c")
        await it.wait(lambda: "CORRECTION of entry 7" in it.screen)
        it.app.focused.value = ""  # type: ignore[union-attr]
        await it.press(*_keys(str(lease)), "enter", "enter")
        await it.wait(lambda: "CHART OF ACCOUNTS" in it.screen)
        await it.press("enter")
        await it.wait(lambda: "CLAIMS" in it.screen)
        await it.press("y", "y", "y")
        await it.wait(lambda: "○0 to answer" in it.screen)
        await it.press("enter", "y")
        await it.wait(lambda: "✓ SEALED" in it.screen)
        assert "correction        ✓ it corrects entry 7" in it.screen
        assert box.documents[0]["supersedes"] == 7


def _keys(text: str) -> list[str]:
    names = {"/": "slash", ".": "full_stop", "-": "minus", "_": "underscore", " ": "space"}
    return [names.get(char, char) for char in text]


async def test_the_receipt_is_written_to_a_file(lease: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """W asks where, and writes there what was sealed, the verdicts, the row and its C2SP proof; a second W does not overwrite it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()
    async with f12() as (it, _):
        await to_confirm(it, lease, "y", "y", "y")
        await it.press("y")
        await it.wait(lambda: "✓ SEALED" in it.screen)
        await it.press("w")
        assert "SAVE RECEIPT" in it.screen and "Where is the receipt of" in it.screen
        await it.press("escape")
        assert not list(tmp_path.rglob("*.receipt.txt"))
        await it.press("w", "ctrl+u", *_keys(f"{tmp_path}/kept/"), "enter")
        await it.wait(lambda: "receipt saved to" in it.screen)
        written = next((tmp_path / "kept").glob("*.receipt.txt")).read_text(encoding="utf-8")
        assert "c2sp.org/tlog-proof@v1" in written
        assert "[✓] inclusion proof" in written
        await it.press("w", "ctrl+u", *_keys(f"{tmp_path}/kept/"), "enter")
        await it.wait(lambda: "not saved" in it.screen)


async def test_a_device_that_may_only_read_is_told(lease: Path) -> None:
    """With the role USER Enter says which role it takes."""

    def reader(box: FakeTotebox) -> None:
        box.role = Role.USER
        bare(box)

    async with f12(furnished=reader) as (it, box):
        await give(it, lease)
        await it.press("enter")
        await it.wait(lambda: "needs the role INPUT" in it.screen)
        assert not box.staged


async def test_a_strangers_name_is_drawn_as_text() -> None:
    """Control and direction characters of a dropped file's name do not reach the terminal."""

    def hostile(box: FakeTotebox) -> None:
        bare(box)
        archive(box).drops = {"a\x1b[31m\u202egnp.exe".encode(): b"x"}

    async with f12(furnished=hostile) as (it, _):
        await it.wait(lambda: "gnp.exe" in it.screen)
        assert "\x1b" not in it.screen
        assert "\u202e" not in it.screen


async def test_another_devices_document_is_not_offered(lease: Path) -> None:
    """What another console left half-way is not in this console's queue."""
    async with f12() as (it, box):
        it.app.desk.fingerprint = lambda: "SHA256:somebody-else"
        box._stage("theirs.pdf", b"theirs")
        await it.press("r")
        assert "theirs.pdf" not in it.screen


def only_acme_was_linked(box: FakeTotebox) -> None:
    """Two Toteboxes: the link to the second was never there."""
    if box.id == "birch":
        box.known()
        box.down()
    else:
        stock(archive(box))


async def test_nothing_is_drawn_under_another_totebox() -> None:
    """After a change of Totebox the queue is its own, and one that was not asked for its drop folder is said to be so."""
    async with stage(start="f12", names=("acme", "birch"), furnished=only_acme_was_linked, make=Archive) as it:
        it.app.desk.activate("acme")
        await it.wait(lambda: "drop" in it.screen and bool(it.app.query_one(QueueList).row_count))
        await it.press("p", *"half", "escape")
        it.app.desk.activate("birch")
        await it.wait(lambda: it.app.ledger.active == "birch" and "not asked: link lost" in it.screen)
        pane = "\n".join(it.rows[:-3])
        assert "half" not in pane and "no document waits" not in pane
        assert it.app.query_one(QueueList).row_count == 0
        it.boxes["birch"].up()
        await it.wait(lambda: "no document waits" in it.screen)


async def test_a_question_about_a_document_ends_with_its_totebox(lease: Path) -> None:
    """Whether a document is left half-way is not asked of the other Totebox's tray."""
    async with stage(start="f12", names=("acme", "birch"), furnished=bare, make=Archive) as it:
        it.app.desk.activate("acme")
        await it.settle()
        await to_claims(it, lease)
        await it.press("escape")
        await it.wait(lambda: "for later" in it.screen)
        it.app.desk.activate("birch")
        await it.wait(lambda: it.app.ledger.active == "birch" and "no document waits" in it.screen)
        it.app.desk.activate("acme")
        await it.wait(lambda: "CLAIMS" in it.screen)


async def test_what_is_known_of_a_lost_link_is_grey(lease: Path) -> None:
    """The claims of a Totebox that is not heard have no colour, as cells; the step that the person is at keeps it."""
    async with f12() as (it, box):
        box.echo()
        await to_claims(it, lease)
        await it.press("y")
        await it.wait(lambda: "✓ yes" in it.screen)
        known = ("✓ yes ", "Is this so?")
        assert all(not it.colours(text) <= it.greys for text in known)
        box.down()
        await it.settle()
        assert [text for text in known if not it.colours(text) <= it.greys] == []


async def test_a_chart_that_was_not_asked_for_says_so() -> None:
    """The chart of a Totebox without a link is not on its way."""
    async with stage(start="f12", names=("birch",), furnished=only_acme_was_linked, make=Archive) as it:
        await it.settle()
        chart = it.app.query_one("#chart", LedgerTable)
        assert chart.empty == "not asked: link lost"
