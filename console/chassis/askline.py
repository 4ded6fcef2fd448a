"""The line of a cartridge that asks: words to find, a date, a path."""

import re

from textual import events
from textual.message import Message
from textual.widgets import Input


class AskLine(Input):
    """Shown while it asks; `wants` is what: `find`, `date`, or a word of the cartridge's own."""

    hints = (("Enter", "Do it"), ("Esc", "Give up"))
    wants = ""

    @property
    def asks(self) -> str:
        """What it asks for, in a few words: they stand beside its keys when what is typed has covered the placeholder."""
        return re.split("[:;,]", self.placeholder, maxsplit=1)[0]

    class Given(Message):
        """What was typed, for what was wanted."""

        def __init__(self, wants: str, text: str) -> None:
            super().__init__()
            self.wants, self.text = wants, text

    class GivenUp(Message):
        """Esc."""

    def on_mount(self) -> None:
        self.display = False

    def ask(self, wants: str, text: str, placeholder: str) -> None:
        self.wants, self.placeholder, self.value = wants, placeholder, text
        self.display = True
        self.cursor_position = len(text)
        self.focus()

    def away(self) -> None:
        """Ask no longer."""
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
