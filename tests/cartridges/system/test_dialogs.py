"""The dialogs of F11: the role of a pairing, the name of a device, a capability and its holder, keys in hardware."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from textual.widgets import Input

from console.cartridges.system.grant_form import Choose, Lending
from console.cartridges.system.hardware_form import Needs, Require
from console.cartridges.system.naming import Naming
from console.cartridges.system.ticket_form import PERSON, Issue
from console.chassis.layers import Layer
from console.model.tables import records
from protocol.schema import Cell
from protocol.schema.numbers import Role, Verb
from tests.chassis.declared import table_of
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
SIZES = [(60, 20), (80, 24), (120, 36)]


async def opened(it: Stage, dialog: Layer[Any]) -> list[Any]:
    """Open `dialog`; what it gives is in the list as soon as it is answered."""
    given: list[Any] = []
    it.app.push_screen(dialog, given.append)
    await it.settle()
    return given


def needs(*rows: dict[str, Cell]) -> list[Needs]:
    """What `gate.pairings` with `rows` says of two roles."""
    return [Needs(role, records(table_of("gate.pairings", rows))) for role in (Role.ADMIN, Role.USER)]


DESK: dict[str, Cell] = {"fingerprint": "SHA256:a", "role": "ADMIN", "state": "paired", "required": False}
MAKES: dict[str, Callable[[], Layer[Any]]] = {
    "issue": lambda: Issue(),
    "approve": lambda: Issue("tablet", Role.USER),
    "name": lambda: Naming("desk", "host-1"),
    "lend": lambda: Lending("hub", ("fs", "people")),
    "choose": lambda: Choose([("SHA256:a", "hub")]),
    "require": lambda: Require(needs(DESK)),
}


@pytest.mark.parametrize("make", MAKES.values(), ids=MAKES)
async def test_esc_changes_nothing(make: Callable[[], Layer[Any]]) -> None:
    """From the place where the dialog begins."""
    async with stage(start="f11") as it:
        given = await opened(it, make())
        await it.press("escape")
        assert given == [None] and it.box.lent == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("make", [MAKES[name] for name in ("issue", "approve", "name", "choose", "require")])
async def test_how_to_leave_is_on_the_screen(make: Callable[[], Layer[Any]], size: tuple[int, int]) -> None:
    """At every size; it is wrapped where it is too long for one line."""
    async with stage(*size, start="f11") as it:
        await opened(it, make())
        said = " ".join(it.screen.replace("│", " ").split())
        assert re.search("Esc (.{0,60} )?cancels", said), it.screen


@pytest.mark.parametrize(("downs", "role"), [(0, Role.INPUT), (1, Role.USER), (2, Role.ADMIN), (3, Role.INTERFACE)])
async def test_enter_issues_for_the_role_under_the_cursor(downs: int, role: Role) -> None:
    """INPUT is the first: who is paired most brings documents."""
    async with stage(start="f11") as it:
        given = await opened(it, Issue())
        await it.press(*("down",) * downs, "enter")
        assert given == [(role, "", "")]


async def test_a_ticket_carries_the_label_and_the_person() -> None:
    """Without the blanks around them; that the person is never erased is said before anything is typed."""
    async with stage(start="f11") as it:
        given = await opened(it, Issue())
        assert PERSON in it.screen
        await it.press("tab", *"desk", "space", "tab", *"Ada", "enter")
        assert given == [(Role.INPUT, "desk", "Ada")]


async def test_who_asks_has_a_name_already() -> None:
    """There is no label to type; the cursor is on the role that it asks for."""
    async with stage(start="f11") as it:
        given = await opened(it, Issue("tablet", Role.INTERFACE))
        assert "What may tablet do?" in it.screen and len(it.app.screen.query(Input)) == 1
        await it.press("enter")
        assert given == [(Role.INTERFACE, "", "")]


async def test_a_device_without_a_name_is_still_asked_about() -> None:
    """In words, not as an empty place."""
    async with stage(start="f11") as it:
        await opened(it, Issue(""))
        assert "What may the device that asks do?" in it.screen


@pytest.mark.parametrize(("keys", "given"), [((), "desk"), (("2",), "desk2"), (("ctrl+u", *" x "), "x")], ids=str)
async def test_enter_renames(keys: tuple[str, ...], given: str) -> None:
    """The present name is what the keys add to."""
    async with stage(start="f11") as it:
        got = await opened(it, Naming("desk", ""))
        await it.press(*("space" if key == " " else key for key in keys), "enter")
        assert got == [given]


async def test_an_empty_name_names_nothing() -> None:
    """It counts as Esc."""
    async with stage(start="f11") as it:
        given = await opened(it, Naming("desk", ""))
        await it.press("ctrl+u", "enter")
        assert given == [None]


@pytest.mark.parametrize(("said", "shown"), [("host-1", True), ("desk", False), ("", False)])
async def test_what_a_device_calls_itself_is_said_where_it_differs(said: str, shown: bool) -> None:
    """And only there."""
    async with stage(start="f11") as it:
        await opened(it, Naming("desk", said))
        assert ("It calls itself" in it.screen) is shown


async def test_a_capability_is_given_as_it_is_typed() -> None:
    """What is not typed is not narrowed: every service, every row, every column, for an hour."""
    async with stage(start="f11") as it:
        given = await opened(it, Lending("hub", ("fs", "people")))
        it.app.screen.query_one("#lend-verbs", Input).value = "read, list"
        it.app.screen.query_one("#lend-rows", Input).value = "12-20"
        await it.press("enter")
        (wished,) = given
        assert wished.lifetime == "1h" and wished.grant.verbs == tuple(sorted((Verb.LIST, Verb.READ)))
        assert (wished.grant.first_row, wished.grant.last_row, wished.grant.service) == (12, 20, "")


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("verbs", "fly", "'fly' is no verb"),
        ("verbs", "", "a capability without verbs allows nothing"),
        ("service", "peple", "the nearest is people"),
        ("rows", "20-12", "are no rows; write 12 or 12-20"),
        ("rows", "-3", "are no rows"),
        ("for", "1y", "is no time that a capability can last"),
        ("for", "367d", "at most 366d"),
        ("for", "0m", "is no time"),
    ],
)
async def test_what_cannot_be_granted_says_why_and_keeps_the_words(field: str, typed: str, says: str) -> None:
    """The form stays with all that was typed."""
    async with stage(start="f11") as it:
        given = await opened(it, Lending("hub", ("fs", "people")))
        box = it.app.screen.query_one(f"#lend-{field}", Input)
        box.value = typed
        await it.press("enter")
        said = " ".join(it.screen.replace("│", " ").split())
        assert given == [] and says in said and box.value == typed


async def test_the_holder_is_chosen_from_the_devices() -> None:
    """By label; what is given is the fingerprint."""
    async with stage(start="f11") as it:
        given = await opened(it, Choose([("SHA256:a", "hub"), ("SHA256:b", "tablet")]))
        assert "TO WHOM" in it.screen and "tablet" in it.screen
        await it.press("down", "enter")
        assert given == ["SHA256:b"]


async def test_nobody_is_chosen_where_nobody_is() -> None:
    """Enter on an empty list does nothing."""
    async with stage(start="f11") as it:
        given = await opened(it, Choose([]))
        await it.press("enter")
        assert given == []


@pytest.mark.parametrize(
    ("rows", "words", "who"),
    [
        ([], "not told: nobody has it", "nobody"),
        ([DESK], "any key", "1 paired, 0 marked as hardware"),
        ([{**DESK, "hardware": True, "required": True}], "▣ a key in hardware", "1 paired, 1 marked as hardware"),
        ([{**DESK, "state": "revoked"}], "any key", "nobody"),
    ],
)
def test_a_role_says_what_it_needs(rows: list[dict[str, Cell]], words: str, who: str) -> None:
    """And how many devices of it have a marked key; who is revoked does not count."""
    admin, user = needs(*rows)
    assert (admin.words, admin.who) == (words, who) and user.words == "not told: nobody has it"


@pytest.mark.parametrize(("key", "hardware"), [("enter", True), ("h", True), ("a", False)])
async def test_a_requirement_is_turned_round_or_set(key: str, hardware: bool) -> None:
    """Of the role under the cursor."""
    async with stage(start="f11") as it:
        given = await opened(it, Require(needs(DESK)))
        await it.press(key)
        assert given == [(Role.ADMIN, hardware)]
