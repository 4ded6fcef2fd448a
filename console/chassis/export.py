"""What is on the screen as CSV and as JSON. Pure: the caller writes the bytes and says where.

The cells are text from outside, and a spreadsheet or a terminal opens the file. The content stays, but what one of them
would run is made harmless: a formula gets an apostrophe, a control or direction character stands as `\\uXXXX`.
"""

from collections.abc import Sequence

from console.model.safe_text import escaped, json_text
from protocol.schema import Cell

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The first characters of formulas, in full width as well; some spreadsheets ignore a blank before them."""
_QUOTED = frozenset(',;\t"\n')
"""Semicolon and tab too, which separate cells in spreadsheets of other languages."""


def as_csv(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """RFC 4180 with a header, LF, UTF-8. Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    lines = [",".join(map(_quoted, names)), *(",".join(map(_csv_cell, row)) for row in rows)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def as_json(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A list of objects; raw bytes in hex."""
    listed = [dict(zip(names, map(_json_cell, row), strict=False)) for row in rows]
    return (json_text(listed, indent=1) + "\n").encode("utf-8")


def _json_cell(cell: Cell) -> str | int | bool | None:
    return cell.hex() if isinstance(cell, bytes) else cell


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return _quoted("'" + cell if cell.lstrip(" ").startswith(_FORMULA) else cell)
    return cell.hex() if isinstance(cell, bytes) else str(int(cell))


def _quoted(text: str) -> str:
    plain = escaped(text, keep="\n\t")
    return '"' + plain.replace('"', '""') + '"' if _QUOTED.intersection(plain) else plain
