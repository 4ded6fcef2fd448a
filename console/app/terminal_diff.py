"""The difference between two screens as the shortest text that a terminal needs. Pure.

Textual writes every region that it refreshed completely, with one full SGR sequence and one reset a segment. `drawn`
reads such a frame into a `Screen`, and `difference` gives what must be sent to a terminal that shows the screen before:

- a cell that the terminal already shows is not sent, unless sending it is shorter than moving over it; - neighbouring
cells with the same style share one SGR sequence, which names only what differs from the style before; - a blank cell
has no ink, so it takes whatever ink is set: only its background and its lines (underline, reverse) count.

What the terminal shows is known only from what was sent. A cell is `None` where it is not known, and is then always
sent. The cursor and the style stay where a text leaves them (a `Pen`), and the next text starts from there: a second
change beside the first one costs a letter and a step. Sequences: BS, CR, LF and ECMA-48 CUU, CUD, CUF, CUB, CHA, CUP and SGR, as
every terminal of the last thirty years reads them; none of BCE, REP or ECH, on which terminals differ.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.cells import get_character_cell_size, split_graphemes

from protocol.values import dataclass


class Style(NamedTuple):
    """What SGR sets. `marks` are the numbers of bold, dim and so on, ascending; '' is the terminal's default colour.

    `ink` is None on a blank cell, where any ink will do.
    """

    marks: tuple[int, ...] = ()
    ink: str | None = ""
    paper: str = ""


Cell = tuple[str, Style] | None
"""One grapheme and its style; '' is the right half of the wide grapheme on its left; None is not known."""
Row = tuple[Cell, ...]
DEFAULT = Style()
OFF = {1: 22, 2: 22, 3: 23, 4: 24, 5: 25, 6: 25, 7: 27, 8: 28, 9: 29, 21: 24, 51: 54, 52: 54, 53: 55}
"""The SGR number that ends each mark; some end two."""
SEEN_ON_BLANKS = frozenset({4, 5, 6, 7, 9, 21, 51, 52, 53})
"""Marks that a cell without ink shows."""
RIGHT_HALF = ""
RESET = "\x1b[m"
"""Sets the default style."""
ENTERS_SCREEN = "\x1b[?1049h"
SHOWS_NOTHING = ("\x1b[?", "\x1b[>", "\x1b[<", "\x1b]")
"""The beginnings of texts that set a mode, ask the terminal or fill the clipboard: they change no cell."""
PLAIN = frozenset(map(chr, range(0x20, 0x7F)))

_TOKEN = re.compile(
    r"\x1b\[(?:(\d+);(\d+))?H|\x1b\[([\d;]*)m|\x1b\]8;[^\x1b\x07]*(?:\x1b\\|\x07)|([^\x00-\x1f\x7f-\x9f]+)|(\n)"
)
_NARROW = re.compile("[ -~\xa0-\xac\xae-\u02ff\u0370-\u0482\u2500-\u25fc\u2800-\u28ff]*")
"""Characters that are one cell wide in every table of widths."""


class UnreadableFrame(ValueError):
    """The text is no frame: it has another control sequence, or text at no known position."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Rows from the top, as far as they are known. A screen without rows is a terminal about which nothing is known."""

    rows: tuple[Row, ...] = ()


NOTHING_KNOWN = Screen()


@dataclass(frozen=True, slots=True)
class TerminalFrame:
    """The screen after a frame, and where the frame leaves the cursor: (row, column) from 0, None where it does not
    say.
    """

    screen: Screen
    cursor: tuple[int, int] | None


def drawn(before: Screen, text: str) -> TerminalFrame:
    """What a terminal shows after `text`, which contains CUP, SGR, hyperlinks (which are left out) and plain text.

    Raises:
        UnreadableFrame: it contains something else.
    """
    rows: list[Row | list[Cell]] = list(before.rows)
    place: tuple[int, int] | None = None
    style, at = DEFAULT, 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise UnreadableFrame(f"{text[at : at + 12]!r} is no part of a frame")
        at = token.end()
        row, column, codes, words, newline = token.groups()
        if words is not None:
            if place is None:
                raise UnreadableFrame("text at no known place")
            place = place[0], _write(_row(rows, place[0]), place[1], words, style)
        elif codes is not None:
            style = _styled(style, codes)
        elif newline is not None:
            place = None
        elif token[0].endswith("H"):
            place = (int(row or 1) - 1, int(column or 1) - 1)
    return TerminalFrame(Screen(tuple(tuple(each) if isinstance(each, list) else each for each in rows)), place)


def _row(rows: "list[Row | list[Cell]]", number: int) -> list[Cell]:
    """Row `number` as a list that can be changed."""
    while len(rows) <= number:
        rows.append(())
    found = rows[number]
    if not isinstance(found, list):
        found = rows[number] = list(found)
    return found


def _write(row: list[Cell], column: int, words: str, style: Style) -> int:
    """Write `words` into `row` at `column`; returns the column after them. A wide grapheme that is cut becomes
    blank.
    """
    blank = _blank(style)
    cells: list[Cell] = []
    if _NARROW.fullmatch(words):
        cells = [(" ", blank) if each == " " else (each, style) for each in words]
    else:
        for start, end, width in split_graphemes(words)[0]:
            if width:
                cells.append((words[start:end], style) if words[start:end] != " " else (" ", blank))
                cells.extend([(RIGHT_HALF, style)] * (width - 1))
            elif cells:
                _join(cells, words[start:end])
            elif 0 < column <= len(row):
                before = row[:column]
                _join(before, words[start:end])
                row[:column] = before
    end = column + len(cells)
    row.extend([None] * (end - len(row)))
    # It is not known which half of a cut grapheme a terminal leaves, and in which style.
    if column > 0 and _is_right_half(row, column):
        row[column - 1] = None
    if _is_right_half(row, end):
        row[end] = None
    row[column:end] = cells
    return end


def _join(cells: list[Cell], mark: str) -> None:
    """Add a grapheme of no width to the last one."""
    at = len(cells) - 1
    if at > 0 and (last := cells[at]) is not None and last[0] == RIGHT_HALF:
        at -= 1
    if (under := cells[at]) is not None:
        cells[at] = (under[0] + mark, under[1])


def _is_right_half(row: "list[Cell] | Row", column: int) -> bool:
    if column >= len(row):
        return False
    cell = row[column]
    return cell is not None and cell[0] == RIGHT_HALF


@lru_cache(maxsize=4096)
def _blank(style: Style) -> Style:
    """`style` as far as a cell without ink shows it: all of it with a line or reversed, else its background."""
    return style if SEEN_ON_BLANKS.intersection(style.marks) else Style((), None, style.paper)


@lru_cache(maxsize=4096)
def _styled(style: Style, codes: str) -> Style:
    """`style` after the SGR sequence with `codes`."""
    marks, ink, paper = set(style.marks), style.ink, style.paper
    numbers = iter(codes.split(";"))
    for word in numbers:
        code = int(word or 0)
        if code == 0:
            marks, ink, paper = set(), "", ""
        elif code in OFF:
            marks.add(code)
        elif code in OFF.values():
            marks -= {mark for mark, off in OFF.items() if off == code}
        elif code in (38, 48):
            colour = _colour(word, numbers)
            ink, paper = (colour, paper) if code == 38 else (ink, colour)
        elif 30 <= code <= 39 or 90 <= code <= 97:
            ink = "" if code == 39 else word
        elif 40 <= code <= 49 or 100 <= code <= 107:
            paper = "" if code == 49 else word
        else:
            raise UnreadableFrame(f"SGR {code} is not known")
    return Style(tuple(sorted(marks)), ink, paper)


def _colour(word: str, numbers: Iterator[str]) -> str:
    kind = next(numbers, "")
    rest = [next(numbers, "") for _ in range({"2": 3, "5": 1}.get(kind, 0))]
    if not rest or not all(rest):
        raise UnreadableFrame(f"SGR {word};{kind} is no colour")
    return ";".join((word, kind, *rest))


# What is sent.


class Pen(NamedTuple):
    """The terminal's cursor position, from 0, and the style that is set. `column` is -1 where terminals may differ
    about it; `row` is -1 where nothing is known about the position.
    """

    row: int = -1
    column: int = -1
    style: Style = DEFAULT


def difference(before: Screen, after: Screen, pen: Pen) -> tuple[str, Pen]:
    """The text that makes a terminal that shows `before` show `after`, and where it leaves the pen that was at `pen`; ''
    where the screens are equal.
    """
    parts: list[str] = []
    for number, row in enumerate(after.rows):
        shown = before.rows[number] if number < len(before.rows) else ()
        if row is not shown and (runs := _runs(shown, row)):
            text, pen = _sent_row(pen, number, runs, len(row))
            parts.append(text)
    return "".join(parts), pen


def moved(pen: Pen, row: int, column: int) -> tuple[str, Pen]:
    """The shortest text that moves the cursor to `row` and `column`, from 0, and the pen after it."""
    if (pen.row, pen.column) == (row, column):
        return "", pen
    return _move(pen, row, column), Pen(row, column, pen.style)


def _position(row: int, column: int) -> str:
    """CUP."""
    return f"\x1b[{row + 1};{column + 1}H" if column else f"\x1b[{row + 1}H" if row else "\x1b[H"


class _Run(NamedTuple):
    """Neighbouring cells under one SGR sequence, from `column` on."""

    column: int
    words: str
    width: int
    style: Style
    is_sure: bool
    """Whether all terminals agree on its width. If not, what follows names its column."""

    def ends_at(self, column: int) -> bool:
        return self.is_sure and self.column + self.width == column


def _sent_row(pen: Pen, number: int, runs: list[_Run], width: int) -> tuple[str, Pen]:
    """The shorter of two ways to write a row of `width` cells: from left to right, or style by style."""
    in_order = _written(pen, number, runs, width)
    styles = dict.fromkeys([pen.style, *(run.style for run in runs)])
    if len(styles) >= len(runs):
        return in_order
    by_style = _written(pen, number, [run for style in styles for run in runs if run.style == style], width)
    return min(in_order, by_style, key=lambda way: len(way[0]))


def _written(pen: Pen, number: int, runs: list[_Run], width: int) -> tuple[str, Pen]:
    parts = []
    for run in runs:
        if (pen.row, pen.column) != (number, run.column):
            parts.append(_move(pen, number, run.column))
        style = pen.style
        if run.style is not style and (codes := _sgr(style, run.style)):
            parts.append(codes)
            style = _after(style, run.style)
        parts.append(run.words)
        end = run.column + run.width
        # After the last cell of a line a terminal's cursor is on it or beyond it, so the column is not known.
        pen = Pen(number, end if run.is_sure and end < width else -1, style)
    return "".join(parts), pen


def _move(pen: Pen, row: int, column: int) -> str:
    """The shortest way to `row` and `column`."""
    ways = [_position(row, column)]
    if row == pen.row:
        ways.append(_to_column(column))
    elif column == 0 and pen.row >= 0 and row == pen.row + 1:
        ways.append("\r\n")
    if pen.row >= 0 and pen.column >= 0:
        ways.append(_steps(row - pen.row, "B", "A") + _sideways(column - pen.column))
    return min(ways, key=len)


def _sideways(cells: int) -> str:
    return "\b" * -cells if -4 <= cells < 0 else _steps(cells, "C", "D")


def _steps(count: int, onwards: str, back: str) -> str:
    """CUD, CUU, CUF or CUB by `count`, where a negative count goes back; '' for none."""
    many = str(abs(count)) if abs(count) > 1 else ""
    return f"\x1b[{many}{onwards if count > 0 else back}" if count else ""


def _to_column(column: int) -> str:
    return f"\x1b[{column + 1}G" if column else "\r"


def _runs(shown: Row, row: Row) -> list[_Run]:
    """What is to be sent of `row`, from left to right. Unchanged cells in a gap are included where a move over them is
    longer.
    """
    runs: list[_Run] = []
    end = 0
    for start, stop in _spans(_stale(shown, row)):
        if runs and (bridge := _bridge(runs[-1], row, end, start)):
            runs[-1] = bridge
        runs += _cut(row, start, stop, runs.pop() if runs and runs[-1].ends_at(start) else None)
        end = stop
    return runs


def _cut(row: Row, start: int, stop: int, last: _Run | None) -> Iterator[_Run]:
    """The cells from `start` to `stop` as runs. The first of them continues `last` where it can."""
    first, words, style = (last.column, [last.words], last.style) if last else (start, [], DEFAULT)
    for column in range(start, stop):
        cell = row[column]
        if cell is None:
            if words:
                yield _Run(first, "".join(words), column - first, style, True)
                words = []
            continue
        grapheme, wanted = cell
        if grapheme == RIGHT_HALF:
            continue
        if words and wanted is not style and _sgr(style, wanted):
            if style.ink is None and not _sgr(wanted, style):
                style = wanted  # blanks take the style of what follows them
            else:
                yield _Run(first, "".join(words), column - first, style, True)
                words = []
        if not words:
            first, style = column, wanted
        words.append(grapheme)
        if not _is_sure(grapheme):
            yield _Run(first, "".join(words), 0, style, False)
            words = []
    if words:
        yield _Run(first, "".join(words), stop - first, style, True)


def _is_sure(words: str) -> bool:
    """Whether all terminals agree that a grapheme takes one cell."""
    return len(words) == 1 and (words < "\u0300" or get_character_cell_size(words) == 1)


def _bridge(last: _Run, row: Row, end: int, start: int) -> _Run | None:
    """`last` with the unchanged cells from `end` to `start`, where that is no longer than a move over them."""
    gap = row[end:start]
    if not last.ends_at(end) or len(gap) > 6:
        return None
    words = "".join(cell[0] for cell in gap if cell is not None and cell[0] in PLAIN and not _sgr(last.style, cell[1]))
    if len(words) != len(gap) or len(words) > min(len(_to_column(start)), len(_sideways(len(gap)))):
        return None
    return _Run(last.column, last.words + words, last.width + len(gap), last.style, True)


def _stale(shown: Row, row: Row) -> list[bool]:
    """Which cells of `row` are to be sent. A wide grapheme is sent as a whole, and so are the cells that it covered
    before.
    """
    if row == shown:
        return []
    stale = [cell is not None and (at >= len(shown) or cell != shown[at]) for at, cell in enumerate(row)]
    for at, is_stale in enumerate(stale[:]):
        if is_stale and _is_right_half(shown, at):
            stale[at - 1] = True
        if is_stale and _is_right_half(shown, at + 1) and at + 1 < len(row):
            stale[at + 1] = True
    for at in range(len(row)):
        if _is_right_half(row, at):
            stale[at] = stale[at - 1] = stale[at] or stale[at - 1]
    return stale


def _spans(stale: list[bool]) -> Iterator[tuple[int, int]]:
    """The beginnings and ends of the cells that are to be sent."""
    at = 0
    while True:
        try:
            start = stale.index(True, at)
        except ValueError:
            return
        try:
            at = stale.index(False, start)
        except ValueError:
            at = len(stale)
        yield start, at


def _after(style: Style, wanted: Style) -> Style:
    """The style that is set after `wanted`: a blank cell does not change the ink, nor the marks that it does not
    show.
    """
    if wanted.ink is not None:
        return wanted
    return Style(tuple(mark for mark in style.marks if mark not in SEEN_ON_BLANKS), style.ink, wanted.paper)


@lru_cache(maxsize=16_384)
def _sgr(style: Style, wanted: Style) -> str:
    """The shortest SGR sequence from `style` to a style that looks like `wanted`; '' where nothing has to change."""
    goal = _after(style, wanted)
    if goal == style:
        return ""
    off = {OFF[mark] for mark in style.marks if mark not in goal.marks}
    kept = {mark for mark in style.marks if OFF[mark] not in off}
    steps = [*map(str, sorted(off)), *(str(mark) for mark in goal.marks if mark not in kept)]
    if goal.ink != style.ink:
        steps.append(goal.ink or "39")
    if goal.paper != style.paper:
        steps.append(goal.paper or "49")
    anew = ["0", *map(str, goal.marks), *(colour for colour in (goal.ink, goal.paper) if colour)]
    return min((f"\x1b[{';'.join(codes)}m" for codes in (steps, anew)), key=len)
