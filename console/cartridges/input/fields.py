"""The queue and the path field above it: typed paths, and pastes of any kind, go to the queue."""

from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.widgets import Input

from console.chassis.field import PaneField
from console.chassis.table import LedgerTable, Row, TableColumn
from console.model.input.intake import Place
from console.model.input.tray import Queued
from protocol.schema import ColumnKind

QUEUE_COLUMNS = (
    TableColumn("state", "state", 11),
    TableColumn("name", "document"),
    TableColumn("size", "size", 6, ColumnKind.BYTES, priority=2),
    TableColumn("entry", "entry", 5, ColumnKind.INDEX, priority=1),
)
CLOSED = "p: a path, or drop files here"
OPEN = "type a path, then Enter"
BEGINS = frozenset("/~.'\"")
"""What an absolute or quoted path begins with, or one from here."""
TONES = {
    Place.AT_WORK: "title",
    Place.SEALED: "good",
    Place.REFUSED: "bad",
    Place.KEPT: "warn",
    Place.ABANDONED: "muted",
    Place.WAITING: "",
}


class PathField(PaneField):
    """Enter hands over what was typed; a paste in place of all that stands there is handed over at once, all of its lines.

    What it says while it is empty tells whether it has the focus. Whoever presses `p` there once more than is needed does not
    mean a folder of that name: what begins a path (BEGINS) begins it anew behind a lone p, and a paste takes its place.
    """

    hints = (("Enter", "Into the queue"), ("Esc", "Back"))

    class Given(Message):
        """Text that names files."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Esc: back to the queue. With nothing typed Enter leaves as well, and means the document in the queue."""

        def __init__(self, *, entered: bool = False) -> None:
            super().__init__()
            self.entered = entered

    @property
    def is_open(self) -> bool:
        """Whether the next key is its own; true at once, not when the news of the focus has come round."""
        return self.screen.focused is self

    def open(self) -> None:
        """To the field, now. What was left in it is selected: the next path takes its place."""
        if not self.is_open:
            self.screen.set_focus(self)
            self.select_all()

    def take(self, event: events.Key) -> bool:
        """Type a key that was pressed before the focus had come; whether the field knows it."""
        if not self.check_consume_key(event.key, event.character) and event.key == "colon":
            return False
        if event.is_printable and event.character:
            self._forget_opener(event)
            self.replace(event.character, *self.selection)
        elif event.key == "backspace":
            self.action_delete_left()
        elif event.key == "enter":
            self._hand_over()
        else:
            return False
        event.stop()
        event.prevent_default()
        return True

    def on_focus(self) -> None:
        self.placeholder = OPEN

    def on_blur(self) -> None:
        self.placeholder = CLOSED

    def on_paste(self, event: events.Paste) -> None:
        if not self.value.strip(" p") or self.selected_text == self.value:
            event.stop()
            event.prevent_default()
            self.value = ""
            self.post_message(self.Given(event.text))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._hand_over()

    def _hand_over(self) -> None:
        text, self.value = self.value, ""
        self.post_message(self.Given(text) if text.strip() else self.Left(entered=True))

    def _forget_opener(self, event: events.Key) -> None:
        if event.character in BEGINS - {"."} and not self.value.strip("p"):
            self.value = ""

    def on_key(self, event: events.Key) -> None:
        self._forget_opener(event)
        if event.key in ("escape", "down", "tab"):
            event.stop()
            event.prevent_default()
            self.post_message(self.Left())


class QueueList(LedgerTable):
    """The queue. `typed` sees every key first: whoever types quickly is ahead of the focus."""

    typed: Callable[[events.Key], bool]

    def on_key(self, event: events.Key) -> None:
        if not self.filtering and self.typed(event):
            event.stop()
            event.prevent_default()


def queue_row(item: Queued) -> Row:
    """A document as a row of the queue."""
    cells = (f"{item.place.glyph} {item.place.value}", item.name, item.size or None, item.index)
    return Row(item.number, cells, TONES[item.place])
