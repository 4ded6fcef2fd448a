"""The page of F1, made of a registry: which lines it has, in which order, and what a search finds."""

import pytest

from console.cartridges import load
from console.cartridges.help.pages import HelpLine, page
from console.cartridges.help.pane import found
from console.chassis.columns import Row
from console.chassis.help import Offered, row, shown_keys, whole
from console.chassis.keys import ANYWHERE, IN_LISTS, TWINS, Danger, KeyCommand

SPECS = {key: spec for key in ("f8", "f11") if (spec := load(key)) is not None}
PAGE = page(SPECS, {"f9": ("MODELS", "no model is attached")})


def test_function_keys_stand_first() -> None:
    """Those that are there with their summary, those that are not with the reason and grey; others are not listed."""
    assert [entry.key for entry in PAGE[:3]] == ["f8", "f9", "f11"]
    assert (
        PAGE[1].row.cells == ("F9", "F-keys", "MODELS", "not here: no model is attached", "")
        and PAGE[1].row.tone == "muted"
    )
    assert PAGE[0].row.cells[3] == SPECS["f8"].summary and PAGE[0].row.tone == ""


def test_every_command_has_one_line() -> None:
    """Of the chassis, of lists, of each screen, and what is done without one."""
    ids = [str(entry.row.cells[4]) for entry in PAGE[3:] if entry.row.cells[4]]
    assert ids == [
        command.id for command in (*ANYWHERE, *IN_LISTS, *(each for spec in SPECS.values() for each in spec.commands))
    ]
    assert [entry.row.cells[2] for entry in PAGE[-len(TWINS) :]] == [twin.id for twin in TWINS]
    assert [entry.number for entry in PAGE] == list(range(len(PAGE)))


def test_a_twin_leads_to_its_screen() -> None:
    """Where the same can be done; one without such a screen leads nowhere."""
    keys = {str(entry.row.cells[2]): entry.key for entry in PAGE[-len(TWINS) :]}
    assert (keys["pair.revoke"], keys["prove"], keys["status"], keys["people.correct"]) == ("f11", "f8", "", "")


def test_what_asks_first_says_so() -> None:
    """Behind its help."""
    helps = {str(entry.row.cells[4]): str(entry.row.cells[3]) for entry in PAGE}
    asking = [
        command
        for spec in SPECS.values()
        for command in spec.commands
        if command.danger in (Danger.CONFIRM, Danger.TYPED)
    ]
    assert asking and all(helps[command.id].endswith(("(asks first)", "(the name is typed)")) for command in asking)
    assert all(not helps[command.id].endswith(")") for command in ANYWHERE)


LINE = HelpLine(0, "f11", Row(0, ("Ctrl+E x", "F11 SYSTEM", "Export", "Write what the list shows.", "export")))


@pytest.mark.parametrize(
    ("word", "is_found"),
    [("", True), ("ctrl+e", True), ("x", True), ("e", False), ("write list", True), ("write nothing", False), ("SYSTEM", True),
     ("f11", True), ("f1", True), ("export x", True), ("z", False)],
)  # fmt: skip
def test_every_word_has_to_be_there(word: str, is_found: bool) -> None:
    """One letter is a key, more are a part of any cell."""
    assert found(LINE, word) is is_found


COMMAND = KeyCommand("one.a", "Do", "x,slash", "Does it.", "act")


@pytest.mark.parametrize(
    ("reason", "text", "tone", "said"),
    [
        ("", "Does it.", "", "Do: Does it."),
        ("no link", "Does it.  [no link]", "muted", "Do: Does it. Not now: no link."),
    ],
)
def test_what_cannot_be_done_now_says_why(reason: str, text: str, tone: str, said: str) -> None:
    """In the list of keys, and in full below it."""
    offered = Offered(COMMAND, "here", reason, lambda: None)
    shown = row(3, offered)
    assert shown.cells == ("x /", "Do", "here", text) and (shown.id, shown.tone) == (3, tone)
    assert whole(offered) == said and shown_keys(COMMAND) == "x /"
