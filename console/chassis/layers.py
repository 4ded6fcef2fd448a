"""Layers of dialogs above the pane. A key acts only on the top layer, however fast it follows the key that opened or
closed a dialog.

Textual assigns a key to the widget that has the focus when the key arrives; the widget handles it later, from its own
queue. A key that is typed quickly may so reach a widget below a dialog that an earlier key opened, or a dialog that an
earlier key closed.
"""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widget import Widget

T = TypeVar("T")


def is_behind(widget: Widget) -> bool:
    """Whether a dialog lies above `widget`, or its screen is closed: a key that reaches it now was typed for another
    layer.
    """
    return widget.screen is not widget.app.screen


class Layer(ModalScreen[T]):
    """A dialog that is answered once. A second answer, while it closes, does nothing."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close this dialog and pass `result` to the one who opened it."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)
