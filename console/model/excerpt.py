"""A source line with the claimed part marked, wrapped to a width. Pure."""

from typing import Final

OPEN: Final = "⟦"
CLOSE: Final = "⟧"

Piece = tuple[bool, str]
"""Whether this is the claimed part, and its text."""


def excerpt(text: str, value: str, room: int) -> list[list[Piece]]:
    """`text` in lines of at most `room` characters, cut at blanks where there are any.

    The claimed part stands between U+27E6 and U+27E7; where `text` has no such marks, `value` is looked for.
    """
    before, inside, after = split(text, value)
    whole, start, end = before + inside + after, len(before), len(before) + len(inside)
    return [_marked(whole[a:b], start - a, end - a) for a, b in _lines(whole, max(8, room))]


def split(text: str, value: str) -> tuple[str, str, str]:
    """The text before the claimed part, the part itself, and the text after it."""
    start, end = text.find(OPEN), text.find(CLOSE)
    if 0 <= start < end:
        return text[:start], text[start + 1 : end], text[end + 1 :]
    at = text.lower().find(value.lower()) if value else -1
    return (text[:at], text[at : at + len(value)], text[at + len(value) :]) if at >= 0 else (text, "", "")


def _lines(text: str, room: int) -> list[tuple[int, int]]:
    """Where each line begins and ends. The blank at a cut belongs to no line."""
    found, at = [], 0
    while len(text) - at > room:
        cut = text.rfind(" ", at + room // 2, at + room + 1)
        cut = cut if cut > at else at + room
        found.append((at, cut))
        at = cut + (text[cut : cut + 1] == " ")
    return [*found, (at, len(text))] if at < len(text) or not found else found


def _marked(line: str, start: int, end: int) -> list[Piece]:
    start, end = max(0, min(start, len(line))), max(0, min(end, len(line)))
    pieces = [(False, line[:start]), (True, line[start:end]), (False, line[end:])]
    return [piece for piece in pieces if piece[1]]
