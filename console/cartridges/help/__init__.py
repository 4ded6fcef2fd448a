"""F1: every key and command, from the registry, searchable by word and by key."""

from console.chassis.cartridge import Cartridge, CartridgeSpec
from console.chassis.keys import KeyCommand


def _make() -> Cartridge:
    from console.cartridges.help.pane import HelpPane

    return HelpPane()


SPEC = CartridgeSpec(
    id="help",
    key="f1",
    title="HELP",
    summary="Every key and command, searchable by word and by key.",
    make=_make,
    words=("keys", "commands", "manual"),
    commands=(
        KeyCommand(
            "help.open", "Go there", "enter", "Open the cartridge that this command belongs to.", "open_it", priority=1
        ),
    ),
)

__all__ = ["SPEC"]
