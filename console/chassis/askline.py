"""The line in which a cartridge asks for words to find, a date, or a path."""

import re

from textual import events
from textual.message import Message
from textual.widgets import Input


class AskLine(Input):
    """A line that is shown while it asks. `wants` says for what: `find`, `date`, or a word of the cartridge's own.

    A key adds to the text in it and does not replace it: the cursor is at the end.
    """

    wants = ""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, select_on_focus=False)

    @property
    def hints(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a key and what it does."""
        empties = (("Ctrl+U", "Empty it"),) if self.value else ()
        return (("Enter", "Do it"), ("Esc", "Give up"), *empties)

    @property
    def asks(self) -> str:
        """What it asks for, in a few words, shown beside its keys when the typed text hides the placeholder."""
        return re.split("[:;,]", self.placeholder, maxsplit=1)[0]

    class Given(Message):
        """What was typed, and for what it was asked."""

        def __init__(self, wants: str, text: str) -> None:
            super().__init__()
            self.wants, self.text = wants, text

    class GivenUp(Message):
        """Esc was pressed."""

    def on_mount(self) -> None:
        self.display = False

    def ask(self, wants: str, text: str, placeholder: str) -> None:
        self.wants, self.placeholder, self.value = wants, placeholder, text
        self.display = True
        self.cursor_position = len(text)
        self.focus()

    def away(self) -> None:
        """Hide the line."""
        self.display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.display = False
        self.post_message(self.Given(self.wants, self.value))

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            event.prevent_default()
            self.display = False
            self.post_message(self.GivenUp())
