"""CSV cells as the vault writes them: RFC 4180 quoting, UTF-8, LF, no line breaks in a cell, formulas guarded.

A spreadsheet takes a cell that begins with `= + - @` or TAB for a formula. The vault writes one apostrophe, the guard, in front of
such a cell, and of a cell that begins with an apostrophe; reading removes exactly one. So every text reads back as it was. A cell
that is wholly a negative decimal number (`-12.50`) has no guard: it is safe as it is, and a spreadsheet can add it up.
"""

import re
from collections.abc import Callable, Sequence
from csv import Error as CsvError
from csv import reader
from unicodedata import is_normalized

from totebox.errors import RecordRejected, VaultDamaged

FORMULA = ("=", "+", "-", "@", "\t", "'")
_BREAKS = "\0\n\v\f\r\x1c-\x1e\x85\u2028\u2029\ud800-\udfff"
BREAKS = re.compile(f"[{_BREAKS}]")
_NEGATIVE = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
_HARD = re.compile(f"[\"'{_BREAKS}]|(?:^|,)[=+\\-@\t]")
"""A line without a match needs no quoting: it is exactly its cells joined by commas."""


Encode = Callable[[Sequence[str]], bytes]
"""Function that makes one line of cells, without its LF: `encode_line`, or `join_line` for cells that are known to be plain."""


def are_plain(texts: Sequence[str]) -> bool:
    """Whether each of `texts` is NFC and needs no quoting. All of them are tested in one pass, which is faster than one by one.

    When a single text is not plain the answer is False, and the caller uses `encode_line`.
    """
    joined = ",".join(texts)
    return (
        joined.count(",") == max(len(texts) - 1, 0)
        and _is_plain(joined)
        # No letter composes with a comma, so the joined text is NFC if and only if each part is.
        and (joined.isascii() or is_normalized("NFC", joined))
    )


def join_line(cells: Sequence[str]) -> bytes:
    """As `encode_line`, for cells of which `are_plain` is True."""
    return ",".join(cells).encode()


def encode_line(cells: Sequence[str]) -> bytes:
    """One line without its LF.

    Raises:
        RecordRejected: a cell holds a line break, NUL or a lone surrogate.
    """
    plain = ",".join(cells)
    if plain.count(",") != len(cells) - 1 or not _is_plain(plain):
        plain = ",".join(_quote(cell) for cell in cells)
    return plain.encode()


def line_cells(line: bytes) -> tuple[str, ...]:
    """The cells of one line (with or without its LF), exactly as they were given to `encode_line`.

    Raises:
        VaultDamaged: `encode_line` would not write this line, byte for byte.
    """
    bare = line.removesuffix(b"\n")
    try:
        text = bare.decode()
        if text and _is_plain(text):
            return tuple(text.split(","))
        rows = list(reader([text], strict=True))
        cells = tuple(_unguarded(cell) for cell in rows[0]) if rows else ()
        if encode_line(cells) == bare:
            return cells
    except (UnicodeDecodeError, CsvError, RecordRejected):
        pass
    raise VaultDamaged(f"not a CSV line of this vault: {bare[:60]!r}")


def _is_plain(text: str) -> bool:
    """Whether `text` is exactly its cells joined by commas. Quick tests decide nearly every line; the others are searched by `_HARD`."""
    quoted = '"' in text or "'" in text or not text.isprintable()
    armed = text[:1] in FORMULA or ",=" in text or ",+" in text or ",-" in text or ",@" in text
    return not (quoted or armed) or not _HARD.search(text)


def _quote(cell: str) -> str:
    if BREAKS.search(cell):
        raise RecordRejected(f"a cell holds a line break or a character that is not text: {cell[:60]!r}")
    guarded = "'" + cell if cell.startswith(FORMULA) and not _NEGATIVE.fullmatch(cell) else cell
    if "," in guarded or '"' in guarded:
        return '"' + guarded.replace('"', '""') + '"'
    return guarded


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
