"""Everything the command line can go to from here: keys, commands, Toteboxes, records that were seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from console.chassis.help import Offered, shown_keys
from console.chassis.keys import key_name
from console.chassis.palette import Destination
from console.chassis.strip import Key
from console.model.safe_text import safe_line
from console.model.state import LinkPhase, Model, ToteboxState

if TYPE_CHECKING:
    from typing import Any

    from console.chassis.cartridge import CartridgeSpec
    from console.chassis.keys import KeyCommand

MOST_RECORDS = 400
MOVES = frozenset({"enter", "escape", "tab", "shift+tab"})
"""Keys that lead about within a screen: nobody goes there for them."""


class Roads(Protocol):
    """What the command line needs of the application."""

    @property
    def ledger(self) -> Model: ...

    def offered(self) -> list[Offered]: ...

    def strip_keys(self) -> list[Key]: ...

    def spec_on(self, key: str) -> "CartridgeSpec | None": ...

    def commands_of(self, spec: "CartridgeSpec") -> "list[KeyCommand]": ...

    def press(self, key: str) -> None: ...

    def activate(self, totebox: str) -> None: ...

    def open_cartridge(self, cartridge_id: str, focus: "dict[str, Any]") -> None: ...


def destinations(roads: Roads) -> list[Destination]:
    """All of them; cheap enough to be made at each entering."""
    keys = [_key(roads, key) for key in roads.strip_keys()]
    commands = [_command(offered) for offered in roads.offered() if offered.where != "every list"]
    boxes = [_totebox(roads, box) for box in roads.ledger.toteboxes.values()]
    known = {offered.command.id for offered in roads.offered()}
    elsewhere = [there for key in roads.strip_keys() for there in _elsewhere(roads, key, known)]
    return [*keys, *commands, *boxes, *elsewhere, *_records(roads)]


def _key(roads: Roads, key: Key) -> Destination:
    spec = roads.spec_on(key.key)
    number = key.key[1:]
    words = (number, key.key, *(spec.words if spec else ()), spec.id if spec else key.title.lower())
    does = spec.summary if spec else ""
    return Destination(
        key.title.lower(), "key", does, _calls(roads.press, key.key), words, key.key.upper(), key.reason, weight=5
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


def _elsewhere(roads: Roads, key: Key, known: set[str]) -> list[Destination]:
    """Commands of a screen that one is not on: GO leads to it, where the command is a key away."""
    spec = roads.spec_on(key.key)
    if spec is None:
        return []
    screen = f"{key.key.upper()} {spec.title}"
    return [
        Destination(
            command.title.lower(),
            "command",
            f"go to {screen}; there {key_name(command.keys[0])}: {command.help}",
            _calls(roads.press, key.key),
            (command.id,),
            f"{key.key.upper()} {key_name(command.keys[0])}",
            key.reason,
        )
        for command in roads.commands_of(spec)
        if command.id not in known and command.keys and command.keys[0] not in MOVES
    ]


def _totebox(roads: Roads, box: ToteboxState) -> Destination:
    stands = "linked" if box.link is LinkPhase.LINKED else box.link.value
    does = f"address F-keys to it ({stands}, {safe_line(box.uri)})"
    is_active = roads.ledger.active == box.id
    reason = "F-keys address it already" if is_active else ""
    return Destination(
        safe_line(box.name),
        "totebox",
        does,
        _calls(roads.activate, box.id),
        (safe_line(box.entity), box.id),
        "",
        reason,
    )


def _records(roads: Roads) -> list[Destination]:
    box = roads.ledger.totebox
    if box is None:
        return []
    rows = [row for row in box.entries if row.kind == "original"][-MOST_RECORDS:]
    return [
        Destination(
            safe_line(row.subject),
            "record",
            f"open entry {row.index:,} in the minutebook",
            _opens(roads, "minutebook", row.index),
            (f"#{row.index}",),
        )
        for row in reversed(rows)
    ]


def _opens(roads: Roads, cartridge: str, index: int) -> Callable[[], None]:
    return lambda: roads.open_cartridge(cartridge, {"index": index})


def _calls(call: Callable[[str], None], word: str) -> Callable[[], None]:
    return lambda: call(word)
