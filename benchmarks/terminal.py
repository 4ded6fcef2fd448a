"""A program on a pseudo-terminal, timed from its start to the moment a word is on the screen."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from time import perf_counter

COLUMNS, ROWS = 120, 36
TIMEOUT_S = 180.0
ASKS_FOR_SYNC, KNOWS_SYNC = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal knows synchronised updates, asked and answered: today's do."""


class OnTerminal:
    """Runs `argv` with a terminal of COLUMNS x ROWS; use as a context manager."""

    def __init__(
        self, argv: Sequence[str], environ: Mapping[str, str], size: tuple[int, int] = (COLUMNS, ROWS)
    ) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.started = perf_counter()
        self.process = subprocess.Popen(
            argv,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            start_new_session=True,
        )
        os.close(slave)
        self.written = 0
        self._seen = b""

    def until(self, word: bytes) -> float:
        """Seconds from the start until `word` was written.

        Raises:
            RuntimeError: it ended or took too long; quotes what it wrote.
        """
        while word not in self._seen:
            if not self._take(TIMEOUT_S):
                tail = self._seen[-2_000:].decode("utf-8", "replace")
                raise RuntimeError(f"{word!r} did not appear; the program wrote:\n{tail}")
        return perf_counter() - self.started

    def watch(self, seconds: float) -> int:
        """Bytes written during the next `seconds`."""
        before, end = self.written, perf_counter() + seconds
        while (left := end - perf_counter()) > 0:
            self._take(left)
        return self.written - before

    def cpu_s(self) -> float:
        """CPU seconds that the program has used so far."""
        with open(f"/proc/{self.process.pid}/stat", "rb") as stream:  # noqa: PTH123
            fields = stream.read().rpartition(b") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def press(self, keys: bytes) -> None:
        os.write(self.master, keys)

    @property
    def seen(self) -> bytes:
        """The newest 200,000 bytes that were written."""
        return self._seen

    def _take(self, timeout_s: float) -> bool:
        if not select.select([self.master], [], [], timeout_s)[0]:
            return False
        try:
            data = os.read(self.master, 65_536)
        except OSError:
            return False
        self.written += len(data)
        if ASKS_FOR_SYNC in data:
            os.write(self.master, KNOWS_SYNC)
        self._seen = (self._seen + data)[-200_000:]
        return bool(data)

    def __enter__(self) -> "OnTerminal":
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)
