"""The events of all Toteboxes in one list."""

from benchmarks.simulated_fleet import SimulatedFleet
from console.fleet.happenings import MOST, Happenings
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema.numbers import Severity


def test_events_are_merged_newest_first_and_taken_once() -> None:
    """Events of several Toteboxes stand in one order; what was read is not read again."""
    fleet, model, seen = SimulatedFleet(2), Model(), Happenings()
    for event in fleet.beginning(0.0):
        model = reduce(model, event)
    for at, number in enumerate((0, 1, 0), 1):
        model = reduce(model, fleet.event(number, Severity.INFO, f"event {at}", float(at)))
    assert seen.absorb(model.toteboxes.values())
    assert [(row.cells[3], row.cells[5]) for row in seen.rows()] == [
        ("acme-000", "event 3"),
        ("birch-001", "event 2"),
        ("acme-000", "event 1"),
    ]
    assert not seen.absorb(model.toteboxes.values())


def test_the_list_is_bounded() -> None:
    """A Totebox that floods pushes out the oldest, not the memory."""
    fleet, model, seen = SimulatedFleet(1), Model(), Happenings()
    for event in fleet.beginning(0.0):
        model = reduce(model, event)
    for at in range(MOST + 50):
        model = reduce(model, fleet.event(0, Severity.ALARM, str(at), float(at)))
        if at % 100 == 0:
            seen.absorb(model.toteboxes.values())
    seen.absorb(model.toteboxes.values())
    assert len(seen.rows()) == MOST
    assert seen.rows()[0].cells[5] == str(MOST + 49)
