"""The fleet as rows."""

import pytest

from benchmarks.simulated_fleet import START_US, SimulatedFleet
from console.chassis.columns import Row, arrange
from console.fleet.grid import COLUMNS, PLACES, RESORT_S, Age, Grid, Permille, aged
from console.model.cells import draw
from console.model.events import Echo
from console.model.reduce import reduce
from console.model.state import Model
from protocol.schema import ColumnKind
from protocol.schema.numbers import Severity


class Watched:
    """A model of a simulated fleet, and its grid."""

    def __init__(self, size: int) -> None:
        self.fleet, self.model, self.grid = SimulatedFleet(size), Model(), Grid()
        self.fold(*self.fleet.beginning(0.0))

    def fold(self, *events: object) -> None:
        for event in events:
            self.model = reduce(self.model, event)  # type: ignore[arg-type]

    def alive(self, at: float) -> None:
        self.fold(*(Echo(each, at, at) for each in self.model.toteboxes))

    def rows(self, now: float) -> list[Row]:
        return self.grid.rows(self.model.toteboxes.values(), now, START_US + int(now * 1e6))


def test_a_row_says_how_a_totebox_stands() -> None:
    """Glyph and word, name, entity and figures stand in their columns."""
    watched = Watched(1)
    watched.fold(watched.fleet.event(0, Severity.WARNING, "disk is nearly full", 1.0))
    (row,) = watched.rows(1.0)
    drawn = {column.name: draw(row.cells[place], column.kind) for place, column in enumerate(COLUMNS)}
    assert drawn | {"tree_size": "", "memory": "", "cpu": "", "queue": ""} == {
        "glyph": "●",
        "state": "up",
        "name": "acme-000",
        "entity": "Acme Holdings 0",
        "kind": "corporation",
        "role": "ADMIN",
        "tree_size": "",
        "checkpoint_age": "now",
        "verified": "",
        "cosigned": "",
        "grade": "process",
        "memory": "",
        "cpu": "",
        "sessions": "1",
        "queue": "",
        "last": "disk is nearly full",
    }
    assert row.tones[PLACES["last"]] == "warn"


def test_what_is_drawn_the_same_is_the_same_row() -> None:
    """While nothing visible changes the very same rows are handed over, so nothing is painted."""
    watched = Watched(20)
    before = watched.rows(1.0)
    watched.alive(2.0)
    assert all(one is two for one, two in zip(before, watched.rows(2.5), strict=True))


def test_only_what_changed_is_another_row() -> None:
    """One Totebox's news changes one row."""
    watched = Watched(20)
    before = watched.rows(1.0)
    watched.fold(watched.fleet.event(7, Severity.INFO, "hello", 1.1))
    after = watched.rows(1.2)
    assert [one.id for one, two in zip(before, after, strict=True) if one is not two] == [watched.fleet.id(7)]


def test_the_room_of_a_small_terminal_is_used() -> None:
    """At 80 columns there is no room for the last event, and so there is for the ages of checkpoint and cosignature."""
    names = [placed.column.name for placed in arrange(COLUMNS, 78)]
    assert names == ["glyph", "state", "name", "tree_size", "checkpoint_age", "verified", "cosigned"]


def test_trouble_comes_first_and_calmly() -> None:
    """A lost Totebox moves to the top, but not before the next re-sort is due."""
    watched = Watched(5)
    order = [row.id for row in watched.rows(0.0)]
    watched.alive(1.0)
    watched.fold(watched.fleet.lost(3, 1.0))
    assert [row.id for row in watched.rows(1.0)] == order
    watched.alive(RESORT_S)
    assert next(row.id for row in watched.rows(RESORT_S)) == watched.fleet.id(3)


def test_a_newcomer_finds_its_place_at_once() -> None:
    """A Totebox that was paired meanwhile does not wait for the next re-sort."""
    watched = Watched(2)
    watched.rows(0.0)
    watched.fold(*SimulatedFleet(3).beginning(0.1))
    assert len(watched.rows(0.2)) == 3


@pytest.mark.parametrize(
    ("seconds", "drawn"), [(-5, "now"), (9.9, "now"), (59, "<1m"), (61, "1m"), (7_300, "2h"), (900_000, "10d")]
)
def test_an_age_changes_only_with_its_picture(seconds: float, drawn: str) -> None:
    """An age keeps its number until what is drawn differs; it is drawn as an age and compared as seconds."""
    assert draw(aged(seconds), ColumnKind.INT) == drawn
    assert aged(seconds) == aged(aged(seconds))
    assert Age(90) > 60


def test_thousandths_are_drawn_as_percents() -> None:
    """`cpu>250` compares thousandths, people read percents."""
    assert draw(Permille(257), ColumnKind.INT) == "25%"
