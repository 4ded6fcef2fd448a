"""How often devices may ask to be paired: each request costs a row of the audit log, and anybody can make one.

A source has a bucket of its own, so that one that asks without end uses up its own turns and nobody else's. All together have a
larger one, which bounds what a crowd of sources can write.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

BURST, PERIOD_S = 8, 20.0
"""Of one source: as many at once, and one more each `PERIOD_S`."""
BURST_OF_ALL, PERIOD_OF_ALL_S = 128, 1.0
SOURCES = 1_024
"""Sources that are remembered; the one that asked longest ago is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    burst: float
    period_s: float
    left: float
    at_s: float

    def wait_s(self, now_s: float) -> float:
        """How long until there is a turn; 0.0 where there is one."""
        self.left = min(self.burst, self.left + max(0.0, now_s - self.at_s) / self.period_s)
        self.at_s = now_s
        return 0.0 if self.left >= 1 else (1 - self.left) * self.period_s


@dataclass(slots=True)
class RequestPace:
    """The buckets of all sources."""

    _sources: OrderedDict[str, _Bucket] = field(default_factory=OrderedDict)
    _all: _Bucket = field(default_factory=lambda: _Bucket(BURST_OF_ALL, PERIOD_OF_ALL_S, BURST_OF_ALL, 0.0))

    def take(self, source: str, now_s: float) -> float:
        """Take a turn: 0.0, or in how many seconds there is one, and none was taken."""
        own = self._sources.pop(source, None) or _Bucket(BURST, PERIOD_S, BURST, now_s)
        self._sources[source] = own
        if len(self._sources) > SOURCES:
            self._sources.popitem(last=False)
        wait_s = max(own.wait_s(now_s), self._all.wait_s(now_s))
        if not wait_s:
            own.left -= 1
            self._all.left -= 1
        return wait_s
