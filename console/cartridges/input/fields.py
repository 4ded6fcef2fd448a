"""The path field: typed paths, and pastes of any kind, go to the queue."""

from textual import events
from textual.message import Message
from textual.widgets import Input

from console.chassis.table import TableColumn
from protocol.schema import ColumnKind

QUEUE_COLUMNS = (
    TableColumn("state", "state", 11),
    TableColumn("name", "document"),
    TableColumn("size", "size", 6, ColumnKind.BYTES, priority=2),
    TableColumn("entry", "entry", 5, ColumnKind.INDEX, priority=1),
)


class PathField(Input):
    """Enter hands over what was typed; a paste into the empty field is handed over at once, all of its lines."""

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

    def on_paste(self, event: events.Paste) -> None:
        if not self.value.strip():
            event.stop()
            event.prevent_default()
            self.post_message(self.Given(event.text))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text, self.value = self.value, ""
        self.post_message(self.Given(text) if text.strip() else self.Left(entered=True))

    def on_key(self, event: events.Key) -> None:
        if event.key in ("escape", "down", "tab"):
            event.stop()
            event.prevent_default()
            self.post_message(self.Left())
