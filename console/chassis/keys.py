"""The one registry of commands: the strip, the hints, the palette, F1, `?` and the headless twin read it."""

from collections.abc import Iterable, Mapping
from enum import IntEnum

from protocol.schema.numbers import Role
from protocol.values import dataclass


class Danger(IntEnum):
    """What a command may do."""

    NONE = 0
    REVERSIBLE = 1
    """A correcting entry undoes it."""
    CONFIRM = 2
    """The person is asked first; Cancel is the default."""
    TYPED = 3
    """The person is asked first, and must type the object's name."""


@dataclass(frozen=True, slots=True)
class KeyCommand:
    """One command.

    `id` is `cartridge.word`; `key` a Textual key name ('' when it is reached by name only; several joined by commas);
    `help` one sentence; `action` the method that runs it, of the cartridge or of a part of it (`trust.revoke`), without
    arguments; `available` the name of a method that returns '' when it can be run now, else why not. `least_role` hides
    nothing: it gives the reason. Commands with `priority` 0 are shown first in the hints.
    """

    id: str
    title: str
    key: str
    help: str
    action: str
    danger: Danger = Danger.NONE
    available: str | None = None
    least_role: Role = Role.INTERFACE
    priority: int = 5

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys; the first one is shown."""
        return tuple(key for key in self.key.split(",") if key)


KEY_NAMES: Mapping[str, str] = {
    "enter": "Enter",
    "escape": "Esc",
    "space": "Space",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "backspace": "Backspace",
    "delete": "Del",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "equals_sign": "=",
    "plus": "+",
    "minus": "-",
    "full_stop": ".",
    "comma": ",",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
}


def key_name(key: str) -> str:
    """`key` in the form for people: `ctrl+q` is `Ctrl+Q`, `slash` is `/`, `f12` is `F12`."""
    if key in KEY_NAMES:
        return KEY_NAMES[key]
    if key.startswith("ctrl+"):
        return "Ctrl+" + key_name(key[5:]).upper()
    if len(key) > 1 and key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return key


ANYWHERE: tuple[KeyCommand, ...] = (
    KeyCommand(
        "go", "GO", "colon", "Open the command line: any command, key, Totebox or record by name.", "go", priority=0
    ),
    KeyCommand(
        "keys",
        "Keys",
        "question_mark",
        "List what can be done here, searchable by word and by key.",
        "keys",
        priority=1,
    ),
    KeyCommand(
        "back", "Back", "left_square_bracket,backspace", "Return to where you were, with its state.", "back", priority=8
    ),
    KeyCommand(
        "pause",
        "Pause",
        "space",
        "Freeze the view; events are counted, and shown when you continue.",
        "pause",
        priority=7,
    ),
    KeyCommand(
        "theme", "Theme", "ctrl+t", "Change between dark, light, high contrast and 16 colours.", "theme", priority=9
    ),
    KeyCommand("mouse", "Mouse", "ctrl+g", "Give the mouse to the terminal, or take it back.", "mouse", priority=9),
    KeyCommand(
        "redraw",
        "Redraw",
        "ctrl+l",
        "Draw the whole screen again, after another program wrote on the terminal.",
        "redraw",
        priority=9,
    ),
    KeyCommand("export", "Export", "ctrl+e", "Write what the list shows as CSV and JSON.", "export", priority=7),
    KeyCommand("copy", "Copy", "y", "Copy the row under the cursor to the clipboard.", "copy", priority=7),
    KeyCommand("detail", "Detail", "ctrl+d", "Say more about the newest notice.", "detail", priority=8),
    KeyCommand("quit", "Quit", "ctrl+q", "Close the console. Toteboxes go on; nothing is lost.", "quit", priority=3),
)
"""Commands of the chassis, which work in every cartridge."""

IN_LISTS: tuple[KeyCommand, ...] = (
    KeyCommand(
        "list.filter",
        "Filter",
        "slash",
        "Filter the list: words, or `column=x column>5 column!=y`.",
        "filter",
        priority=2,
    ),
    KeyCommand("list.sort", "Sort", "s", "Sort by the next column; again reverses the order.", "sort", priority=4),
    KeyCommand("list.column", "Column", "left,right", "Choose the column that `s` sorts.", "column", priority=9),
    KeyCommand(
        "list.move",
        "Move",
        "j,k,up,down",
        "Move the cursor; it stays with its row when the list changes.",
        "move",
        priority=9,
    ),
    KeyCommand("list.ends", "Ends", "g,G,home,end", "To the first or the last row.", "ends", priority=9),
)
"""Commands that every list has."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A command without a screen: `os-console run USAGE`. It takes `least` to `most` words; `of` is the same command on
    the screen.
    """

    id: str
    usage: str
    help: str
    least: int = 0
    most: int = 0
    of: str = ""


TWINS: tuple[Twin, ...] = (
    Twin("status", "status", "the state of the Totebox, and what this console proved of it"),
    Twin(
        "list",
        "list TABLE [WORDS...]",
        "rows of a table (minutebook.documents, ...); gate.tables has all tables and keys",
        1,
        99,
    ),
    Twin("read", "read INDEX [--out FILE]", "the bytes of a record, as sealed", 1, 1, "minutebook.save"),
    Twin("prove", "prove INDEX [audit]", "prove that an entry is in the log", 1, 2, "ledger.prove"),
    Twin("verify", "verify", "have the whole vault verified; status 1 when something is found", of="system.verify"),
    Twin(
        "cosign",
        "cosign",
        "cosign the heads that this console proved, and send the cosignatures to the Totebox",
        of="system.cosign",
    ),
    Twin(
        "pair.issue", "pair.issue ROLE [LABEL] [--person NAME]", "a ticket for another device", 1, 99, "system.ticket"
    ),
    Twin(
        "pair.revoke",
        "pair.revoke FINGERPRINT [this-device] [REASON]",
        "end a pairing",
        1,
        99,
        "system.revoke",
    ),
    Twin(
        "pair.approve",
        "pair.approve FINGERPRINT WORDS ROLE [--person NAME]",
        "pair a device that asked",
        3,
        3,
        "system.approve",
    ),
    Twin("pair.deny", "pair.deny FINGERPRINT [REASON]", "deny a device that asked", 1, 99, "system.deny"),
    Twin("pair.mark", "pair.mark FINGERPRINT hardware|any", "say where a device key lives", 2, 2, "system.mark"),
    Twin("pair.name", "pair.name FINGERPRINT NAME", "name a device", 2, 99, "system.name"),
    Twin(
        "people.correct",
        "people.correct CLAIM SOURCE VALUE...",
        "state another value for a claim, with a sealed document as its source",
        3,
        99,
        "people.correct",
    ),
    Twin(
        "minutebook.label",
        "minutebook.label INDEX [lift] hold [MATTER] | until YYYY-MM-DD | WORDS...",
        "label a document: legal hold, retention, or free words; `lift` removes the label",
        2,
        99,
        "minutebook.label",
    ),
    Twin("pair.require", "pair.require ROLE hardware|any", "which keys a role needs", 2, 2, "system.require"),
)
"""Everything that `os-console run` can do; its help, F1 and the headless twin read it."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Two commands of one place with the same key."""

    key: str
    first: str
    second: str


def clashes(commands: Iterable[KeyCommand]) -> list[Clash]:
    """Every key that two of `commands` have."""
    owners: dict[str, str] = {}
    found = []
    for command in commands:
        for key in command.keys:
            if key in owners:
                found.append(Clash(key, owners[key], command.id))
            owners.setdefault(key, command.id)
    return found


def matches(command: KeyCommand, word: str) -> bool:
    """Whether `word` is one of its keys, or part of its name, title or help."""
    low = word.strip().lower()
    if not low:
        return True
    if any(low == key_name(key).lower() or low == key for key in command.keys):
        return True
    return len(low) > 1 and any(low in text.lower() for text in (command.id, command.title, command.help))
