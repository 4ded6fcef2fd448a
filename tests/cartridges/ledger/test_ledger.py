"""F8: live rows, paging, filter, proof."""

from dataclasses import replace
from pathlib import Path

import pytest

from console.cartridges.ledger.pane import LedgerPane
from console.chassis.table import LedgerTable
from console.model.link import Mailbox
from protocol.schema import Arguments, List, Prove, Receipt, Refusal
from protocol.schema.numbers import Log, RefusalCode
from tests.chassis.fake_totebox import FakeTotebox, add_row, furnish
from tests.chassis.stage import Stage, agrees, stage

pytestmark = pytest.mark.anyio
PICTURES = Path(__file__).parent / "pictures"


def table(it: Stage) -> LedgerTable:
    return it.app.query_one("#ledger-rows", LedgerTable)


def held(it: Stage) -> int:
    """Rows that are shown, those behind a fold among them."""
    return table(it).row_count + table(it).folded


def many(box: FakeTotebox) -> None:
    for number in range(700):
        add_row(box.audit, kind="COMMAND", subject=f"command {number}")
    box.known()
    box.up()
    box.tell_status()


class Liar(FakeTotebox):
    """Proves with a leaf that it changed."""

    def answer(self, arguments: Arguments) -> Receipt:
        answer = super().answer(arguments)
        if isinstance(arguments, Prove) and isinstance(answer, Receipt):
            return replace(answer, proof=replace(answer.proof, leaf=answer.proof.leaf.replace(b"COMMAND", b"REFUSED")))
        return answer  # type: ignore[return-value]


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)])
async def test_the_ledger_looks_like_its_picture(size: tuple[int, int]) -> None:
    """Rows of cells at both sizes."""
    async with stage(*size) as it:
        await it.wait(lambda: held(it) == 40)
        agrees(it.screen, PICTURES / f"ledger-{size[0]}x{size[1]}.txt")


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)])
async def test_a_proof_looks_like_its_picture(size: tuple[int, int]) -> None:
    """Leaf, path, checkpoint and the verdict of this console."""
    async with stage(*size) as it:
        await it.wait(lambda: held(it) == 40)
        await it.press("z", "j", "j", "enter")
        await it.wait(lambda: "PROVED BY THIS CONSOLE" in it.screen)
        agrees(it.screen, PICTURES / f"proof-{size[0]}x{size[1]}.txt")


async def test_an_empty_list_is_drawn_once_for_one_state() -> None:
    """A pane that is told again of the model that it drew draws nothing; another state of the link is drawn."""
    async with stage(furnished=FakeTotebox.known) as it:
        table(it).title = "as it was drawn"
        it.app.query_one(LedgerPane).model_changed(it.app.ledger)
        assert table(it).title == "as it was drawn"
        it.box.up()
        await it.settle()
        assert table(it).title == "COMMAND LEDGER"


async def test_a_row_appears_as_it_is_told() -> None:
    """A command elsewhere shows at the top without being asked for."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        it.box.audited("REFUSED", "read 7", "needs the role USER")
        await it.settle()
        assert "read 7" in it.rows[4]
        assert table(it).cursor_id == 40


async def test_the_cursor_stays_with_its_row() -> None:
    """Once moved, the cursor follows its object while rows arrive above it."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        await it.press("j", "j")
        chosen = table(it).cursor_id
        it.box.audited("COMMAND", "another")
        await it.settle()
        assert table(it).cursor_id == chosen


async def test_older_rows_are_asked_for_when_the_end_is_near() -> None:
    """Only what is looked at is asked for: pages of 200, the cursor's way down brings the next."""
    async with stage(furnished=many) as it:
        await it.wait(lambda: table(it).row_count == 200)
        await it.press("G")
        await it.wait(lambda: held(it) == 400)
        lists = [asked for asked in it.box.asked if isinstance(asked, List) and asked.table == "audit.log"]
        assert [asked.cursor for asked in lists] == ["", "500"]


async def test_rows_that_were_dropped_are_fetched() -> None:
    """After a reconnect the newest page is asked for again, so that no hole is shown as if it were none."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        it.box.down()
        add_row(it.box.audit, kind="COMMAND", subject="missed")
        it.box.up()
        await it.wait(lambda: held(it) == 41 and "missed" in it.screen)


@pytest.mark.parametrize(("words", "count"), [("refused", 4), ("kind!=command device~front", 15), ("index>35", 4)])
async def test_the_filter_counts_live(words: str, count: int) -> None:
    """Text, columns and comparisons; the title counts shown and all."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        await it.press("slash", *(letter if letter != " " else "space" for letter in words), "enter")
        assert f"{table(it).row_count}/40" in it.rows[1]
        assert table(it).row_count == count


def busy(box: FakeTotebox) -> None:
    """A decision, 90 questions of two devices, another decision, one question."""
    add_row(box.audit, kind="RECORD_VERIFIED", subject="claim 1")
    for number in range(90):
        verb, actor = ("head", "SHA256:" + "b" * 43) if number % 3 == 0 else ("list", "SHA256:" + "c" * 43)
        add_row(box.audit, kind="COMMAND", subject=verb, note="audit.log", actor=actor)
    add_row(box.audit, kind="REFUSED", subject="pair.issue", note="needs the role ADMIN")
    add_row(box.audit, kind="COMMAND", subject="list", note="input.chart")
    box.known()
    box.up()
    box.tell_status()


async def test_reads_in_a_row_are_one_line() -> None:
    """What was decided stands beside what was decided; the count stays that of the log, and the title says what is folded."""
    async with stage(furnished=busy) as it:
        await it.wait(lambda: held(it) == 93)
        assert table(it).row_count == 4
        assert "COMMAND LEDGER  93  90 of them reads, folded: z shows them" in it.rows[1]
        assert "▸ 90 reads" in it.rows[6] and "2 devices" in it.rows[6] and "list 60, head 30" in it.rows[6]
        assert "Enter opens 1 to 90" in it.rows[6]


async def test_a_fold_opens_by_enter_and_z_folds_again() -> None:
    """Enter shows the reads of one fold, each of them proved like any row; z folds, and z again shows every one."""
    async with stage(furnished=busy) as it:
        await it.wait(lambda: held(it) == 93)
        await it.press("j", "j", "enter")
        assert table(it).row_count == 93 and table(it).cursor_id == 90
        await it.press("enter")
        await it.wait(lambda: "PROVED BY THIS CONSOLE: row 90" in it.screen)
        await it.press("escape", "z")
        assert table(it).row_count == 4
        await it.press("z")
        assert table(it).row_count == 93 and "folded" not in it.rows[1]


async def test_a_fold_takes_in_the_reads_that_come() -> None:
    """The cursor stays on it, and a decision that comes ends it."""
    async with stage(furnished=busy) as it:
        await it.wait(lambda: held(it) == 93)
        for _ in range(3):
            it.box.audited("COMMAND", "head", "records")
        await it.settle()
        assert table(it).row_count == 4 and "▸ 4 reads" in it.rows[4]
        it.box.audited("COMMAND", "pair.issue", "USER")
        it.box.audited("COMMAND", "head", "records")
        await it.settle()
        assert table(it).row_count == 6 and held(it) == 98


async def test_a_filter_finds_what_is_folded() -> None:
    """Under a filter there are no folds; without one they are back."""
    async with stage(furnished=busy) as it:
        await it.wait(lambda: held(it) == 93)
        await it.press("slash", *"subject=head", "enter")
        assert table(it).row_count == 30 and "30/93" in it.rows[1]
        await it.press("escape")
        assert table(it).row_count == 4


async def test_a_screen_of_reads_asks_for_what_lies_below() -> None:
    """Two hundred reads in one line leave room: older pages are asked for until something else is seen, or the log ends."""

    def asked_all_day(box: FakeTotebox) -> None:
        add_row(box.audit, kind="RECORD_VERIFIED", subject="the first decision")
        for _ in range(500):
            add_row(box.audit, kind="COMMAND", subject="list", note="audit.log")
        box.known()
        box.up()
        box.tell_status()

    async with stage(furnished=asked_all_day) as it:
        await it.wait(lambda: "the first decision" in it.screen)
        assert table(it).row_count == 2 and held(it) == 501


async def test_esc_closes_the_proof_and_then_the_filter() -> None:
    """The innermost thing closes first."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        await it.press("enter")
        await it.wait(lambda: "PROVED" in it.screen)
        await it.press("escape")
        assert "PROVED" not in it.screen
        assert it.app.focused is table(it)


async def test_a_changed_leaf_is_not_proved() -> None:
    """What the Totebox says is not believed: its proof is checked here and fails."""
    async with stage(make=Liar) as it:
        await it.wait(lambda: held(it) == 40)
        await it.press("enter")
        await it.wait(lambda: "NOT PROVED: do not rely on this row" in it.screen)
        assert "the path does not lead to the signed root" in it.screen


async def test_a_refusal_is_said_with_its_remedy() -> None:
    """No proof, and why."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        it.box.refuse["Prove"] = Refusal(0, RefusalCode.READ_ONLY, "the vault is being moved", "Wait for the move.")
        await it.press("enter")
        await it.wait(lambda: "no proof: the vault is being moved" in it.screen)
        assert "Wait for the move." in it.screen


async def test_without_a_link_the_rows_stay_and_asking_says_so() -> None:
    """A lost Totebox leaves what is known; a proof is refused by the console itself."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        it.box.down()
        await it.press("enter")
        await it.wait(lambda: "acme is not connected" in it.screen)
        assert held(it) == 40


async def test_another_totebox_has_its_own_ledger() -> None:
    """Rows of one Totebox never show under another."""
    async with stage(names=("acme", "birch"), start="f8") as it:
        await it.wait(lambda: held(it) == 40)
        it.boxes["acme"].audited("COMMAND", "only at acme")
        it.app.desk.activate("birch")
        await it.wait(lambda: it.app.ledger.active == "birch" and held(it) == 40)
        assert "only at acme" not in it.screen


async def test_another_cartridge_may_open_a_row() -> None:
    """`open("ledger", index=3)` puts the cursor on row 3 and proves it."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        it.app.query_one(LedgerPane).focus_object(index=3)
        await it.wait(lambda: Prove(Log.AUDIT, 3) in it.box.asked)
        assert table(it).cursor_id == 3, "its fold was opened"


async def test_the_cursor_stays_on_the_row_that_is_proved() -> None:
    """The question for a proof is a row of the log itself: it comes above, and the cursor stays where it was."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        await it.press("enter")
        await it.wait(lambda: "PROVED BY THIS CONSOLE: row 39" in it.screen)
        it.box.audited("COMMAND", "prove", "audit leaf 39")
        await it.settle()
        assert table(it).cursor_id == 39 and "prove" in it.screen
        await it.press("escape")
        assert table(it).cursor_id == 39


async def test_rows_that_were_missed_are_a_gap_that_enter_fills() -> None:
    """More rows than a page were appended while the link was lost: a line says which are missing, and Enter asks for them."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        it.box.down()
        for number in range(300):
            add_row(it.box.audit, kind="REFUSED", subject=f"missed {number}")
        it.box.up()
        it.box.tell_status()
        await it.wait(lambda: held(it) == 240)
        assert "240 loaded of 340" in it.rows[1]
        await it.press("G", *["k"] * 22)
        assert "100 rows were missed: 40 to 139. Enter asks for them" in it.screen
        table(it).select(("missed", 139))
        await it.press("enter")
        await it.wait(lambda: held(it) == 340)
        assert "were missed" not in it.screen and "COMMAND LEDGER  340 " in it.rows[1]


async def test_a_day_stands_above_its_rows_and_not_in_them() -> None:
    """The date is a separator, each row has its time alone; the cursor passes over the separator, and a sort leaves it out."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        assert it.rows[3].startswith("── 2026-11-22 ─") and "02:30:11" in it.rows[4] and "2026" not in it.rows[4]
        await it.press("G")
        assert table(it).cursor_id == 0
        day = next(at for at, row in enumerate(it.rows) if row.startswith("── 2026-11-20 ─"))
        assert "CREATED" in it.rows[day + 1]
        await it.press("k")
        assert table(it).cursor_id == ("reads", 1)
        await it.press("g", "k", "s")
        assert not any(row.startswith("── 2026-11-2") for row in it.rows)


async def test_a_device_is_called_by_its_label() -> None:
    """Its fingerprint is in the proof; who is not paired any more is known by the beginning of it."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        it.box.audited("COMMAND", "list", actor="SHA256:bbbb" + "q" * 39)
        it.box.audited("COMMAND", "cosign", actor="SHA256:dddd" + "q" * 39)
        await it.settle()
        assert "ddddqqqqqqqq" in it.rows[4] and "night clerk" in it.rows[5] and "front desk" in it.rows[6]


async def test_a_renamed_device_is_called_by_its_newer_label() -> None:
    """The table of pairings is asked for again when it changed."""
    async with stage() as it:
        await it.wait(lambda: "front desk" in it.rows[4])
        pairings = it.box.tables["gate.pairings"]
        renamed = tuple((row[0], "reception", *row[2:]) for row in pairings.rows)
        it.box.tables["gate.pairings"] = replace(pairings, rows=renamed)
        it.box.changed("gate.pairings")
        await it.wait(lambda: "reception" in it.rows[4])


async def test_a_document_is_called_by_its_name() -> None:
    """In place of the id of its intake, which says nothing to a person."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        detail = f"person 'Ada', line 4 of lease.pdf, sha256 {'9f' * 32}, rule person-1"
        it.box.audited("RECORD_VERIFIED", "1a2b3c4d5e6f7a8b claim 13", detail)
        await it.settle()
        assert "lease.pdf claim 13" in it.rows[4] and "person 'Ada', line 4, rule person-1" in it.rows[4]


async def test_a_totebox_that_was_never_asked_is_said_to_be_so() -> None:
    """With its link lost nothing is known of it; the list does not say that there is nothing."""

    def lost(box: FakeTotebox) -> None:
        furnish(box)
        if box.id == "birch":
            box.down()

    async with stage(names=("acme", "birch"), start="f8", furnished=lost) as it:
        await it.wait(lambda: held(it) == 40)
        await it.press("enter")
        await it.wait(lambda: "PROVED" in it.screen)
        it.app.desk.activate("birch")
        await it.wait(lambda: it.app.ledger.active == "birch")
        assert "PROVED" not in it.screen and "audit 39" not in it.rows[0]
        it.box.audited("COMMAND", "at acme")
        it.boxes["birch"].up()
        await it.wait(lambda: held(it) == 40)
        assert "at acme" not in it.screen


async def test_rows_of_a_lost_link_are_grey_and_said_to_be_stale() -> None:
    """The colour of what was known an hour ago is no colour of now."""
    async with stage() as it:
        await it.wait(lambda: held(it) == 40)
        assert not table(it).stale
        it.box.down()
        await it.settle()
        assert table(it).stale and "○ stale: link lost" in it.rows[2]
        it.box.up()
        await it.wait(lambda: not table(it).stale)


def test_furnish_and_mailbox_agree() -> None:
    """The fake tells what a real session would: known, up, two heads, then telemetry."""
    mailbox = Mailbox()
    furnish(FakeTotebox(mailbox))
    kinds = [type(event).__name__ for event in mailbox.drain()]
    assert kinds[:4] == ["PairingAdded", "LinkUp", "HeadChecked", "HeadChecked"]


async def test_the_first_picture_asks_for_no_key() -> None:
    """While no row is listed nobody asks for this device's fingerprint: it is read from a key file, and loads cryptography."""
    asked: list[str] = []

    def fingerprint() -> str:
        asked.append("fingerprint")
        return ""

    async with stage(start="f8", furnished=FakeTotebox.known, fingerprint=fingerprint):
        assert asked == []
