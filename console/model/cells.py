"""Cells of every kind as text: numbers with grouping, sizes, hashes, times and ages. Pure.

Law: the values come from outside, so no function here raises for any number, time or text, and the text of a number is
short.
"""

import math
import re
from datetime import UTC, datetime, timedelta

from console.model.safe_text import safe_line
from protocol.schema import Cell, ColumnKind

RIGHT = frozenset({ColumnKind.INT, ColumnKind.BYTES, ColumnKind.INDEX, ColumnKind.AUDIT_INDEX, ColumnKind.MONEY})
"""Kinds that are aligned to the right."""

BEYOND = "beyond 9999"
"""The text of a time after the calendar's last one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d")
_SIZES = ("B", "K", "M", "G", "T", "P")
_CPU_STEP = 50
_MINUTE_US = 60_000_000
_LEAST_STEP = 1 << 20
SKEW_US = 2 * _MINUTE_US
"""By how much the clocks of two hosts may differ before an age between them says nothing."""


def draw(cell: Cell, kind: ColumnKind, *, width: int = 0) -> str:
    """`cell` as one line of text that is safe to draw. `width` lets a time leave out what does not fit (0: all of
    it).
    """
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
    """`12345678` as `12,345,678`; a number too large for the wire as a power of ten."""
    if value.bit_length() <= 80:
        return f"{value:,}"
    return f"{'-' if value < 0 else ''}10^{int(value.bit_length() * math.log10(2))}"


def size(value: int) -> str:
    """A size in bytes in at most five characters: `812B`, `4.2K`, `312M`."""
    if value < 0 or value.bit_length() > 64:
        return f"?{_SIZES[0]}"
    scaled, unit = float(value), 0
    while scaled >= 999.5 and unit < len(_SIZES) - 1:
        scaled, unit = scaled / 1024, unit + 1
    digits = f"{scaled:.0f}" if unit == 0 or scaled >= 99.5 else f"{scaled:.1f}"
    return digits + _SIZES[unit]


def moment(text: str, width: int = 0) -> str:
    """RFC 3339 UTC as `2026-11-22 02:14:07`; at fewer than 19 columns `11-22 02:14`, at fewer than 11 `02:14:07`."""
    whole = safe_line(text)
    if not _TIME.match(whole):
        return whole  # not a time: drawn as text
    plain = whole.replace("T", " ", 1)[:19]
    if width and width < 11:
        return plain[11:] or plain
    return plain[5:16] if width and width < 19 else plain


def instant(time_us: int) -> str:
    """Microseconds since 1970 as RFC 3339 UTC text, for a TIME cell."""
    try:
        return (_EPOCH + timedelta(microseconds=time_us)).isoformat(timespec="microseconds").replace("+00:00", "Z")
    except OverflowError:
        return BEYOND


def seconds_of(seconds: float) -> int:
    """Whole seconds, none below zero; 0 where `seconds` is not a number."""
    return max(0, int(seconds)) if math.isfinite(seconds) else 0


def aged_seconds(seconds: float) -> int:
    """`seconds` rounded down to the step that `age` draws, so that two times that look alike are the same number."""
    whole = seconds_of(seconds)
    if whole < 60:
        return 0 if whole < 10 else 10
    step = 60 if whole < 600 else 300 if whole < 3_600 else 3_600 if whole < 172_800 else 86_400
    return whole // step * step


def age(seconds: float) -> str:
    """How long ago, in one unit: `now` below ten seconds, `<1m`, `12m`, `3h`, `5d`. After the first it changes once a
    minute at most. Above ten minutes it is drawn in steps of five.
    """
    whole = aged_seconds(seconds)
    if whole < 10:
        return "now"
    if whole < 60:
        return "<1m"
    if whole < 3_600:
        return f"{whole // 60}m"
    return f"{whole // 3_600}h" if whole < 172_800 else f"{number(whole // 86_400)}d"


def since_us(then_us: int, present_us: int) -> float | None:
    """Whole minutes, in seconds, from a time that a Totebox tells until the present, which is this host's (both Unix
    microseconds). The present of an age is a whole minute (`whole_minute`), so a part of one would say nothing.

    None where it cannot be known: the Totebox tells 0, or a time that is still to come by more than `SKEW_US`.
    """
    if not then_us or then_us > present_us + SKEW_US:
        return None
    return min(max(0, present_us - then_us), 1 << 53) // _MINUTE_US * 60.0


def span(seconds: int) -> str:
    """A duration in two units: `3d 4h`, `2h 05m`, `7m 12s`."""
    days, rest = divmod(max(0, seconds), 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, secs = divmod(rest, 60)
    if days:
        return f"{number(days)}d {hours}h"
    return f"{hours}h {minutes:02}m" if hours else f"{minutes}m {secs:02}s"


def steady(value: int, drawn: int | None, step: int) -> int:
    """`value` rounded to a multiple of `step`. `drawn`, the number on the screen, stays until the value differs by a
    whole step.

    A figure that jitters between two steps is so drawn as one of them.
    """
    if drawn is not None and drawn % step == 0 and abs(value - drawn) < step:
        return drawn
    return (value + step // 2) // step * step


def steady_cpu(permille: int, drawn: int | None) -> int:
    """Thousandths of the CPU in steps of 5 %, rounded as by `steady`."""
    return steady(permille, drawn, _CPU_STEP)


def steady_bytes(value: int, drawn: int | None, parts: int) -> int:
    """Bytes in steps of a power of two: at most 1/`parts` of the value, at least one MiB. Rounded as by `steady`."""
    return steady(value, drawn, max(_LEAST_STEP, 1 << max(0, (value // parts).bit_length() - 1)))


def whole_minute(present_us: int) -> int:
    """The wall clock for drawing ages, in microseconds: the last whole minute. All ages on the screen change together
    with the clock in the status line, once a minute. An age is up to two minutes more than the one drawn: less than a minute
    before that clock, and less than a minute since.
    """
    return present_us // _MINUTE_US * _MINUTE_US


def uptime(seconds: int) -> str:
    """How long a process has run, in steps of five minutes."""
    return span(seconds // 300 * 300).removesuffix(" 00s") if seconds >= 300 else "under 5 minutes"


def seconds_between(earlier: str, later: str) -> float | None:
    """Seconds from one RFC 3339 time to another; None when either cannot be read."""
    try:
        return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
