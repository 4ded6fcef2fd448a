"""What every test may ask for."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

from tests.exhaustion.table import drawn

SEARCHES = "1" in (os.environ.get("FUZZ"), os.environ.get("TORTURE"))

# A verdict is the same on every run and on every machine: the examples are drawn from the test itself, and no clock fails it.
# `make fuzz` and `make torture` search where nobody has been.
settings.register_profile(
    "house",
    deadline=None,
    derandomize=not SEARCHES,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
settings.load_profile("house")


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the programs do."""
    return "asyncio"


@pytest.fixture(autouse=True, scope="session")
def nobody_s_home() -> Iterator[None]:
    """What programs keep for a person they keep in an empty home; who runs the tests is not asked for keys, nor came over SSH."""
    before = dict(os.environ)
    with TemporaryDirectory(prefix="tb") as path:
        home = Path(path)
        (home / "run").mkdir(mode=0o700)
        names = {"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_RUNTIME_DIR": "run", "HOME": ""}
        os.environ.update({name: str(home / place) for name, place in names.items()})
        for name in ("SSH_AUTH_SOCK", "SSH_CONNECTION", "SSH_TTY"):
            os.environ.pop(name, None)
        yield
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def short_dir() -> Iterator[Path]:
    """A directory with a short path, since a Unix socket path holds 107 bytes."""
    with TemporaryDirectory(prefix="tb") as path:
        yield Path(path)


@pytest.fixture
def project() -> Path:
    """The top of the source tree."""
    return Path(__file__).parent.parent


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the exhaustion table, where a test of this run put a row into it."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    called = [report for report in reports if getattr(report, "when", "") == "call"]
    lines = drawn(each for report in called for each in report.user_properties)
    if lines:
        terminalreporter.section("exhaustion: what was tried, and what it cost")
        for line in lines:
            terminalreporter.write_line(line)
