"""A finding in full, and the other findings of the same Totebox."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Container, VerticalScroll
from textual.widgets import Static

from console.chassis.dialog import Dialog
from console.chassis.segments import prose

FRAME = 4
"""Lines of the box that no text uses: its border, the keys, and the line above them."""


class FindingDialog(Dialog):
    """`text(place)` gives one of `count` findings. Arrows scroll; `n` and `p` go to the next and the previous; Enter,
    Esc, Space or `q` closes it.
    """

    def __init__(self, count: int, place: int, text: Callable[[int], str]) -> None:
        super().__init__(classes="-danger")
        self._count, self._place, self._read = count, place, text

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = "FINDING"
            with VerticalScroll(classes="dialog--scroll"):
                yield Static(prose(self._read(self._place)), classes="dialog--text", markup=False)
            turn = "n next   p before   " if self._count > 1 else ""
            yield Static(prose(f"{turn}↑↓ scroll   Esc closes"), classes="dialog--hint", markup=False)

    def on_resize(self) -> None:
        """Leave room for the box and its line of keys, which a long text would push off the screen."""
        self.query_one(VerticalScroll).styles.max_height = max(1, self.size.height - FRAME)

    def took(self, key: str) -> bool:
        if key in ("enter", "q", "space"):
            self.dismiss(False)
            return True
        step = {"n": 1, "right": 1, "p": -1, "left": -1}.get(key, 0)
        if step:
            self._place = (self._place + step) % self._count
            self.query_one(".dialog--text", Static).update(prose(self._read(self._place)))
            self.query_one(VerticalScroll).scroll_home(animate=False)
        return bool(step)
