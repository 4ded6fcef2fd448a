"""A small terminal: it reads what is written and keeps what a person sees. It shares no line with the program's own reader."""

from dataclasses import dataclass, field

from rich.cells import get_character_cell_size

UNKNOWN = ("?", "never written")
LINES = {"4": "u", "7": "r", "9": "s", "53": "o", "21": "U"}
"""Marks that are seen where nothing stands."""


@dataclass
class Emulator:
    """A screen of `height` rows of `width` cells. A cell is what is seen: a grapheme and how it looks.

    Any sequence but CUP, CHA, CUU, CUD, CUF, CUB, SGR, BS, CR and LF is an error. So are text beyond the last column,
    a line feed in the last row, a step out of the screen, and a step from behind the last column, where terminals differ.
    """

    width: int
    height: int
    row: int = 0
    column: int = 0
    sgr: dict[str, str] = field(default_factory=dict)
    cells: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    received: int = 0

    def feed(self, text: str) -> None:
        self.received += len(text.encode())
        while text:
            if text[0] != "\x1b":
                self._take(text[0])
                text = text[1:]
                continue
            assert text[1] == "[", f"no sequence of ours: {text[:8]!r}"
            end = next(at for at in range(2, len(text)) if text[at].isalpha())
            self._control(text[end], [int(word or 0) for word in text[2:end].split(";")], text[2:end])
            text = text[end + 1 :]

    def _control(self, final: str, numbers: list[int], words: str) -> None:
        if final == "H":
            self.row, self.column = max(1, numbers[0]) - 1, max(1, numbers[1] if len(numbers) > 1 else 1) - 1
            assert self.row < self.height and self.column < self.width
        elif final == "G":
            self.column = max(1, numbers[0]) - 1
            assert self.column < self.width
        elif final in "ABCD":
            self._step(*{"A": (-1, 0), "B": (1, 0), "C": (0, 1), "D": (0, -1)}[final], max(1, numbers[0]))
        else:
            assert final == "m", f"a terminal need not know {final!r}"
            self._style(words.split(";"))

    def _step(self, down: int, right: int, count: int) -> None:
        assert self.column < self.width, "a step from behind the last column"
        self.row, self.column = self.row + down * count, self.column + right * count
        assert 0 <= self.row < self.height and 0 <= self.column < self.width, "a step out of the screen"

    def _style(self, words: list[str]) -> None:
        off = {"22": "12", "23": "3", "24": "4U", "27": "7", "29": "9", "55": "o"}
        while words:
            word = words.pop(0)
            if word in ("", "0"):
                self.sgr.clear()
            elif word in ("38", "48"):
                taken = 4 if words[0] == "2" else 2
                self.sgr[word], words = ";".join(words[:taken]), words[taken:]
            elif word in ("39", "49"):
                self.sgr.pop(f"{word[0]}8", None)
            elif len(word) == 2 and word[0] in "34" and word[1] in "01234567":
                self.sgr[f"{word[0]}8"] = word
            elif word in off:
                for mark in ({"22": ["1", "2"], "24": ["4", "21"], "55": ["53"]}).get(word, [off[word]]):
                    self.sgr.pop(mark, None)
            else:
                assert word in ("1", "2", "3", "4", "7", "9", "21", "53"), word
                self.sgr[word] = "on"

    def _take(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\b":
            self._step(0, -1, 1)
        elif letter == "\n":
            assert self.row < self.height - 1, "the screen would scroll"
            self.row += 1
        else:
            self._put(letter, get_character_cell_size(letter))

    def _put(self, letter: str, wide: int) -> None:
        if not wide:
            at = (self.row, self.column - 1)
            at = at if self.cells.get(at, UNKNOWN)[0] else (self.row, self.column - 2)
            under = self.cells.get(at, UNKNOWN)
            self.cells[at] = (under[0] + letter, under[1])
            return
        assert self.column + wide <= self.width, "text past the last column"
        for column in range(self.column, self.column + wide):
            self._cut(column)
        for number in range(wide):
            self.cells[self.row, self.column + number] = ("" if number else letter, self._look(letter))
        self.column += wide

    def _cut(self, column: int) -> None:
        """One half of a wide letter that is written over leaves a blank of unknown looks."""
        if self.cells.get((self.row, column), UNKNOWN)[0] == "":
            self.cells[self.row, column - 1] = UNKNOWN
        if self.cells.get((self.row, column + 1), UNKNOWN)[0] == "":
            self.cells[self.row, column + 1] = UNKNOWN

    def _look(self, letter: str) -> str:
        lines = "".join(LINES[mark] for mark in sorted(self.sgr) if mark in LINES)
        paper = self.sgr.get("48", "")
        if letter == " " and not lines:
            return f"on {paper}"
        return ",".join(f"{key}={value}" for key, value in sorted(self.sgr.items()))

    @property
    def screen(self) -> list[list[tuple[str, str]]]:
        """Rows of cells as a person sees them."""
        return [[self.cells.get((row, column), UNKNOWN) for column in range(self.width)] for row in range(self.height)]
