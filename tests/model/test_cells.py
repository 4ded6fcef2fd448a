"""How cells read."""

import pytest

from console.model.cells import age, draw, moment, size, span
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
    ("seconds", "text"), [(-5, "now"), (9, "now"), (19, "10s"), (61, "1m"), (7_200, "2h"), (200_000, "2d")]
)
def test_ages_change_seldom(seconds: float, text: str) -> None:
    """An age is one unit, so that an idle screen stays as it is."""
    assert age(seconds) == text


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
