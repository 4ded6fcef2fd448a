"""Text from outside, made safe for a terminal: no control characters, no C1, nothing that reorders or hides. Pure.

One table says what is unsafe. Each medium has its own form: a screen and text output show a mark, JSON and CSV keep the
content as `\\uXXXX`. All that is printed, drawn, copied or saved passes through one of these functions; `tests/laws`
checks it.
"""

from typing import Final

REPLACEMENT: Final = "�"

_CONTROLS: Final = (*range(0x20), *range(0x7F, 0xA0))
_BIDI: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE: Final = (
    *(0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x200B, *range(0x2060, 0x2066), *range(0x206A, 0x2070)),
    *(0x3164, 0xFEFF, 0xFFA0, *range(0xFFF9, 0xFFFC), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B)),
    *range(0xE0000, 0xE0080),
)
"""Default-ignorable characters of Unicode but for joiners and variation selectors, which scripts and emoji need."""
_SURROGATES: Final = range(0xD800, 0xE000)
_BREAKS: Final = (0x2028, 0x2029)

_MAP: Final[dict[int, str]] = {
    **dict.fromkeys((*_CONTROLS, *_BIDI, *_INVISIBLE, *_SURROGATES), REPLACEMENT),
    0x09: " ",
    **dict.fromkeys(_BREAKS, " "),
}
_MAP_LINES: Final[dict[int, str]] = {**_MAP, 0x0A: "\n", 0x0D: ""}
_UNSAFE: Final = frozenset((*_CONTROLS, *_BIDI, *_INVISIBLE, *_SURROGATES, *_BREAKS))


def safe_line(text: str | bytes) -> str:
    """`text` as one line: a line break becomes a visible mark, bytes that are not UTF-8 are shown as replaced."""
    plain = _as_text(text)
    if plain.isascii() and plain.isprintable():
        return plain
    return plain.replace("\r\n", "⏎").replace("\n", "⏎").translate(_MAP)


def safe_lines(text: str | bytes) -> str:
    """`text` with its line breaks kept and everything else as in `safe_line`."""
    return _as_text(text).translate(_MAP_LINES)


def safe_copy(text: str) -> str:
    """`text` for a clipboard or a text file: as `safe_lines`, with its tabs kept."""
    return "\t".join(map(safe_lines, text.split("\t")))


def escaped(text: str, keep: str = "") -> str:
    r"""`text` with every unsafe character except those of `keep` as `\uXXXX`: no character is lost."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if ord(char) in _UNSAFE and char not in keep else char for char in text)


def json_text(data: object, *, indent: int | None = None, ascii_only: bool = False) -> str:
    r"""`data` as JSON that any terminal can show: unsafe characters stand as `\uXXXX`, and reading it gives `data` back."""
    import json  # 10 ms that most starts do not need

    return escaped(json.dumps(data, ensure_ascii=ascii_only, indent=indent), keep="\n")


def _escape(char: str) -> str:
    """The JSON escape of `char`; a character above U+FFFF is a pair of surrogates."""
    code = ord(char)
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + (code - 0x10000 >> 10):04x}\\u{0xDC00 + (code - 0x10000 & 0x3FF):04x}"


def _as_text(text: str | bytes) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
