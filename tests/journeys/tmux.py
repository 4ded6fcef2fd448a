"""A terminal that a person could sit at: programs in tmux, keys in, rows of cells out."""

import os
import select
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic

import pytest

from tests.journeys.computer import Computer
from tests.patience import WAIT_S

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")


class Tmux:
    """One window with one program. Waiting wakes whenever the program writes."""

    def __init__(self, computer: Computer, command: str, *, width: int = 120, height: int = 36) -> None:
        self._environ = {**computer.environ, "TERM": "xterm-256color"}
        for word in ("TMUX", "TMUX_PANE", "COLUMNS", "LINES"):
            self._environ.pop(word, None)
        # A server of its own each time: one that was told to end may still be there, and ends whoever asks it for a window.
        place = Path(mkdtemp(prefix="t", dir=computer.home))
        self._socket = str(place / "tmux")
        written = place / "written"
        os.mkfifo(written)
        self._written = os.open(written, os.O_RDONLY | os.O_NONBLOCK)
        shell = f"exec {command}"
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(width), "-y", str(height), "sleep infinity")
        self._tmux("set-option", "-g", "window-size", "manual")
        self._tmux("resize-window", "-x", str(width), "-y", str(height))
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
    def styled(self) -> str:
        """The screen with the SGR sequences that its cells have."""
        return self._tmux("capture-pane", "-p", "-e", "-N")

    def reset(self) -> None:
        """The terminal forgets what stands on it, as when another program cleared it."""
        self._tmux("send-keys", "-R")

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def comes_to(self, holds: Callable[[], bool], within_s: float = WAIT_S) -> bool:
        """Wait until `holds` is so; whether it came to be."""
        deadline = monotonic() + within_s
        while not (met := holds()) and monotonic() < deadline:
            self._wait(0.5)
        return met

    @property
    def program(self) -> int:
        """The process in the window."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}"))

    def flags(self, *names: str) -> list[str]:
        """What the terminal was last told by escape sequences, by tmux's names (`alternate_on`, `cursor_flag`, ...)."""
        return self._tmux("display-message", "-p", " ".join(f"#{{{name}}}" for name in names)).split()

    @property
    def has_ended(self) -> bool:
        return self._tmux("display-message", "-p", "#{pane_dead}").strip() == "1"

    def sees(self, *words: str, within_s: float = WAIT_S) -> str:
        """Wait until every one of `words` is on the screen at once; returns that screen."""
        deadline = monotonic() + within_s
        while not _all_in(words, screen := self.screen):
            left = deadline - monotonic()
            assert left > 0, f"{words!r} never came; the screen:\n{screen}"
            self._wait(min(left, 1.0))
        return screen

    def misses(self, word: str, within_s: float = WAIT_S) -> None:
        """Wait until `word` is not on the screen."""
        deadline = monotonic() + within_s
        while word in (screen := self.screen):
            left = deadline - monotonic()
            assert left > 0, f"{word!r} never went; the screen:\n{screen}"
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
        os.kill(self.program, 9)
        self.ends()

    def close(self) -> None:
        """The server and its program end before this returns."""
        try:
            server = os.pidfd_open(int(self._tmux("display-message", "-p", "#{pid}")))
        except ProcessLookupError:
            server = -1
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], env=self._environ, capture_output=True, check=False)
        if server >= 0:
            select.select([server], [], [], WAIT_S)
            os.close(server)
        os.close(self._written)

    def __enter__(self) -> "Tmux":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _all_in(words: tuple[str, ...], screen: str) -> bool:
    return all(word in screen for word in words)


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
