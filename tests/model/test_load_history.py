"""The last hour of a Totebox's load: folded, bounded, and drawn in steps that stay."""

from collections.abc import Iterable

import pytest

from console.model.load_history import (
    HOUR,
    LoadHistory,
    about_bytes,
    cells,
    cpu_line,
    memory_line,
    rate_text,
    rtt_line,
    rtt_text,
    spark,
    steady_rung,
)

MIB = 1 << 20


def beats(history: LoadHistory, minutes: Iterable[int], rtt_us: int = 2_000, each_bytes: int = 100) -> LoadHistory:
    """A beat a second through these minutes."""
    for minute in minutes:
        for second in range(60):
            at = minute * 60.0 + second
            history = history.echoed(at - rtt_us / 1e6, at, history.session_bytes + each_bytes)
    return history


def test_an_hour_is_kept_and_no_more() -> None:
    """However long a console runs; the oldest minute goes first."""
    history = LoadHistory()
    for minute in range(500):
        history = history.heard(minute * 60.0, 100, 64 * MIB)
    assert len(history.minutes) == HOUR and history.minutes[0].number == 440


def test_cells_stay_until_all_of_them_move_on() -> None:
    """Within five minutes nothing moves; then the line moves by one. A time of which nothing was heard is a dot."""
    history = LoadHistory().heard(0.0, 400, 64 * MIB).heard(600.0, 1_000, 64 * MIB)
    assert cpu_line(history, 600.0, 12) == "·········▄·█"
    assert cpu_line(history, 899.0, 12) == cpu_line(history, 600.0, 12)
    assert cpu_line(history, 900.0, 12) == "········▄·█·"
    assert cells(history, 3_600.0 * 9, 12, lambda minute: minute.cpu_permille) == [None] * 12


def test_the_largest_of_a_cell_is_drawn() -> None:
    """A peak is not lost among quiet minutes."""
    history = LoadHistory()
    for minute, cpu in enumerate((0, 900, 0, 0, 0)):
        history = history.heard(minute * 60.0, cpu, 64 * MIB)
    assert cpu_line(history, 299.0, 12)[-1] == "█"


def test_memory_has_the_scale_of_its_largest() -> None:
    """The power of two above it: what stays is drawn the same, whatever its size."""
    history = LoadHistory().heard(0.0, 0, 64 * MIB).heard(300.0, 0, 40 * MIB)
    assert memory_line(history, 300.0, 12) == "··········▅▃"


def test_a_round_trip_that_jitters_stays_as_it_is_drawn() -> None:
    """A minute's mean is drawn on a ladder; only a value that is clearly another changes it."""
    history = beats(LoadHistory(), range(1), 2_000)
    assert rtt_text(history) == "2ms"
    history = beats(history, range(1, 3), 3_900)
    assert rtt_text(history) == "2ms"
    history = beats(history, range(3, 5), 40_000)
    assert rtt_text(history) == "50ms"
    assert rtt_line(history, 299.0, 12)[-1] > rtt_line(beats(LoadHistory(), range(3), 2_000), 179.0, 12)[-1]
    assert rtt_text(beats(LoadHistory(), range(1), 300)) == "<1ms"


def test_the_rate_is_that_of_the_last_whole_minute() -> None:
    """Unknown in the first one; a new session counts from nothing."""
    history = beats(LoadHistory(), range(1), each_bytes=700)
    assert rate_text(history) == ""
    history = beats(history, range(1, 2), each_bytes=700)
    assert rate_text(history) == "0.5 kB/s"
    again = history.echoed(120.0, 120.0, 50)
    assert again.session_bytes == 50 and again.minutes[-1].moved_bytes == 50


def test_a_clock_that_goes_back_adds_no_minute() -> None:
    """A late beat counts for the newest minute."""
    history = LoadHistory().heard(600.0, 0, MIB).echoed(1.0, 2.0, 10)
    assert [minute.number for minute in history.minutes] == [10]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "under 10 kB"),
        (9_999, "under 10 kB"),
        (10_000, "over 10 kB"),
        (49_000, "over 20 kB"),
        (7_000_000, "over 5 MB"),
    ],
)
def test_bytes_that_only_grow_are_drawn_in_steps(count: int, text: str) -> None:
    """Drawing the figure hardly changes it."""
    assert about_bytes(count) == text


def test_any_number_is_drawn() -> None:
    """What a Totebox tells may be beyond every scale."""
    assert spark([None, 0, 1 << 80, 5], 4) == "·▁██"
    assert steady_rung(0, None) == 1 and steady_rung(1 << 80, None) == 5 * 10**12
    assert memory_line(LoadHistory().heard(0.0, 1 << 32, 1 << 64), 0.0, 12).endswith("▅")
