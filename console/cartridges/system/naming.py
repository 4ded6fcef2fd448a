"""The dialog that gives a device another name."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static

from console.chassis.layers import Layer
from console.chassis.segments import prose


class Naming(Layer[str | None]):
    """One field, filled with the device's present name. Enter renames, Esc changes nothing."""

    CSS_CLASSES = "dialog"

    def __init__(self, label: str, said: str) -> None:
        """`label` is the device's name here, `said` the name that it gives itself."""
        super().__init__()
        self._label, self._said = label, said

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = "NAME OF A DEVICE"
            itself = f" It calls itself {self._said}." if self._said and self._said != self._label else ""
            yield Static(prose(f"What is this device called?{itself}"), classes="dialog--text", markup=False)
            yield Input(self._label, compact=True, max_length=60, select_on_focus=False)
            yield Static("Ctrl+U empties it   Enter renames   Esc cancels", classes="dialog--hint", markup=False)

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)
