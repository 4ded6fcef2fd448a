"""The peer of cold_start: the smallest Textual application that shows a line."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        yield Static("MINIMAL-APP-READY")


if __name__ == "__main__":
    Minimal().run()
