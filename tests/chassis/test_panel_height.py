"""A panel of lines is as high as its lines, where it may be; and a blank line is a line."""

import pytest

from console.chassis.facts import Lines, line, wrapped
from tests.chassis.stage import rest
from tests.chassis.test_panels import Board

pytestmark = pytest.mark.anyio


async def test_a_panel_grows_and_shrinks_with_its_lines() -> None:
    """More lines make it higher at once, fewer lower."""
    panel = Lines()
    panel.styles.height = "auto"
    async with Board(panel, 40).run_test(size=(60, 20)) as pilot:
        for many in (2, 7, 3):
            panel.set_lines([line(f"row {n}") for n in range(many)])
            await rest(pilot)
            assert panel.size.height == many


@pytest.mark.parametrize("blanks", [0, 9, 10])
def test_a_blank_line_stays_a_line(blanks: int) -> None:
    """Also where its blanks fill the whole width."""
    assert wrapped(line(" " * blanks), 10) == [line(" " * blanks)]
