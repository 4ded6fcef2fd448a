"""The two programs that fleet_paint compares: the console's fleet screen, and the same rows in a DataTable, on one feed.

`python -m benchmarks._fleet_apps ours|peer SIZE HZ BUSY`
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

from textual.app import App, ComposeResult
from textual.widgets import DataTable

from benchmarks.simulated_fleet import START_US, SimulatedFleet
from console.app.app import LedgerApp
from console.errors import LinkDown
from console.fleet.grid import COLUMNS, Grid
from console.model.cells import draw
from console.model.events import Answer, Event
from console.model.link import Chunks, Lent, Link, Mailbox
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema import Arguments, CapGrant, DeviceKey, Offer, Refusal
from protocol.trust.approval import Approval


class Clock:
    """Monotonic seconds from 0, and the wall clock that goes with them."""

    def __init__(self) -> None:
        self._began = monotonic()

    def now(self) -> float:
        return monotonic() - self._began

    def today_us(self) -> int:
        return START_US + int(self.now() * 1e6)

    def today(self) -> str:
        return datetime.fromtimestamp(self.today_us() / 1e6, UTC).isoformat(timespec="microseconds")


class Feeding:
    """A link whose `run` emits what a whole fleet would; it answers nothing."""

    def __init__(
        self, fleet: SimulatedFleet, hz: float, now: Callable[[], float], emit: Callable[[Event], None]
    ) -> None:
        self._fleet, self._hz, self._now, self._emit = fleet, hz, now, emit

    async def run(self) -> None:
        while True:
            await asyncio.sleep(1 / self._hz)
            for event in self._fleet.second(self._now()):
                self._emit(event)

    async def ask(self, key: str, arguments: Arguments, once: bytes = b"") -> Answer:
        raise LinkDown("this Totebox is simulated")

    async def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> Lent | Refusal:
        raise LinkDown("this Totebox is simulated")

    async def seal(self, key: str, approval: Approval, note: str, once: bytes = b"") -> Answer:
        raise LinkDown("this Totebox is simulated")

    async def cosign(self, key: str) -> Answer:
        raise LinkDown("this Totebox is simulated")

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        raise LinkDown("this Totebox is simulated")

    async def download(self, index: int, sink: Callable[[bytes], None]) -> Refusal | None:
        raise LinkDown("this Totebox is simulated")


def console(fleet: SimulatedFleet, hz: float, start: str = "f10") -> LedgerApp:
    """The real console on a simulated fleet."""
    clock, mailbox = Clock(), Mailbox()
    for event in fleet.beginning(clock.now()):
        mailbox(event)
    links: dict[str, Link] = {"feed": Feeding(fleet, hz, clock.now, mailbox)}
    return LedgerApp(links, mailbox, clock=clock.now, today=clock.today, start=start, device="bench")


class Peer(App[None]):
    """The same rows in Textual's DataTable: only cells that differ are updated."""

    CSS = "DataTable { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, fleet: SimulatedFleet, hz: float) -> None:
        super().__init__()
        self.fleet, self.hz, self.clock, self.grid = fleet, hz, Clock(), Grid()
        self.model, self.shown = Model(), dict[str, list[str]]()
        for event in fleet.beginning(self.clock.now()):
            self.model = reduce(self.model, event)

    def compose(self) -> ComposeResult:
        yield DataTable()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        for column in COLUMNS:
            table.add_column(column.title or "!", key=column.name, width=column.width or 16)
        self.paint()
        self.set_interval(1 / self.hz, self.feed)

    def feed(self) -> None:
        for event in self.fleet.second(self.clock.now()):
            self.model = reduce(self.model, event)
        self.paint()

    def paint(self) -> None:
        table: DataTable[str] = self.query_one(DataTable)
        for row in self.grid.rows(self.model.toteboxes.values(), self.clock.now(), self.clock.today_us()):
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
    kind, size, hertz, busy = sys.argv[1:5]
    simulated = SimulatedFleet(int(size), busy=float(busy))
    if kind == "ours":
        console(simulated, float(hertz)).run()
    else:
        Peer(simulated, float(hertz)).run()
