"""How often devices may ask to be paired. Each request costs a row of the audit log, and any device can make one.

Each source has a bucket of its own, so that a source that asks without end uses up only its own turns. A larger bucket
for all sources together bounds what many sources can write.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

BURST, PERIOD_S = 8, 20.0
"""For one source: as many requests at once, and one more each `PERIOD_S`."""
BURST_OF_ALL, PERIOD_OF_ALL_S = 128, 1.0
SOURCES = 1_024
"""The most sources that are remembered; the one whose last request is oldest is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    burst: float
    period_s: float
    left: float
    at_s: float

    def wait_s(self, now_s: float) -> float:
        """Seconds until there is a turn; 0.0 if there is one."""
        self.left = min(self.burst, self.left + max(0.0, now_s - self.at_s) / self.period_s)
        self.at_s = now_s
        return 0.0 if self.left >= 1 else (1 - self.left) * self.period_s


@dataclass(slots=True)
class RequestPace:
    """The buckets of all sources."""

    _sources: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)
    _all: _Bucket = field(default_factory=lambda: _Bucket(BURST_OF_ALL, PERIOD_OF_ALL_S, BURST_OF_ALL, 0.0))

    def take(self, source: str, now_s: float) -> float:
        """Take a turn. Returns 0.0; or, if there is none, the seconds until there is one."""
        own = self._sources.pop(source, None) or _Bucket(BURST, PERIOD_S, BURST, now_s)
        self._sources[source] = own
        if len(self._sources) > SOURCES:
            self._sources.popitem(last=False)
        wait_s = max(own.wait_s(now_s), self._all.wait_s(now_s))
        if not wait_s:
            own.left -= 1
            self._all.left -= 1
        return wait_s
