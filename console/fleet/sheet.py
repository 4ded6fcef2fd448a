"""A sheet of labelled lines: text from outside is made safe to draw, and long text is wrapped, never cut."""

from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len

from console.chassis.facts import Line, Lines
from console.model.safe_text import safe_line
from protocol.values import dataclass

LABEL = 10
INDENT = LABEL + 2


@dataclass(frozen=True, slots=True)
class SheetLine:
    """`label  text` in a tone; an entry of tone `title` has no label and is a heading."""

    label: str
    text: str
    tone: str = ""


class Sheet(Lines):
    """Entries as lines, shown from the present place."""

    def __init__(self, title: str = "", *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(title, id=id, classes=classes)
        self._entries: tuple[SheetLine, ...] = ()

    def show(self, entries: Sequence[SheetLine]) -> None:
        """Show `entries`, from the present place; costs nothing where they are as before."""
        if tuple(entries) != self._entries:
            self._entries = tuple(entries)
            self._fill()

    def on_resize(self) -> None:
        super().on_resize()
        self._fill()

    def _fill(self) -> None:
        width = max(24, self.size.width - 1)
        self.set_lines([line for entry in self._entries for line in wrapped(entry, width)], keep_place=True)

    @property
    def texts(self) -> list[str]:
        """The texts of the lines."""
        return ["".join(text for _, text in line).rstrip() for line in self._lines]


def wrapped(entry: SheetLine, width: int) -> list[Line]:
    """`entry` as lines of at most `width` cells; further lines are indented under the first."""
    text = safe_line(entry.text)
    if entry.tone == "title":
        return [(("title", text),)]
    room = max(8, width - INDENT)
    parts = (wrap(text, room) if cell_len(text) > room else [text]) or [""]
    heads = [entry.label] + [""] * (len(parts) - 1)
    return [(("label", f"{head:<{LABEL}}  "), (entry.tone, part)) for head, part in zip(heads, parts, strict=True)]
