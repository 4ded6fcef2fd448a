"""Output: all that `os-console` writes to a terminal, a pipe or a log passes through here and is made harmless. Nothing
else prints.

Names, reasons, rows and errors may come from a hostile Totebox, and callers need not know which do. `tests/laws` finds
every other way to print. The bytes of a record are the exception: they go unchanged to a file or a pipe, and never to a
terminal.
"""

import os
import sys
from typing import BinaryIO, TextIO

from console.errors import ConsoleError
from console.model.safe_text import json_text, safe_line, safe_lines


def say(*lines: str) -> None:
    """Write each of `lines` as a line to the standard output; a line break within one becomes a visible mark."""
    _write(sys.stdout, "".join(safe_line(line) + "\n" for line in lines))


def say_text(text: str) -> None:
    """Write a text of this program with its line breaks; text from outside was put into it with `safe_line`."""
    _write(sys.stdout, safe_lines(text) + "\n")


def say_json(data: object, *, indent: int | None = None) -> None:
    """Write one JSON value: it reads back as `data`, and has no character that controls a terminal."""
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    _write(sys.stdout, json_text(data, indent=indent, ascii_only=ascii_only) + "\n")


def complain(*lines: str) -> None:
    """Like `say`, on the standard error."""
    _write(sys.stderr, "".join(safe_line(line) + "\n" for line in lines))


def complain_text(text: str) -> None:
    """Like `say_text`, on the standard error."""
    _write(sys.stderr, safe_lines(text) + "\n")


def is_watched() -> bool:
    """Whether the standard output is a terminal."""
    return sys.stdout.isatty()


def record_output() -> BinaryIO:
    """The standard output for the bytes of a record, unchanged.

    Raises:
        ConsoleError: it is a terminal, which the bytes could control.
    """
    if is_watched():
        raise ConsoleError("a record's bytes are not written to a terminal: save them with --out FILE, or pipe them on")
    return os.fdopen(os.dup(sys.stdout.fileno()), "wb")


def guard_logs() -> None:
    """Make what libraries log pass through here as well (asyncio logs the fault of a task that nobody awaited)."""
    import logging

    class Guarded(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complain_text(self.format(record))

    if not logging.root.handlers:
        logging.root.addHandler(Guarded(logging.WARNING))


def _write(stream: TextIO, text: str) -> None:
    """Write `text`; a character that the stream cannot encode is written as its number."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
