"""F11: live state, pairings, tickets, revocation, verification."""

from asyncio import Event
from pathlib import Path

import pytest

from console.cartridges.system.facts import host_facts, log_facts, terminal_facts
from console.cartridges.system.ticket import ticket_text
from console.chassis.dialog import ConfirmDialog
from console.chassis.table import LedgerTable
from protocol.schema import List, PairIssue, PairRevoke, Verify
from protocol.schema.numbers import Grade, Role, Severity
from tests.chassis.fake_totebox import NOW_US, FakeTotebox, furnish
from tests.chassis.stage import Stage, agrees, stage

pytestmark = pytest.mark.anyio
PICTURES = Path(__file__).parent / "pictures"


def pairings(it: Stage) -> LedgerTable:
    return it.app.query_one("#system-pairings", LedgerTable)


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20)])
async def test_the_state_looks_like_its_picture(size: tuple[int, int]) -> None:
    """Rows of cells at each size."""
    async with stage(*size, start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        agrees(it.screen, PICTURES / f"system-{size[0]}x{size[1]}.txt")


@pytest.mark.parametrize(("size", "ways"), [((80, 24), 3), ((60, 20), 4)])
async def test_one_list_at_a_time_says_where_tab_leads(size: tuple[int, int], ways: int) -> None:
    """On a small terminal each title names the next list, and Tab goes there; a narrow one shows the grade with the state."""
    async with stage(*size, start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        seen = []
        for _ in range(ways):
            seen.append(it.screen.partition("Tab: ")[2].split("─")[0])
            await it.press("tab")
            assert "enforcement" in it.screen or seen[-1] != "state"
        assert seen == ["pairings", "services", "events"] if ways == 3 else ["pairings", "services", "state", "events"]


async def test_the_state_is_live() -> None:
    """A new STATUS shows at the next paint."""
    async with stage(start="f11") as it:
        it.box.tell_status(tree_size=99_001, grade=Grade.KERNEL)
        await it.settle()
        assert "99,001 entries" in it.screen
        assert "▣ kernel" in it.screen


@pytest.mark.parametrize("key", ["f10", "f11"])
async def test_a_machine_that_jitters_leaves_the_screen_as_it_is(key: str) -> None:
    """Memory, CPU, disk space and uptime that move by less than a step change nothing that is drawn; by a step they do."""
    async with stage(160, 45, start=key) as it:
        it.box.tell_status(tree_size=12)
        await it.settle()
        before = it.screen
        near = {
            "tree_size": 12,
            "memory_bytes": 75 << 20,
            "disk_free_bytes": (61 << 30) + (200 << 20),
            "uptime_s": 93_790,
        }
        it.box.tell_status(cpu_permille=60, **near)
        await it.settle()
        assert it.screen == before
        it.box.tell_status(cpu_permille=400, **near)
        await it.settle()
        assert "40%" in it.screen


async def test_read_only_is_said_with_its_reason() -> None:
    """A vault that takes no writes says why, on F11 and in the status line."""
    async with stage(start="f11") as it:
        it.box.tell_status(read_only="the disk is full; make room and restart")
        await it.settle()
        assert "✗ the disk is full; make room" in it.screen
        assert "READ ONLY" in it.rows[-1]


async def test_a_lost_link_marks_the_state_stale() -> None:
    """What is known stays, grey, and says how old it is."""
    async with stage(start="f11") as it:
        it.box.echo()
        it.box.down()
        it.pass_s(125)
        await it.settle()
        assert "◐ stale, last alive 2m ago" in it.screen
        assert "12 entries" in it.screen
        facts = host_facts(it.app.ledger.toteboxes["acme"], it.time[0])
        assert {fact.tone for fact in facts[:-1]} == {"stale"}


async def test_events_stream_in() -> None:
    """The newest event is on top, its severity a word."""
    async with stage(start="f11") as it:
        it.box.event(Severity.ALARM, "vault", "entry 7 differs from its hash", "Run os-totebox verify.")
        await it.settle()
        events = it.app.query_one("#system-events", LedgerTable)
        assert events.cursor_row is not None
        assert events.cursor_row.cells[1:4] == ("✗ alarm", "vault", "entry 7 differs from its hash")


async def test_a_ticket_is_shown_as_text_and_code() -> None:
    """n asks what the device may do; the ticket comes as text and as a QR code."""
    async with stage(120, 40, start="f11") as it:
        await it.press("n", "j", "tab", *"desk", "enter")
        await it.wait(lambda: "PAIRING TICKET" in it.screen)
        assert PairIssue(Role.USER, "desk") in it.box.asked
        assert "psp://pair/" in it.screen
        assert "█▀▀▀▀▀█" in it.screen
        assert "y copies" in it.screen


def test_a_small_terminal_gets_the_ticket_without_the_code() -> None:
    """Where the code does not fit, the text says so; no module is ever cut off."""
    text = ticket_text("psp://" + "x" * 150, "USER", "2026-11-22T02:41:40Z", 24, 80).plain
    assert "█" not in text
    assert "y copies the ticket" in text
    assert max(map(len, text.splitlines())) <= 66


async def test_revoking_asks_with_cancel_as_default() -> None:
    """x spells the device out; Enter at once changes nothing."""
    async with stage(start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        await it.press("2", "j", "x")
        assert isinstance(it.app.screen, ConfirmDialog)
        assert "night clerk   INPUT" in it.screen
        await it.press("enter")
        assert not any(isinstance(asked, PairRevoke) for asked in it.box.asked)


async def test_a_confirmed_revocation_is_sent_and_proved() -> None:
    """Yes ends the pairing under the cursor and shows the audit row."""
    async with stage(start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        await it.press("2", "j", "x", "right", "enter")
        await it.wait(lambda: any(isinstance(asked, PairRevoke) for asked in it.box.asked))
        revoked = next(asked for asked in it.box.asked if isinstance(asked, PairRevoke))
        assert revoked.fingerprint == "SHA256:bbbb" + "q" * 39
        await it.wait(lambda: "revoked; audit row 40, proof checked" in it.screen)


async def test_this_device_is_marked_and_its_own_pairing_ends_only_by_its_name() -> None:
    """x on the row of this device asks for its name; three keys, and Yes without the name, change nothing."""
    async with stage(start="f11", fingerprint=lambda: "SHA256:bbbb" + "q" * 39) as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        assert "night clerk    ● this one" in it.screen
        await it.press("2", "j", "x", "right", "enter")
        assert isinstance(it.app.screen, ConfirmDialog) and "OWN pairing" in it.screen
        assert not any(isinstance(asked, PairRevoke) for asked in it.box.asked)
        await it.press(*"night", "space", *"clerk", "tab", "right", "enter")
        await it.wait(lambda: any(isinstance(asked, PairRevoke) for asked in it.box.asked))


async def test_the_last_admin_pairing_is_not_revoked_here() -> None:
    """The key says so, and names what does it on the host; nothing is asked."""
    async with stage(start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        await it.press("2", "x")
        assert not isinstance(it.app.screen, ConfirmDialog) and "it is the last ADMIN pairing" in it.screen


async def test_a_revoked_pairing_cannot_be_revoked_again() -> None:
    """The command says why instead of asking."""
    async with stage(start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        await it.press("2", "G", "x")
        assert not isinstance(it.app.screen, ConfirmDialog)
        assert "it is revoked already" in it.screen


async def test_without_admin_nothing_is_asked_that_would_be_refused() -> None:
    """A USER device sees the state; pairings and tickets give their reason."""

    def user(box: FakeTotebox) -> None:
        box.role = Role.USER
        furnish(box)

    async with stage(start="f11", furnished=user) as it:
        assert "who is paired is shown to ADMIN devices" in it.screen
        assert List("gate.pairings", "", "", "", 500) not in it.box.asked
        await it.press("n")
        assert "needs the role ADMIN, this device has USER" in it.screen


async def test_pairings_are_asked_again_when_they_changed() -> None:
    """CHANGED of gate.pairings brings the new rows."""
    async with stage(start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        table = it.box.tables["gate.pairings"]
        it.box.tables["gate.pairings"] = type(table)(table.name, table.columns, table.rows[:1])
        it.box.changed("gate.pairings")
        await it.wait(lambda: pairings(it).row_count == 1)


async def test_verify_says_that_everything_agrees() -> None:
    """v verifies the whole vault; no row in vault.findings is good news."""
    async with stage(start="f11") as it:
        await it.press("v")
        await it.wait(lambda: "✓ verified from its bytes: everything agrees" in it.screen)
        assert Verify() in it.box.asked


async def test_hostile_labels_are_text() -> None:
    """A device's own label is drawn without markup and control characters."""
    async with stage(start="f11") as it:
        table = it.box.tables["gate.pairings"]
        row = ("SHA256:x", "[b]evil[/b]\x1b]0;t\x07", *table.rows[0][2:])
        it.box.tables["gate.pairings"] = type(table)(table.name, table.columns, (row,))
        it.box.changed("gate.pairings")
        await it.wait(lambda: "[b]evil" in it.screen)
        assert "\x1b" not in it.screen


def test_facts_before_anything_was_told() -> None:
    """No status yet is said, not guessed."""
    from console.model.state import ToteboxState

    nothing = ToteboxState("a", "a", "unix:/a")
    assert log_facts(nothing, NOW_US)[0].value == "nothing has been told yet"
    assert host_facts(nothing, 0.0)[0].value == "nothing has been told yet"


def test_the_bytes_to_the_terminal_are_a_fact_in_steps() -> None:
    """A figure that moved with each byte would draw itself for ever; without a terminal there is none."""
    assert terminal_facts(0) == []
    assert terminal_facts(31_000) == terminal_facts(38_999) != terminal_facts(41_000)


def only_acme_was_linked(box: FakeTotebox) -> None:
    """Two Toteboxes: the link to the second was never there, so that it was never asked and told nothing."""
    if box.id == "birch":
        box.known()
        box.down()
    else:
        furnish(box)
        box.event(Severity.WARNING, "vault", "acme's own event")


@pytest.mark.parametrize("size", [(120, 36), (200, 60)])
async def test_nothing_is_drawn_under_another_totebox(size: tuple[int, int]) -> None:
    """After a change of Totebox no list and no fact is the other one's; each list says that it was not asked, or not told."""
    async with stage(*size, start="f11", names=("acme", "birch"), furnished=only_acme_was_linked) as it:
        it.app.desk.activate("acme")
        await it.wait(lambda: "night clerk" in it.screen and "minutebook" in it.screen)
        it.app.desk.activate("birch")
        await it.wait(lambda: it.app.ledger.active == "birch" and "not asked: link lost" in it.screen)
        pane = "\n".join(it.rows[:-3])
        assert "night clerk" not in pane and "minutebook" not in pane and "own event" not in pane
        assert "not told: link lost" in pane and "nothing has happened" not in pane
        await it.press("5")
        assert it.screen.count("not asked: link lost") == 2 and "nothing was granted" not in it.screen


async def test_a_totebox_that_was_not_asked_is_asked_when_its_link_is_back() -> None:
    """Not asked is a state of a list, and ends with the link's return."""
    async with stage(start="f11", names=("acme", "birch"), furnished=only_acme_was_linked) as it:
        it.app.desk.activate("birch")
        await it.wait(lambda: "not asked: link lost" in it.screen)
        it.boxes["birch"].tables = it.boxes["acme"].tables
        it.boxes["birch"].up()
        await it.wait(lambda: "night clerk" in it.screen)
        assert "link lost" not in "\n".join(it.rows[:-3])


async def test_an_answer_of_the_other_totebox_is_dropped() -> None:
    """Devices that one Totebox was asked for do not come under the other's name."""
    async with stage(start="f11", names=("acme", "birch"), furnished=only_acme_was_linked) as it:
        it.app.desk.activate("acme")
        await it.wait(lambda: "night clerk" in it.screen)
        it.boxes["acme"].hold = Event()
        it.boxes["acme"].changed("gate.pairings")
        await it.settle()
        it.app.desk.activate("birch")
        await it.wait(lambda: "not asked: link lost" in it.screen)
        it.boxes["acme"].hold.set()
        await it.settle()
        assert "night clerk" not in it.screen and "not asked: link lost" in it.screen


async def test_a_list_that_was_refused_says_why() -> None:
    """A Totebox that has no such table did not say that nothing was granted."""
    async with stage(start="f11") as it:
        await it.press("5")
        await it.wait(lambda: "not answered: there is no such table here" in it.screen)
        assert "nothing was granted" not in it.screen


async def test_what_is_known_of_a_lost_link_is_grey() -> None:
    """Facts and lists as cells: no colour of what was known an hour ago; when it was last alive is known now, and coloured."""
    async with stage(start="f11") as it:
        it.box.echo()
        it.box.event(Severity.WARNING, "vault", "the disk fills")
        await it.wait(lambda: "night clerk" in it.screen and "the disk fills" in it.screen)
        known = ("✓ takes records", "12 entries", "✓ consistent at 12", "night clerk", "the disk fills", "● running")
        assert all(
            not it.colours(text) <= it.greys
            for text in known
            if text not in ("night clerk", "the disk fills", "12 entries")
        )
        it.box.down()
        await it.settle()
        assert [text for text in known if not it.colours(text) <= it.greys] == []
        assert not it.colours("◐ stale, last alive") & it.greys
