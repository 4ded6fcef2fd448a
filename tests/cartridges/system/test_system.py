"""F11: live state, pairings, tickets, revocation, verification."""

from asyncio import Event
from dataclasses import replace
from pathlib import Path

import pytest

from console.cartridges.system.facts import host_facts, log_facts, terminal_facts
from console.cartridges.system.ticket import ticket_text
from console.chassis.dialog import ConfirmDialog, TextDialog
from console.chassis.inks import toned
from console.chassis.table import LedgerTable
from console.model.events import Echo
from protocol.schema import Cosigned, IntegrityBody, List, PairIssue, PairRevoke, ServiceState, Verify
from protocol.schema.numbers import Grade, Log, Role, Scope, Severity, Verdict
from tests.chassis.declared import table_of
from tests.chassis.fake_totebox import NOW_US, FakeTotebox, furnish
from tests.chassis.stage import Stage, agrees, stage

pytestmark = pytest.mark.anyio
PICTURES = Path(__file__).parent / "pictures"


def pairings(it: Stage) -> LedgerTable:
    return it.app.query_one("#system-pairings", LedgerTable)


@pytest.mark.parametrize("size", [(200, 60), (120, 36), (80, 24), (60, 20)])
async def test_the_state_looks_like_its_picture(size: tuple[int, int]) -> None:
    """Rows of cells at each size."""
    async with stage(*size, start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        agrees(it.screen, PICTURES / f"system-{size[0]}x{size[1]}.txt")


async def test_one_list_at_a_time_says_where_tab_leads() -> None:
    """On a small terminal each title names the next list, and Tab goes there; the state comes first, with both its panels."""
    async with stage(60, 20, start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        assert "INTEGRITY" in it.screen and "LOAD" in it.screen and "enforced" in it.screen
        seen = []
        for _ in range(5):
            seen.append(it.screen.partition("Tab: ")[2].split("─")[0].split("  ")[0])
            await it.press("tab")
        assert seen == ["findings", "pairings", "services", "events", "state"]


async def test_an_empty_list_takes_one_line() -> None:
    """Its title says why it is empty; with rows it has the lines that they fill, and the lists below give way."""
    async with stage(80, 24, start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        found = it.app.query_one("#system-findings", LedgerTable)
        assert found.region.height == 1 and pairings(it).region.height == 5
        assert next(row for row in it.rows if "FINDINGS" in row).startswith(
            "─FINDINGS  not verified from here yet: v verifies"
        )
        it.box.tables["gate.pairings"] = replace(it.box.tables["gate.pairings"], rows=())
        it.box.changed("gate.pairings")
        await it.wait(lambda: "─PAIRINGS  no device is paired" in it.screen)
        assert pairings(it).region.height == 1


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 60)])
async def test_all_of_it_is_on_the_screen(size: tuple[int, int]) -> None:
    """Both panels and all four lists, none over another, down to the last line."""
    async with stage(*size, start="f11") as it:
        await it.wait(lambda: pairings(it).row_count == 3)
        names = ("integrity", "load", "findings", "pairings", "services", "events")
        regions = [it.app.query_one(f"#system-{name}").region for name in names]
        assert all(region.height for region in regions)
        assert not any(one.overlaps(two) for at, one in enumerate(regions) for two in regions[at + 1 :])
        assert max(region.bottom for region in regions) == size[1] - 2


async def test_the_last_hour_is_drawn_as_it_is_heard() -> None:
    """Beats and figures fill the newest cell of each line; an hour without any leaves none."""
    async with stage(start="f11") as it:
        it.box.tell_status(cpu_permille=900)
        it.box.emit(Echo(it.box.id, it.time[0] - 0.009, it.time[0], 31_000))
        await it.settle()
        load = "\n".join(row[60:] for row in it.rows[1:8])
        assert "cpu  ···········█ 90%" in load and "rtt  ···········▄ 10ms" in load
        assert "over 20 kB this session" in load
        it.pass_s(3_700.0)
        await it.settle()
        assert "cpu  ············ 90%" in "\n".join(it.rows)


async def test_witnesses_are_counted_with_their_ages() -> None:
    """Each that was told of stands once, with its newest cosignature, the newest first."""
    async with stage(start="f11") as it:
        for witness, ago in (("office", 60), ("front-desk", 30), ("office", 5)):
            said = Cosigned(Log.RECORDS, 12, witness, NOW_US - ago * 60_000_000)
            it.box.tell(IntegrityBody(NOW_US, "local", Scope.FULL, Verdict.CLEAN, 0, (), 38, said))
        await it.settle()
        assert "cosigned by 2: office 4m ago, front-desk 25m ago" in it.screen
        assert "─INTEGRITY  ✓ just now─" in it.screen


async def test_the_state_is_read_in_full() -> None:
    """0 opens all of it, the roots whole; on a small terminal Enter does, where the state stands."""
    async with stage(start="f11") as it:
        await it.press("0")
        assert isinstance(it.app.screen, TextDialog) and bytes(range(32)).hex() in "".join(it.screen.split())
    async with stage(60, 20, start="f11") as it:
        await it.press("enter")
        assert isinstance(it.app.screen, TextDialog)


async def test_a_device_is_read_in_full() -> None:
    """Enter on a pairing says its key whole, and who granted it by the label."""
    async with stage(start="f11", furnished=granted) as it:
        await it.wait(lambda: pairings(it).row_count == 2)
        assert "front desk" in next(row for row in it.rows if "night clerk" in row)
        await it.press("2", "j", "enter")
        said = " ".join(it.screen.split())
        assert isinstance(it.app.screen, TextDialog) and "SHA256:" + "n" * 43 in said
        assert "granted by front desk" in said


def granted(box: FakeTotebox) -> None:
    """One device, and one that was paired by its ticket."""
    furnish(box)
    told = box.tables["gate.pairings"]
    desk = dict(zip([column.name for column in told.columns], told.rows[0], strict=True)) | {"by": "uid 0"}
    clerk = desk | {"fingerprint": "SHA256:" + "n" * 43, "label": "night clerk", "by": desk["fingerprint"]}
    box.tables["gate.pairings"] = table_of("gate.pairings", [desk, clerk])


async def test_only_damage_and_lost_proofs_are_red() -> None:
    """A failed service, a vault that takes no records and a warning are not; no heading is amber."""
    async with stage(start="f11") as it:
        it.box.tell_status(read_only="the disk is full", services=(ServiceState("fs", "failed", "no space", 0),))
        await it.settle()
        red, amber = (toned(it.app.screen, tone).color for tone in ("bad", "title"))
        assert amber == toned(it.app.screen, "plain").color
        for text in ("✗ the disk is full", "✗ failed", "▲ warn"):
            assert red not in it.colours(text)


async def test_the_state_is_live() -> None:
    """A new STATUS shows at the next paint."""
    async with stage(start="f11") as it:
        it.box.tell_status(tree_size=99_001, grade=Grade.KERNEL)
        await it.settle()
        assert "records  99,001" in it.screen
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
        assert "records  12" in it.screen
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
        await it.press("n")
        assert "never erased" in it.screen
        await it.press("j", "tab", *"desk", "tab", *"Anna", "enter")
        await it.wait(lambda: "PAIRING TICKET" in it.screen)
        assert PairIssue(Role.USER, "desk", "Anna") in it.box.asked
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
        assert "◆ night clerk" in it.screen
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
    assert terminal_facts(21_000) == terminal_facts(48_999) != terminal_facts(51_000)
    assert [fact.value for fact in terminal_facts(9)] == ["under 10 kB sent"]


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
        known = ("✓ takes records", "records  12", "✓ consistent", "night clerk", "the disk fills", "● running")
        assert all(
            not it.colours(text) <= it.greys
            for text in known
            if text not in ("night clerk", "the disk fills", "12 entries")
        )
        it.box.down()
        await it.settle()
        assert [text for text in known if not it.colours(text) <= it.greys] == []
        assert not it.colours("◐ stale, last alive") & it.greys
