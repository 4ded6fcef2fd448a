"""Reads paths from what a person types, pastes or drops on the terminal. Text only: nothing here reads a disk.

Terminals paste a dropped file as its path: quoted (`'/a/My lease.pdf'`), escaped (`/a/My\\ lease.pdf`), as a URI
(`file:///a/My%20lease.pdf`) or bare; several at once on one line, or one a line. A person types blanks unquoted as
well, so a blank ends a path only where another absolute or quoted path begins after it.
"""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

MAX_PATHS = 1_000
"""The most paths of one paste; more are taken for a mistake."""

_BEGIN = re.compile(r"""(?:['"]|/|~[/\w]|\.\.?/|file:)""", re.IGNORECASE)
_URI = re.compile(r"file:(?://([^/]*))?(/.*)", re.IGNORECASE | re.DOTALL)
_LOCAL = ("", "localhost", "127.0.0.1")


def split_paths(text: str) -> tuple[str, ...]:
    """The paths in `text`, in order and each once, `~` not yet expanded; at most MAX_PATHS.

    A `file:` URI of another host stays as it is; no file has that name, so the refusal quotes it.
    """
    found: dict[str, None] = {}
    for line in text.replace("\0", "\n").splitlines():
        if line.strip() and not line.lstrip().startswith("# "):
            found.update(dict.fromkeys(_pieces(line.strip())))
    return tuple(found)[:MAX_PATHS]


def absolute(text: str, home: str, cwd: str) -> str:
    """`text` as an absolute path: `~` is `home`, a relative path begins at `cwd`; `..` is left to the file system."""
    if text == "~" or text.startswith("~/"):
        text = home + text[1:]
    return posixpath.join(cwd, text.removeprefix("./"))


def save_path(text: str, name: str, home: str, cwd: str) -> str:
    """Where a download is saved: `text` as typed; below it `name`, where `text` is empty or ends in a slash."""
    typed = next(iter(split_paths(text)), "")
    if not typed or typed.endswith("/") or typed in (".", "..", "~"):
        folder = cwd if typed in ("", ".") else absolute(typed, home, cwd)
        return posixpath.join(folder, safe_name(name))
    return absolute(typed, home, cwd)


def safe_name(name: str) -> str:
    """`name` as one component of a path: no slash, no control characters, not hidden, at most 200 bytes, its ending
    kept.
    """
    clean = "".join("_" if c in '/\\:*?"<>|' or not c.isprintable() else c for c in name).strip(" .")
    stem, ending = posixpath.splitext(clean or "document")
    while len((stem + ending).encode("utf-8", "surrogateescape")) > 200:
        stem, ending = (stem[:-1], ending) if stem else ("document", ending[:20])
    return stem + ending


def _pieces(line: str) -> Iterator[str]:
    """The paths on one line."""
    at = 0
    while at < len(line):
        piece, at = _piece(line, at)
        if piece:
            yield _from_uri(piece)


def _piece(line: str, at: int) -> tuple[str, int]:
    """The path that begins at `at`, with quotes and escapes resolved, and where the next one begins."""
    out: list[str] = []
    while at < len(line):
        char = line[at]
        if char.isspace():
            rest = line[at:].lstrip()
            if _BEGIN.match(rest):
                return "".join(out), len(line) - len(rest)
            out.append(char)
        elif char == "\\" and at + 1 < len(line):
            at += 1
            out.append(line[at])
        elif char in "'\"" and (close := _closing(line, at)) > 0:
            out.append(line[at + 1 : close])
            at = close
        else:
            out.append(char)
        at += 1
    return "".join(out), at


def _closing(line: str, at: int) -> int:
    """Where the quote at `at` closes, or -1 where it is an apostrophe.

    A quote opens at the beginning of a word, after a slash, or next to another quoted or escaped part (`'it'\\''s'`).
    """
    if at and not (line[at - 1].isspace() or line[at - 1] in "/'\"" or line[at - 2 : at] in ("\\'", '\\"')):
        return -1
    return line.find(line[at], at + 1)


def _from_uri(piece: str) -> str:
    match = _URI.fullmatch(piece)
    if match is None or (match[1] or "").lower() not in _LOCAL:
        return piece
    return unquote_to_bytes(match[2].split("#")[0].split("?")[0]).decode("utf-8", "surrogateescape")
