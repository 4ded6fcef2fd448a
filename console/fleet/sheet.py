"""A still sheet of labelled lines. Line API: only lines that differ from before are drawn again."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.model.safe_text import safe_line

LABEL = 11
INDENT = LABEL + 2


@dataclass(frozen=True, slots=True)
class Line:
    """`label: text`; a line without a label is a heading when its tone is `title`, else a continuation over the full width."""

    label: str
    text: str
    tone: str = ""


class Sheet(ScrollView, can_focus=True):
    """Shows lines; text from outside is made fit to draw and long text is wrapped, never cut."""

    COMPONENT_CLASSES = {
        "sheet--label",
        "tone--plain",
        "tone--good",
        "tone--notice",
        "tone--warn",
        "tone--bad",
        "tone--muted",
        "tone--stale",
        "tone--title",
    }

    def __init__(self, title: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = title
        self._lines: tuple[Line, ...] = ()
        self._drawn: list[tuple[str, str, str]] = []

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show `lines`; costs nothing where they are as before."""
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        self._layout()

    @property
    def texts(self) -> list[str]:
        """What is drawn, as text."""
        return [f"{label:<{LABEL}} {text}".strip() if label else text for label, text, _ in self._drawn]

    def on_resize(self) -> None:
        self._layout()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self.refresh()

    def _layout(self) -> None:
        before, width = self._drawn, max(20, self.size.width)
        self._drawn = [piece for line in self._lines for piece in _pieces(line, width)]
        self.virtual_size = Size(self.size.width, len(self._drawn))
        top = int(self.scroll_offset.y)
        for at in range(max(len(before), len(self._drawn))):
            if before[at : at + 1] != self._drawn[at : at + 1] and 0 <= at - top < self.size.height:
                self.refresh(Region(0, at - top, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        at, width = y + int(self.scroll_offset.y), self.size.width
        if at >= len(self._drawn):
            return Strip.blank(width, self.rich_style)
        label, text, tone = self._drawn[at]
        plain = self.get_component_rich_style(f"tone--{tone or 'plain'}")
        if not label and tone == "title":
            return Strip([Segment(set_cell_size(f" {text}", width), plain)], width)
        dim = self.get_component_rich_style("sheet--label")
        head = Segment(f" {label:<{LABEL}} ", dim)
        return Strip([head, Segment(set_cell_size(text, max(0, width - INDENT)), plain)]).adjust_cell_length(
            width, plain
        )


def _pieces(line: Line, width: int) -> list[tuple[str, str, str]]:
    text = safe_line(line.text)
    if not line.label and line.tone == "title":
        return [("", text, line.tone)]
    room = max(8, width - INDENT)
    parts = wrap(text, room, break_long_words=True) if cell_len(text) > room else [text]
    return [(line.label if not at else "", part, line.tone) for at, part in enumerate(parts or [""])]
