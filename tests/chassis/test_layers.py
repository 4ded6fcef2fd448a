"""Keys that are typed faster than dialogs open and close."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from console.cartridges.system.grant_form import Choose, Lending
from console.cartridges.system.hardware_form import Require
from console.cartridges.system.naming import Naming
from console.cartridges.system.ticket_form import Issue
from console.chassis.cartridge import is_field
from console.chassis.dialog import ConfirmDialog, Dialog, LineDialog, TextDialog
from console.chassis.finding import FindingDialog
from console.chassis.form import Form, FormField
from console.chassis.help import KeysList
from console.chassis.keys import Danger
from console.chassis.layers import Layer
from console.chassis.notice import DONE
from protocol.schema.numbers import Severity
from tests.chassis.stage import Stage, rest, stage

pytestmark = pytest.mark.anyio


async def quickly(it: Stage, *keys: str) -> None:
    """Every key before the first is handled: as a terminal gives them when they are pasted or repeat."""
    from textual import events

    for key in keys:
        character = key if len(key) == 1 else None
        it.app.post_message(events.Key(key, character))
    await rest(it.pilot)
    await it.settle()


@pytest.mark.parametrize("keys", [("n", "n", "n"), ("n", "r", "n"), ("?", "n", "?")], ids="-".join)
async def test_keys_that_open_a_dialog_open_one(keys: tuple[str, ...]) -> None:
    """The same key three times, or several, open one dialog; the others were meant for what lies behind it."""
    async with stage() as it:
        await it.press("f11")
        await quickly(it, *keys)
        assert len(it.app.screen_stack) <= 2


async def test_a_dialog_is_answered_once() -> None:
    """Esc three times closes the dialog and nothing else; the console goes on."""
    async with stage() as it:
        await it.press("f11", "n")
        assert len(it.app.screen_stack) == 2
        await quickly(it, "escape", "escape", "escape")
        assert len(it.app.screen_stack) == 1
        await it.press("f8")
        assert "F8 LEDGER" in it.rows[0]


ACTING = ("v", "o", "x", "r", "t", "z", "j", "g", "n", "w", "left_square_bracket")
"""Keys that act on panes."""
SHEETS = {
    "reading": ("f8", "ctrl+d"),
    "keys": ("f11", "question_mark"),
    "ticket": ("f11", "n"),
    "require": ("f11", "r"),
    "revoke": ("f11", "2", "j", "x"),
    "cosign": ("f10", "o"),
    "command line": ("f8", "colon"),
    "filter": ("f8", "slash", "slash"),
    "search": ("f1",),
}
"""A sheet, dialog or prompt, and the keys that open it."""


@pytest.mark.parametrize("opened", SHEETS.values(), ids=SHEETS)
async def test_no_key_reaches_what_lies_behind(opened: tuple[str, ...]) -> None:
    """At every sheet, dialog and prompt a key that acts on panes asks nothing of the Totebox, copies nothing, turns no page and
    leaves the pane behind as it was; the key that opened the sheet is a letter, or nothing.
    """
    async with stage() as it:
        if opened[-1] == "ctrl+d":
            it.app.say("look", Severity.ALARM, "more of it", DONE)
        await it.press(*opened)
        app, pane = it.app, it.app.pane
        layers, focused = len(app.screen_stack), app.focused
        assert layers == 2 or is_field(focused) or getattr(focused, "filtering", False), it.screen
        asked, where, theme = list(it.box.asked), app.screen_stack[0].focused, app.theme
        for key in ACTING:
            await it.press(key)
            assert it.box.asked == asked and app.pane is pane and app.theme == theme and not app.clipboard, key
            assert len(app.screen_stack) == layers and app.screen_stack[0].focused is where, key


DIALOGS: dict[str, Callable[[], Layer[Any]]] = {
    "confirm": lambda: ConfirmDialog("Really?", Danger.CONFIRM),
    "typed": lambda: ConfirmDialog("Really?", Danger.TYPED, "acme"),
    "asking": lambda: LineDialog("SAVE", "Where?", "there", lambda text: None),
    "finding": lambda: FindingDialog(1, 1, lambda place: "what is wrong"),
    "issue": Issue,
    "lending": lambda: Lending("night clerk", ("people",)),
    "choose": lambda: Choose([("SHA256:a", "night clerk")]),
    "naming": lambda: Naming("night clerk", "desk-7"),
    "form": lambda: Form("CORRECT", "What is it?", [FormField("value")]),
}


@pytest.mark.parametrize("make", DIALOGS.values(), ids=DIALOGS)
async def test_no_key_reaches_what_lies_behind_a_dialog(make: Callable[[], Layer[Any]]) -> None:
    """The same of every dialog there is, whatever opens it."""
    async with stage(start="f11") as it:
        it.app.desk.show_dialog(make())
        await it.settle()
        pane, asked, where = it.app.pane, list(it.box.asked), it.app.screen_stack[0].focused
        for key in (*ACTING, "f8", "ctrl+e", "ctrl+t"):
            await it.press(key)
            assert it.box.asked == asked and it.app.pane is pane and it.app.theme == "dark", key
            assert len(it.app.screen_stack) == 2 and it.app.screen_stack[0].focused is where, key


async def test_every_dialog_is_tried(project: Path) -> None:
    """No kind of dialog of the console is missing from the tests above."""
    for path in (*(project / "console/cartridges").rglob("*.py"), *(project / "console/chassis").glob("*.py")):
        import_module(".".join(path.relative_to(project).with_suffix("").parts))
    tried = {type(make()) for make in DIALOGS.values()} | {TextDialog, KeysList, Require, Dialog}

    def below(kind: type[Layer[Any]]) -> set[type[Layer[Any]]]:
        return {each for sub in kind.__subclasses__() for each in (sub, *below(sub))}

    assert {each for each in below(Layer) if each.__module__.startswith("console.")} - tried == set()
