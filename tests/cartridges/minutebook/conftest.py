"""Panes on a fake Totebox, on a clock that the test moves."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
