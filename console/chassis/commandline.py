"""The command line, always at the top. Idle, it shows where the person is and what can be done; while it is open, what
GO will do.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from console.chassis.columns import Row, TableColumn
from console.chassis.inks import inks
from console.chassis.palette import Destination, rank
from console.chassis.segments import Piece, PieceSpan, crop, keep, lay
from console.chassis.table import LedgerTable

if TYPE_CHECKING:
    from textual.widgets import Input


class Crumbs(Widget):
    """The breadcrumbs on the left, the keys that work here on the right. The Totebox's name is cut first where there is
    no room; its beginning stays.
    """

    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._said: tuple[str, str, tuple[Piece, ...]] = ("", "", ())
        self._spans: list[PieceSpan] = []

    def say(self, where: str, short: str, hints: Sequence[Piece]) -> None:
        after = (where, short, tuple(hints))
        if after != self._said:
            self._said = after
            self.refresh()

    def render_line(self, y: int) -> Strip:
        where, short, hints = self._said
        width = self.size.width - 1
        place = Piece((("text", where if cell_len(where) <= width * 2 // 5 else crop(short, max(12, width // 2))),))
        kept = keep(hints, width - place.width - 4, 2)
        strip, self._spans = lay(self, [place], kept, width, "  ")
        return Strip.join([strip, Strip.blank(1, inks(self)["chrome--text"])])

    async def on_click(self, event: events.Click) -> None:
        for span in self._spans:
            if span.action and span.start <= event.x < span.end:
                event.stop()
                await self.run_action(f"app.{span.action}")
                return


class GoList(LedgerTable, can_focus=False):
    """What the typed words may mean, best first."""


GO_COLUMNS = (
    TableColumn("word", "Go to", 26),
    TableColumn("hint", "Key", 8, priority=3),
    TableColumn("kind", "What", 9, priority=2),
    TableColumn("does", "GO will", 0, priority=1),
)


class CommandLine(Widget):
    """The line itself. `destinations` is called at each opening, so that the newest records are among them.

    `furnish` makes its field and its list, after the first picture.
    """

    class Left(Message):
        """The line was closed, with or without GO."""

    input: "Input"
    drop: GoList

    def __init__(self, destinations: Callable[[], list[Destination]], id: str | None = None) -> None:
        super().__init__(id=id)
        self._source = destinations
        self._is_furnished = False
        self._destinations: list[Destination] = []
        self._ranked: list[Destination] = []
        self._ranked_for = ""
        self.crumbs = Crumbs()

    def compose(self) -> ComposeResult:
        yield Static(" : ", classes="commandline--prompt", markup=False)
        yield self.crumbs

    def furnish(self) -> None:
        """Make the parts that are visible only while the line is open. A second call does nothing."""
        if self._is_furnished:
            return
        from textual.widgets import Input

        self._is_furnished = True
        self.input = Input(placeholder="a command, a key (12), a Totebox, a record", compact=True, id="go")
        self.drop = GoList(GO_COLUMNS, empty="nothing by this name", id="drop")
        self.mount(self.input)
        self.screen.mount(self.drop)

    @property
    def is_entered(self) -> bool:
        return self.has_class("-entered")

    def enter(self, text: str = "") -> None:
        """Open the line with `text` in it."""
        self.furnish()
        self._destinations = self._source()
        self.add_class("-entered")
        self.drop.styles.display = "block"
        self.input.value = text
        self.input.cursor_position = len(text)
        self.input.focus()
        self._rank(text)

    def leave(self) -> None:
        """Close the line and return to the pane."""
        if self.is_entered:
            self.remove_class("-entered")
            self.drop.styles.display = "none"
            self.post_message(self.Left())

    def on_input_changed(self, event: "Input.Changed") -> None:
        event.stop()
        if self.is_entered:
            self._catch_up()

    def _rank(self, typed: str) -> None:
        self._ranked, self._ranked_for = rank(self._destinations, typed), typed
        self.drop.set_rows(_row(number, item) for number, item in enumerate(self._ranked))
        self.drop.select(0)
        self.drop.styles.height = max(4, len(self._ranked) + 2)  # an empty list has a line that says so

    def _catch_up(self) -> None:
        """Rank the present text of the field: a key may arrive before the message about the text typed before it."""
        if self.input.value != self._ranked_for:
            self._rank(self.input.value)

    def on_input_submitted(self, event: "Input.Submitted") -> None:
        event.stop()
        self._catch_up()
        chosen = self.drop.cursor_id
        if isinstance(chosen, int):
            self.go(chosen)

    def go(self, number: int) -> None:
        """Run line `number` of the list."""
        destination = self._ranked[number]
        self.leave()
        destination.go()

    def on_key(self, event: events.Key) -> None:
        if not self.is_entered:
            return
        self._catch_up()
        at = self.drop.cursor_id
        match event.key:
            case "escape":
                self.leave()
            case "down" | "ctrl+n" if isinstance(at, int):
                self.drop.select(at + 1)
            case "up" | "ctrl+p" if isinstance(at, int):
                self.drop.select(at - 1)
            case "tab" if isinstance(at, int):
                self.input.value = self._ranked[at].word
                self.input.cursor_position = len(self.input.value)
            case _:
                return
        event.stop()
        event.prevent_default()

    def on_click(self) -> None:
        if not self.is_entered:
            self.enter()


def _row(number: int, item: Destination) -> Row:
    does = f"no: {item.reason}" if item.reason else item.does
    return Row(number, (item.word, item.hint, item.kind, does), "muted" if item.reason else "", ("",) * 3)
