"""The table itself: a ground state, which other rows are held against."""

import pytest

from protocol.schema import List, Rows
from tests.exhaustion.table import Cost, drawn, recorder

pytestmark = pytest.mark.anyio


async def test_a_quiet_totebox_is_the_first_row(row, meter, daemon, desk, another) -> None:
    """Nothing is tried: a device asks now and then, as the bystander of every other row does."""
    bystander = await another("user", "bystander")
    async with meter(daemon, bystander=bystander) as cost:
        for _ in range(20):
            assert isinstance(await desk.ask(List("input.chart", "", "", "", 1)), Rows)
    row("nothing: two devices ask now and then", cost)
    assert cost.memory_after


def test_rows_become_one_table_of_columns() -> None:
    """Rows are put in by tests as properties, and drawn under each other whatever their length."""
    properties: list[tuple[str, object]] = [("else", 1)]
    row = recorder(lambda name, value: properties.append((name, value)))
    row("a", Cost(1 << 20, 2 << 20, 0, 2_048))
    row("longer", Cost(waits_s=[0.001, 0.003]))
    lines = drawn(properties)
    assert [line.split("  ")[0].rstrip() for line in lines[2:]] == ["a", "longer"]
    assert "1 -> 2 MiB" in lines[2] and "+2 KiB" in lines[2] and "(nobody)" in lines[2]
    assert "2.0 ms, at most 3 ms (2 asked)" in lines[3]


def test_a_run_without_rows_prints_no_table() -> None:
    """A run of other tests alone prints nothing."""
    assert drawn([("else", 1)]) == []
