"""Text on the screen, and one line of the frame: pieces with a tone and a priority, cropped so that the most important
ones stay.
"""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget

from console.chassis.inks import inks
from console.model.safe_text import safe_line, safe_lines
from protocol.values import dataclass

# All text that a widget draws becomes a segment, a text or a title here and is made safe, because it may come from
# outside.


def ink(text: str, style: Style) -> Segment:
    """`text` in `style`, on one line."""
    return Segment(safe_line(text), style)


def one_line(text: str) -> Text:
    """`text` for a widget of one line, which cuts it with an ellipsis."""
    return Text(safe_line(text), no_wrap=True, overflow="ellipsis")


def prose(text: str) -> Text:
    """`text` with its line breaks. Markup in it is not read."""
    return Text(safe_lines(text))


def worded(text: str | Text) -> Text:
    """`text` as by `prose`, unless it is a Text already."""
    return text if isinstance(text, Text) else prose(text)


def entitled(text: str) -> Content:
    """`text` as the title of a widget's border. In a plain string Textual would read markup, and fail where the markup
    is wrong.
    """
    return Content(safe_line(text))


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that is kept or dropped as a whole; `parts` are (tone, text); priority 0 stays longest. `action` is what a
    click does.
    """

    parts: tuple[tuple[str, str], ...]
    priority: int = 0
    action: str = ""

    @property
    def width(self) -> int:
        return sum(cell_len(text) for _, text in self.parts)


def keep(pieces: Sequence[Piece], width: int, separator: int) -> list[Piece]:
    """The pieces that fit in `width` with `separator` cells between them; the one with the largest priority is dropped
    first.
    """
    kept = list(pieces)
    while len(kept) > 1 and sum(piece.width + separator for piece in kept) - separator > width:
        kept.remove(max(reversed(kept), key=lambda piece: piece.priority))
    return kept


@dataclass(frozen=True, slots=True)
class PieceSpan:
    """The place of a piece on the line, for the mouse."""

    start: int
    end: int
    action: str


def lay(
    widget: Widget, left: Sequence[Piece], right: Sequence[Piece], width: int, gap: str
) -> tuple[Strip, list[PieceSpan]]:
    """The line, with left pieces aligned left and right ones aligned right, and the place of each piece."""
    segments: list[Segment] = []
    spans: list[PieceSpan] = []
    at = 0
    right_width = sum(piece.width + cell_len(gap) for piece in right)
    for group, start in ((left, 0), (right, width - right_width)):
        if start > at:
            segments.append(Segment(" " * (start - at), _style(widget, "text")))
            at = start
        for number, piece in enumerate(group):
            if number:
                segments.append(ink(gap, _style(widget, "muted")))
                at += cell_len(gap)
            spans.append(PieceSpan(at, at + piece.width, piece.action))
            for tone, text in piece.parts:
                segments.append(ink(text, _style(widget, tone)))
            at += piece.width
    return Strip(segments).adjust_cell_length(width, _style(widget, "text")), spans


def _style(widget: Widget, tone: str) -> Style:
    return inks(widget)[f"chrome--{tone}"]


def crop(text: str, width: int) -> str:
    """`text` in at most `width` cells, with an ellipsis where it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 1 else ""
