"""The queue and the path field above it. Typed paths and pastes go to the queue."""

from collections.abc import Callable

from textual import events
from textual.message import Message
from textual.widgets import Input

from console.chassis.field import PaneField
from console.chassis.table import LedgerTable, Row, TableColumn
from console.model.input.intake import QueueState
from console.model.input.tray import Queued
from protocol.schema import ColumnKind

QUEUE_COLUMNS = (
    TableColumn("state", "state", 11),
    TableColumn("name", "document", keeps_end=True),
    TableColumn("size", "size", 6, ColumnKind.BYTES, priority=2),
    TableColumn("entry", "entry", 5, ColumnKind.INDEX, priority=1),
)
CLOSED = "p: a path, or drop files here"
OPEN = "type a path, then Enter"
BEGINS = frozenset("/~.'\"")
"""The first characters of an absolute, relative or quoted path."""
TONES = {
    QueueState.AT_WORK: "title",
    QueueState.SEALED: "good",
    QueueState.REFUSED: "bad",
    QueueState.KEPT: "warn",
    QueueState.ABANDONED: "muted",
    QueueState.WAITING: "",
}


class PathField(PaneField):
    """Enter passes on what was typed. A paste that replaces the whole text is passed on at once, all of its lines.

    Its placeholder shows whether it has the focus. A person who presses `p` once too often does not mean a folder of
    that name: a character that begins a path (BEGINS) replaces a single p, and so does a paste.
    """

    hints = (("Enter", "Into the queue"), ("Esc", "Back"))

    class Given(Message):
        """Text that names files was given."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Left(Message):
        """Esc: back to the queue. Enter in the empty field leaves too, and then acts on the document in the queue."""

        def __init__(self, *, entered: bool = False) -> None:
            super().__init__()
            self.entered = entered

    @property
    def is_open(self) -> bool:
        """Whether the next key goes to the field; true at once, before the message about the focus arrives."""
        return self.screen.focused is self

    def open(self) -> None:
        """Move the focus to the field now. Its old text is selected: the next path replaces it."""
        if not self.is_open:
            self.screen.set_focus(self)
            self.select_all()

    def take(self, event: events.Key) -> bool:
        """Type a key that was pressed before the focus arrived. Returns whether the field used it."""
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
    """The queue. `typed` receives every key first, because a key may arrive before the focus has moved."""

    typed: Callable[[events.Key], bool]

    def on_key(self, event: events.Key) -> None:
        if not self.filtering and self.typed(event):
            event.stop()
            event.prevent_default()


def queue_row(item: Queued) -> Row:
    """A document as a row of the queue."""
    cells = (f"{item.place.glyph} {item.place.value}", item.name, item.size or None, item.index)
    return Row(item.number, cells, TONES[item.place])
