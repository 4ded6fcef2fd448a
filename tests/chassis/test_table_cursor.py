"""The cursor of a list: where it is drawn, what it says, and that it stays on the screen."""

import pytest

from console.chassis.table import LedgerTable
from tests.chassis.stage import press, rest
from tests.chassis.test_table import Bench, bench, thing

pytestmark = pytest.mark.anyio


def under_bar(app: Bench) -> list[str]:
    """The rows that are drawn with the cursor's bar."""
    return [row.split("  ")[0] for row in app.rows if row.startswith("▌")]


@pytest.mark.parametrize(("key", "name"), [("j", "▌thing 1"), ("down", "▌thing 1"), ("G", "▌thing 4")])
async def test_the_bar_is_on_one_row(key: str, name: str) -> None:
    """The row that the cursor left is drawn without the bar, and the next one has it."""
    async with bench([thing(n) for n in range(5)]) as (app, pilot):
        assert under_bar(app) == ["▌thing 0"]
        await press(pilot, key)
        assert under_bar(app) == [name]


async def test_a_row_that_is_shown_can_be_selected() -> None:
    """The answer is yes for a row that is shown, and no for one that is not."""
    async with bench([thing(n) for n in range(5)]) as (app, _):
        assert app.list.select(3) is True and app.list.cursor_id == 3
        assert app.list.select(9) is False and app.list.cursor_id == 3


async def test_a_move_is_told_once() -> None:
    """Each other row under the cursor is told, and a key at the end of the list tells nothing."""
    told: list[object] = []

    class Listening(Bench):
        def on_ledger_table_moved(self, event: LedgerTable.Moved) -> None:
            told.append(event.row_id)

    app = Listening(live=False)
    async with app.run_test(size=(60, 10)) as pilot:
        app.list.set_rows([thing(0), thing(1)])
        await rest(pilot)
        await press(pilot, "j", "j", "k")
        assert told == [0, 1, 0]


@pytest.mark.parametrize("height", [9, 6])
async def test_the_cursor_stays_on_a_smaller_screen(height: int) -> None:
    """Where the screen becomes lower, the list scrolls so that the row under the cursor is still on it."""
    async with bench([thing(n) for n in range(40)], height=24) as (app, pilot):
        await press(pilot, *["j"] * 18)
        await pilot.resize_terminal(60, height)
        await rest(pilot)
        assert under_bar(app) == ["▌thing 18"]


async def test_a_row_that_is_selected_together_with_its_list_is_on_the_screen() -> None:
    """Who opens a list at one of its rows sees that row, also before the list was drawn once."""
    app = Bench(live=False)
    async with app.run_test(size=(60, 10)) as pilot:
        app.list.set_rows([thing(n) for n in range(40)])
        app.list.select(35)
        await rest(pilot)
        assert under_bar(app) == ["▌thing 35"]
