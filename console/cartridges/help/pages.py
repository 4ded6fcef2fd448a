"""The page of F1, generated from the registry, so that no text is written twice. Pure."""

from collections.abc import Iterable, Mapping

from console.chassis.cartridge import CartridgeSpec
from console.chassis.columns import Row, TableColumn
from console.chassis.keys import ANYWHERE, IN_LISTS, TWINS, Danger, KeyCommand, key_name
from protocol.values import dataclass

COLUMNS = (
    TableColumn("key", "Key", 13),
    TableColumn("where", "Where", 15, priority=2),
    TableColumn("command", "Command", 15),
    TableColumn("help", "What it does", 0, least=66),
    TableColumn("id", "Name for :", 18, priority=4),
)

_DANGER = {
    Danger.REVERSIBLE: "  (can be corrected)",
    Danger.CONFIRM: "  (asks first)",
    Danger.TYPED: "  (the name is typed)",
}


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One line of the page; `key` is the F-key of its cartridge ('' where it works anywhere)."""

    number: int
    key: str
    row: Row


def page(specs: Mapping[str, CartridgeSpec], absent: Mapping[str, tuple[str, str]]) -> list[HelpLine]:
    """F-keys first, then what works anywhere and in lists, then each cartridge's commands, and what is done
    without a screen.

    `absent` gives title and reason of F-keys without a cartridge.
    """
    lines: list[tuple[str, tuple[str, ...], str]] = []
    for key in (f"f{number}" for number in range(1, 13)):
        if key in specs:
            spec = specs[key]
            lines.append((key, (key.upper(), "F-keys", spec.title, spec.summary, spec.id), ""))
        elif key in absent:
            title, reason = absent[key]
            lines.append((key, (key.upper(), "F-keys", title, f"not here: {reason}", ""), "muted"))
    lines += _commands("", "anywhere", ANYWHERE)
    lines += _commands("", "every list", IN_LISTS)
    for spec in specs.values():
        lines += _commands(spec.key, f"{spec.key.upper()} {spec.title}", spec.commands)
    on = {command.id: spec.key for spec in specs.values() for command in spec.commands}
    for twin in TWINS:
        lines.append(
            (on.get(twin.of, ""), ("", "no screen", twin.id, f"os-console run {twin.usage}: {twin.help}", ""), "")
        )
    return [_entry(number, *line) for number, line in enumerate(lines)]


def _commands(key: str, where: str, commands: Iterable[KeyCommand]) -> list[tuple[str, tuple[str, ...], str]]:
    return [
        (
            key,
            (
                " ".join(key_name(name) for name in command.keys),
                where,
                command.title,
                command.help + _DANGER.get(command.danger, ""),
                command.id,
            ),
            "",
        )
        for command in commands
    ]


def _entry(number: int, key: str, cells: tuple[str, ...], tone: str) -> HelpLine:
    return HelpLine(
        number, key, Row(number, cells, tone, () if tone else ("title", "label", "plain", "plain", "muted"))
    )
