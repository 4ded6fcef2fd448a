"""Text from outside, made safe to store and to show: NFC, no control or bidi characters, bounded in size."""

import re
import unicodedata
from collections.abc import Callable

REPLACEMENT = "�"
LINE_BREAKS = {0x0B: "\n", 0x0C: "\n", 0x85: "\n", 0x2028: "\n", 0x2029: "\n"}
DROPPED = {0x00AD: None, 0x200B: None, 0x2060: None, 0xFEFF: None}
BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
CONTROLS = (*range(0x09), *range(0x0E, 0x20), 0x7F, *(c for c in range(0x80, 0xA0) if c != 0x85))
TAGS = range(0xE0000, 0xE0080)
SURROGATES = range(0xD800, 0xE000)
TABLE: dict[int, str | None] = {
    **dict.fromkeys((*BIDI, *CONTROLS, *TAGS, *SURROGATES, 0xFFFE, 0xFFFF), REPLACEMENT),
    **LINE_BREAKS,
    **DROPPED,
    0x09: "    ",
    0xA0: " ",
    0x202F: " ",
}
UNCLEAN = re.compile("[\r" + "".join(f"\\U{code:08x}" for code in TABLE) + "]")


def clean(text: str) -> str:
    """`text` in NFC with LF line ends; control, bidi and tag characters become U+FFFD, tabs spaces."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", unified.translate(TABLE))


def is_clean(text: str) -> bool:
    """Whether `clean` would replace nothing in `text`. Linear and fast: the daemon checks with it what a reader
    sends.
    """
    return UNCLEAN.search(text) is None


def says_cut(why: str) -> str:
    """The line at the end of a text that was cut."""
    return f"\n[The text ends here: {why}. The original is kept whole.]\n"


def clean_line(text: str) -> str:
    """`text` on one line: as `clean`, with each run of white space as one space."""
    return " ".join(clean(text).split())


def table_row(cells: list[str]) -> str:
    """One row of a Markdown table; a bar inside a cell is escaped."""
    return "| " + " | ".join(clean_line(cell).replace("|", "\\|") for cell in cells) + " |"


def table_rule(width: int) -> str:
    """The line under a Markdown table's head."""
    return "|" + " --- |" * width


class Full(Exception):
    """The text has reached its limit. The text so far is kept, and its end says so."""


class Prose:
    """Collects Markdown lines up to `limit_bytes` of UTF-8, then a line that says that the text was cut.

    `sink` receives each piece of the text as soon as it is final: joined they are `text()`.
    """

    def __init__(self, limit_bytes: int, sink: Callable[[str], None] = lambda piece: None) -> None:
        self._limit = limit_bytes
        self._sink = sink
        self._size = 0
        self._parts: list[str] = []
        self._blank = False
        self.pages = 0
        """The last page from which the text has something, where the format has pages."""
        self.cut = ""
        """Why the text is incomplete; '' when it is complete."""

    def add(self, text: str) -> None:
        """Append `text` and a line end.

        Raises:
            Full: it does not fit; whole lines that do fit are kept.
        """
        for line in clean(text).split("\n"):
            self._line(line.rstrip())

    def end(self, why: str = "") -> None:
        """End the text, because of `why`. The sink receives the rest."""
        self.cut = self.cut or why
        if self._parts and self.cut:
            self._sink(says_cut(self.cut))

    def text(self) -> str:
        """Everything collected, ending in one LF; '' when there was only white space."""
        return "".join(self._parts) + (says_cut(self.cut) if self._parts and self.cut else "")

    def _line(self, line: str) -> None:
        size = len(line.encode("utf-8")) + 1
        if self._size + size > self._limit:
            if not self._parts:
                self._settle(line.encode("utf-8")[: self._limit - 1].decode("utf-8", "ignore"))
            self.cut = f"it is longer than {self._limit:,} bytes"
            raise Full
        self._size += size
        self._settle(line)

    def _settle(self, line: str) -> None:
        """Add a line. Blank lines in a row become one; none is kept at the beginning or the end."""
        if not self._parts:
            line = line.lstrip(" ")
        if not line:
            self._blank = bool(self._parts)
            return
        piece = f"\n{line}\n" if self._blank else f"{line}\n"
        self._blank = False
        self._parts.append(piece)
        self._sink(piece)


def decode(data: bytes) -> str | None:
    """`data` as text: UTF-8, UTF-16 with its byte order mark, else Windows-1252; None when it is no text."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data[: len(data) // 2 * 2].decode("utf-16", "replace")
    if b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The end may have cut a letter of UTF-8. Where no letter before it shows UTF-8, it is one of Windows-1252.
        before = data[: error.start]
        if error.end == len(data) and len(data) - error.start < 4 and not before.isascii():
            return before.decode("utf-8-sig")
    controls = sum(byte < 32 and byte not in b"\t\n\r\x0c" for byte in data[:65_536])
    return None if controls * 50 > min(len(data), 65_536) else data.decode("cp1252", "replace")
