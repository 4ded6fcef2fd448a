"""The help pane: a list that typing searches."""

from textual.app import ComposeResult
from textual.widgets import Input, Static

from console.cartridges.help import SPEC
from console.cartridges.help.pages import COLUMNS, HelpLine, page
from console.chassis.cartridge import Cartridge
from console.chassis.field import PaneField
from console.chassis.keys import key_name
from console.chassis.segments import prose
from console.chassis.table import LedgerTable


class SearchField(PaneField):
    """The search field: the list shows the lines that fit its text."""

    hints = (("Enter", "To the list"),)


class HelpPane(Cartridge):
    """The registry as a page. `/` and plain letters alike search; a key name finds its command."""

    spec = SPEC

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[HelpLine] = []

    def compose(self) -> ComposeResult:
        yield SearchField(
            placeholder="search: a word (pairing), a key (Ctrl+E), a screen (F8)", compact=True, id="help-search"
        )
        yield LedgerTable(COLUMNS, title="KEYS AND COMMANDS", empty="nothing by this word or key", id="help-list")
        yield Static("", id="help-detail", markup=False)

    def shown(self) -> None:
        keys = self.desk.strip_keys()
        specs = {key.key: spec for key in keys if (spec := self.desk.spec_on(key.key)) is not None}
        absent = {key.key: (key.title, key.reason) for key in keys if key.key not in specs}
        self._entries = page(specs, absent)
        self._search(self.query_one(Input).value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._search(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one(LedgerTable).focus()

    def _search(self, word: str) -> None:
        self.query_one(LedgerTable).set_rows(entry.row for entry in self._entries if found(entry, word))

    def on_ledger_table_moved(self) -> None:
        number = self.query_one(LedgerTable).cursor_id
        cells = [str(cell) for cell in self._entries[number].row.cells] if isinstance(number, int) else [""] * 5
        name = f"  (: {cells[4]})" if cells[4] else ""
        self.query_one("#help-detail", Static).update(prose(f"{cells[3]}{name}"))

    def on_ledger_table_chosen(self) -> None:
        self.open_it()

    def open_it(self) -> None:
        number = self.query_one(LedgerTable).cursor_id
        if isinstance(number, int) and self._entries[number].key:
            self.desk.press(self._entries[number].key)


def found(entry: HelpLine, word: str) -> bool:
    """Whether every word is one of the line's keys, or part of its text."""
    texts = [str(cell).lower() for cell in entry.row.cells]
    keys = texts[0].split()
    return all(
        part in keys or key_name(part) in keys or (len(part) > 1 and any(part in text for text in texts))
        for part in word.lower().split()
    )
