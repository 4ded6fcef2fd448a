"""Text from outside, made fit to draw: no control characters, no C1, no bidi controls. The one function for it."""

from typing import Final

REPLACEMENT: Final = "�"

_BIDI: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE: Final = (0x00AD, 0x180E, 0x200B, 0x2060, 0xFEFF, *range(0xFFF9, 0xFFFC))

_MAP: Final[dict[int, str]] = {
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), REPLACEMENT),
    **dict.fromkeys((*_BIDI, *_INVISIBLE), REPLACEMENT),
    **dict.fromkeys(range(0xD800, 0xE000), REPLACEMENT),
    0x09: " ",
    0x2028: " ",
    0x2029: " ",
}
_MAP_LINES: Final[dict[int, str]] = {**_MAP, 0x0A: "\n", 0x0D: ""}


def safe_line(text: str | bytes) -> str:
    """`text` as one line: a line break becomes a visible mark, bytes that are not UTF-8 are shown as replaced."""
    return _as_text(text).replace("\r\n", "⏎").replace("\n", "⏎").translate(_MAP)


def safe_lines(text: str | bytes) -> str:
    """`text` with its line breaks kept and everything else as in `safe_line`."""
    return _as_text(text).translate(_MAP_LINES)


def _as_text(text: str | bytes) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
