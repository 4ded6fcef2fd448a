"""What is sent to a terminal makes it show what Textual drew, and is no more than the difference."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.control import Control
from rich.style import Style

from console.app.terminal_diff import NOTHING_KNOWN, Pen, Screen, UnreadableFrame, difference, drawn, moved
from tests.app.emulator import Emulator

WIDTH, HEIGHT = 14, 4
INKS = ("", "red", "#a0b0c0", "color(200)")
STYLES = tuple(
    Style(color=ink or None, bgcolor=paper or None, bold=bold or None, dim=dim or None, underline=line or None)
    for ink in INKS
    for paper in ("", "blue", "#102030")
    for bold, dim, line in ((0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 0, 1), (1, 1, 0))
)
Piece = tuple[int, int, str, Style]
"""A row, a column, a text and its style."""


def textual(pieces: list[Piece]) -> str:
    """A frame as Textual writes it: each piece is placed, styled in full and reset."""
    return "".join(
        f"{Control.move_to(column, row).segment.text}{style.render(text)}\n" for row, column, text, style in pieces
    ) + str(Control.move_to(0, 0).segment.text)


@st.composite
def pieces(draw: st.DrawFn) -> Piece:
    row, column = draw(st.integers(0, HEIGHT - 1)), draw(st.integers(0, WIDTH - 1))
    text = draw(st.text(st.sampled_from("ab  x─●界e"), min_size=1, max_size=WIDTH))
    while cell_len(text) > WIDTH - column:
        text = text[:-1]
    return row, column, text, draw(st.sampled_from(STYLES))


def filled(style: Style) -> list[Piece]:
    return [(row, 0, " " * WIDTH, style) for row in range(HEIGHT)]


FRAMES = st.lists(st.lists(pieces(), max_size=8), max_size=5)


def is_seen_as(ours: Emulator, theirs: Emulator) -> bool:
    """Cells that a terminal may show as it likes (cut halves of wide letters) are as they are."""
    pairs = zip(
        (cell for row in ours.screen for cell in row), (cell for row in theirs.screen for cell in row), strict=True
    )
    return all(one == other for one, other in pairs if other[1] != "never written")


@given(FRAMES)
def test_a_terminal_shows_what_textual_drew(frames: list[list[Piece]]) -> None:
    """After each frame a terminal that got the differences shows what one shows that got Textual's own text."""
    ours, theirs, shown, pen = Emulator(WIDTH, HEIGHT), Emulator(WIDTH, HEIGHT), NOTHING_KNOWN, Pen()
    for frame in ([(0, 0, "", Style())], *([filled(STYLES[0]), *frames])):
        text = textual(frame)
        theirs.row = theirs.column = 0
        theirs.feed(text.replace("\n", ""))
        after = drawn(shown, text)
        sent, pen = difference(shown, after.screen, pen)
        ours.feed(sent)
        shown = after.screen
        assert is_seen_as(ours, theirs)


@given(FRAMES, st.integers(0, HEIGHT - 1), st.integers(0, WIDTH - 1))
def test_the_cursor_goes_where_it_is_wanted(frames: list[list[Piece]], row: int, column: int) -> None:
    """After any frame, in the fewest bytes that CUP needs, and in none where it is there."""
    ours, shown, pen = Emulator(WIDTH, HEIGHT), NOTHING_KNOWN, Pen()
    for frame in ([*filled(STYLES[0])], *frames):
        after = drawn(shown, textual(frame)).screen
        sent, pen = difference(shown, after, pen)
        ours.feed(sent)
        way, pen = moved(pen, row, column)
        assert len(way) <= len(f"\x1b[{row + 1};{column + 1}H")
        ours.feed(way)
        shown = after
        assert (ours.row, ours.column) == (row, column) == (pen.row, pen.column)
        assert moved(pen, row, column) == ("", pen)


@given(FRAMES)
def test_a_frame_that_changes_nothing_sends_nothing(frames: list[list[Piece]]) -> None:
    """The same frame again is empty, however Textual cut it."""
    shown = drawn(NOTHING_KNOWN, textual(filled(STYLES[3]))).screen
    for frame in frames:
        text = textual(frame)
        once = drawn(shown, text).screen
        twice = drawn(once, text)
        if twice.screen == once:
            assert difference(once, twice.screen, Pen()) == ("", Pen())
        shown = once


@given(FRAMES)
def test_it_is_never_longer_than_what_textual_wrote(frames: list[list[Piece]]) -> None:
    """Every frame is sent in no more bytes than Textual's own text has, but for a cut wide letter's other half."""
    shown, pen = drawn(NOTHING_KNOWN, textual(filled(STYLES[0]))).screen, Pen()
    for frame in frames:
        after = drawn(shown, text := textual([piece for piece in frame if "界" not in piece[2]]))
        sent, pen = difference(shown, after.screen, pen)
        assert len(sent.encode()) <= len(text.encode())
        shown = after.screen


def show(*placed: Piece, on: Screen = NOTHING_KNOWN) -> Screen:
    return drawn(on, textual(list(placed))).screen


def sent(before: Screen, after: Screen) -> str:
    return difference(before, after, Pen())[0]


def test_one_changed_letter_is_one_letter() -> None:
    """Of a row that differs in one cell, that cell alone is sent, with where it stands and how it looks."""
    before = show((1, 0, "age 14m ago", Style(color="red")))
    after = show((1, 0, "age 15m ago", Style(color="red")), on=before)
    assert sent(before, after) == "\x1b[2;6H\x1b[31m5"


def test_the_next_change_starts_where_the_last_one_ended() -> None:
    """The same letter again is a step back and the letter; the letter below it, a step down and one back. Neither says the style again."""
    red = Style(color="red")
    first = show((0, 0, "age 1m..", red), (1, 0, "age 1m..", red))
    second = show((0, 4, "2", red), on=first)
    third = show((0, 4, "3", red), on=second)
    fourth = show((1, 4, "3", red), on=third)
    pen = difference(first, second, Pen())[1]
    text, pen = difference(second, third, pen)
    assert text == "\b3"
    assert difference(third, fourth, pen)[0] == "\x1b[B\b3"


def test_after_the_last_cell_of_a_row_no_step_is_taken() -> None:
    """Terminals differ about where the cursor is then."""
    red = Style(color="red")
    first = show((0, 0, "abc", red), (1, 0, "abc", red))
    second = show((0, 2, "C", red), on=first)
    pen = difference(first, second, Pen())[1]
    assert difference(second, show((1, 2, "C", red), on=second), pen)[0] == "\x1b[2;3HC"


def test_cells_that_share_a_style_share_a_sequence() -> None:
    """Two segments of one style, and the blank between two segments of another, cost one SGR sequence."""
    red = Style(color="red")
    after = show((0, 0, "ab", red), (0, 2, "c", red), (0, 3, "  ", Style(color="blue", bold=True)), (0, 5, "d", red))
    assert sent(NOTHING_KNOWN, after) == "\x1b[H\x1b[31mabc  d"


def test_a_sequence_names_only_what_changes() -> None:
    """From one ink to another on the same paper, the paper is not said again, nor is a mark that stays."""
    on = {"bgcolor": "blue", "bold": True}
    after = show((0, 0, "a", Style(color="red", **on)), (0, 1, "b", Style(color="green", **on)))
    assert sent(NOTHING_KNOWN, after) == "\x1b[H\x1b[1;31;44ma\x1b[32mb"


def test_a_short_gap_is_sent_rather_than_jumped() -> None:
    """Two unchanged letters between changed ones are shorter than a move over them; twelve are not."""
    before = show((0, 0, "a--b............c", Style()))
    after = show((0, 0, "A--B............C", Style()), on=before)
    assert sent(before, after) == "\x1b[HA--B\x1b[17GC"


def test_what_follows_a_letter_of_disputed_width_names_its_column() -> None:
    """A terminal that draws an emoji narrower than we count shows the rest of the row where it belongs."""
    after = show((0, 0, "a界b", Style()))
    assert sent(NOTHING_KNOWN, after) == "\x1b[Ha界\x1b[4Gb"


@pytest.mark.parametrize("text", ["\x1b[?1049h", "\x1b]52;c;YQ==\x07", "words", "\x1b[1;1Ha\tb", "\x1b[1;1H\x1b[99mx"])
def test_what_is_no_frame_is_said(text: str) -> None:
    """Modes, the clipboard, text at no place, control characters and strange styles are no frame."""
    with pytest.raises(UnreadableFrame):
        drawn(NOTHING_KNOWN, text)


@given(st.text())
def test_any_text_is_a_frame_or_is_refused(text: str) -> None:
    """No text ends in another error than UnreadableFrame."""
    with contextlib.suppress(UnreadableFrame):
        drawn(NOTHING_KNOWN, text[:200])
