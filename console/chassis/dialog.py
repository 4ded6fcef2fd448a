"""Dialogs: a question whose default is Cancel, and a text to read."""

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from console.chassis.keys import Danger
from console.chassis.layers import Layer
from console.chassis.segments import entitled, one_line, prose, worded
from console.model.safe_text import safe_line


class Dialog(Layer[bool]):
    """A box in the middle of the screen. Esc always closes it with False."""

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(False)
        elif self.took(event.key):
            event.stop()
            event.prevent_default()

    def took(self, key: str) -> bool:
        """Handle a key of this kind of dialog. Returns whether it was one."""
        return False


class Choice(Widget, can_focus=True):
    """One answer: Enter, Space or a click gives it."""

    def __init__(self, text: str, give: Callable[[], None], classes: str = "") -> None:
        super().__init__(classes=classes)
        self._text, self._give = text, give

    def render(self) -> Text:
        return one_line(self._text)

    def get_content_width(self, container: object, viewport: object) -> int:
        return len(self._text)

    def on_key(self, event: events.Key) -> None:
        if event.key in ("enter", "space"):
            event.stop()
            self._give()
        elif event.key in ("left", "right", "h", "l"):
            event.stop()
            self.screen.focus_next() if event.key in ("right", "l") else self.screen.focus_previous()

    def on_click(self) -> None:
        self._give()


class ConfirmDialog(Dialog):
    """A question. With Danger.TYPED the object's name must be typed before yes can be given."""

    def __init__(self, question: str, danger: Danger, name: str = "", detail: str = "") -> None:
        super().__init__(classes="-danger" if danger >= Danger.CONFIRM else "")
        self._question, self._danger, self._object, self._detail = question, danger, name, detail

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = "CONFIRM"
            yield Static(prose(self._question), classes="dialog--text", markup=False)
            if self._object:
                yield Static(one_line(self._object), classes="dialog--name", markup=False)
            if self._detail:
                yield Static(prose(self._detail), classes="dialog--detail", markup=False)
            if self._danger is Danger.TYPED:
                yield Input(placeholder=f"type {safe_line(self._object)}", compact=True)
            with Horizontal(classes="dialog--buttons"):
                yield Choice("Cancel", self._no)
                yield Choice("Yes, do it", self._yes, classes="-yes")
            yield Static("← → choose   Enter gives   Esc cancels", classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        self.query(Choice).first().focus()

    def _no(self) -> None:
        self.dismiss(False)

    def _yes(self) -> None:
        if self._danger is Danger.TYPED and self.query_one(Input).value.strip() != self._object.strip():
            self.query_one(Input).focus()
            return
        self.dismiss(True)


class LineDialog(Dialog):
    """A line to type in, with `text` to begin with. Enter passes it to `give`, Esc does not. An empty line is not
    passed.
    """

    def __init__(self, title: str, question: str, text: str, give: Callable[[str], None]) -> None:
        super().__init__(classes="-asking")
        self._heading, self._question, self._text, self._give = title, question, text, give

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = entitled(self._heading)
            yield Static(prose(self._question), classes="dialog--text", markup=False)
            yield Input(self._text, compact=True, select_on_focus=False)
            yield Static("Ctrl+U empties it   Enter saves   Esc cancels", classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip():
            self.dismiss(True)
            self._give(event.value)


class TextDialog(Dialog):
    """A text to read; Enter, Esc, Space or `q` closes it. With `copy`, `y` puts that text on the clipboard."""

    def __init__(self, title: str, text: str | Text, *, copy: str = "") -> None:
        super().__init__()
        self._heading, self._text, self._copy = title, text, copy

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = entitled(self._heading)
            yield Static(worded(self._text), classes="dialog--text", markup=False)
            hint = "y copies   Esc closes" if self._copy else "Esc closes"
            yield Static(prose(hint), classes="dialog--hint", markup=False)

    def took(self, key: str) -> bool:
        if key == "y" and self._copy:
            self.app.copy_to_clipboard(self._copy)
            self.query_one(".dialog--hint", Static).update("✓ copied to the clipboard   Esc closes")
            return True
        if key in ("enter", "q", "space"):
            self.dismiss(False)
            return True
        return False
