"""One line of chrome: pieces with a tone and a priority, cropped so that what matters most stays. Pure but for styles."""

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from console.chassis.inks import inks
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that stays together; `parts` are (tone, text); priority 0 stays longest. `action` is what a click does."""

    parts: tuple[tuple[str, str], ...]
    priority: int = 0
    action: str = ""

    @property
    def width(self) -> int:
        return sum(cell_len(text) for _, text in self.parts)


def keep(pieces: Sequence[Piece], width: int, separator: int) -> list[Piece]:
    """The pieces that fit in `width` with `separator` cells between them; the largest priority goes first."""
    kept = list(pieces)
    while len(kept) > 1 and sum(piece.width + separator for piece in kept) - separator > width:
        kept.remove(max(reversed(kept), key=lambda piece: piece.priority))
    return kept


@dataclass(frozen=True, slots=True)
class Span:
    """Where a piece landed on the line, for the mouse."""

    start: int
    end: int
    action: str


def lay(
    widget: Widget, left: Sequence[Piece], right: Sequence[Piece], width: int, gap: str
) -> tuple[Strip, list[Span]]:
    """The line, left pieces flush left and right ones flush right, and where each piece is."""
    segments: list[Segment] = []
    spans: list[Span] = []
    at = 0
    right_width = sum(piece.width + cell_len(gap) for piece in right)
    for group, start in ((left, 0), (right, width - right_width)):
        if start > at:
            segments.append(Segment(" " * (start - at), _style(widget, "text")))
            at = start
        for number, piece in enumerate(group):
            if number:
                segments.append(Segment(gap, _style(widget, "muted")))
                at += cell_len(gap)
            spans.append(Span(at, at + piece.width, piece.action))
            for tone, text in piece.parts:
                segments.append(Segment(text, _style(widget, tone)))
            at += piece.width
    return Strip(segments).adjust_cell_length(width, _style(widget, "text")), spans


def _style(widget: Widget, tone: str) -> Style:
    return inks(widget)[f"chrome--{tone}"]


def crop(text: str, width: int) -> str:
    """`text` in at most `width` cells, with an ellipsis where it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + "…" if width > 1 else ""
