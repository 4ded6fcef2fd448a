"""F11: devices that ask, keys in hardware, and capabilities handed on, narrowed and ended."""

from dataclasses import replace

import pytest

from console.cartridges.system.rows import capability_rows
from console.cartridges.system.ticket_form import Issue
from console.chassis.dialog import ConfirmDialog
from console.chassis.table import LedgerTable
from console.model.tables import records
from protocol.schema import CapRevoke, PairApprove, PairDeny, PairMark, PairName
from protocol.schema.numbers import Op, Role, Verb
from protocol.schema.terms import Term, decode_terms
from protocol.trust import words
from tests.chassis.declared import declared, table_of
from tests.chassis.fake_totebox import FakeTotebox, furnish
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio

KEY = b"\x01" + b"k" * 32
GUEST, HUB = "SHA256:guest" + "g" * 38, "SHA256:hub" + "h" * 40
WORDS = "acid-lemon-orbit"


def trusted(box: FakeTotebox) -> None:
    """One device asks, one is paired, one was turned away; one capability lives and one has ended."""
    furnish(box)
    names = ("fingerprint", "label", "role", "provider", "state", "granted", "ended", "sessions", "agent", "words")
    rows = (
        (GUEST, "tablet", "USER", "agent", "pending", None, "2026-11-22T03:00:00Z", 0, "", WORDS, False, KEY),
        (HUB, "hub", "INTERFACE", "file", "paired", "2026-11-20T08:00:05Z", None, 1, "os", "", False, KEY),
        ("SHA256:no", "stranger", "USER", "file", "denied", None, "2026-11-21T03:00:00Z", 0, "", "a-b-c", False, KEY),
    )
    box.tables["gate.pairings"] = declared("gate.pairings", (*names, "hardware", "key"), rows)
    names = (
        "id",
        "state",
        "holder",
        "label",
        "verbs",
        "rows",
        "service",
        "columns",
        "not_after",
        "used",
        "chain",
        "depth",
    )
    live = (b"i" * 32, "live", HUB, "hub", "list", "12-12", "", "", "2026-11-22T04:00:00Z", 3, "psp-cap:1:x", 0)
    over = (b"o" * 32, "expired", HUB, "hub", "read", "", "people", "", "2026-11-20T04:00:00Z", 9, "psp-cap:1:y", 0)
    box.tables["gate.capabilities"] = declared("gate.capabilities", names, (live, over))


def listed(it: Stage, name: str) -> LedgerTable:
    return it.app.query_one(f"#system-{name}", LedgerTable)


async def on_pairings(it: Stage, *downs: str) -> None:
    await it.wait(lambda: listed(it, "pairings").row_count == 3)
    await it.press("2", *downs)


async def test_a_device_that_asks_stands_first_with_its_words() -> None:
    """The three words are beside its label, to be compared."""
    async with stage(80, 24, start="f11", furnished=trusted) as it:
        await on_pairings(it)
        await it.settle()
        assert f"{WORDS}  tabl" in it.screen and "◌ asks" in it.screen


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (104, 36), (120, 40), (200, 60)])
async def test_the_words_are_whole_at_any_width(size: tuple[int, int]) -> None:
    """Also the longest that there are: half a word could not be compared."""
    longest = "-".join(sorted(words.WORDS, key=len)[-3:])

    def asking(box: FakeTotebox) -> None:
        trusted(box)
        table = box.tables["gate.pairings"]
        rows = tuple(tuple(longest if cell == WORDS else cell for cell in row) for row in table.rows)
        box.tables["gate.pairings"] = replace(table, rows=rows)

    async with stage(*size, start="f11", furnished=asking) as it:
        await on_pairings(it)
        await it.settle()
        assert longest in it.screen and "◌ asks" in it.screen


async def test_the_fingerprint_of_a_device_is_one_key_away() -> None:
    """No list spends room on it; Enter says it whole, at any size, also of a device that asks."""
    async with stage(80, 24, start="f11", furnished=trusted) as it:
        await on_pairings(it, "j")
        assert HUB.removeprefix("SHA256:")[:8] not in it.screen
        await it.press("enter")
        assert HUB in it.screen
        await it.press("escape", "k", "enter")
        assert GUEST in it.screen and WORDS in it.screen


async def test_the_cursor_stays_on_its_device_when_nobody_asks_any_more() -> None:
    """The list gets its narrower columns back; what was chosen is chosen."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "j")
        assert listed(it, "pairings").cursor_id == HUB
        table = it.box.tables["gate.pairings"]
        it.box.tables["gate.pairings"] = replace(table, rows=table.rows[1:])
        it.box.changed("gate.pairings")
        await it.wait(lambda: listed(it, "pairings").row_count == 2)
        assert listed(it, "pairings").cursor_id == HUB


async def test_approving_asks_for_the_role_and_for_the_words() -> None:
    """The role is chosen, then the words are shown once more; Cancel is the default."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "a")
        await it.press("enter")
        assert isinstance(it.app.screen, ConfirmDialog) and WORDS in it.screen and "as USER" in it.screen
        await it.press("enter")
        assert not [asked for asked in it.box.asked if isinstance(asked, PairApprove)]
        await it.press("a", "enter", "right", "enter")
        await it.wait(lambda: PairApprove(GUEST, WORDS, Role.USER) in it.box.asked)
        await it.wait(lambda: "paired; audit row" in it.screen)


async def test_approving_asks_who_will_use_the_device() -> None:
    """The dialog says before anything is typed that it is never erased; what was typed goes with the approval."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "a")
        assert "never erased" in it.screen
        await it.press("tab", *"Anna", "enter", "right", "enter")
        await it.wait(lambda: PairApprove(GUEST, WORDS, Role.USER, "Anna") in it.box.asked)


async def test_the_role_that_a_device_asks_for_is_chosen_first() -> None:
    """A request for USER has USER under the cursor: Enter approves what was asked for, no more."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "a")
        assert isinstance(it.app.screen, Issue)
        assert it.app.screen.query_one(LedgerTable).cursor_id == Role.USER
        await it.press("enter")
        assert isinstance(it.app.screen, ConfirmDialog) and "as USER" in it.screen


async def test_a_device_is_renamed() -> None:
    """e begins with the name that it has; Enter sends the new one, and the receipt is said."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "j", "e")
        assert "NAME OF A DEVICE" in it.screen
        await it.press(*["backspace"] * 3, *"counter", "enter")
        await it.wait(lambda: PairName(HUB, "counter") in it.box.asked)
        await it.wait(lambda: "renamed; audit row" in it.screen)


async def test_a_device_that_asks_is_not_renamed() -> None:
    """It is paired first."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "e")
        assert "the cursor is on no paired device" in it.screen


async def test_a_duration_is_echoed_as_it_was_typed() -> None:
    """Ninety minutes are asked back as 90m, not in seconds."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "j", "c")
        await it.press("shift+tab", "backspace", "backspace", *"90m", "enter")
        assert isinstance(it.app.screen, ConfirmDialog) and "for 90m?" in it.screen and "5,400" not in it.screen


async def test_an_unknown_service_is_refused_in_a_grant() -> None:
    """With the nearest that the Totebox has; nothing is granted."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "j", "c")
        await it.press("tab", *"minutbook", "enter")
        assert "there is no service 'minutbook' here; the nearest is minutebook" in it.screen
        assert it.box.lent == []


async def test_a_capability_that_was_handed_on_names_whoever_has_it() -> None:
    """Its first holder minted it for another: before it is used the Totebox knows no more, and the row does not name the wrong one."""
    record = {"id": b"i" * 32, "state": "live", "holder": "F", "by": "F", "label": "office", "depth": 1}
    record |= {"verbs": "list", "service": "", "rows": "", "columns": "", "not_after": "", "used": 0}
    table = table_of("gate.capabilities", [record])
    (unknown,) = capability_rows(records(table), {})
    (known,) = capability_rows(records(table), {(b"i" * 32).hex(): "hub"})
    assert (unknown.cells[0], known.cells[0]) == ("handed on by office", "hub")


async def test_denying_and_marking_are_confirmed() -> None:
    """Each names the device, and is sent once."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "d", "right", "enter")
        await it.wait(lambda: PairDeny(GUEST, "denied at F11") in it.box.asked)
        await on_pairings(it, "j", "w", "right", "enter")
        await it.wait(lambda: PairMark(HUB, True) in it.box.asked)


async def test_what_cannot_be_done_says_why() -> None:
    """On a device that asks there is nothing to revoke or mark; on a paired one nothing to approve."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "x")
        assert "it is not paired yet: deny it" in it.screen
        await it.press("j", "a")
        assert "the cursor is on no device that asks" in it.screen


async def test_a_grant_is_written_confirmed_and_shown() -> None:
    """Rows are typed, the question says what is handed on, and the text that comes back can be copied."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "j", "c")
        assert "CAPABILITY FOR hub" in it.screen
        await it.press("tab", "tab", *"twelve", "enter")
        assert "are no rows; write 12 or 12-20" in it.screen
        await it.press(*["backspace"] * 6, *"12", "enter")
        assert isinstance(it.app.screen, ConfirmDialog) and "rows 12 to 12" in it.screen
        assert it.box.lent == []
        await it.press("right", "enter")
        await it.wait(lambda: "y copies it" in it.screen)
        ((wish, holder, chain),) = it.box.lent
        assert (wish.first_row, wish.last_row, wish.lifetime_s, chain) == (12, 12, 3600, "")
        assert wish.verbs == (Verb.HEAD, Verb.PROVE, Verb.LIST, Verb.READ) and holder.public == KEY[1:]


async def test_a_grant_of_the_rows_that_agree_with_a_term() -> None:
    """What is no term is said; the question names the terms, and the chain carries them typed."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await on_pairings(it, "j", "c")
        await it.press(*["tab"] * 4, *"person", "enter")
        assert "is no term" in it.screen
        await it.press(*":Anna*", "enter")
        assert isinstance(it.app.screen, ConfirmDialog) and 'with person:"Anna"*' in it.screen
        await it.press("right", "enter")
        await it.wait(lambda: "y copies it" in it.screen)
        ((wish, _, _),) = it.box.lent
        assert decode_terms(wish.terms) == (Term("person", Op.STARTS, "Anna"),)


async def test_live_capabilities_are_listed_and_ended() -> None:
    """5 shows them; x on a live one is confirmed and sent, on an expired one it says that it has ended."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await it.press("5")
        await it.wait(lambda: listed(it, "capabilities").row_count == 2)
        await it.settle()
        assert "CAPABILITIES" in it.screen and "● live" in it.screen and "12-12" in it.screen
        await it.press("x", "right", "enter")
        await it.wait(lambda: CapRevoke(b"i" * 32, "revoked at F11") in it.box.asked)
        await it.press("G", "x")
        assert "it has ended already" in it.screen


async def test_only_ones_own_capability_is_narrowed() -> None:
    """t says who holds it."""
    async with stage(120, 40, start="f11", furnished=trusted) as it:
        await it.press("5")
        await it.wait(lambda: listed(it, "capabilities").row_count == 2)
        await it.press("t")
        assert "another device holds it" in it.screen
