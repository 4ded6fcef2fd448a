"""The main job as an asciinema cast: a real terminal, the real programs, and a script that fails when a step does not happen.

screenshots/cast.py OUT.cast     provisions the demo in a temporary directory, takes one document through F12, finds and
                                 proves it in F5, looks at people, the Command Ledger and the system; play with asciinema
"""

import fcntl
import json
import os
import pty
import select
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path
from time import monotonic
from typing import NamedTuple

COLUMNS, ROWS = 120, 36
PATIENCE_S, LOOK_S = 60.0, 1.6
BETWEEN_KEYS_S = 0.35


class Step(NamedTuple):
    """A caption, the keys, and a word that must be drawn before the next step."""

    caption: str
    keys: tuple[bytes, ...]
    word: bytes


UP, F2, F5, F8, F10, F11, F12 = b"\x1b[A", b"\x1bOQ", b"\x1b[15~", b"\x1b[19~", b"\x1b[21~", b"\x1b[23~", b"\x1b[24~"
STEPS = (
    Step("Six Toteboxes, live: one for each entity", (), b"Harbour Row"),
    Step("/ filters any list; Enter makes a Totebox the active one", (b"/", b"harbour", b"\r", b"\r"), b"Harbour Row Properties"),
    Step("F12, the only door for outside files: a quotation waits in the drop folder", (F12,), b"quotation"),
    Step("Step 1 hashes it, step 2 routes it: an account of the entity's chart, with the reason", (b"\x1b", b"\r"), b"suggested"),
    Step("Step 3: what the document claims, each with its source line", (b"\r",), b"Is this so?"),
    Step("Step 4: one keystroke a claim. Silence never writes", (b"y", b"y", b"n") + (b"y",) * 11, b"to answer"),
    Step("What will be sealed, and where", (b"\r",), b"approved"),
    Step("Step 5: seal it. The receipt is verified by the console, not believed", (b"y",), b"SEALED"),
    Step("F5, the minutebook: find it, read it", (F5, b"\r"), b"CIRCULATION"),
    Step("Its proof: the leaf, the path, the signed checkpoint", (b"p",), b"PROVEN"),
    Step("F2: people and organisations, each claim leading to its source", (F2,), b"PEOPLE"),
    Step("F8, the Command Ledger: every command, refusal and decision, live", (F8,), b"RECORD_VERIFIED"),
    Step("Each row leads to its proof", (b"\r",), b"PROVED"),
    Step("F11: the Totebox's live state", (F11,), b"PAIRINGS"),
    Step("F10: the fleet again", (F10,), b"FLEET"),
)  # fmt: skip


class Cast:
    """Runs a program on a terminal of its own and keeps what it writes, with times."""

    def __init__(self, words: list[str], environ: dict[str, str]) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            words, stdin=slave, stdout=slave, stderr=slave, env=environ, start_new_session=True
        )
        os.close(slave)
        self.events: list[tuple[float, str, str]] = []
        self._start: float | None = None
        self._seen = b""

    def until(self, word: bytes) -> None:
        """Read until `word` was drawn. Raises RuntimeError when it is not."""
        end = monotonic() + PATIENCE_S
        while word.lower() not in self._seen.lower():
            if monotonic() > end:
                raise RuntimeError(f"{word!r} was not drawn; the last of it: {self._seen[-1500:]!r}")
            self._take(0.2)

    def look(self, seconds: float) -> None:
        """Read for a while, as a person looks."""
        end = monotonic() + seconds
        while (left := end - monotonic()) > 0:
            self._take(left)

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def begin(self) -> None:
        """From here on it is recorded; `_seen` begins anew for each step."""
        self._start = self._start or monotonic()
        self._seen = b""

    def caption(self, text: str) -> None:
        self.events.append((round(monotonic() - (self._start or monotonic()), 3), "m", text))

    def _take(self, timeout_s: float) -> None:
        if not select.select([self._master], [], [], timeout_s)[0]:
            return
        try:
            data = os.read(self._master, 65_536)
        except OSError as error:
            raise RuntimeError("the console ended") from error
        self._seen += data
        if self._start is not None:
            self.events.append((round(monotonic() - self._start, 3), "o", data.decode("utf-8", "replace")))

    def text(self) -> str:
        header = {"version": 2, "width": COLUMNS, "height": ROWS, "title": "Command Ledger: the main job"}
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (header, *self.events))


def play(cast: Cast) -> None:
    cast.begin()
    for step in STEPS:
        if step.keys:
            cast.begin()
            cast.caption(step.caption)
        for key in step.keys:
            cast.press(key)
            cast.look(BETWEEN_KEYS_S)
        cast.until(step.word)
        if not step.keys:
            cast.caption(step.caption)
        cast.look(LOOK_S)


def main() -> int:
    target = Path(sys.argv[1])
    program = str(Path(sys.executable).parent / "os-console")
    with tempfile.TemporaryDirectory(prefix="tb") as scratch:
        place = Path(scratch)
        environ = {
            **os.environ,
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "XDG_CONFIG_HOME": str(place / "config"),
        }
        made = [program, "demo", "--headless", "--dir", str(place / "demo")]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, env=environ)
        cast = Cast([program, "demo", "--dir", str(place / "demo")], environ)
        try:
            play(cast)
        finally:
            cast.press(b"\x11")
            cast.process.wait(timeout=30)
    target.write_text(cast.text(), encoding="utf-8")
    print(f"{target}: {len(cast.events)} events, {cast.events[-1][0]:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
