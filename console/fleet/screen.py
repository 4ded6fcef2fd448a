"""The fleet screen: table, detail, events and pulse side by side, or one at a time where the terminal is small."""

from datetime import datetime
from functools import partial

from textual import events, on
from textual.app import ComposeResult
from textual.widget import Widget

from console.chassis.cartridge import Cartridge
from console.chassis.columns import Row
from console.chassis.finding import FindingDialog
from console.chassis.keys import Danger
from console.chassis.notice import DONE
from console.chassis.segments import entitled
from console.chassis.table import LedgerTable
from console.fleet import SPEC
from console.fleet.detail import detail, pulse_lines
from console.fleet.grid import COLUMNS, Grid
from console.fleet.pulse import Pulse
from console.fleet.sheet import Sheet
from console.fleet.timeline import COLUMNS as EVENT_COLUMNS
from console.fleet.timeline import Happenings
from console.fleet.witnesses import Round, witnessed
from console.model.cells import whole_minute
from console.model.devices import PAIRINGS_TABLE, known_here
from console.model.events import Answer
from console.model.integrity import findings, reading
from console.model.state import Model, ToteboxState
from protocol.schema import List
from protocol.schema.numbers import Role

FULL = (100, 24)
"""Columns and rows from which all panes are shown at once."""
RICH_COLUMNS = 160
"""Columns from which the detail stands beside the table."""
PANES = ("fleet-table", "fleet-detail", "fleet-events", "fleet-pulse")
TITLES = {"fleet-table": "toteboxes", "fleet-detail": "detail", "fleet-events": "events", "fleet-pulse": "pulse"}


class FleetPane(Cartridge):
    """All paired Toteboxes. Drawn by the painter, and once a second for what changes by time alone."""

    spec = SPEC
    DEFAULT_CSS = """
    FleetPane { layout: grid; grid-gutter: 0; grid-size: 2 3; grid-columns: 1fr 1fr; grid-rows: 1fr 9 9; }
    FleetPane.-full #fleet-table { column-span: 2; }
    FleetPane.-full #fleet-detail { row-span: 2; }
    FleetPane.-rich { grid-size: 3 2; grid-columns: 3fr 2fr 58; grid-rows: 1fr 14; }
    FleetPane.-rich #fleet-table { column-span: 2; }
    FleetPane.-rich #fleet-detail { row-span: 2; }
    FleetPane.-single { grid-size: 1 1; grid-columns: 1fr; grid-rows: 1fr; }
    FleetPane.-single .fleet-pane { display: none; }
    FleetPane.-single .fleet-pane.-shown { display: block; }
    .fleet-pane { width: 1fr; height: 1fr; overflow-x: hidden; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._grid, self._pulse, self._happenings = Grid(), Pulse(), Happenings()
        self._shown = 0
        self._stale: frozenset[str] = frozenset()
        """Toteboxes whose events are grey."""
        self._named: dict[str, tuple[int, str]] = {}
        """By Totebox: the session in which its pairings were asked for, and the device whose label was sought."""
        self._cosigning = Round(0)

    def compose(self) -> ComposeResult:
        none = "no Totebox is paired yet: os-console pair TICKET"
        yield LedgerTable(COLUMNS, title="FLEET", empty=none, id="fleet-table", classes="fleet-pane -shown")
        yield Sheet("DETAIL", id="fleet-detail", classes="fleet-pane")
        quiet = "nothing has happened since the console was opened"
        yield LedgerTable(
            EVENT_COLUMNS, title="EVENTS", empty=quiet, live=True, id="fleet-events", classes="fleet-pane"
        )
        yield Sheet("PULSE", id="fleet-pulse", classes="fleet-pane")

    def on_mount(self) -> None:
        self._arrange()

    # What is drawn.

    @property
    def table(self) -> LedgerTable:
        return self.query_one("#fleet-table", LedgerTable)

    @property
    def selected(self) -> ToteboxState | None:
        """The Totebox under the cursor."""
        found = self.table.cursor_id
        return self.model.toteboxes.get(found) if isinstance(found, str) else None

    def shown(self) -> None:
        self._paint(self.model)
        if self.table.cursor_id is None and self.model.active is not None:
            self.table.select(self.model.active)
        self._focus_pane()

    def model_changed(self, model: Model) -> None:
        self._paint(model)

    def focus_object(self, **focus: object) -> None:
        """Show the Totebox `totebox`."""
        self._paint(self.model)
        wanted = focus.get("totebox")
        if isinstance(wanted, str):
            self.table.select(wanted)

    def ticked(self) -> None:
        """Update ages and freshness, which change without an event, and take a sample of the pulse, on the screen or
        not.
        """
        self._pulse.tick(self.model.toteboxes.values())
        if self.display and self.is_on_screen:
            self._paint(self.model)

    def _paint(self, model: Model) -> None:
        toteboxes = model.toteboxes.values()
        self._paint_table(self._grid.rows(toteboxes, self.desk.now(), self._today_us()))
        stale = frozenset(each.id for each in toteboxes if each.is_stale(self.desk.now()))
        if self._happenings.absorb(toteboxes) or stale != self._stale:
            self._stale = stale
            self.query_one("#fleet-events", LedgerTable).set_rows(self._happenings.rows(stale))
        self._paint_sheets(model)

    def _paint_table(self, rows: list[Row]) -> None:
        """Keep the cursor's row at its place; but at the top of the list stay at the top, where trouble appears."""
        table = self.table
        was_at_top = table.scroll_offset.y == 0
        table.set_rows(rows)
        if was_at_top and table.cursor_id in table.shown_ids[: max(1, table.size.height - 2)]:
            table.scroll_to(y=0, animate=False, force=True)

    def _paint_sheets(self, model: Model) -> None:
        now, selected = self.desk.now(), self.selected
        active = selected is not None and selected.id == model.active
        self._ask_names(selected)
        self.query_one("#fleet-detail", Sheet).show(
            detail(selected, now, self._today_us(), active, self.desk.fingerprint())
        )
        sheet = self.query_one("#fleet-pulse", Sheet)
        sheet.show(pulse_lines(model, self._pulse, selected, now, sheet.size.width))

    def _ask_names(self, selected: ToteboxState | None) -> None:
        """What its devices are called, once a session, where the detail names a device whose label is not known."""
        body = selected.integrity if selected is not None else None
        if selected is None or body is None or not selected.is_linked or selected.role is not Role.ADMIN:
            return
        is_known = not body.by.startswith("SHA256:") or body.by in known_here(selected.labels, self.desk.fingerprint())
        asked = (selected.sessions, body.by)
        if not is_known and self._named.get(selected.id) != asked:
            self._named[selected.id] = asked
            self.ask("pairings", List(PAIRINGS_TABLE, "", "", "", 200), totebox=selected.id)

    def _today_us(self) -> int:
        return whole_minute(int(datetime.fromisoformat(self.desk.today()).timestamp() * 1_000_000))

    @on(LedgerTable.Moved, "#fleet-table")
    def _moved(self) -> None:
        self._paint_sheets(self.model)
        self.desk.hints_changed()

    # Panes.

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.size
        full = width >= FULL[0] and height >= FULL[1]
        rich = full and width >= RICH_COLUMNS
        self.set_class(rich, "-rich")
        self.set_class(full and not rich, "-full")
        self.set_class(not full, "-single")
        for place, name in enumerate(PANES):
            pane = self.query_one(f"#{name}", Widget)
            pane.set_class(place == self._shown, "-shown")
            after = TITLES[PANES[(place + 1) % len(PANES)]]
            self._entitle(pane, "" if full else f"  Tab: {after}")

    def _entitle(self, pane: Widget, way_on: str) -> None:
        """Where one pane is shown at a time, its title says how to get to the next one."""
        if isinstance(pane, LedgerTable):
            pane.set_remark(way_on)
        else:
            pane.border_title = entitled(f"{TITLES[str(pane.id)].upper()}{way_on}")

    def _focus_pane(self) -> None:
        self.query_one(f"#{PANES[self._shown]}", Widget).focus()

    def next_pane(self) -> None:
        self._turn(1)

    def pane_before(self) -> None:
        self._turn(-1)

    def _turn(self, step: int) -> None:
        self._shown = (self._shown + step) % len(PANES)
        self._arrange()
        self._focus_pane()
        self._paint_sheets(self.model)

    # Commands.

    def why_not_activate(self) -> str:
        return "" if self.selected else "there is no Totebox under the cursor"

    def activate(self) -> None:
        """Make this Totebox the active one, and open its ledger."""
        if (totebox := self.selected) is not None:
            self.desk.activate(totebox.id)
            self.open("ledger")

    def why_not_cosign(self) -> str:
        return (
            ""
            if witnessed(self.model)
            else "no Totebox is linked whose heads were proved, and that takes a witness of this role"
        )

    def cosign_all(self) -> None:
        """Cosign at each Totebox; the notice counts the results."""
        names = [totebox.id for totebox in witnessed(self.model)]

        def begin() -> None:
            self._cosigning = Round(len(names))
            for name in names:
                self.cosign("cosign", totebox=name)

        question = "Cosign the heads of both logs, which this console proved? Each leaves two rows in its audit log."
        self.confirm(question, Danger.CONFIRM, begin, name=f"{len(names)} of {len(self.model.toteboxes)} Toteboxes")

    def cosigned(self, key: str, totebox: str, answer: Answer, trouble: str) -> None:
        known = self.model.toteboxes.get(totebox)
        self._cosigning.add(known.entity if known else totebox, answer, trouble)
        if self._cosigning.is_over:
            self.notice(*self._cosigning.said(), holds=DONE)

    def trouble(self) -> None:
        self._grid.resort(self.model.toteboxes.values(), self.desk.now())
        self.table.sort_by(None)
        self._paint(self.model)

    @on(LedgerTable.Chosen, "#fleet-table")
    def _chosen(self) -> None:
        """Enter opens a Totebox; where something speaks against it, it opens that."""
        if self.why_no_finding():
            self.activate()
        else:
            self.finding()

    def why_no_finding(self) -> str:
        totebox = self.selected
        return (
            "" if totebox is not None and findings(totebox) else "nothing stands against the Totebox under the cursor"
        )

    def finding(self) -> None:
        """Show in full what speaks against the Totebox under the cursor."""
        totebox, today = self.selected, self._today_us()
        if totebox is not None and (found := findings(totebox)):
            self.desk.show_dialog(
                FindingDialog(len(found), 0, partial(reading, totebox, self.desk.fingerprint(), found, today))
            )

    @on(LedgerTable.Chosen, "#fleet-events")
    def _chosen_event(self, event: LedgerTable.Chosen) -> None:
        """Enter on an event goes to its Totebox."""
        if isinstance(event.row_id, tuple) and self.table.select(event.row_id[0]):
            self._shown = 0
            self._arrange()
            self._focus_pane()
