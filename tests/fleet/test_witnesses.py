"""The fleet as its own witness: who takes part in a round of cosigning, and what is said of it."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from console.fleet.witnesses import Round, witnessed
from console.model.events import HeadChecked, LinkUp, PairingAdded
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema import Cosign, Proof, Receipt, Refusal
from protocol.schema.numbers import RefusalCode, Role, Severity
from tests.chassis.fake_totebox import furnish
from tests.chassis.stage import stage
from tests.fleet.test_screen import SimulatedFleet

RECEIPT = Receipt(0, 7, Proof(7, 8, b"7,", ()), b"")
REFUSAL = Refusal(0, RefusalCode.READ_ONLY, "the disk is full", "")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def fleet(*roles: Role) -> Model:
    """A Totebox for each role, both heads of it proved."""
    simulated, model = SimulatedFleet(len(roles)), Model()
    for number, role in enumerate(roles):
        name = simulated.id(number)
        model = reduce(model, PairingAdded(name, name, "unix:/x", 0.0))
        model = reduce(model, LinkUp(name, replace(simulated.bound(number), role=role), "unix", 0.0))
        for audit in (False, True):
            model = reduce(model, HeadChecked(name, audit, 3, bytes(32), b"o\n3\n", "", 0.0))
    return model


def test_who_may_and_whose_heads_were_proved_takes_part() -> None:
    """Every role may; one without both heads, or with an alarm, is left out."""
    model = fleet(Role.ADMIN, Role.USER, Role.INTERFACE, Role.ADMIN, Role.ADMIN)
    first, second, third, half, alarmed = model.toteboxes
    states = dict(model.toteboxes)
    states[half] = replace(states[half], heads=MappingProxyType({}))
    model = replace(model, toteboxes=MappingProxyType(states))
    model = reduce(model, HeadChecked(alarmed, False, 3, bytes(32), b"o\n3\n", "it forked", 0.0))
    assert [totebox.id for totebox in witnessed(model)] == [first, second, third]


def test_a_round_counts_who_kept_it() -> None:
    """Over when all have answered; whoever did not keep it is named with its reason."""
    done = Round(3)
    done.add("acme", RECEIPT, "")
    done.add("beta", REFUSAL, "")
    assert not done.is_over
    done.add("gamma", RECEIPT, "the path does not lead to the signed root")
    assert done.is_over
    text, severity, detail = done.said()
    assert text == "cosigned: 1 of 3 Toteboxes recorded the cosignature" and severity is Severity.WARNING
    assert detail == "beta: the disk is full\ngamma: the path does not lead to the signed root"


@pytest.mark.anyio
async def test_the_fleet_is_cosigned_after_a_question() -> None:
    """Cancel is the default; confirmed, each linked Totebox keeps both heads, and the notice counts them."""
    async with stage(120, 36, start="f10", furnished=furnish) as it:
        await it.press("o", "enter")
        assert not [asked for asked in it.box.asked if isinstance(asked, Cosign)]
        await it.press("o")
        assert "1 of 1 Toteboxes" in it.screen
        await it.press("right", "enter")
        await it.wait(lambda: "cosigned: 1 of 1 Toteboxes" in it.screen)
        assert len([asked for asked in it.box.asked if isinstance(asked, Cosign)]) == 2
