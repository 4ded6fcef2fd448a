"""How one Totebox stands."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from benchmarks.simulated_fleet import SimulatedFleet
from console.fleet.condition import Condition, condition_of, trouble_rank, why
from console.model.events import Dialing, Echo, Event, HeadChecked, PairingAdded
from console.model.reduce import reduce
from console.model.state import Model, ToteboxState

FLEET = SimulatedFleet(1)
ID = FLEET.id(0)


def folded(*events: Event) -> ToteboxState:
    """Totebox 0 after being linked at 0 s and `events`."""
    return after([*FLEET.beginning(0.0), *events])


def after(events: Iterable[Event]) -> ToteboxState:
    model = Model()
    for event in events:
        model = reduce(model, event)
    return model.toteboxes[ID]


def test_a_link_that_echoes_is_up() -> None:
    """Linked and heard within three beats: up."""
    assert condition_of(folded(Echo(ID, 9.0, 9.1)), 11.9) is Condition.UP


def test_silence_is_stale_whatever_arrived_meanwhile() -> None:
    """Frames that were buffered do not make a Totebox look alive: only an echo does."""
    late = folded(FLEET.status(0, 10.0))
    assert condition_of(late, 10.0) is Condition.STALE
    assert why(late, Condition.STALE, 10.0) == "no echo for 10s"


def test_a_lost_link_is_down_and_says_why() -> None:
    """A lost link gives the reason and when the Totebox was last alive."""
    lost = folded(Echo(ID, 1.0, 1.1), FLEET.lost(0, 4.2))
    assert condition_of(lost, 64.0) is Condition.DOWN
    assert why(lost, Condition.DOWN, 64.0) == "no answer for 3 s, last alive 1m ago"
    assert why(lost, Condition.DOWN, 5.0) == "no answer for 3 s, last alive just now"


def test_seeking_a_lost_link_is_retrying_and_keeps_its_place() -> None:
    """Down and retrying alternate, so they share a rank."""
    lost = folded(FLEET.lost(0, 4.2))
    seeking = folded(FLEET.lost(0, 4.2), Dialing(ID, 5.0))
    assert condition_of(seeking, 5.0) is Condition.RETRYING
    assert trouble_rank(lost, 5.0) == trouble_rank(seeking, 5.0)


def test_a_first_attempt_is_dialing() -> None:
    """Before the first session there is no loss to speak of."""
    fresh = after([PairingAdded(ID, "acme", "unix:/x", 0.0), Dialing(ID, 0.0)])
    assert condition_of(fresh, 0.0) is Condition.DIALING
    assert why(fresh, Condition.DIALING, 0.0) == "dialing unix:/x"


def test_an_alarm_outranks_everything() -> None:
    """A log that contradicts what was seen before is an alarm even while the link is up, and comes first."""
    bad = folded(Echo(ID, 1.0, 1.0), HeadChecked(ID, False, 3, bytes(32), b"", "older than what was seen", 1.0))
    assert condition_of(bad, 1.5) is Condition.ALARM
    assert why(bad, Condition.ALARM, 1.5) == "older than what was seen"
    assert trouble_rank(bad, 1.5) < trouble_rank(folded(FLEET.lost(0, 4.0)), 1.5)


@pytest.mark.parametrize(
    ("read_only", "service", "expected"),
    [("moved from another machine", "running", Condition.READ_ONLY), ("", "failed", Condition.FAILING)],
)
def test_trouble_inside_is_shown(read_only: str, service: str, expected: Condition) -> None:
    """A vault that takes no writes and a failed service are shown though the link is up."""
    state = folded(Echo(ID, 1.0, 1.0))
    assert state.status is not None
    services = (replace(state.status.services[0], state=service, reason="disk"), *state.status.services[1:])
    state = replace(state, status=replace(state.status, read_only=read_only, services=services))
    assert condition_of(state, 1.5) is expected
    assert why(state, expected, 1.5) == (read_only or "fs: disk")
