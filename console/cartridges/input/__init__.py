"""F12, the Input Machine: hash, route, review, decide, confirm."""

from console.cartridges.input.commands import COMMANDS
from console.chassis.cartridge import Cartridge, CartridgeSpec
from protocol.schema.numbers import Role


def _make() -> Cartridge:
    """Import the pane, which nothing needs before its key is pressed."""
    from console.cartridges.input.machine import InputMachine

    return InputMachine()


SPEC = CartridgeSpec(
    id="input",
    key="f12",
    title="INPUT",
    summary="The only door for outside files: hash, route, review, decide, confirm; one document at a time.",
    make=_make,
    commands=COMMANDS,
    least_role=Role.USER,
    words=("intake", "f12", "seal"),
)
