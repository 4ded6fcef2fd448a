"""The fleet's pulse."""

from benchmarks.simulated_fleet import SimulatedFleet
from console.fleet.pulse import Freshness, Pulse, heard, rate, sparkline
from console.model.events import Echo
from console.model.reduce import reduce
from console.model.state import Model


def model_of(fleet: SimulatedFleet) -> Model:
    model = Model()
    for event in fleet.beginning(0.0):
        model = reduce(model, event)
    return model


def test_only_growth_is_counted() -> None:
    """The size a Totebox has when it is first seen is no entry of the last second; what it gains is."""
    fleet = SimulatedFleet(3)
    pulse, model = Pulse(), model_of(fleet)
    pulse.tick(model.toteboxes.values())
    fleet._sizes[1] += 5
    model = reduce(model, fleet.status(1, 1.0))
    pulse.tick(model.toteboxes.values())
    assert list(pulse.over_all()) == [0, 5]
    assert list(pulse.of(fleet.id(1))) == [0, 5]
    assert list(pulse.of(fleet.id(2))) == [0, 0]
    assert list(pulse.of("nobody")) == []


def test_bars_are_scaled_to_the_highest() -> None:
    """Nothing is the lowest bar, anything is more, the highest fills the line; the newest stands at the right."""
    assert sparkline([0, 1, 700], 4) == " ▁▂█"
    assert sparkline([5, 0, 0], 3) == "█▁▁"
    assert sparkline([5, 0, 0], 2) == "  ", "where nothing happened there is no line"
    assert sparkline([], 3) == "   "


def test_the_rate_is_said_in_words() -> None:
    """The last sixty samples are summed."""
    assert rate([9] * 10 + [0] * 59 + [4]) == "4 in the last minute, at most 4/s"
    assert rate([]) == "0 in the last minute"


def test_who_is_silent_is_named() -> None:
    """Those without an echo for three seconds are named, the longest silence first."""
    fleet = SimulatedFleet(3)
    model = model_of(fleet)
    model = reduce(model, Echo(fleet.id(0), 99.0, 99.0))
    model = reduce(model, Echo(fleet.id(2), 30.0, 30.0))
    assert heard(model.toteboxes.values(), 100.0) == Freshness(1, 3, (("birch-001", "1m"), ("cedar-002", "1m")))
