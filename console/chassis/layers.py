"""Dialogs lie above the pane. A key acts on the top layer alone, however fast it follows the key that opened or closed a dialog.

Textual gives a key to the widget that has the focus when the key arrives; the widget handles it later, from its own queue. A key that
was typed quickly may so be handled behind a dialog that an earlier key opened, or by a dialog that an earlier key closed.
"""

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widget import Widget

T = TypeVar("T")


def is_behind(widget: Widget) -> bool:
    """Whether a dialog lies above `widget`, or its screen has been closed: a key that reaches it now was meant for another layer."""
    return widget.screen is not widget.app.screen


class Layer(ModalScreen[T]):
    """A dialog that is answered once: what answers it again, while it closes, does nothing."""

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close this dialog and give `result` to whoever opened it."""
        if self.app.screen is not self:
            return AwaitComplete()
        return super().dismiss(result)
