"""The launcher is killed: the daemon ends in good order and says so, and the next one serves."""

import os
import signal
import subprocess
from pathlib import Path

from tests.patience import PROGRAM_S
from tests.processes import child
from tests.totebox.conftest import Daemon, daemon, program

__all__ = ["daemon", "program"]


def last_row(root: Path) -> list[str]:
    """The newest row of the audit log."""
    return max((root / "ledger/audit/register").iterdir()).read_text().splitlines()[-1].split(",")


def test_the_daemon_ends_when_its_launcher_was_killed(daemon: Daemon) -> None:
    """Status 75 and one line; the audit log says that it stopped in good order; another daemon can be started at once."""
    daemon.init()
    daemon.start()
    launcher = child(daemon.pid, "totebox.process.launcher_process")
    serving = daemon._process
    assert launcher and serving is not None
    os.kill(launcher, signal.SIGKILL)
    _, said = serving.communicate(timeout=PROGRAM_S)
    daemon._process = None
    assert serving.returncode == 75, said
    [line] = [line for line in said.splitlines() if line.startswith("os-totebox: ") and "warning" not in line]
    assert "was killed" in line and "start it again" in line
    assert last_row(daemon.directory)[4] == "STOPPED"
    daemon.start()
    assert daemon.stop() == 0


def test_the_daemon_ends_when_launcher_and_writer_were_killed(daemon: Daemon) -> None:
    """Both at once, as by a machine without memory: the same end, though nobody can write the last row."""
    daemon.init()
    daemon.start()
    launcher = child(daemon.pid, "totebox.process.launcher_process")
    writer = child(launcher, "totebox.writer")
    serving = daemon._process
    assert launcher and writer and serving is not None
    os.kill(launcher, signal.SIGKILL)
    os.kill(writer, signal.SIGKILL)
    try:
        _, said = serving.communicate(timeout=PROGRAM_S)
    except subprocess.TimeoutExpired:
        raise AssertionError("it did not end") from None
    daemon._process = None
    assert serving.returncode == 75, said
    daemon.start()
    assert daemon.stop() == 0
