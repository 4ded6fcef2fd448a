"""The one place where the Totebox reads a clock."""

import time
from datetime import UTC, datetime
from functools import lru_cache


def now_text() -> str:
    """The wall clock as RFC 3339 UTC with microseconds: `2026-01-31T12:00:00.000000Z`."""
    seconds, microseconds = divmod(time.time_ns() // 1_000, 1_000_000)
    return f"{_second(seconds)}.{microseconds:06d}Z"


@lru_cache(4)
def _second(seconds: int) -> str:
    """The text of one second, cached, because thousands of rows have the same second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def time_us_of(text: str) -> int:
    """RFC 3339 text as microseconds since 1970; 0 for any other text."""
    try:
        return max(0, int(datetime.fromisoformat(text).timestamp() * 1e6))
    except (ValueError, OverflowError):
        return 0


def now_us() -> int:
    """The wall clock in microseconds since 1970."""
    return time.time_ns() // 1_000


def monotonic_s() -> float:
    """Seconds of a clock that never jumps."""
    return time.monotonic()
