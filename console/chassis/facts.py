"""Two panels for every cartridge: labelled facts in as many columns as fit, and lines of text that scroll."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from console.chassis.inks import inks, toned
from console.chassis.segments import entitled, ink
from console.chassis.table import fit
from console.model.safe_text import safe_line
from protocol.values import dataclass

MIN_COLUMN = 34
MARGIN = 2
"""Cells of a panel that no line uses: the blank before it, and the scrollbar."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value."""

    label: str
    value: str
    tone: str = ""


class Facts(Widget):
    """A grid of facts, filled column by column. Its height follows what it shows."""

    can_focus = False
    stale: var[bool] = var(False)
    """What is shown may no longer be true: it is drawn grey."""

    def __init__(
        self,
        title: str = "",
        *,
        columns: int = 0,
        wraps: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`columns` 0 takes as many as fit. In a single column that `wraps`, a value that is too long continues on the
        next line.
        """
        super().__init__(id=id, classes=classes)
        self.border_title = entitled(title)
        self._facts: tuple[Fact, ...] = ()
        self._columns, self._wraps = columns, wraps and columns == 1

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; draws nothing when nothing changed."""
        after = tuple(facts)
        if after == self._facts:
            return
        self.refresh(layout=self._wraps or len(after) != len(self._facts))
        self._facts = after

    def watch_stale(self) -> None:
        self.refresh()

    @property
    def facts(self) -> tuple[Fact, ...]:
        return self._facts

    def _grid(self, width: int) -> tuple[int, int]:
        """The number of columns and rows."""
        columns = self._columns or max(1, min(4, width // MIN_COLUMN))
        return columns, -(-len(self._shown(width)) // columns)

    def _shown(self, width: int) -> tuple[Fact, ...]:
        """The facts; where this panel wraps, a value that is too long has further lines of its own."""
        if not (self._wraps and self._facts and width):
            return self._facts
        room = max(8, width - _label_width(self._facts, width) - 4)
        return tuple(
            Fact(fact.label if at == 0 else "", "".join(text for _, text in part).strip(), fact.tone)
            for fact in self._facts
            for at, part in enumerate(wrapped(((fact.tone, fact.value),), room) or [()])
        )

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, self._grid(width)[1])

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        shown, (columns, rows) = self._shown(width), self._grid(width)
        each = width // columns
        segments: list[Segment] = []
        for column in range(columns):
            at = column * rows + y
            cell = width - each * (columns - 1) if column == columns - 1 else each
            if y < rows and at < len(shown):
                label_width = _label_width(shown[column * rows : (column + 1) * rows], cell)
                segments += self._fact(shown[at], cell, label_width)
            else:
                segments.append(Segment(" " * cell, self._tone("plain")))
        return Strip(segments, width)

    def _fact(self, fact: Fact, width: int, label_width: int) -> list[Segment]:
        value_width = max(1, width - label_width - 4)
        return [
            ink(" " + fit(fact.label, label_width) + "  ", self._tone("label")),
            ink(fit(fact.value, value_width) + " ", toned(self, "stale" if self.stale else fact.tone)),
        ]

    def _tone(self, tone: str) -> Style:
        return inks(self)[f"tone--{tone}"]


def _label_width(facts: Sequence[Fact], width: int) -> int:
    """The width of the labels of one column, which is `width` cells wide."""
    return min(max(cell_len(fact.label) for fact in facts), max(6, width // 2 - 2))


Line = tuple[tuple[str, str], ...]
"""Pieces of (tone, text)."""


def line(*parts: tuple[str, str] | str) -> Line:
    """A line from pieces; a bare string is plain."""
    return tuple(("", part) if isinstance(part, str) else part for part in parts)


class Lines(ScrollView, can_focus=True):
    """Lines of toned text; j, k, arrows, Home and End scroll. A line that is too long is wrapped; only visible lines
    are drawn.
    """

    stale: var[bool] = var(False)
    """What is shown may no longer be true: it is drawn grey."""

    def __init__(self, title: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = entitled(title)
        self._lines: tuple[Line, ...] = ()
        self._drawn: tuple[Line, ...] = ()
        self._starts: tuple[int, ...] = ()
        """The position of the beginning of each line among the drawn lines."""
        self._wrapped_for = 0

    def set_lines(self, lines: Sequence[Line], *, keep_place: bool = False) -> None:
        """Show these lines from the top, or from the present place."""
        after = tuple(lines)
        if after == self._lines:
            return
        before, self._lines = self._drawn, after
        self._wrap(self.size.width)
        if not keep_place:
            self.scroll_to(y=0, animate=False, force=True)
        if self.styles.height is not None and self.styles.height.is_auto:
            self.refresh(layout=True)
            return
        top = self.scroll_offset.y if keep_place else 0
        for y in range(self.size.height):  # lines that read as before are not drawn again
            if before[top + y : top + y + 1] != self._drawn[top + y : top + y + 1]:
                self.refresh(Region(0, y, self.size.width, 1))

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def show_line(self, number: int) -> None:
        """Scroll so that line `number` (from 0) is in the upper third of the panel."""
        row = self._starts[min(number, len(self._starts) - 1)] if self._starts else 0
        self.scroll_to(y=max(0, row - self.size.height // 3), animate=False, force=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, sum(len(wrapped(each, width - MARGIN)) for each in self._lines))

    def on_resize(self) -> None:
        self._wrap(self.size.width)

    def watch_stale(self) -> None:
        self.refresh()

    def _wrap(self, width: int) -> None:
        self._wrapped_for = width
        drawn: list[Line] = []
        starts = []
        for each in self._lines:
            starts.append(len(drawn))
            drawn += wrapped(each, width - MARGIN) if width else [each]
        self._drawn, self._starts = tuple(drawn), tuple(starts)
        if self.virtual_size.height != len(drawn):
            self.virtual_size = Size(width, len(drawn))

    def render_line(self, y: int) -> Strip:
        width, at = self.size.width, y + self.scroll_offset.y
        if width != self._wrapped_for:
            self._wrap(width)
        plain = inks(self)["tone--plain"]
        if at >= len(self._drawn):
            return Strip.blank(width, plain)
        segments = [Segment(" ", plain)]
        segments += [ink(text, toned(self, "stale" if self.stale else tone)) for tone, text in self._drawn[at]]
        return Strip(segments).adjust_cell_length(width, plain)

    def on_key(self, event: events.Key) -> None:
        page = max(1, self.size.height - 1)
        steps = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": page, "pageup": -page}
        ends = {"g": 0, "home": 0, "G": len(self._drawn), "end": len(self._drawn)}
        if event.key in steps:
            self.scroll_to(y=self.scroll_offset.y + steps[event.key], animate=False, force=True)
        elif event.key in ends:
            self.scroll_to(y=ends[event.key], animate=False, force=True)
        else:
            return
        event.stop()
        event.prevent_default()


def wrapped(whole: Line, width: int) -> list[Line]:
    """`whole` in lines of at most `width` cells, cut at a blank where there is one.

    Further lines stand under the first one: under the value, where the line begins with a label.
    """
    whole = tuple((tone, safe_line(text)) for tone, text in whole)
    if width < 8 or sum(cell_len(text) for _, text in whole) <= width:
        return [whole]
    indent = _indent(whole, width)
    lines: list[list[tuple[str, str]]] = [[]]
    room = width
    for tone, text in whole:
        while cell_len(text) > room:
            head = _head(text, room, is_first=len(lines[-1]) == (len(lines) > 1))
            lines[-1].append((tone, head))
            text = text[len(head) :].lstrip(" ")
            lines.append([("", " " * indent)])
            room = width - indent
        if text:
            lines[-1].append((tone, text))
            room -= cell_len(text)
    return [tuple(each) for each in lines if any(text.strip() for _, text in each)]


def _indent(whole: Line, width: int) -> int:
    """The cells before the value: those of the leading pieces that end in a blank, and the leading blanks."""
    cells = 0
    for _, text in whole[:-1]:
        if not text.endswith(" "):
            break
        cells += cell_len(text)
    else:
        last = whole[-1][1]
        cells += len(last) - len(last.lstrip(" "))
    return cells if cells <= width // 2 else 0


def _head(text: str, room: int, *, is_first: bool) -> str:
    """As much of `text` as fits into `room` cells, up to a blank where there is one; at least one character where
    nothing else is on the line.
    """
    cut = len(text)
    while cut and cell_len(text[:cut]) > room:
        cut = min(cut - 1, room)
    blank = text.rfind(" ", 0, cut + 1)
    if blank > 0 and (blank > cut // 2 or not is_first):
        return text[:blank]
    return text[: max(cut, 1)] if is_first else text[:cut]
