"""The exit: what `os-console` writes to a terminal, a pipe or a log leaves through here, made harmless. Nothing else prints.

Names, reasons, rows and errors may be a hostile Totebox's words; whoever prints does not have to know which. `tests/laws`
finds every other way out. A record's own bytes are the exception: they go, as they are, to a file or a pipe and never to a
terminal.
"""

import os
import sys
from typing import BinaryIO, TextIO

from console.errors import ConsoleError
from console.model.safe_text import json_text, safe_line, safe_lines


def say(*lines: str) -> None:
    """Each of `lines` on a line of its own on the standard output; a line break within one is a visible mark."""
    _write(sys.stdout, "".join(safe_line(line) + "\n" for line in lines))


def say_text(text: str) -> None:
    """A text of our own with its line breaks; words from outside were put into it by `safe_line`."""
    _write(sys.stdout, safe_lines(text) + "\n")


def say_json(data: object, *, indent: int | None = None) -> None:
    r"""One JSON value: it reads back as `data`, and holds no character that a terminal acts on."""
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
    """The standard output for a record's bytes, as they are.

    Raises:
        ConsoleError: it is a terminal, which would act on them.
    """
    if is_watched():
        raise ConsoleError("a record's bytes are not written to a terminal: save them with --out FILE, or pipe them on")
    return os.fdopen(os.dup(sys.stdout.fileno()), "wb")


def guard_logs() -> None:
    """From now on what libraries log (asyncio names the fault of a task that nobody awaited) leaves through here as well."""
    import logging

    class Guarded(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            complain_text(self.format(record))

    if not logging.root.handlers:
        logging.root.addHandler(Guarded(logging.WARNING))


def _write(stream: TextIO, text: str) -> None:
    """A stream that cannot encode a character shows its number."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
