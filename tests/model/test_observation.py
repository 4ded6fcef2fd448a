"""What this console itself saw happen, as a table: what was known, what came, what is told."""

import pytest

from benchmarks.simulated_fleet import SimulatedFleet
from console.model.events import Answered, Event, HeadChecked, LinkLost, LinkUp, PairingAdded
from console.model.observation import happening
from console.model.reduce import reduce
from console.model.state import LinkPhase, Model, ToteboxState
from protocol.schema import Refusal, Verify
from protocol.schema.numbers import RefusalCode, Severity

BOUND = SimulatedFleet(1).bound(0)
KNOWN = PairingAdded("acme", "acme", "unix:/a", 1.0)
UP = LinkUp("acme", BOUND, "unix", 2.0)
LOST = LinkLost("acme", "nobody listens", None, 9.0, 5.0)
LINKED = ToteboxState("acme", "acme", "unix:/a", LinkPhase.LINKED, sessions=1)
SOUGHT = ToteboxState("acme", "acme", "unix:/a", LinkPhase.DIALING, link_since=5.0, losses=3, sessions=1)
REFUSED = Refusal(0, RefusalCode.NOT_PERMITTED, "needs the role ADMIN", "ask an ADMIN")
DOWN = Refusal(0, RefusalCode.UNAVAILABLE, "there is no link", "")


def answered(answer: Refusal, trouble: str = "") -> Answered:
    return Answered("acme", "k", Verify(), answer, trouble, 6.0)


def checked(alarm: str) -> HeadChecked:
    return HeadChecked("acme", False, 3, bytes(32), b"", alarm, 6.0)


@pytest.mark.parametrize(
    ("before", "event", "told"),
    [
        (LINKED, LOST, (Severity.WARNING, "the link is lost: nobody listens", "it is dialed again by itself")),
        (SOUGHT, LOST, None),
        (SOUGHT, LinkUp("acme", BOUND, "unix", 12.0), (Severity.NOTICE, "linked again after 7s", "")),
        (ToteboxState("acme", "acme", "unix:/a"), UP, None),
        (LINKED, checked(""), None),
        (LINKED, checked("older"), (Severity.ALARM, "record log: older", "look at F11; record nothing here")),
        (LINKED, answered(REFUSED), (Severity.NOTICE, "refused: verify: needs the role ADMIN", "ask an ADMIN")),
        (LINKED, answered(DOWN), None),
    ],
)
def test_what_is_told(before: ToteboxState, event: Event, told: tuple[Severity, str, str] | None) -> None:
    """Loss and return once each, an alarm, a refusal; nothing that is no news."""
    assert happening(before, event) == told


def test_the_same_refusal_on_end_is_told_once() -> None:
    """A pane that asks again is refused again: the list does not fill with it."""
    model = Model()
    for event in (KNOWN, UP, answered(REFUSED), answered(REFUSED)):
        model = reduce(model, event, 7)
    events = model.toteboxes["acme"].events
    assert [(each.number, each.time_us, each.source) for each in events] == [(1, 7, "console")]


def test_an_alarm_that_goes_is_told() -> None:
    """The session that finds the log consistent again says so."""
    model = Model()
    for event in (KNOWN, UP, checked("older"), checked("older"), checked("")):
        model = reduce(model, event, 7)
    said = [each.text for each in model.toteboxes["acme"].events]
    assert said == ["record log: older", "record log: consistent again with what was seen before"]
