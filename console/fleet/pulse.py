"""The fleet's pulse: entries a second, in all and of one Totebox; and how many answered within three beats. Pure."""

from collections import deque
from collections.abc import Iterable, Sequence

from console.fleet.grid import aged
from console.model.cells import age, number
from console.model.state import BEAT_S, MISSED_BEATS, ToteboxState
from protocol.values import dataclass

BARS = "▁▂▃▄▅▆▇█"
SPAN_S = 120
"""Seconds that are kept."""


class Pulse:
    """Counts new entries, one sample a tick. A Totebox seen for the first time starts at its present size."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._each: dict[str, deque[int]] = {}
        self._all: deque[int] = deque(maxlen=SPAN_S)

    def tick(self, toteboxes: Iterable[ToteboxState]) -> None:
        """Take one sample of every Totebox whose size is known. To be called once a second."""
        total = 0
        for totebox in toteboxes:
            if totebox.status is None:
                continue
            size = totebox.status.tree_size
            gained = max(0, size - self._sizes.get(totebox.id, size))
            self._sizes[totebox.id] = size
            self._each.setdefault(totebox.id, deque(maxlen=SPAN_S)).append(gained)
            total += gained
        self._all.append(total)

    def over_all(self) -> Sequence[int]:
        """Entries in each of the last seconds, oldest first."""
        return self._all

    def of(self, totebox: str) -> Sequence[int]:
        """The same for one Totebox."""
        return self._each.get(totebox, ())


def sparkline(samples: Sequence[int], width: int) -> str:
    """The newest `width` samples as bars; the highest fills the line, zero is the lowest bar.

    Without any entry there is no line, so that an idle fleet is not drawn again each second.
    """
    shown = list(samples)[-width:] if width > 0 else []
    top = max(shown, default=0)
    if not top:
        return " " * max(0, width)
    bars = "".join(BARS[0] if not each else BARS[1 + (each * (len(BARS) - 2)) // top] for each in shown)
    return bars.rjust(width)


def rate(samples: Sequence[int]) -> str:
    """`12 in the last minute, at most 4/s`."""
    minute = list(samples)[-60:]
    total = sum(minute)
    return f"{number(total)} in the last minute" + (f", at most {number(max(minute))}/s" if total else "")


@dataclass(frozen=True, slots=True)
class Freshness:
    """How many answered: `fresh` of `known` within three beats, and the longest silences of the others."""

    fresh: int
    known: int
    silent: tuple[tuple[str, str], ...]


def heard(toteboxes: Iterable[ToteboxState], now: float, most: int = 4) -> Freshness:
    """The ages of the newest echoes; `silent` has up to `most` (name, age), longest first."""
    fresh, quiet = 0, []
    known = 0
    for totebox in toteboxes:
        known += 1
        gone = float("inf") if totebox.alive_at is None else now - totebox.alive_at
        if totebox.is_linked and gone <= BEAT_S * MISSED_BEATS:
            fresh += 1
        else:
            quiet.append((gone, totebox.name))
    quiet.sort(key=lambda each: -each[0])
    named = tuple((name, "never" if gone == float("inf") else age(aged(gone))) for gone, name in quiet[:most])
    return Freshness(fresh, known, named)
