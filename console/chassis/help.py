"""`?`: what can be done here, searchable by word and by key. F1's page reads the same registry."""

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static

from console.chassis.columns import Row, TableColumn
from console.chassis.dialog import Dialog
from console.chassis.keys import KeyCommand, key_name, matches
from console.chassis.segments import prose
from console.chassis.table import LedgerTable
from protocol.values import dataclass

COLUMNS = (
    TableColumn("key", "Key", 12),
    TableColumn("title", "Command", 16),
    TableColumn("where", "Where", 11, priority=2),
    TableColumn("help", "What it does", 0),
)


@dataclass(frozen=True, slots=True)
class Offered:
    """One command in its present state: where it works, '' or why not, and the function that runs it."""

    command: KeyCommand
    where: str
    reason: str
    run: Callable[[], None]


def shown_keys(command: KeyCommand) -> str:
    """All its keys, in the form for people."""
    return " ".join(key_name(key) for key in command.keys)


def row(number: int, offered: Offered) -> Row:
    """A command as a row of the list. One that cannot be run now says why."""
    text = f"{offered.command.help}  [{offered.reason}]" if offered.reason else offered.command.help
    cells = (shown_keys(offered.command), offered.command.title, offered.where, text)
    return Row(number, cells, "muted" if offered.reason else "", () if offered.reason else ("title",))


def whole(offered: Offered) -> str:
    """What a command does, and the whole reason why it cannot be run now."""
    reason = f" Not now: {offered.reason}." if offered.reason else ""
    return f"{offered.command.title}: {offered.command.help}{reason}"


class KeysList(Dialog):
    """The list. Typing searches; Enter runs the command under the cursor."""

    def __init__(self, offered: Sequence[Offered]) -> None:
        super().__init__(classes="-wide")
        self._offered = tuple(offered)
        self._table = LedgerTable(COLUMNS, empty="no command has this word or key")
        self._shown_for = ""

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = "WHAT CAN BE DONE HERE"
            yield Input(placeholder="a word, or a key", compact=True)
            yield self._table
            yield Static("", classes="dialog--detail", id="keys-detail", markup=False)
            yield Static("↑ ↓ choose   Enter does it   Esc closes", classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        self._catch_up()

    def _catch_up(self) -> None:
        """Search for the present text: a key may arrive before the message about the text typed before it."""
        if (word := self.query_one(Input).value) != self._shown_for:
            self._show(word)

    def on_ledger_table_moved(self, event: LedgerTable.Moved) -> None:
        """Show what the command under the cursor does, and why it cannot be run now, in full."""
        event.stop()
        number = self._table.cursor_id
        said = whole(self._offered[number]) if isinstance(number, int) else ""
        self.query_one("#keys-detail", Static).update(prose(said))

    def _show(self, word: str) -> None:
        self._shown_for = word
        self._table.set_rows(row(n, item) for n, item in enumerate(self._offered) if matches(item.command, word))
        if self._table.shown_ids:
            self._table.select(self._table.shown_ids[0])

    def on_input_submitted(self) -> None:
        self._catch_up()
        self._run(self._table.cursor_id)

    def on_ledger_table_chosen(self, event: LedgerTable.Chosen) -> None:
        self._run(event.row_id)

    def _run(self, number: object) -> None:
        if isinstance(number, int):
            offered = self._offered[number]
            self.dismiss(True)
            offered.run()

    def took(self, key: str) -> bool:
        self._catch_up()
        ids = self._table.shown_ids
        if key not in ("down", "up") or self._table.cursor_id not in ids:
            return False
        at = ids.index(self._table.cursor_id) + (1 if key == "down" else -1)
        return self._table.select(ids[max(0, min(at, len(ids) - 1))])
