"""How long a refusal can be true."""

from dataclasses import replace

import pytest

from console.model.refusals import still_refuses
from console.model.state import LinkPhase, ToteboxState
from protocol.schema import Refusal
from protocol.schema.numbers import RefusalCode
from tests.chassis.fake_totebox import status

LINKED = ToteboxState("acme", "acme", "unix:/a", LinkPhase.LINKED, sessions=1, status=status())
FULL = replace(LINKED, status=status(read_only="the disk is full"))


def stands(code: RefusalCode, then: ToteboxState | None, present: ToteboxState | None, now: float = 0.0) -> bool:
    return still_refuses(Refusal(0, code, "no", ""), then, present, now)


@pytest.mark.parametrize(
    ("code", "then", "present"),
    [
        (RefusalCode.UNAVAILABLE, replace(LINKED, link=LinkPhase.LOST), replace(LINKED, sessions=2)),
        (RefusalCode.READ_ONLY, FULL, LINKED),
        (RefusalCode.DISK_FULL, FULL, LINKED),
        (RefusalCode.TOO_MANY, LINKED, replace(LINKED, asks_again_at=-1.0)),
        (RefusalCode.NOT_FOUND, LINKED, replace(LINKED, id="birch")),
        (RefusalCode.NOT_FOUND, LINKED, None),
        (RefusalCode.UNAVAILABLE, None, LINKED),
    ],
)
def test_a_refusal_ends_with_its_reason(
    code: RefusalCode, then: ToteboxState | None, present: ToteboxState | None
) -> None:
    """A link that is back, a Totebox that takes records again, a wait that is over, another Totebox on the screen."""
    assert stands(code, then, then) and not stands(code, then, present)


@pytest.mark.parametrize("code", list(RefusalCode))
def test_a_refusal_stands_while_nothing_changes(code: RefusalCode) -> None:
    """Also one that came before the Totebox told that it is read-only."""
    assert stands(code, LINKED, LINKED) and stands(code, None, None)


def test_a_refusal_stands_while_the_console_waits() -> None:
    """TOO_MANY until the moment at which is asked again."""
    waiting = replace(LINKED, asks_again_at=5.0)
    assert stands(RefusalCode.TOO_MANY, LINKED, waiting, 4.9) and not stands(RefusalCode.TOO_MANY, LINKED, waiting, 5.0)
