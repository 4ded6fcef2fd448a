"""F5, the minutebook: documents as they were sealed."""

from console.cartridges.minutebook.commands import COMMANDS
from console.cartridges.minutebook.pane import MinutebookPane
from console.chassis.cartridge import CartridgeSpec
from protocol.schema.numbers import Role

SPEC = MinutebookPane.spec = CartridgeSpec(
    id="minutebook",
    key="f5",
    title="MINUTEBOOK",
    summary="Every sealed document: find it, read its text, prove it, follow its history, save the original, correct it.",
    make=MinutebookPane,
    commands=COMMANDS,
    least_role=Role.USER,
    words=("documents", "book", "find"),
)
