"""Parses a leaf of the register into its columns."""

import csv
from typing import Final

from console.model.state import LogRow

COLUMNS: Final = (
    "index",
    "time",
    "actor",
    "service",
    "kind",
    "subject",
    "path",
    "offset",
    "length",
    "sha256",
    "source",
    "supersedes",
    "audit",
    "command",
    "note",
)

MOST: Final = 0xFFFF_FFFF_FFFF_FFFF


class RowError(ValueError):
    """The leaf is not a register row."""


def parse_row(leaf: bytes) -> LogRow:
    """The row whose exact bytes are `leaf` (RFC 4180, no line end).

    Raises:
        RowError: not UTF-8, the wrong number of columns, or a number that is none.
    """
    try:
        cells = next(csv.reader([leaf.decode("utf-8")], strict=True))
        if len(cells) != len(COLUMNS):
            raise RowError(f"a row has {len(COLUMNS)} columns, this one has {len(cells)}")
        named = dict(zip(COLUMNS, cells, strict=True))
        return LogRow(
            index=_number(named["index"]),
            time=named["time"],
            actor=named["actor"],
            service=named["service"],
            kind=named["kind"],
            subject=_plain(named["subject"]),
            path=named["path"],
            offset=_number(named["offset"] or "0"),
            length=_number(named["length"] or "0"),
            sha256=bytes.fromhex(named["sha256"]),
            source=_optional(named["source"]),
            supersedes=_optional(named["supersedes"]),
            audit=_optional(named["audit"]),
            command=named["command"],
            note=_plain(named["note"]),
            leaf=leaf,
        )
    except RowError:
        raise
    except (UnicodeDecodeError, csv.Error, ValueError, StopIteration) as error:
        raise RowError(f"not a register row: {error}") from error


def _optional(cell: str) -> int | None:
    return _number(cell) if cell else None


def _number(cell: str) -> int:
    """Decimal digits of an unsigned 64-bit number, as a register writes them. Raises ValueError."""
    if not (cell.isascii() and cell.isdigit()) or len(cell) > 20 or int(cell) > MOST:
        raise ValueError(f"{cell[:24]!r} is no number of a row")
    return int(cell)


def _plain(cell: str) -> str:
    """Undo the register's formula escaping: a leading apostrophe before `= + - @ '`."""
    return cell[1:] if len(cell) > 1 and cell[0] == "'" and cell[1] in "=+-@'\t" else cell
