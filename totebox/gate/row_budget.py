"""How many audit rows a device may cause by reads, refusals and sessions: a token bucket for each device.

The least role can repeat reads, refusals and sessions without end. What INPUT and ADMIN write is not counted here:
group commit and the space on the disk bound it.
"""

from collections.abc import Callable
from dataclasses import dataclass

BURST_ROWS = 200
ROWS_A_SECOND = 20.0


@dataclass(slots=True)
class _Bucket:
    rows: float
    at: float
    left_out: int = 0


class RowBudget:
    """One bucket for each device, by fingerprint. Full buckets take no memory."""

    def __init__(
        self, monotonic: Callable[[], float], burst_rows: int = BURST_ROWS, rows_a_second: float = ROWS_A_SECOND
    ) -> None:
        self._monotonic, self._burst, self._rate = monotonic, burst_rows, rows_a_second
        self._buckets: dict[str, _Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, device: str, rows: int) -> float:
        """Pay for `rows`. Returns 0.0 when they are paid; else nothing was taken, and the seconds until they can be
        paid.
        """
        bucket = self._filled(device)
        if bucket.rows < rows:
            return (rows - bucket.rows) / self._rate
        bucket.rows -= rows
        return 0.0

    def leave_out(self, device: str, count: int = 1) -> None:
        """Count acts of the device that were refused without a row."""
        if count:
            self._filled(device).left_out += count

    def left_out(self, device: str) -> int:
        """How many acts were left out since the last call. The next row of the device says this number."""
        bucket = self._buckets.get(device)
        if bucket is None:
            return 0
        count, bucket.left_out = bucket.left_out, 0
        return count

    def sweep(self) -> None:
        """Forget the buckets that are full."""
        for device in list(self._buckets):
            bucket = self._filled(device)
            if bucket.rows >= self._burst and not bucket.left_out:
                del self._buckets[device]

    def _filled(self, device: str) -> _Bucket:
        now = self._monotonic()
        bucket = self._buckets.setdefault(device, _Bucket(self._burst, now))
        bucket.rows = min(self._burst, bucket.rows + (now - bucket.at) * self._rate)
        bucket.at = now
        return bucket
