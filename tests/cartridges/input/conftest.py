"""Panes on a fake Totebox, on a clock that the test moves."""

from pathlib import Path

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def lease(tmp_path: Path) -> Path:
    path = tmp_path / "My lease.pdf"
    path.write_bytes(b"%PDF a lease that nobody has sealed")
    return path
