"""Real Toteboxes for the console's tests: created and served by `os-totebox` as programs."""

import os
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from console.setup.local_totebox import LocalTotebox
from tests.patience import WAIT_S


class Host:
    """A directory that stands for a person's computer: its XDG directories, and the Toteboxes on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        (home / "run").mkdir(mode=0o700)
        self.environ = {
            **os.environ,
            "HOME": str(home),
            "XDG_DATA_HOME": str(home / "data"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_RUNTIME_DIR": str(home / "run"),
        }
        self._toteboxes: list[LocalTotebox] = []

    def totebox(self, name: str) -> LocalTotebox:
        """One that is driven with this host's directories; stopped with the test."""
        beside = Path(sys.executable).with_name("os-totebox")
        command = ("/usr/bin/env", f"XDG_RUNTIME_DIR={self.home}/run", str(beside))
        found = LocalTotebox(self.home / name, self.home / f"{name}.log", command)
        self._toteboxes.append(found)
        return found

    def kill_serving(self, directory: Path) -> None:
        """Kill the daemon of `directory`, which a console started, and its writer."""
        for pid in _serving(directory):
            descriptor = os.pidfd_open(pid)
            os.killpg(pid, signal.SIGKILL)
            select.select([descriptor], [], [], WAIT_S)
            os.close(descriptor)

    def stop(self) -> None:
        self.kill_serving(self.home / "data" / "totebox" / "local")
        for totebox in self._toteboxes:
            if totebox.pid:
                # The daemon leads its session: its writer goes with it, so that the directory is at rest.
                with suppress(ProcessLookupError):
                    os.killpg(totebox.pid, signal.SIGKILL)
                self.kill(totebox)

    def kill(self, totebox: LocalTotebox) -> None:
        """As the power would: no goodbye."""
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(totebox.pid, signal.SIGKILL)
            os.waitpid(totebox.pid, 0)
        totebox.pid = 0


def _serving(directory: Path) -> list[int]:
    """Processes whose command line is `os-totebox serve DIRECTORY`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if entry.read_bytes().rstrip(b"\0").split(b"\0")[-2:] == [b"serve", os.fsencode(directory)]:
                found.append(int(entry.parent.name))
    return found


@pytest.fixture
def host(short_dir: Path) -> Iterator[Host]:
    """A computer of its own."""
    found = Host(short_dir)
    yield found
    found.stop()
