"""Whole paths through the product: real daemons, real sockets, the real console."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.journeys.computer import Computer


@pytest.fixture(scope="module")
def shared() -> Iterator[Computer]:
    """One computer for the journeys of a file that leave it as good as they found it."""
    with TemporaryDirectory(prefix="tb") as home:
        found = Computer(Path(home))
        yield found
        found.close()


@pytest.fixture
def computer(short_dir: Path) -> Iterator[Computer]:
    """A computer of this test's own."""
    found = Computer(short_dir)
    yield found
    found.close()
