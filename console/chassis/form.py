"""A box with fields, one below the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static

from console.chassis.layers import Layer
from console.chassis.segments import entitled, prose


@dataclass(frozen=True, slots=True)
class FormField:
    """One field: its label, its first text, and an example that is shown while it is empty."""

    label: str
    text: str = ""
    example: str = ""


class Form(Layer[tuple[str, ...] | None]):
    """Enter goes to the next field, and from the last one gives all values. Where `check` gives a reason, it is shown
    and the form stays open.

    A value in a field is a record's own and is more often edited than written anew: the cursor is at its end, and a key
    adds to it. Esc closes the form without values.
    """

    def __init__(
        self,
        title: str,
        text: str,
        entries: Sequence[FormField],
        check: Callable[[tuple[str, ...]], str] = lambda words: "",
    ) -> None:
        """`check` gives the reason why the values are not valid; '' where they are."""
        super().__init__()
        self._heading, self._text, self._entries, self._check = title, text, tuple(entries), check

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = entitled(self._heading)
            yield Static(prose(self._text), classes="dialog--text", markup=False)
            for entry in self._entries:
                yield Static(prose(entry.label), classes="dialog--detail", markup=False)
                yield Input(entry.text, placeholder=entry.example, compact=True, select_on_focus=False)
            yield Static("", classes="dialog--fault", markup=False)
            keys = "Tab next field   Enter does it   Esc cancels"
            if any(entry.text for entry in self._entries):
                keys = f"Type to add   Ctrl+U empties a field   {keys}"
            yield Static(prose(keys), classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        fields = list(self.query(Input))
        if event.input is not fields[-1]:
            fields[fields.index(event.input) + 1].focus()
            return
        words = tuple(" ".join(field.value.split()) for field in fields)
        if fault := self._check(words):
            self.query_one(".dialog--fault", Static).update(prose(fault))
            return
        self.dismiss(words)
