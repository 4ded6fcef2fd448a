"""The fleet screen in the real console, on a simulated fleet: keys in, rows out."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from textual.pilot import Pilot

from benchmarks.simulated_fleet import START_US, SimulatedFleet
from console.app.app import LedgerApp
from console.chassis.table import LedgerTable
from console.fleet.screen import FleetPane
from console.fleet.sheet import Sheet
from console.model.events import Answered, Echo, Event, Heard
from console.model.link import Mailbox
from protocol.schema import Arguments, Cursor, IntegrityBody, List, Rows, Telemetry
from protocol.schema.numbers import Scope, Severity, Verdict
from protocol.wire.codec import encode_body
from tests.chassis.declared import declared
from tests.chassis.stage import press, rest

pytestmark = pytest.mark.anyio


@dataclass
class Desk:
    """A console whose clock stands still until it is moved, on a fleet that says what the test says."""

    fleet: SimulatedFleet
    size: tuple[int, int] = (120, 36)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.mailbox = Mailbox()
        self.app = LedgerApp({}, self.mailbox, clock=lambda: self.now, today=self._today, start="f10")

    def _today(self) -> str:
        from datetime import UTC, datetime

        return datetime.fromtimestamp((START_US + int(self.now * 1e6)) / 1e6, UTC).isoformat(timespec="microseconds")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Pilot[None]]:
        self.say(*self.fleet.beginning(0.0))
        async with self.app.run_test(size=self.size) as pilot:
            await rest(pilot)
            yield pilot

    def say(self, *events: Event) -> None:
        for event in events:
            self.mailbox(event)

    async def moves(self, pilot: Pilot[None], seconds: float, *silent: int) -> None:
        """The clock moves, everybody but `silent` echoes, and the screen is painted."""
        self.now += seconds
        heard = [number for number in range(self.fleet.size) if number not in silent]
        self.say(*(Echo(self.fleet.id(number), self.now, self.now) for number in heard))
        self.app.paint()
        self.pane._paint(self.pane.model)
        await rest(pilot)

    @property
    def pane(self) -> FleetPane:
        return self.app.query_one(FleetPane)

    @property
    def states(self) -> list[tuple[str, str]]:
        """(name, state) of the rows that are shown, in order."""
        table = self.pane.table
        rows = [table._rows[each] for each in table.shown_ids]
        return [(str(row.cells[2]), str(row.cells[1])) for row in rows]

    def visible(self, name: str) -> bool:
        return self.app.query_one(f"#{name}").display and self.app.query_one(f"#{name}").region.area > 0


@pytest.mark.parametrize("size", [(120, 36), (200, 60), (100, 30)])
async def test_all_panes_stand_side_by_side(size: tuple[int, int]) -> None:
    """Where there is room, table, detail, events and pulse are all on the screen, and none covers another."""
    desk = Desk(SimulatedFleet(12), size)
    async with desk.open():
        names = ("fleet-table", "fleet-detail", "fleet-events", "fleet-pulse")
        assert all(desk.visible(name) for name in names)
        regions = [desk.app.query_one(f"#{name}").region for name in names]
        assert not any(one.overlaps(two) for at, one in enumerate(regions) for two in regions[at + 1 :])


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_a_small_screen_shows_one_pane_at_a_time(size: tuple[int, int]) -> None:
    """On a small terminal Tab goes from pane to pane and comes round."""
    desk = Desk(SimulatedFleet(3), size)
    async with desk.open() as pilot:
        seen = []
        for _ in range(5):
            seen.append([name for name in ("table", "detail", "events", "pulse") if desk.visible(f"fleet-{name}")])
            await press(pilot, "tab")
        assert seen == [["table"], ["detail"], ["events"], ["pulse"], ["table"]]


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_each_pane_of_a_small_screen_says_where_tab_leads(size: tuple[int, int]) -> None:
    """The title of the one pane that is shown names the next one; side by side none does."""
    desk = Desk(SimulatedFleet(3), size)
    async with desk.open() as pilot:
        ways = []
        for name in ("table", "detail", "events", "pulse"):
            ways.append(str(desk.app.query_one(f"#fleet-{name}").border_title).partition("Tab: ")[2])
            await press(pilot, "tab")
        assert ways == ["detail", "events", "pulse", "toteboxes"]
    wide = Desk(SimulatedFleet(3))
    async with wide.open():
        assert "Tab" not in str(wide.pane.table.border_title)


async def test_silence_is_seen_and_sorted_to_the_top() -> None:
    """A Totebox that stops echoing is stale after three beats, whatever the others do, and moves up."""
    desk = Desk(SimulatedFleet(4))
    async with desk.open() as pilot:
        await desk.moves(pilot, 1.0)
        assert {state for _, state in desk.states} == {"up"}
        await desk.moves(pilot, 3.5, 2)
        assert desk.states[0] == ("cedar-002", "stale")
        assert [state for _, state in desk.states[1:]] == ["up"] * 3


async def test_the_cursor_follows_its_totebox() -> None:
    """When rows change places the cursor stays with the Totebox it was on, and so does the detail."""
    desk = Desk(SimulatedFleet(4))
    async with desk.open() as pilot:
        await desk.moves(pilot, 1.0)
        await press(pilot, "down")
        assert desk.pane.table.cursor_id == desk.fleet.id(1)
        desk.say(desk.fleet.lost(3, 1.0))
        await desk.moves(pilot, 3.5, 3)
        assert desk.states[0] == ("delta-003", "down")
        assert desk.pane.table.cursor_id == desk.fleet.id(1)
        assert desk.app.query_one("#fleet-detail", Sheet).texts[0] == "Birch Holdings 1"


async def test_enter_makes_it_the_active_one() -> None:
    """Enter addresses the Totebox under the cursor and goes to its ledger; F10 comes back."""
    desk = Desk(SimulatedFleet(4))
    async with desk.open() as pilot:
        await press(pilot, "down", "down", "enter")
        assert desk.app.ledger.active == desk.fleet.id(2)
        assert desk.app.pane is not None
        assert desk.app.pane.spec.id == "ledger"
        await press(pilot, "f10")
        assert desk.app.pane.spec.id == "fleet"
        assert desk.pane.table.cursor_id == desk.fleet.id(2)


@pytest.mark.parametrize(
    ("text", "check"),
    [("state!=up", lambda states: states == [("birch-001", "down")]), ("cedar", lambda s: len(s) == 1)],
)
async def test_the_list_is_filtered(text: str, check: Callable[[list[tuple[str, str]]], bool]) -> None:
    """`/` filters by column or by words."""
    desk = Desk(SimulatedFleet(4))
    async with desk.open() as pilot:
        desk.say(desk.fleet.lost(1, 0.5))
        await desk.moves(pilot, 1.0, 1)
        desk.pane.table.set_filter(text)
        assert check(desk.states)


async def test_events_of_all_are_shown_and_lead_to_their_totebox() -> None:
    """What happens anywhere stands in the events pane; Enter on it goes to the Totebox."""
    desk = Desk(SimulatedFleet(4))
    async with desk.open() as pilot:
        desk.say(desk.fleet.event(3, Severity.ALARM, "the \x1b[31mdisk\u202e is full", 0.5))
        await desk.moves(pilot, 1.0)
        events = desk.app.query_one("#fleet-events", LedgerTable)
        assert events.row_count == 1
        events.focus()
        await press(pilot, "enter")
        assert desk.pane.table.cursor_id == desk.fleet.id(3)


async def test_the_events_of_a_lost_link_are_grey() -> None:
    """As cells: the other Totebox's event keeps its colour; with the link's return the first one has it again."""
    desk = Desk(SimulatedFleet(2))
    async with desk.open() as pilot:
        for number in (0, 1):
            desk.say(desk.fleet.event(number, Severity.WARNING, f"the disk {number} fills", 0.5))
        await desk.moves(pilot, 1.0)
        rows = desk.app.query_one("#fleet-events", LedgerTable)

        def tones() -> dict[str, str]:
            texts = {str(rows._rows[each].cells[5]): rows._rows[each].tone for each in rows.shown_ids}
            return {text: tone for text, tone in texts.items() if text.startswith("the disk")}

        assert tones() == {"the disk 0 fills": "warn", "the disk 1 fills": "warn"}
        desk.say(desk.fleet.lost(1, 1.5))
        await desk.moves(pilot, 1.0, 1)
        assert tones() == {"the disk 0 fills": "warn", "the disk 1 fills": "stale"}


async def test_a_device_in_the_detail_is_called_by_its_label() -> None:
    """Where the verdict names a device whose label is not known the table of pairings is asked for once."""
    body = IntegrityBody(START_US, "SHA256:" + "d" * 43, Scope.FULL, Verdict.CLEAN, 0, (), 38, None)
    rows = Rows(0, declared("gate.pairings", ("fingerprint", "label"), ((body.by, "front desk"),)), "", False)
    desk = Desk(SimulatedFleet(2))
    async with desk.open() as pilot:
        asked: list[tuple[Arguments, str | None]] = []
        desk.pane.ask = lambda key, what, **where: asked.append((what, where["totebox"]))  # type: ignore[method-assign]
        topic, data = encode_body(body)
        desk.say(Heard(desk.fleet.id(0), Telemetry(topic, Cursor(bytes(8), 9_999), START_US, data), 0.5))
        for _ in range(3):
            await desk.moves(pilot, 1.0)
        assert asked == [(List("gate.pairings", "", "", "", 200), desk.fleet.id(0))]
        desk.say(Answered(desk.fleet.id(0), "k", asked[0][0], rows, "", 4.0))
        await desk.moves(pilot, 1.0)
        said = " ".join(" ".join(desk.app.query_one("#fleet-detail", Sheet).texts).split())
        assert "(by front desk, audit row 38)" in said


async def test_nothing_is_drawn_while_nothing_changes() -> None:
    """Beats without news keep every row as it is: the very same rows are handed to the table."""
    desk = Desk(SimulatedFleet(30))
    async with desk.open() as pilot:
        await desk.moves(pilot, 1.0)
        before = dict(desk.pane.table._sequence)
        for _ in range(4):
            await desk.moves(pilot, 1.0)
        assert desk.pane.table._sequence == before


async def test_a_frozen_view_does_not_grow_old() -> None:
    """Space freezes the view: what was up stays up on it, however long one looks; going on shows the present."""
    desk = Desk(SimulatedFleet(3))
    async with desk.open() as pilot:
        await desk.moves(pilot, 1.0)
        await press(pilot, "space")
        desk.now += 60.0
        desk.app.paint()
        assert {state for _, state in desk.states} == {"up"}
        await press(pilot, "space")
        assert {state for _, state in desk.states} == {"stale"}


async def test_what_arrived_is_known_before_ages_move() -> None:
    """A minute went by for a console that was stopped: whoever has answered since is up, and is never drawn as stale."""
    desk = Desk(SimulatedFleet(3))
    async with desk.open() as pilot:
        await desk.moves(pilot, 1.0)
        desk.now += 60.0
        desk.say(*(Echo(desk.fleet.id(number), desk.now, desk.now) for number in range(2)))
        desk.app.paint()
        assert sorted(state for _, state in desk.states) == ["stale", "up", "up"]


async def test_whoever_looks_at_the_top_sees_trouble_arrive() -> None:
    """With the cursor on the first row and more rows than fit, a row that goes down is seen at the top."""
    desk = Desk(SimulatedFleet(60), (80, 24))
    async with desk.open() as pilot:
        await desk.moves(pilot, 1.0)
        desk.say(desk.fleet.lost(40, 1.0))
        await desk.moves(pilot, 3.5, 40)
        await rest(pilot)
        assert desk.pane.table.scroll_offset.y == 0
        assert desk.states[0][1] == "down"
