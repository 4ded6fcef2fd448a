"""A terminal that a person could sit at: programs in tmux, keys in, rows of cells out."""

import os
import select
import shutil
import subprocess
from pathlib import Path
from time import monotonic

import pytest

from tests.journeys.computer import WAIT_S, Computer

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


class Tmux:
    """One window with one program. Waiting wakes whenever the program writes."""

    def __init__(self, computer: Computer, command: str, *, width: int = 120, height: int = 36) -> None:
        self._environ = {**computer.environ, "TERM": "xterm-256color"}
        self._environ.pop("TMUX", None)
        self._socket = str(computer.home / "tmux")
        written = computer.home / "written"
        written.unlink(missing_ok=True)
        os.mkfifo(written)
        self._written = os.open(written, os.O_RDONLY | os.O_NONBLOCK)
        shell = f"exec {command}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "sleep infinity")
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-s", "escape-time", "0")
        self._tmux("pipe-pane", f"cat > {written}")
        self._tmux("respawn-pane", "-k", "-c", str(computer.work), shell)

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *words], env=self._environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    @property
    def has_ended(self) -> bool:
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() == "1"

    def sees(self, *words: str, within_s: float = WAIT_S) -> None:
        """Wait until every one of `words` is on the screen."""
        deadline = monotonic() + within_s
        while not all(word in (screen := self.screen) for word in words):
            left = deadline - monotonic()
            assert left > 0, f"{words!r} never came; the screen:\n{screen}"
            self._wait(min(left, 1.0))

    def ends(self, within_s: float = WAIT_S) -> None:
        """Wait until the program is gone."""
        deadline = monotonic() + within_s
        while not self.has_ended:
            assert monotonic() < deadline, f"it goes on; the screen:\n{self.screen}"
            self._wait(0.2)

    def _wait(self, seconds: float) -> None:
        if select.select([self._written], [], [], seconds)[0]:
            os.read(self._written, 1 << 20)

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", *keys)

    def paste(self, text: str) -> None:
        """As a terminal does: bracketed where the program asked for it."""
        self._tmux("set-buffer", text)
        self._tmux("paste-buffer", "-p")

    def kill_program(self) -> None:
        """kill -9 of what runs in the window."""
        os.kill(int(self._tmux("display-message", "-p", "#{pane_pid}")), 9)
        self.ends()

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], env=self._environ, capture_output=True, check=False)
        os.close(self._written)

    def __enter__(self) -> "Tmux":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def serving(directory: Path) -> list[int]:
    """Processes that serve a Totebox below `directory`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().rstrip(b"\0").split(b"\0")
        except OSError:
            continue
        at = words.index(b"serve") if b"serve" in words else -2
        if b"".join(words[at + 1 : at + 2]).startswith(os.fsencode(directory)):
            found.append(int(entry.parent.name))
    return found
