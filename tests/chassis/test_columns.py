"""Which columns of a list fit, how wide they are, and what of a text stays where it is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.chassis.columns import GAP, TableColumn, around, arrange, end_of, ends_of
from console.chassis.facts import wrapped
from console.chassis.segments import Piece, crop, keep
from console.chassis.table import fit
from protocol.schema import ColumnKind

NAME = TableColumn("name", "Name", 0, least=10)
SIZE = TableColumn("size", "Size", 6, priority=2)
TIME = TableColumn("time", "Time", 8, priority=3)
NOTE = TableColumn("note", "Note", 0, priority=1, share=3, least=12)
TEXT = st.text(st.sampled_from("ab é界🙂"), max_size=40)


def placed(columns: list[TableColumn], width: int) -> list[tuple[str, int]]:
    return [(each.column.name, each.width) for each in arrange(columns, width)]


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (60, [("name", 15), ("size", 6), ("time", 8), ("note", 28)]),
        (39, [("name", 10), ("size", 6), ("time", 8), ("note", 12)]),
        (38, [("name", 12), ("size", 6), ("note", 18)]),
        (30, [("name", 10), ("size", 6), ("note", 12)]),
        (29, [("name", 11), ("note", 17)]),
        (23, [("name", 10), ("note", 12)]),
        (22, [("name", 15), ("size", 6)]),
        (17, [("name", 10), ("size", 6)]),
        (16, [("name", 16)]),
        (5, [("name", 10)]),
    ],
)
def test_the_least_important_column_goes_first(width: int, shown: list[tuple[str, int]]) -> None:
    """What is left shares the room; a narrow column comes back into the room of a wide one that went."""
    assert placed([NAME, SIZE, TIME, NOTE], width) == shown


def test_columns_that_must_stay_are_squeezed() -> None:
    """To twelve cells each, and no further: their order stays, and none is dropped."""
    wide = [TableColumn(name, name, 0, least=30) for name in ("a", "b")]
    assert placed(wide, 40) == [("a", 19), ("b", 20)] and placed(wide, 10) == [("a", 12), ("b", 12)]


def test_of_equals_the_last_column_goes() -> None:
    """Whatever their width."""
    columns = [NAME, *(TableColumn(name, name, 5, priority=1) for name in ("a", "b"))]
    assert [name for name, _ in placed(columns, 17)] == ["name", "a"]


def test_numbers_are_flush_right() -> None:
    """And texts are not."""
    assert TableColumn("n", "N", 5, ColumnKind.INT).flush_right and not NAME.flush_right


@given(st.integers(1, 200), st.lists(st.tuples(st.integers(0, 20), st.integers(0, 4)), min_size=1, max_size=6))
def test_what_is_placed_fits_or_must_stay(width: int, drawn: list[tuple[int, int]]) -> None:
    """In any width some column is shown; where some can be dropped, all that are shown fit."""
    columns = [TableColumn(str(at), "", wide, priority=rank, least=12) for at, (wide, rank) in enumerate(drawn)]
    shown = arrange(columns, width)
    taken = sum(each.width for each in shown) + GAP * (len(shown) - 1)
    assert shown and [each.place for each in shown] == sorted(each.place for each in shown)
    assert taken <= width or all(each.column.priority == 0 for each in shown) or len(shown) == 1


@pytest.mark.parametrize(
    ("text", "cells", "end"),
    [("abcdef", 6, "abcdef"), ("abcdef", 5, "…cdef"), ("abcdef", 1, "…"), ("界界界", 5, "…界界"), ("界界界", 4, "…界")],
)
def test_the_end_of_a_text_stays(text: str, cells: int, end: str) -> None:
    """Behind an ellipsis, counted in cells of the screen."""
    assert end_of(text, cells) == end


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("abcdefghij", 10, "abcdefghij"),
        ("abcdefghij", 7, "abc…hij"),
        ("abcdefghij", 4, "a…ij"),
        ("desk at home", 9, "desk…home"),
    ],
)
def test_both_ends_of_a_text_stay(text: str, cells: int, shown: str) -> None:
    """Names that begin alike differ at their ends."""
    assert ends_of(text, cells) == shown


@pytest.mark.parametrize(
    ("text", "wanted", "cells", "shown"),
    [
        ("a" * 30 + "HIT", "HIT", 12, "…aaaHIT"),
        ("aHIT" + "b" * 30, "HIT", 12, "aHIT" + "b" * 30),
        ("aaaaHIT" + "b" * 30, "HIT", 12, "aaaaHIT" + "b" * 30),
        ("aaaaaHIT" + "b" * 30, "HIT", 12, "…aaaHIT" + "b" * 30),
        ("short HIT", "HIT", 12, "short HIT"),
        ("a" * 30, "HIT", 12, "a" * 30),
        ("a" * 30, "", 12, "a" * 30),
    ],
)
def test_a_hit_is_on_the_screen(text: str, wanted: str, cells: int, shown: str) -> None:
    """A text that is too long begins a third of the width before it."""
    assert around(text, wanted, cells) == shown


@given(TEXT, st.integers(1, 20))
def test_what_is_cut_fits(text: str, cells: int) -> None:
    """Each way of cutting keeps within its cells, and a text that fits is whole."""
    for shown in (end_of(text, cells), ends_of(text, cells), crop(text, cells)):
        assert cell_len(shown) <= cells and (shown == text or cell_len(text) > cells)
    assert cell_len(fit(text, cells)) == cells == cell_len(fit(text, cells, flush_right=True))


@pytest.mark.parametrize(
    ("text", "width", "right", "shown"),
    [
        ("ab", 4, False, "ab  "),
        ("ab", 4, True, "  ab"),
        ("abcd", 4, True, "abcd"),
        ("abcde", 4, True, "abc…"),
        ("abc", 1, False, "…"),
        ("abc", 0, False, ""),
        ("界界", 3, False, "界…"),
    ],
)
def test_a_cell_has_its_width(text: str, width: int, right: bool, shown: str) -> None:
    """Blanks fill it, an ellipsis ends what was cut."""
    assert fit(text, width, flush_right=right) == shown


def texts(lines: list[tuple[tuple[str, str], ...]]) -> list[str]:
    return ["".join(text for _, text in line) for line in lines]


@pytest.mark.parametrize(
    ("line", "width", "shown"),
    [
        ([("", "one two three")], 13, ["one two three"]),
        ([("", "one two three")], 12, ["one two", "three"]),
        ([("", "abcdefghijkl")], 8, ["abcdefgh", "ijkl"]),
        ([("label", "name  "), ("", "one two three four")], 16, ["name  one two", "      three four"]),
        ([("", "  one two three")], 10, ["  one two", "  three"]),
        ([("label", "a long label of its own "), ("", "one two")], 20, ["a long label of its", "own one two"]),
        ([("", "one two")], 7, ["one two"]),
    ],
)
def test_a_long_line_goes_on_under_its_value(line: list[tuple[str, str]], width: int, shown: list[str]) -> None:
    """At a blank where there is one; under the label where that takes half the line or less."""
    assert [text.rstrip() for text in texts(wrapped(tuple(line), width))] == shown


def test_a_wrapped_piece_keeps_its_tone() -> None:
    """On each of its lines."""
    lines = wrapped((("label", "x "), ("bad", "one two three four")), 12)
    assert [[tone for tone, text in line if text.strip()] for line in lines] == [["label", "bad"], ["bad"]]


@given(st.lists(st.tuples(st.sampled_from(["", "bad"]), TEXT), min_size=1, max_size=4), st.integers(8, 30))
def test_wrapping_loses_nothing_but_blanks(parts: list[tuple[str, str]], width: int) -> None:
    """Every letter is there in its order, and each line fits."""
    lines = texts(wrapped(tuple(parts), width))
    assert "".join("".join(lines).split()) == "".join("".join(text for _, text in parts).split())
    assert all(cell_len(line) <= width for line in lines)


def piece(text: str, priority: int) -> Piece:
    return Piece((("text", text),), priority)


@pytest.mark.parametrize(
    ("width", "kept"),
    [(14, ["aaaa", "bbbb", "cccc"]), (13, ["aaaa", "cccc"]), (9, ["aaaa", "cccc"]), (8, ["aaaa"]), (1, ["aaaa"])],
)
def test_pieces_go_by_their_priority(width: int, kept: list[str]) -> None:
    """As a whole; one stays in any width."""
    pieces = [piece("aaaa", 0), piece("bbbb", 2), piece("cccc", 1)]
    assert [each.parts[0][1] for each in keep(pieces, width, 1)] == kept


def test_of_equal_pieces_the_last_goes() -> None:
    """A piece is as wide as its cells."""
    assert [each.width for each in keep([piece("界", 1), piece("b", 1)], 2, 1)] == [2]
