"""A launcher with programs of the tests' own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocol.schema.numbers import Grade
from tests.process.toys import TOYS
from totebox.process.launcher import LauncherClient


@pytest.fixture
async def launcher(tmp_path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LauncherClient]:
    """It starts toys on a folder that is no vault."""
    monkeypatch.setenv("PYTHONPATH", str(project))
    (tmp_path / "vault").mkdir()
    made = LauncherClient(tmp_path / "vault", Grade.KERNEL, TOYS, ("chart.csv",))
    yield made
    assert await made.close(20.0)
