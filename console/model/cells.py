"""How a cell of any kind reads: numbers with thin grouping, sizes, hashes, times and ages. Pure."""

from datetime import datetime

from console.model.safe_text import safe_line
from protocol.schema import Cell, ColumnKind

RIGHT = frozenset({ColumnKind.INT, ColumnKind.BYTES, ColumnKind.INDEX, ColumnKind.AUDIT_INDEX, ColumnKind.MONEY})
"""Kinds that are drawn flush right."""

_SIZES = ("B", "K", "M", "G", "T", "P")


def draw(cell: Cell, kind: ColumnKind, *, width: int = 0) -> str:
    """`cell` as one line of text, fit to draw. `width` lets a time leave out what does not fit (0: all of it)."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, bytes):
        return cell.hex() if kind is ColumnKind.HASH else safe_line(cell)
    if isinstance(cell, int):
        return size(cell) if kind is ColumnKind.BYTES else number(cell)
    return moment(cell, width) if kind is ColumnKind.TIME else safe_line(cell)


def number(value: int) -> str:
    """`12345678` as `12,345,678`."""
    return f"{value:,}"


def size(value: int) -> str:
    """A size in bytes in at most five characters: `812B`, `4.2K`, `312M`."""
    scaled, unit = float(value), 0
    while scaled >= 999.5 and unit < len(_SIZES) - 1:
        scaled, unit = scaled / 1024, unit + 1
    digits = f"{scaled:.0f}" if unit == 0 or scaled >= 99.5 else f"{scaled:.1f}"
    return digits + _SIZES[unit]


def moment(text: str, width: int = 0) -> str:
    """RFC 3339 UTC as `2026-11-22 02:14:07`; at fewer than 19 columns `11-22 02:14`, at fewer than 11 `02:14:07`."""
    plain = safe_line(text).replace("T", " ")[:19]
    if width and width < 11:
        return plain[11:] or plain
    return plain[5:16] if width and width < 19 else plain


def age(seconds: float) -> str:
    """How long ago, in one unit: `now` below ten seconds, `40s` in tens, `12m`, `3h`, `5d`. Changes seldom on purpose."""
    whole = max(0, int(seconds))
    if whole < 10:
        return "now"
    if whole < 60:
        return f"{whole // 10 * 10}s"
    if whole < 3_600:
        return f"{whole // 60}m"
    return f"{whole // 3_600}h" if whole < 172_800 else f"{whole // 86_400}d"


def span(seconds: int) -> str:
    """A duration in two units: `3d 4h`, `2h 05m`, `7m 12s`."""
    days, rest = divmod(max(0, seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, secs = divmod(rest, 60)
    if days:
        return f"{days}d {hours}h"
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {secs:02}s"


def seconds_between(earlier: str, later: str) -> float | None:
    """From one RFC 3339 time to another; None when either cannot be read."""
    try:
        return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
    except (ValueError, TypeError):
        return None
