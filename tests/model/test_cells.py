"""How cells read."""

import pytest

from console.model.cells import (
    SKEW_US,
    age,
    draw,
    moment,
    since_us,
    size,
    span,
    steady_bytes,
    steady_cpu,
    uptime,
    whole_minute,
)
from console.model.query import parse
from console.model.safe_text import safe_line, safe_lines
from protocol.schema import Cell, ColumnKind


@pytest.mark.parametrize(
    ("cell", "kind", "text"),
    [
        (None, ColumnKind.TEXT, ""),
        (True, ColumnKind.BOOL, "yes"),
        (1234567, ColumnKind.INT, "1,234,567"),
        (0, ColumnKind.BYTES, "0B"),
        (4300, ColumnKind.BYTES, "4.2K"),
        (b"\xab\xcd", ColumnKind.HASH, "abcd"),
        (b"caf\xe9", ColumnKind.TEXT, "caf�"),
        ("2026-11-22T02:14:07.123456Z", ColumnKind.TIME, "2026-11-22 02:14:07"),
        ("a\x1b[31mb\u202ec\nd", ColumnKind.TEXT, "a�[31mb�c⏎d"),
        ("1250.00 EUR", ColumnKind.MONEY, "1250.00 EUR"),
    ],
)
def test_a_cell_reads_by_its_kind(cell: Cell, kind: ColumnKind, text: str) -> None:
    """One line, whatever came."""
    assert draw(cell, kind) == text


@pytest.mark.parametrize("value", [0, 999, 1000, 1023, 1024, 10_239, 99 * 1024, 999 * 1024, 2**40, 2**62])
def test_a_size_takes_five_cells_at_most(value: int) -> None:
    """Columns of sizes line up."""
    assert len(size(value)) <= 5


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "now"),
        (9.9, "now"),
        (10, "<1m"),
        (59.9, "<1m"),
        (60, "1m"),
        (599, "9m"),
        (600, "10m"),
        (899, "10m"),
        (900, "15m"),
        (3_599, "55m"),
        (7_200, "2h"),
        (172_799, "47h"),
        (172_800, "2d"),
    ],
)
def test_ages_change_seldom(seconds: float, text: str) -> None:
    """An age is one unit, so that an idle screen stays as it is."""
    assert age(seconds) == text


@pytest.mark.parametrize(
    ("permille", "drawn", "steps"),
    [
        (24, None, 0),
        (25, None, 50),
        (49, 0, 0),
        (50, 0, 50),
        (1, 50, 50),
        (0, 50, 0),
        (99, 50, 50),
        (100, 50, 100),
        (1_000, None, 1_000),
    ],
)
def test_cpu_use_stays_until_it_is_a_whole_step_away(permille: int, drawn: int | None, steps: int) -> None:
    """CPU use is drawn in steps of 5 %; one that jitters about the middle of two steps is drawn as one of them."""
    assert steady_cpu(permille, drawn) == steps


@pytest.mark.parametrize(
    ("mib", "drawn", "steps"),
    [(0, None, 0), (3, None, 3), (71, None, 72), (78, 71, 80), (79, 72, 72), (80, 72, 80), (65, 72, 72), (64, 72, 64)],
)
def test_memory_is_drawn_in_steps_of_its_own_size(mib: int, drawn: int | None, steps: int) -> None:
    """A step is a power of two, at most an eighth of the value and at least one MiB; what is drawn stays within it."""
    assert steady_bytes(mib << 20, None if drawn is None else drawn << 20, 8) == steps << 20


@pytest.mark.parametrize(
    ("then", "seconds"),
    [
        (0, None), (1_000_000_000, 0.0), (940_000_001, 0.0), (940_000_000, 60.0), (820_000_001, 120.0),
        (1_000_000_000 + SKEW_US, 0.0), (1_000_000_001 + SKEW_US, None),
    ],
)  # fmt: skip
def test_an_age_that_cannot_be_known_is_none(then: int, seconds: float | None) -> None:
    """A time that was not told, or one that is still to come by more than clocks differ, is never `now`. Others are whole
    minutes ago.
    """
    assert since_us(then, 1_000_000_000) == seconds


def test_ages_are_drawn_against_the_last_whole_minute() -> None:
    """The clock of the ages moves once a minute, at the minute."""
    assert [whole_minute(each) for each in (0, 59_999_999, 60_000_000)] == [0, 0, 60_000_000]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "under 5 minutes"), (299, "under 5 minutes"), (300, "5m"), (3_900, "1h 05m"), (93_784, "1d 2h")],
)
def test_an_uptime_moves_every_five_minutes(seconds: int, text: str) -> None:
    """How long something has run is drawn in steps of five minutes."""
    assert uptime(seconds) == text


def test_a_time_leaves_out_what_does_not_fit() -> None:
    """Narrow columns get the day and minute, the narrowest the clock."""
    assert moment("2026-11-22T02:14:07Z", 11) == "11-22 02:14"
    assert moment("2026-11-22T02:14:07Z", 8) == "02:14:07"


def test_a_duration_has_two_units() -> None:
    """Days with hours, hours with minutes."""
    assert (span(93_784), span(3_900), span(65)) == ("1d 2h", "1h 05m", "1m 05s")


@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\x1b", "\x7f", "\x9b", "\u200b", "\u200f", "\u202e", "\u2066", "\ufeff", "\ud800"]
)
def test_nothing_that_steers_a_terminal_is_drawn(character: str) -> None:
    """Controls, C1, bidi controls and invisible characters become the replacement character."""
    assert safe_line(f"a{character}b") == "a�b"
    assert safe_lines(f"a{character}b") == "a�b"


def test_lines_keep_their_breaks() -> None:
    """safe_lines keeps LF, drops CR; safe_line shows a mark."""
    assert safe_lines("a\r\nb") == "a\nb"
    assert safe_line("a\r\nb") == "a⏎b"


TITLES = {"name": "Name", "state": "State", "size": "Size"}
PLACES = {name: place for place, name in enumerate(TITLES)}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("", True),
        ("acme", True),
        ("ACME up", True),
        ("birch", False),
        ("state=up", True),
        ("state!=up", False),
        ("st=up", True),
        ("size>60", True),
        ("size>1k", False),
        ("size<=100", True),
        ("name~cm", True),
        ("acme state!=up size>60", False),
        ("size=", True),
        ("nothing=1", True),
    ],
)
def test_the_filter_grammar(text: str, holds: bool) -> None:
    """All words must hold; a column that is not there holds nothing back and is named."""
    assert parse(text, TITLES).holds(("Acme", "up", 100), ("Acme", "up", "100"), PLACES) is holds


def test_signs_do_not_count() -> None:
    """A state is its word: the sign before it is for the eye."""
    row = (("Acme", "✗ lost", 1), ("Acme", "✗ lost", "1"), PLACES)
    assert parse("state=lost", TITLES).holds(*row)
    assert not parse("state!=lost", TITLES).holds(*row)


def test_an_unknown_column_is_named() -> None:
    """So that a mistyped filter does not look like an empty list."""
    assert parse("nothing=1", TITLES).unknown == ("nothing",)
