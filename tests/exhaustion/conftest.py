"""Real daemons, real consoles, and the table that their attacks go into."""

import pytest

from tests.exhaustion.table import measured, recorder
from tests.totebox.conftest import another, consoles, daemon, desk, new_console, program

__all__ = ["another", "consoles", "daemon", "desk", "meter", "new_console", "program", "row"]


@pytest.fixture
def row(record_property):
    """`row(tried, cost)`: put one row into the exhaustion table."""
    return recorder(record_property)


@pytest.fixture
def meter():
    """`async with meter(daemon, bystander=console) as cost:` around the attack."""
    return measured
