"""Output: all that `os-totebox` writes to a terminal or a log passes through here and is made harmless. Nothing else
prints.

A vault that came from somebody else may name its entity, its logs and its files in any way. Characters that control a
terminal are percent-encoded, as everywhere in a Totebox, and none is dropped. `tests/laws` finds every other way to
print.
"""

import getpass
import logging
import os
import sys
import traceback
from typing import TextIO

from totebox.gate.names import safe_text


def say(text: str) -> None:
    """Write `text` as one line to the standard output."""
    _write(sys.stdout, safe_text(text) + "\n")


def complain(text: str) -> None:
    """Write `text` as one line to the standard error."""
    _write(sys.stderr, safe_text(text) + "\n")


def can_say(text: str) -> bool:
    """Whether the standard output can encode `text` as it is."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def ask_secret(prompt: str) -> str | None:
    """What a person types at the terminal, which does not show it; None where there is no terminal."""
    if not (sys.stdin.isatty() and is_watched()):
        return None
    return getpass.getpass(prompt, stream=sys.stderr)


def say_json(text: str) -> None:
    """Write JSON in ASCII, as `json.dumps` makes it. One control character stays unescaped in it, and is escaped
    here.
    """
    _write(sys.stdout, text.replace("\x7f", "\\u007f") + "\n")


def say_bytes(data: bytes) -> None:
    """Write a file that this program made, byte by byte; a terminal gets lines."""
    if sys.stdout.isatty():
        for line in data.decode("utf-8", "replace").removesuffix("\n").split("\n"):
            say(line)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def draw_bar(text: str) -> None:
    """Draw a progress bar, which overwrites its line; only where `is_watched`."""
    sys.stderr.write(text)
    sys.stderr.flush()


def clear_bar() -> None:
    """Clear the progress bar, so that the next message has a line of its own."""
    if is_watched():
        draw_bar("\r\033[K")


def is_watched() -> bool:
    """Whether the standard error is a terminal."""
    return sys.stderr.isatty()


def complain_of(fault: BaseException) -> None:
    """Write the traceback of an unexpected exception. A message in it may contain text from outside."""
    _write(sys.stderr, _lines("".join(traceback.format_exception(fault))))


def log_to_stderr() -> None:
    """Send everything that is logged through here from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogLines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def close_quietly() -> None:
    """Close the standard output after its reader has gone, so that Python writes no error at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class LogLines(logging.Formatter):
    """One line for each message, whatever it contains; a traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return safe_text(super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        return _lines(super().formatException(ei)).removesuffix("\n")  # type: ignore[arg-type]  # what logging hands over


def _lines(text: str) -> str:
    return "".join(safe_text(line) + "\n" for line in text.rstrip("\n").split("\n"))


def _write(stream: TextIO, text: str) -> None:
    """Write `text`; a character that the stream cannot encode is written as its number."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
