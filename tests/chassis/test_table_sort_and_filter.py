"""What a list shows while it is sorted, filtered or empty."""

import pytest

from tests.chassis.stage import press, rest
from tests.chassis.test_table import bench, thing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (("s", "right"), "state"),
        (("s", "right", "right"), "size"),
        (("s", "right", "left"), "name"),
        (("s", "left"), "hash"),
        (("right",), "name"),
        (("left",), "hash"),
    ],
)
async def test_right_and_left_sort_by_the_column_beside(keys: tuple[str, ...], name: str) -> None:
    """Right goes to the next column, Left to the one before; both go round."""
    async with bench([thing(n) for n in range(3)]) as (app, pilot):
        await press(pilot, *keys)
        assert app.list.sort == (name, False)


async def test_a_filter_that_is_kept_loses_its_caret_at_once() -> None:
    """Enter keeps the filter: its line says how it is changed, no longer how it is kept."""
    async with bench([thing(n) for n in range(12)]) as (app, pilot):
        await press(pilot, "slash", "1")
        assert "/ 1▏" in app.rows[-1] and "Enter keeps" in app.rows[-1]
        await press(pilot, "enter")
        assert "/ 1 " in app.rows[-1] and "/ changes" in app.rows[-1]


async def test_another_reason_for_an_empty_list_is_drawn_at_once() -> None:
    """Why there is no row changes on the screen as soon as it is said."""
    async with bench([]) as (app, pilot):
        assert "no things" in app.rows[3]
        app.list.say_empty("the link is lost")
        await rest(pilot)
        assert "the link is lost" in app.rows[3]


async def test_a_filter_that_nothing_passes_wants_a_line_for_the_reason() -> None:
    """The title, the heads, a blank line, the reason and the filter; without a filter one line stands below the heads."""
    async with bench([thing(1)]) as (app, pilot):
        assert app.list.wanted_lines == 3
        await press(pilot, "slash", "z")
        assert app.list.wanted_lines == 5
        assert "no row passes the filter" in app.rows[3]
