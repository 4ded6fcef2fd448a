"""Two panels that every cartridge needs: labelled facts in as many columns as fit, and lines of text that scroll."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from console.chassis.inks import inks
from console.chassis.segments import entitled, ink
from console.chassis.table import fit
from protocol.values import dataclass

MIN_COLUMN = 34


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value."""

    label: str
    value: str
    tone: str = ""


class Facts(Widget):
    """A grid of facts, filled column by column. Its height follows what it shows."""

    can_focus = False

    def __init__(self, title: str = "", *, columns: int = 0, id: str | None = None, classes: str | None = None) -> None:
        """`columns` 0 takes as many as fit."""
        super().__init__(id=id, classes=classes)
        self.border_title = entitled(title)
        self._facts: tuple[Fact, ...] = ()
        self._columns = columns

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Show these; draws nothing when nothing changed."""
        after = tuple(facts)
        if after == self._facts:
            return
        self.refresh(layout=len(after) != len(self._facts))
        self._facts = after

    @property
    def facts(self) -> tuple[Fact, ...]:
        return self._facts

    def _grid(self, width: int) -> tuple[int, int]:
        """Columns and rows."""
        columns = self._columns or max(1, min(4, width // MIN_COLUMN))
        return columns, -(-len(self._facts) // columns)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, self._grid(width)[1])

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        columns, rows = self._grid(width)
        each = width // columns
        segments: list[Segment] = []
        for column in range(columns):
            at = column * rows + y
            cell = width - each * (columns - 1) if column == columns - 1 else each
            if y < rows and at < len(self._facts):
                segments += self._fact(self._facts[at], cell, column, rows)
            else:
                segments.append(Segment(" " * cell, self._tone("plain")))
        return Strip(segments, width)

    def _fact(self, fact: Fact, width: int, column: int, rows: int) -> list[Segment]:
        beside = self._facts[column * rows : (column + 1) * rows]
        label_width = min(max(cell_len(item.label) for item in beside), max(6, width // 2 - 2))
        value_width = max(1, width - label_width - 4)
        return [
            ink(" " + fit(fact.label, label_width) + "  ", self._tone("label")),
            ink(fit(fact.value, value_width) + " ", self._tone(fact.tone or "plain")),
        ]

    def _tone(self, tone: str) -> Style:
        return inks(self)[f"tone--{tone}"]


Line = tuple[tuple[str, str], ...]
"""Pieces of (tone, text)."""


def line(*parts: tuple[str, str] | str) -> Line:
    """A line from pieces; a bare string is plain."""
    return tuple(("", part) if isinstance(part, str) else part for part in parts)


class Lines(ScrollView, can_focus=True):
    """Lines of toned text; j, k, arrows, Home and End scroll. Only visible lines are drawn."""

    def __init__(self, title: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = entitled(title)
        self._lines: tuple[Line, ...] = ()

    def set_lines(self, lines: Sequence[Line], *, keep_place: bool = False) -> None:
        """Show these from the top, or from where one was."""
        after = tuple(lines)
        if after == self._lines:
            return
        self._lines = after
        self.virtual_size = Size(self.size.width, len(after))
        if not keep_place:
            self.scroll_to(y=0, animate=False, force=True)
        self.refresh(layout=self.styles.height is not None and self.styles.height.is_auto)

    @property
    def lines(self) -> tuple[Line, ...]:
        return self._lines

    def show_line(self, number: int) -> None:
        """Bring line `number` (from 0) to the upper third of the panel."""
        self.scroll_to(y=max(0, number - self.size.height // 3), animate=False, force=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return max(1, len(self._lines))

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self._lines))

    def render_line(self, y: int) -> Strip:
        width, at = self.size.width, y + self.scroll_offset.y
        tones = inks(self)
        plain = tones["tone--plain"]
        if at >= len(self._lines):
            return Strip.blank(width, plain)
        segments = [Segment(" ", plain)]
        segments += [ink(text, tones[f"tone--{tone or 'plain'}"]) for tone, text in self._lines[at]]
        return Strip(segments).adjust_cell_length(width, plain)

    def on_key(self, event: events.Key) -> None:
        page = max(1, self.size.height - 1)
        steps = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": page, "pageup": -page}
        ends = {"g": 0, "home": 0, "G": len(self._lines), "end": len(self._lines)}
        if event.key in steps:
            self.scroll_to(y=self.scroll_offset.y + steps[event.key], animate=False, force=True)
        elif event.key in ends:
            self.scroll_to(y=ends[event.key], animate=False, force=True)
        else:
            return
        event.stop()
        event.prevent_default()
