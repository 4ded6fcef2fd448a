"""How much one device or source may cause: a bucket each, which fills with time and never overflows."""

import pytest

from totebox.gate.request_pace import BURST, BURST_OF_ALL, PERIOD_OF_ALL_S, PERIOD_S, RequestPace
from totebox.gate.row_budget import RowBudget


class Watch:
    """A stopwatch that moves when told."""

    s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def budget(watch: Watch) -> RowBudget:
    """Ten rows at once, two a second."""
    return RowBudget(watch, 10, 2.0)


def test_what_is_too_much_takes_nothing_and_says_how_long(budget: RowBudget) -> None:
    """Three more than there are, at two a second, are a second and a half; the rows that are there can still be used."""
    assert budget.take("a", 5) == 0.0
    assert budget.take("a", 8) == 1.5
    assert budget.take("a", 5) == 0.0 and budget.take("a", 1) == 0.5


def test_rows_come_back_with_time(budget: RowBudget, watch: Watch) -> None:
    """After the time that was named there are as many as were asked for, and no more."""
    budget.take("a", 10)
    watch.s += budget.take("a", 3)
    assert budget.take("a", 3) == 0.0 and budget.take("a", 1) == 0.5


def test_a_bucket_never_holds_more_than_a_burst(budget: RowBudget, watch: Watch) -> None:
    """However long nothing was asked."""
    budget.take("a", 1)
    watch.s += 1_000
    assert budget.take("a", 10) == 0.0 and budget.take("a", 1) == 0.5


def test_each_device_has_its_own(budget: RowBudget) -> None:
    """One that used its rows up costs no other any."""
    budget.take("a", 10)
    assert budget.take("a", 1) and not budget.take("b", 10)


def test_what_was_left_out_is_said_once(budget: RowBudget) -> None:
    """And of a device that nobody knows nothing."""
    budget.leave_out("a", 3)
    budget.leave_out("a")
    assert [budget.left_out("a"), budget.left_out("a"), budget.left_out("b")] == [4, 0, 0] and len(budget) == 1


def test_nothing_left_out_takes_no_memory(budget: RowBudget) -> None:
    """No bucket begins for a count of none."""
    budget.leave_out("a", 0)
    assert len(budget) == 0


def test_a_full_bucket_with_something_to_say_is_kept(budget: RowBudget, watch: Watch) -> None:
    """It goes once that was said."""
    budget.take("a", 1)
    budget.leave_out("a")
    watch.s += 1_000
    budget.sweep()
    assert len(budget) == 1 and budget.left_out("a") == 1
    budget.sweep()
    assert len(budget) == 0


def test_a_source_asks_a_burst_and_then_at_its_pace() -> None:
    """The wait is what is missing to the next turn, and it is enough."""
    pace = RequestPace()
    assert [pace.take("here", 0.0) for _ in range(BURST)] == [0.0] * BURST
    assert pace.take("here", 0.0) == PERIOD_S
    assert pace.take("here", PERIOD_S / 4) == PERIOD_S * 3 / 4
    assert [pace.take("here", PERIOD_S), pace.take("here", PERIOD_S)] == [0.0, PERIOD_S]


def test_a_source_that_waited_has_no_more_than_a_burst() -> None:
    """A day later as at first."""
    pace, day = RequestPace(), 86_400.0
    pace.take("here", 0.0)
    assert [pace.take("here", day) for _ in range(BURST + 1)] == [0.0] * BURST + [PERIOD_S]


def test_a_clock_that_goes_back_gives_nothing_and_takes_nothing() -> None:
    """The turns that are left stay."""
    pace = RequestPace()
    for _ in range(BURST - 1):
        pace.take("here", 1_000.0)
    assert [pace.take("here", 0.0), pace.take("here", 0.0)] == [0.0, PERIOD_S]


def test_all_sources_together_have_a_bucket_too() -> None:
    """A crowd of sources that ask once each uses it up; the next one waits for it though it never asked."""
    pace = RequestPace()
    assert {pace.take(f"s{number}", 0.0) for number in range(BURST_OF_ALL)} == {0.0}
    assert pace.take("another", 0.0) == PERIOD_OF_ALL_S
