"""F2, people: who is known, and what says so."""

from console.cartridges.people.commands import COMMANDS
from console.cartridges.people.pane import PeoplePane
from console.chassis.cartridge import CartridgeSpec
from protocol.schema.numbers import Role

SPEC = PeoplePane.spec = CartridgeSpec(
    id="people",
    key="f2",
    title="PEOPLE",
    summary="People and organisations whose claims were approved; each claim leads to the line that says so.",
    make=PeoplePane,
    commands=COMMANDS,
    least_role=Role.USER,
    words=("persons", "organisations", "anchors"),
)
