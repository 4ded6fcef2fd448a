"""What every test may ask for."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the programs do."""
    return "asyncio"


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A directory with a short path, since a Unix socket path holds 107 bytes."""
    with TemporaryDirectory(prefix="tb") as path:
        yield Path(path)


@pytest.fixture
def project() -> Path:
    """The top of the source tree."""
    return Path(__file__).parent.parent
