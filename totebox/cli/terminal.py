"""The exit: what `os-totebox` writes to a terminal or a log leaves through here, made harmless. Nothing else prints.

A vault that somebody handed over may name its entity, its logs and its files as it likes. What would act on a terminal is
percent-encoded, as everywhere in a Totebox: nothing is dropped. `tests/laws` finds every other way out.
"""

import logging
import os
import sys
import traceback
from typing import TextIO

from totebox.gate.names import safe_text


def say(text: str) -> None:
    """`text` as one line on the standard output."""
    _write(sys.stdout, safe_text(text) + "\n")


def complain(text: str) -> None:
    """`text` as one line on the standard error."""
    _write(sys.stderr, safe_text(text) + "\n")


def say_json(text: str) -> None:
    """JSON in ASCII, as `json.dumps` writes it: of what a terminal acts on it leaves one character unescaped."""
    _write(sys.stdout, text.replace("\x7f", "\\u007f") + "\n")


def say_bytes(data: bytes) -> None:
    """A file of our own making, byte by byte; a terminal shows it as lines."""
    if sys.stdout.isatty():
        for line in data.decode("utf-8", "replace").removesuffix("\n").split("\n"):
            say(line)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def draw_bar(text: str) -> None:
    """A progress bar of ours, which begins its line again; only where `is_watched`."""
    sys.stderr.write(text)
    sys.stderr.flush()


def clear_bar() -> None:
    """What is said next begins its own line, not behind the bar."""
    if is_watched():
        draw_bar("\r\033[K")


def is_watched() -> bool:
    """Whether the standard error is a terminal."""
    return sys.stderr.isatty()


def complain_of(fault: BaseException) -> None:
    """The traceback of a fault that nobody foresaw. A message within it may be a stranger's."""
    _write(sys.stderr, _lines("".join(traceback.format_exception(fault))))


def log_to_stderr() -> None:
    """From now on everything that is logged leaves through here."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LogLines("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def close_quietly() -> None:
    """The reader of our output has gone: nothing is left to say, and Python must not say it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class LogLines(logging.Formatter):
    """One line a message, whatever was put into it; a traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return safe_text(super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        return _lines(super().formatException(ei)).removesuffix("\n")  # type: ignore[arg-type]  # what logging hands over


def _lines(text: str) -> str:
    return "".join(safe_text(line) + "\n" for line in text.rstrip("\n").split("\n"))


def _write(stream: TextIO, text: str) -> None:
    """A stream that cannot encode a character shows its number."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
