"""The keyboard of this console: which cartridge is on which F-key, and the key of each command under the person's settings."""

from collections.abc import Mapping

from console.cartridges import KEYBOARD, load
from console.chassis.anchor import keyboard
from console.chassis.cartridge import CartridgeSpec
from console.chassis.keys import ANYWHERE, KeyCommand
from protocol.schema.numbers import Role


class Keyboard:
    """`keymap` gives commands other keys, by the command's id. Before `load` there are no cartridges and no
    commands.
    """

    def __init__(self, keymap: Mapping[str, str]) -> None:
        self._keymap = dict(keymap)
        self._absent: dict[str, str] = {}
        self.specs: dict[str, CartridgeSpec] = {}
        """The installed cartridges, by their F-key."""
        self.commands: dict[str, KeyCommand] = {}
        """Every command by its id, under the key that it has on this console."""

    def load(self) -> None:
        """Import the specifications of all installed cartridges.

        Raises:
            ConfigError: the keys of the settings are not valid.
        """
        for key, slot in KEYBOARD.items():
            spec = load(key)
            if spec is None:
                self._absent[key] = slot.absent
            else:
                self.specs[key] = spec
        self.remap(self._keymap)

    def remap(self, keymap: Mapping[str, str]) -> None:
        """Give commands other keys from now on.

        Raises:
            ConfigError: the keys are not valid; nothing was changed.
        """
        places = [spec.commands for spec in self.specs.values()]
        self.commands = {command.id: command for command in keyboard(ANYWHERE, places, keymap)}
        self._keymap = dict(keymap)

    def commands_of(self, spec: CartridgeSpec) -> list[KeyCommand]:
        """A cartridge's commands under their keys on this console."""
        return [self.commands.get(command.id, command) for command in spec.commands]

    def title(self, key: str) -> str:
        """What the strip shows on an F-key."""
        spec = self.specs.get(key)
        return spec.title if spec else KEYBOARD[key].title

    def key_of(self, cartridge_id: str) -> str | None:
        """The F-key of the cartridge with that id or that other word; None where it is not installed."""
        named = (key for key, spec in self.specs.items() if spec.id == cartridge_id)
        showing = (key for key, spec in self.specs.items() if cartridge_id in spec.words)
        return next(named, None) or next(showing, None)

    def reason_against(self, key: str, role: Role | None) -> str:
        """'' when `key` can be opened by a device that has `role` (None: not known yet), else why not."""
        spec = self.specs.get(key)
        if spec is None:
            return self._absent.get(key) or "not installed"
        if role is not None and role < spec.least_role:
            return f"needs the role {spec.least_role.name}, this device has {role.name}"
        return ""
