"""The dialogs of a grant: what is granted, and to whom."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static

from console.chassis.columns import Row, TableColumn
from console.chassis.layers import Layer
from console.chassis.segments import entitled, prose
from console.chassis.table import LedgerTable
from console.errors import ConsoleError
from console.model.grants import columns_of, rows_of, seconds_of, service_of, terms_of, verbs_of
from protocol.schema import CapGrant
from protocol.values import dataclass

FIELDS = (
    ("verbs", "list, read, prove, head", "may"),
    ("service", "", "service (empty: every one)"),
    ("rows", "", "rows, 12 or 12-20 (empty: all)"),
    ("columns", "", "columns (empty: all)"),
    ("where", "", "where, state:live name:A* index:>12"),
    ("for", "1h", "for, 30m 1h 7d"),
)


@dataclass(frozen=True, slots=True)
class Wished:
    """What is to be granted, and for how long as the person typed it (`90m`)."""

    grant: CapGrant
    lifetime: str


class Lending(Layer[Wished | None]):
    """Six fields; Enter in any of them goes on, Esc leaves."""

    CSS_CLASSES = "dialog"

    def __init__(self, to: str, services: Sequence[str]) -> None:
        """`to` names the device; `services` are those that the Totebox has."""
        super().__init__()
        self._to, self._services = to, services

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = entitled(f"CAPABILITY FOR {self._to[:40]}")
            yield Static("A part of this device's pairing, for a time.", classes="dialog--text", markup=False)
            for name, value, hint in FIELDS:
                yield Static(prose(hint), classes="dialog--hint", markup=False)
                yield Input(value, compact=True, max_length=200, select_on_focus=False, id=f"lend-{name}")
            yield Static("", classes="dialog--detail", id="lend-trouble", markup=False)
            yield Static(
                "Ctrl+U empties a field   Tab next   Enter goes on   Esc cancels", classes="dialog--hint", markup=False
            )

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)

    def on_input_submitted(self) -> None:
        try:
            self.dismiss(self._wish())
        except ConsoleError as error:
            self.query_one("#lend-trouble", Static).update(prose(str(error)))

    def _wish(self) -> Wished:
        said = {name: self.query_one(f"#lend-{name}", Input).value.strip() for name, _, _ in FIELDS}
        first, last = rows_of(said["rows"])
        grant = CapGrant(
            verbs_of(said["verbs"]),
            service_of(said["service"], self._services),
            first,
            last,
            columns_of(said["columns"]),
            terms_of(said["where"]),
            seconds_of(said["for"]),
            0,
        )
        return Wished(grant, said["for"])


class Choose(Layer[str | None]):
    """Asks for a device; gives its fingerprint."""

    CSS_CLASSES = "dialog"

    def __init__(self, devices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._devices = devices

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = "TO WHOM"
            yield LedgerTable((TableColumn("label", "Device", 0), TableColumn("name", "Fingerprint", 24)), id="lend-to")
            yield Static("↑ ↓ device   Enter chooses   Esc cancels", classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        table = self.query_one(LedgerTable)
        table.set_rows(Row(name, (label, name), "", ("title",)) for name, label in self._devices)
        table.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)

    def on_ledger_table_chosen(self) -> None:
        chosen = self.query_one(LedgerTable).cursor_id
        if isinstance(chosen, str):
            self.dismiss(chosen)
