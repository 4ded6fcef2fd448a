"""F2, people: who is known, and the claims about them."""

from console.cartridges.people.commands import COMMANDS
from console.chassis.cartridge import Cartridge, CartridgeSpec
from protocol.schema.numbers import Role


def _make() -> Cartridge:
    """Import the pane, which nothing needs before its key is pressed."""
    from console.cartridges.people.pane import PeoplePane

    return PeoplePane()


SPEC = CartridgeSpec(
    id="people",
    key="f2",
    title="PEOPLE",
    summary="People and organisations whose claims were approved; each claim leads to the line that says so.",
    make=_make,
    commands=COMMANDS,
    least_role=Role.USER,
    words=("persons", "organisations", "anchors"),
)
