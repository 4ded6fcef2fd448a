"""The two programs that fleet_paint compares: the fleet screen, and the same rows in a DataTable, on the same feed.

`python -m benchmarks._fleet_apps ours|peer SIZE HZ BUSY`
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from benchmarks.simulated_fleet import START_US, SimulatedFleet
from console.chassis.cartridge import Cartridge
from console.chassis.keys import Danger
from console.fleet.grid import COLUMNS, Grid
from console.fleet.screen import FleetPane
from console.model.cells import draw
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema import Arguments
from protocol.schema.numbers import Severity


class Fed(App[None]):
    """Folds a simulated fleet into a model and paints at `hz`."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, size: int, hz: float, busy: float) -> None:
        super().__init__()
        self.fleet, self.hz = SimulatedFleet(size, busy=busy), hz
        self.began = monotonic()
        self.ledger = Model()
        for event in self.fleet.beginning(self.now()):
            self.ledger = reduce(self.ledger, event)

    def now(self) -> float:
        return monotonic() - self.began

    def today(self) -> str:
        return datetime.fromtimestamp(self.today_us() / 1e6, UTC).isoformat(timespec="microseconds")

    def today_us(self) -> int:
        return START_US + int(self.now() * 1e6)

    def on_mount(self) -> None:
        self.set_interval(1 / self.hz, self.feed)

    def feed(self) -> None:
        for event in self.fleet.second(self.now()):
            self.ledger = reduce(self.ledger, event)
        self.painted()

    def painted(self) -> None:
        """Show the model."""


class Ours(Fed):
    """The fleet screen, on the part of a desk that it needs."""

    def compose(self) -> ComposeResult:
        yield FleetPane()

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(FleetPane).shown()

    def painted(self) -> None:
        self.query_one(FleetPane).model_changed(self.ledger)

    def hints_changed(self) -> None: ...

    def activate(self, totebox: str) -> None: ...

    def open_cartridge(self, cartridge_id: str, focus: dict[str, Any]) -> None: ...

    def say(self, text: str, severity: Severity, detail: str) -> None: ...

    def ask_for(self, asker: Cartridge, key: str, arguments: Arguments, once: bytes, totebox: str | None) -> None: ...

    def ask_person(self, question: str, danger: Danger, then: Callable[[], None], name: str, detail: str) -> None: ...


class Peer(Fed):
    """The same rows in Textual's DataTable: only cells that differ are updated."""

    CSS = "DataTable { height: 1fr; }"

    def __init__(self, size: int, hz: float, busy: float) -> None:
        super().__init__(size, hz, busy)
        self.grid = Grid()
        self.shown: dict[str, list[str]] = {}

    def compose(self) -> ComposeResult:
        yield DataTable()

    def on_mount(self) -> None:
        super().on_mount()
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column.title or "!", key=column.name, width=column.width or 16)
        self.painted()

    def painted(self) -> None:
        table: DataTable[str] = self.query_one(DataTable)
        for row in self.grid.rows(self.ledger.toteboxes.values(), self.now(), self.today_us()):
            key = str(row.id)
            cells = [draw(cell, column.kind) for cell, column in zip(row.cells, COLUMNS, strict=True)]
            before = self.shown.get(key)
            if before is None:
                table.add_row(*cells, key=key)
            else:
                for column, was, text in zip(COLUMNS, before, cells, strict=True):
                    if was != text:
                        table.update_cell(key, column.name, text)
            self.shown[key] = cells


if __name__ == "__main__":
    kind, size, hz, busy = sys.argv[1:5]
    {"ours": Ours, "peer": Peer}[kind](int(size), float(hz), float(busy)).run()
