"""The dialog that asks what a new pairing may do."""

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Input, Static

from console.chassis.columns import Row, TableColumn
from console.chassis.layers import Layer
from console.chassis.segments import prose
from console.chassis.table import LedgerTable
from protocol.schema.numbers import Role

_ROLES = (
    (Role.INPUT, "brings documents through F12, reads everything"),
    (Role.USER, "reads records, people and the ledger; changes nothing"),
    (Role.ADMIN, "everything, and pairs and revokes other devices"),
    (Role.INTERFACE, "sees state and events alone; opens no record"),
)
PERSON = "who uses it (never erased from the log)"
"""Shown before anything is typed: the row DEVICE keeps what is."""


class Issue(Layer[tuple[Role, str, str] | None]):
    """Role first, then a label and a person; Esc closes the dialog without a ticket."""

    CSS_CLASSES = "dialog"

    def __init__(self, approving: str | None = None, wished: Role | None = None) -> None:
        """`approving` names a device that asks: there is no label to enter then, and the cursor begins on the role that
        it asks for.
        """
        super().__init__()
        self._approving, self._wished = approving, wished

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = "NEW PAIRING"
            who = "the other device" if self._approving is None else self._approving or "the device that asks"
            yield Static(prose(f"What may {who} do?"), classes="dialog--text", markup=False)
            yield LedgerTable((TableColumn("role", "Role", 10), TableColumn("does", "It", 0)), id="issue-roles")
            if self._approving is None:
                yield Input(
                    placeholder="what to call it, e.g. front desk", compact=True, max_length=60, id="issue-label"
                )
            yield Input(placeholder=PERSON, compact=True, max_length=60, id="issue-person")
            hint = "Tab label, person   Enter issues" if self._approving is None else "Tab person   Enter goes on"
            yield Static(prose(f"↑ ↓ role   {hint}   Esc cancels"), classes="dialog--hint", markup=False)

    def on_mount(self) -> None:
        table = self.query_one(LedgerTable)
        table.set_rows(Row(int(role), (role.name, does), "", ("title",)) for role, does in _ROLES)
        if self._wished is not None:
            table.select(int(self._wished))
        table.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)

    def on_ledger_table_chosen(self) -> None:
        self._issue()

    def on_input_submitted(self) -> None:
        self._issue()

    def _issue(self) -> None:
        chosen = self.query_one(LedgerTable).cursor_id
        if isinstance(chosen, int):
            label = self._said("issue-label") if self._approving is None else ""
            self.dismiss((Role(chosen), label, self._said("issue-person")))

    def _said(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()
