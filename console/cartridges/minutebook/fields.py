"""One line that asks: words to find, or a path to save to."""

from textual import events
from textual.message import Message
from textual.widgets import Input


class AskField(Input):
    """Shown while it asks. Enter gives its text, Esc gives up."""

    hints = (("Enter", "Do it"), ("Esc", "Give up"))

    class Given(Message):
        """What was typed."""

        def __init__(self, field: "AskField", text: str) -> None:
            super().__init__()
            self.field, self.text = field, text

    class GivenUp(Message):
        """Esc."""

        def __init__(self, field: "AskField") -> None:
            super().__init__()
            self.field = field

    def on_mount(self) -> None:
        self.display = False

    def ask(self, text: str) -> None:
        """Show the line with `text` in it."""
        self.display = True
        self.value = text
        self.cursor_position = len(text)
        self.focus()

    def away(self) -> None:
        self.display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.Given(self, self.value))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.post_message(self.GivenUp(self))
