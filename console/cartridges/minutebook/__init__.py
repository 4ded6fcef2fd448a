"""F5, the minutebook: documents as they were sealed."""

from console.cartridges.minutebook.commands import COMMANDS
from console.chassis.cartridge import Cartridge, CartridgeSpec
from protocol.schema.numbers import Role


def _make() -> Cartridge:
    """Import the pane, which nothing needs before its key is pressed."""
    from console.cartridges.minutebook.pane import MinutebookPane

    return MinutebookPane()


SPEC = CartridgeSpec(
    id="minutebook",
    key="f5",
    title="MINUTEBOOK",
    summary="Every sealed document: find it, read its text, prove it, follow its history, save the original, correct it.",
    make=_make,
    commands=COMMANDS,
    least_role=Role.USER,
    words=("documents", "book", "find"),
)
