"""CSV as the vault writes it: RFC 4180 quoting, UTF-8, LF, no line breaks in a cell, formulas disarmed and recoverable.

A cell that a spreadsheet would take for a formula (it begins with `= + - @`, TAB or an apostrophe) is written with one more
apostrophe in front; reading takes exactly one away. So every text that may be written reads back as it was.
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
_HARD = re.compile(f"[\"'{_BREAKS}]|(?:^|,)[=+\\-@\t]")
"""A line in which this is not found is its cells joined by commas, and nothing else."""


Encode = Callable[[Sequence[str]], bytes]
"""One line of cells, without its LF: `encode_line`, or `join_line` where the cells are known to be plain."""


def are_plain(texts: Sequence[str]) -> bool:
    """Whether each of `texts` is NFC and stands in a line as it is: one look at all of them, in place of one at each.

    A text that is not plain lets the whole look fail; whoever asks then goes on with `encode_line`.
    """
    joined = ",".join(texts)
    return (
        joined.count(",") == max(len(texts) - 1, 0)
        and _is_plain(joined)
        # No letter composes with a comma: what is joined is NFC when, and only when, all of its parts are.
        and (joined.isascii() or is_normalized("NFC", joined))
    )


def join_line(cells: Sequence[str]) -> bytes:
    """As `encode_line`, of cells of which `are_plain` has said so."""
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
    """The cells of one line (with or without its LF), exactly as they were handed in.

    Raises:
        VaultDamaged: not a line that `encode_line` writes.
    """
    bare = line.removesuffix(b"\n")
    try:
        text = bare.decode()
        if text and _is_plain(text):
            return tuple(text.split(","))
        rows = list(reader([text], strict=True))
        cells = tuple(_disarmed(cell) for cell in rows[0]) if rows else ()
        if encode_line(cells) == bare:
            return cells
    except (UnicodeDecodeError, CsvError, RecordRejected):
        pass
    raise VaultDamaged(f"not a CSV line of this vault: {bare[:60]!r}")


def _is_plain(text: str) -> bool:
    """Whether `text` is its cells joined by commas; the quick answer for nearly every line, else a look at each character."""
    quoted = '"' in text or "'" in text or not text.isprintable()
    armed = text[:1] in FORMULA or ",=" in text or ",+" in text or ",-" in text or ",@" in text
    return not (quoted or armed) or not _HARD.search(text)


def _quote(cell: str) -> str:
    if BREAKS.search(cell):
        raise RecordRejected(f"a cell holds a line break or a character that is not text: {cell[:60]!r}")
    armed = "'" + cell if cell.startswith(FORMULA) else cell
    if "," in armed or '"' in armed:
        return '"' + armed.replace('"', '""') + '"'
    return armed


def _disarmed(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell
