"""Where crash states are laid out."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vault.crash.scenarios import fast_place


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one."""
    made = Path(tempfile.mkdtemp(prefix="crash-", dir=fast_place(tmp_path)))
    yield made
    shutil.rmtree(made)
