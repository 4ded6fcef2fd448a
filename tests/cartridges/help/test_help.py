"""F1: the registry as a page."""

from inspect import get_annotations
from pathlib import Path

import pytest

from console.cartridges import KEYBOARD, load
from console.cartridges.help.pages import page
from console.chassis.keys import ANYWHERE, IN_LISTS, KeyCommand, clashes
from console.chassis.table import LedgerTable
from tests.chassis.stage import Stage, stage

pytestmark = pytest.mark.anyio
PICTURES = Path(__file__).parent / "pictures"
SPECS = {key: spec for key in KEYBOARD if (spec := load(key)) is not None}
COMMANDS = [*ANYWHERE, *IN_LISTS, *(command for spec in SPECS.values() for command in spec.commands)]


def listed(it: Stage) -> LedgerTable:
    return it.app.query_one("#help-list", LedgerTable)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_is_documented_and_reachable(command: KeyCommand) -> None:
    """A title, a sentence of help, a key: and every command is in the palette, so by pointer too."""
    assert command.title and command.help.endswith(".") and command.keys


def test_every_command_has_one_id() -> None:
    """Ids are what settings, palette and the headless twin name."""
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("key", SPECS)
def test_no_cartridge_claims_a_key_twice(key: str) -> None:
    """Within a cartridge each key means one thing."""
    assert clashes(SPECS[key].commands) == []


@pytest.mark.parametrize("key", SPECS)
def test_every_action_exists(key: str) -> None:
    """The methods that commands name are there."""
    cartridge = type(SPECS[key].make())

    def found(path: str) -> object:
        *parts, method = path.split(".")
        owner: type = cartridge
        for part in parts:
            # Of the pane's own class: what Textual says of its classes cannot all be evaluated.
            owner = get_annotations(owner, eval_str=True)[part]
        return getattr(owner, method, None)

    for command in SPECS[key].commands:
        assert callable(found(command.action)), command.id
        assert command.available is None or callable(found(command.available)), command.id


def test_every_f_key_is_on_the_page_with_its_reason() -> None:
    """Twelve keys, present or missing."""
    entries = page(SPECS, {key: (slot.title, slot.absent) for key, slot in KEYBOARD.items() if key not in SPECS})
    keys = [entry.row.cells[0] for entry in entries][:12]
    assert keys == [f"F{number}" for number in range(1, 13)]
    missing = [entry for entry in entries[:12] if entry.row.tone == "muted"]
    assert all(str(entry.row.cells[3]).startswith("not here: ") for entry in missing)


@pytest.mark.parametrize(
    ("typed", "command"), [("revoke", "system.revoke"), ("ctrl+e", "export"), ("pairing ticket", "system.ticket")]
)
async def test_help_is_searchable_by_word_and_by_key(typed: str, command: str) -> None:
    """Typing narrows the page to what has the words or the key."""
    async with stage(start="f1") as it:
        it.app.query_one("#help-search").value = typed  # type: ignore[attr-defined]
        await it.settle()
        rows = [listed(it)._rows[row_id] for row_id in listed(it).shown_ids]
        assert command in [row.cells[4] for row in rows]
        assert len(rows) < 10


async def test_enter_goes_to_the_cartridge() -> None:
    """A found command leads to where it works."""
    async with stage(start="f1") as it:
        await it.press(*"revoke", "enter", "enter")
        await it.wait(lambda: "F11 SYSTEM" in it.rows[0])
