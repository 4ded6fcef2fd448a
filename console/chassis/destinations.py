"""Everything to which the command line can go from here: keys, commands, Toteboxes, records that were seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.chassis.help import Offered, shown_keys
from console.chassis.keys import key_name
from console.chassis.palette import Destination
from console.chassis.strip import StripKey
from console.model.safe_text import safe_line
from console.model.state import LinkPhase, ToteboxState

if TYPE_CHECKING:
    from console.chassis.cartridge import Desk

MOST_RECORDS = 400
MOVES = frozenset({"enter", "escape", "tab", "shift+tab"})
"""Keys that move within a screen: they are no destinations."""


def destinations(desk: "Desk", here: list[Offered]) -> list[Destination]:
    """All destinations, made at each opening of the line. `here` is what can be done on this screen."""
    keys = [_key(desk, key) for key in desk.strip_keys()]
    commands = [_command(offered) for offered in here if offered.where != "every list"]
    boxes = [_totebox(desk, box) for box in desk.ledger.toteboxes.values()]
    known = {offered.command.id for offered in here}
    elsewhere = [there for key in desk.strip_keys() for there in _elsewhere(desk, key, known)]
    return [*keys, *commands, *boxes, *elsewhere, *_records(desk)]


def _key(desk: "Desk", key: StripKey) -> Destination:
    spec = desk.spec_on(key.key)
    number = key.key[1:]
    words = (number, key.key, *(spec.words if spec else ()), spec.id if spec else key.title.lower())
    does = spec.summary if spec else ""
    return Destination(
        key.title.lower(), "key", does, _calls(desk.press, key.key), words, key.key.upper(), key.reason, weight=5
    )


def _command(offered: Offered) -> Destination:
    command = offered.command
    return Destination(
        command.title.lower(),
        "command",
        command.help,
        offered.run,
        (command.id,),
        shown_keys(command),
        offered.reason,
        2,
    )


def _elsewhere(desk: "Desk", key: StripKey, known: set[str]) -> list[Destination]:
    """Commands of another screen: GO opens that screen, where the command is one key away."""
    spec = desk.spec_on(key.key)
    if spec is None:
        return []
    screen = f"{key.key.upper()} {spec.title}"
    return [
        Destination(
            command.title.lower(),
            "command",
            f"go to {screen}; there {key_name(command.keys[0])}: {command.help}",
            _calls(desk.press, key.key),
            (command.id,),
            f"{key.key.upper()} {key_name(command.keys[0])}",
            key.reason,
        )
        for command in desk.commands_of(spec)
        if command.id not in known and command.keys and command.keys[0] not in MOVES
    ]


def _totebox(desk: "Desk", box: ToteboxState) -> Destination:
    stands = "linked" if box.link is LinkPhase.LINKED else box.link.value
    does = f"address F-keys to it ({stands}, {safe_line(box.uri)})"
    is_active = desk.ledger.active == box.id
    reason = "F-keys address it already" if is_active else ""
    return Destination(
        safe_line(box.name),
        "totebox",
        does,
        _calls(desk.activate, box.id),
        (safe_line(box.entity), box.id),
        "",
        reason,
    )


def _records(desk: "Desk") -> list[Destination]:
    box = desk.ledger.totebox
    if box is None:
        return []
    rows = [row for row in box.entries if row.kind == "original"][-MOST_RECORDS:]
    return [
        Destination(
            safe_line(row.subject),
            "record",
            f"open entry {row.index:,} at F5",
            _opens(desk, "documents", row.index),
            (f"#{row.index}",),
        )
        for row in reversed(rows)
    ]


def _opens(desk: "Desk", cartridge: str, index: int) -> Callable[[], None]:
    return lambda: desk.open_cartridge(cartridge, {"index": index})


def _calls(call: Callable[[str], None], word: str) -> Callable[[], None]:
    return lambda: call(word)
