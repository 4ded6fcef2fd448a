"""Extracted text as numbered lines, with the line of a claim marked and the searched words marked. Pure."""

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len

from console.chassis.facts import Line, line
from console.model.safe_text import safe_lines
from protocol.values import dataclass

GUTTER = 8


@dataclass(frozen=True, slots=True)
class NumberedText:
    """Lines to draw, and where each line of the text begins among them (`starts[0]` is line 1)."""

    lines: tuple[Line, ...]
    starts: tuple[int, ...]

    def row_of(self, number: int) -> int:
        """The drawn row of line `number` (from 1); the last one where the text is shorter."""
        return self.starts[max(0, min(number, len(self.starts)) - 1)] if self.starts else 0


def numbered(text: str, width: int, *, here: int = 0, words: Sequence[str] = ()) -> NumberedText:
    """`text` with line numbers, wrapped at `width` cells; line `here` and all occurrences of `words` are marked."""
    room = max(16, width - GUTTER - 2)
    pattern = re.compile("|".join(re.escape(word) for word in words if word), re.IGNORECASE) if any(words) else None
    lines: list[Line] = []
    starts: list[int] = []
    for number, source in enumerate(safe_lines(text).rstrip("\n").split("\n"), 1):
        starts.append(len(lines))
        for at, piece in enumerate(_wrapped(source, room)):
            lines.append(_drawn(number if at == 0 else 0, piece, number == here, pattern))
    return NumberedText(tuple(lines), tuple(starts))


def _drawn(number: int, piece: str, is_here: bool, pattern: re.Pattern[str] | None) -> Line:
    label = f"{number:>5}" if number else " " * 5
    gutter = ("title", f"{label} ▶ ") if is_here else ("muted", f"{label} │ ")
    tone = "title" if is_here else _tone(piece)
    return line(gutter, *_marked(piece, tone, pattern))


def _tone(piece: str) -> str:
    if piece.startswith("#"):
        return "notice"
    return "muted" if piece.startswith("<!--") else ""


def _marked(piece: str, tone: str, pattern: re.Pattern[str] | None) -> Iterator[tuple[str, str]]:
    """`piece` cut at the searched words."""
    at = 0
    for found in pattern.finditer(piece) if pattern is not None else ():
        if found.start() > at:
            yield tone, piece[at : found.start()]
        yield "mark", found.group()
        at = found.end()
    if at < len(piece) or not piece:
        yield tone, piece[at:]


def _wrapped(source: str, room: int) -> Iterator[str]:
    """`source` in pieces of at most `room` cells, cut at a blank where there is one."""
    while cell_len(source) > room:
        cut = room
        while cell_len(source[:cut]) > room:
            cut -= 1
        blank = source.rfind(" ", cut // 2, cut + 1)
        cut = blank if blank > 0 else cut
        yield source[:cut]
        source = source[cut:].lstrip(" ")
    yield source
