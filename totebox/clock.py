"""The one place where the Totebox reads a clock."""

import time
from datetime import UTC, datetime


def now_text() -> str:
    """The wall clock as RFC 3339 UTC with microseconds: `2026-01-31T12:00:00.000000Z`."""
    return datetime.now(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def now_us() -> int:
    """The wall clock in microseconds since 1970."""
    return time.time_ns() // 1_000


def monotonic_s() -> float:
    """Seconds of a clock that never steps."""
    return time.monotonic()
