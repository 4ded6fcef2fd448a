"""F12, the Input Machine: hash, route, review, decide, confirm."""

from console.cartridges.input.commands import COMMANDS
from console.cartridges.input.machine import InputMachine
from console.chassis.cartridge import CartridgeSpec
from protocol.schema.numbers import Role

SPEC = InputMachine.spec = CartridgeSpec(
    id="input",
    key="f12",
    title="INPUT",
    summary="The only door for outside files: hash, route, review, decide, confirm; one document at a time.",
    make=InputMachine,
    commands=COMMANDS,
    least_role=Role.USER,
    words=("intake", "f12", "seal"),
)
