"""The wall clock as text."""

import re
from datetime import datetime

from totebox.clock import now_text, now_us


def test_the_time_is_rfc_3339_with_microseconds() -> None:
    """UTC, always six digits behind the point, and the same clock as the one in microseconds."""
    for _ in range(200):
        before, text, after = now_us(), now_text(), now_us()
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
        told = datetime.fromisoformat(text)
        seconds = int(told.replace(microsecond=0).timestamp())
        assert before <= seconds * 1_000_000 + told.microsecond <= after
