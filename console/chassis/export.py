"""What is on the screen as CSV and as JSON. Pure: bytes out, whoever writes them says where they went."""

import csv
import io
import json
from collections.abc import Sequence

from protocol.schema import Cell

_FORMULA = ("=", "+", "-", "@", "\t")


def as_csv(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """RFC 4180 with a header, LF, UTF-8. Text that a spreadsheet would run as a formula gets a leading apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8")


def as_json(names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bytes:
    """A list of objects; raw bytes in hex."""
    listed = [dict(zip(names, map(_json_cell, row), strict=True)) for row in rows]
    return (json.dumps(listed, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _json_cell(cell: Cell) -> str | int | bool | None:
    return cell.hex() if isinstance(cell, bytes) else cell


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = cell.hex() if isinstance(cell, bytes) else str(cell)
    return "'" + text if isinstance(cell, str) and text.startswith(_FORMULA) else text
