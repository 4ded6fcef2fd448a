"""F12 is the anchor: files from outside always enter under this key, whatever else is remapped."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from console.chassis.keys import IN_LISTS, KeyCommand, clashes
from console.errors import ConfigError

ANCHOR = "f12"
FIXED = frozenset({*(f"f{number}" for number in range(1, 13)), "escape", "enter"})


def keyboard(
    anywhere: Sequence[KeyCommand], places: Iterable[Sequence[KeyCommand]], keymap: Mapping[str, str]
) -> tuple[KeyCommand, ...]:
    """All commands with the keys that `keymap` (command id to key) gives them. Commands of two places may have the same
    key, commands of one place may not; a key of the lists, which every place has, is not given to another command.

    Raises:
        ConfigError: an id does not exist, a key is fixed (F1 to F12, Esc, Enter), or two commands of a place get the
            same key.
    """
    each = [tuple(place) for place in places]
    _check({command.id for place in (anywhere, *each) for command in place}, keymap)
    given = [remapped((*anywhere, *IN_LISTS, *place), keymap) for place in (*each, ())]
    lists = {command.id for command in IN_LISTS}
    by_id = {command.id: command for commands in given for command in commands if command.id not in lists}
    return tuple(by_id.values())


def remapped(commands: Sequence[KeyCommand], keymap: Mapping[str, str]) -> tuple[KeyCommand, ...]:
    """The commands of one place under `keymap`. A pane's own key takes precedence over the chassis's, unless the
    settings made them equal.
    """
    after = tuple(replace(command, key=keymap.get(command.id, command.key)) for command in commands)
    for clash in clashes(after):
        if clash.first in keymap or clash.second in keymap:
            raise ConfigError(f"keys: {clash.first} and {clash.second} both want {clash.key}")
    return after


def _check(ids: Set[str], keymap: Mapping[str, str]) -> None:
    for command_id, keys in keymap.items():
        if command_id not in ids:
            raise ConfigError(f"keys: there is no command {command_id}; the nearest is {_nearest(command_id, ids)}")
        for key in keys.split(","):
            if key == ANCHOR:
                raise ConfigError(f"keys: F12 is the Input Machine and cannot be given to {command_id}")
            if key in FIXED:
                raise ConfigError(f"keys: {key} is fixed and cannot be given to {command_id}")


def _nearest(word: str, words: Iterable[str]) -> str:
    from difflib import get_close_matches

    return (get_close_matches(word, list(words), n=1, cutoff=0.0) or ["none"])[0]
