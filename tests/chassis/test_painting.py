"""When the screen is painted: at once, then at a rate, and once a second for the clock; never while it is closed."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from console.chassis.painter import BEAT_S, PAINT_S, SLACK_S, Painter


@dataclass
class Call:
    """A call in the future; it can be cancelled."""

    delay: float
    callback: Callable[[], None]
    is_cancelled: bool = False

    def cancel(self) -> None:
        self.is_cancelled = True


@dataclass
class Rig:
    """A painter on a clock by hand."""

    now: float = 10.0
    busy: bool = False
    painted: list[float] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.painter = Painter(self, lambda: self.now, lambda: self.painted.append(self.now), lambda: self.busy)

    def later(self, delay: float, callback: Callable[[], None]) -> Call:
        self.calls.append(Call(delay, callback))
        return self.calls[-1]

    @property
    def waiting(self) -> list[float]:
        return [call.delay for call in self.calls if not call.is_cancelled]

    def run(self) -> None:
        """The next call that is due."""
        call = min((one for one in self.calls if not one.is_cancelled), key=lambda one: one.delay)
        self.calls.remove(call)
        self.now += call.delay
        call.callback()


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_the_clock_is_read_a_second_after_the_last_paint(rig: Rig) -> None:
    """A little later than the link's own beat, so that one paint serves both; each paint begins the second anew."""
    rig.painter.start()
    assert rig.waiting == [BEAT_S + SLACK_S]
    rig.run()
    rig.run()
    assert len(rig.painted) == 1 and rig.waiting == [BEAT_S + SLACK_S]
    rig.painter.wake()
    rig.run()
    assert len(rig.painted) == 2 and rig.waiting == [BEAT_S + SLACK_S]


def test_before_it_is_started_it_paints_what_arrives(rig: Rig) -> None:
    """And reads no clock."""
    rig.painter.wake()
    rig.run()
    assert len(rig.painted) == 1 and rig.waiting == []


@pytest.mark.parametrize(
    ("after", "delay"), [(0.0, PAINT_S), (0.1, PAINT_S - 0.1), (PAINT_S, 0.001), (9.0, 0.001), (-5.0, PAINT_S)]
)
def test_a_paint_waits_for_its_turn(rig: Rig, after: float, delay: float) -> None:
    """A quarter of a second after the last one, and no longer, though the clock goes back."""
    rig.painter.wake()
    rig.run()
    rig.now += after
    rig.painter.wake()
    assert rig.waiting == [pytest.approx(delay)]


def test_many_wakes_are_one_paint(rig: Rig) -> None:
    """Until it was painted; then the next one counts again."""
    for _ in range(3):
        rig.painter.wake()
    assert len(rig.waiting) == 1
    rig.run()
    rig.painter.wake()
    assert len(rig.waiting) == 1


def test_a_busy_terminal_is_tried_again(rig: Rig) -> None:
    """Each time it counts what was not painted, and paints once it is not busy."""
    rig.busy = True
    rig.painter.wake()
    for count in (1, 2, 3):
        rig.run()
        assert (rig.painter.skipped, rig.painted) == (count, [])
    rig.busy = False
    rig.run()
    assert len(rig.painted) == 1 and rig.painter.skipped == 3


def test_a_painter_that_was_stopped_paints_no_more(rig: Rig) -> None:
    """What arrives wakes nothing, and its clock is cancelled; stopping before the start is nothing."""
    rig.painter.stop()
    other = Rig()
    other.painter.start()
    other.painter.stop()
    other.painter.wake()
    assert other.waiting == [] and other.painted == []
