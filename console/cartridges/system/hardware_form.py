"""The dialog that asks which role needs a key in hardware."""

from collections.abc import Iterable

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from console.chassis.columns import Row, TableColumn
from console.chassis.layers import Layer
from console.chassis.table import LedgerTable
from console.model.tables import Record
from protocol.schema.numbers import Role

COLUMNS = (TableColumn("role", "Role", 10), TableColumn("needs", "Needs", 24), TableColumn("who", "Paired with it", 0))


class Needs:
    """What `gate.pairings` says of one role: whether it needs marked keys, and whose keys are marked."""

    def __init__(self, role: Role, records: Iterable[Record]) -> None:
        held = [record for record in records if record.text("role") == role.name]
        paired = [record for record in held if record.text("state") == "paired"]
        self.role = role
        self.hardware = any(record.flag("required") for record in held)
        self.is_known = bool(held)
        self.unmarked = [record for record in paired if not record.flag("hardware")]
        self._paired = len(paired)

    @property
    def words(self) -> str:
        """The text of the list. A Totebox reports this only with the devices of that role."""
        if not self.is_known:
            return "not told: nobody has it"
        return "▣ a key in hardware" if self.hardware else "any key"

    @property
    def who(self) -> str:
        marked = self._paired - len(self.unmarked)
        return f"{self._paired} paired, {marked} marked as hardware" if self._paired else "nobody"


class Require(Layer[tuple[Role, bool] | None]):
    """Enter reverses whether the role needs a marked key; h and a set it, also where it is not known. Esc changes
    nothing.
    """

    CSS_CLASSES = "dialog"

    def __init__(self, needs: Iterable[Needs]) -> None:
        super().__init__()
        self._needs = tuple(needs)

    def compose(self) -> ComposeResult:
        with Container(classes="dialog--box") as box:
            box.border_title = "HARDWARE KEYS"
            yield Static(
                "Which role needs a key that an ADMIN marked as hardware?", classes="dialog--text", markup=False
            )
            yield LedgerTable(COLUMNS, id="require-roles")
            yield Static(
                "↑ ↓ role   Enter turns it round   h hardware   a any key   Esc cancels",
                classes="dialog--hint",
                markup=False,
            )

    def on_mount(self) -> None:
        table = self.query_one(LedgerTable)
        table.set_rows(
            Row(int(each.role), (each.role.name, each.words, each.who), "", ("title",)) for each in self._needs
        )
        table.focus()

    def on_key(self, event: events.Key) -> None:
        if event.key == "escape":
            event.stop()
            self.dismiss(None)
        elif event.key in ("h", "a"):
            event.stop()
            self._choose(hardware=event.key == "h")

    def on_ledger_table_chosen(self) -> None:
        self._choose(hardware=None)

    def _choose(self, *, hardware: bool | None) -> None:
        role = self.query_one(LedgerTable).cursor_id
        needs = next((each for each in self._needs if each.role == role), None)
        if needs is not None:
            self.dismiss((needs.role, not needs.hardware if hardware is None else hardware))
