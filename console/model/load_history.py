"""The last hour of one Totebox's load, as this console heard it: CPU, memory, round trip and bytes of the link. Pure.

A minute of the console's clock is one sample, at most HOUR of them are kept. CPU and memory come in the steps in which they are
drawn (`Load`); the round trip and the rate are rounded to a ladder of 1, 2 and 5, and a rung stays until the value is clearly
another: a machine that jitters leaves the screen as it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from protocol.values import dataclass

HOUR = 60
"""Minutes that are kept."""
BARS = "▁▂▃▄▅▆▇█"
UNHEARD = "·"
"""A time of which nothing was heard."""
_MINUTE_S = 60.0
_RUNGS: tuple[int, ...] = tuple(step * int(10**power) for power in range(13) for step in (1, 2, 5))
_KILO = 1_000
_LEAST_BYTES = 10 * _KILO
_BELOW_MS = 500
_RTT_FLOOR_US = 1_000


@dataclass(frozen=True, slots=True)
class Minute:
    """What was heard in minute `number` of the console's clock; None where nothing was.

    `cpu_permille` and `memory_bytes` are the largest that were drawn; `rtt_us` is the sum of `echoes` round trips.
    """

    number: int
    cpu_permille: int | None = None
    memory_bytes: int | None = None
    rtt_us: int = 0
    echoes: int = 0
    moved_bytes: int = 0

    @property
    def mean_rtt_us(self) -> int | None:
        return self.rtt_us // self.echoes if self.echoes else None


@dataclass(frozen=True, slots=True)
class LoadHistory:
    """Samples, oldest first. `rtt_us` and `rate_bytes` (a second) are drawn; None before a value is known."""

    minutes: tuple[Minute, ...] = ()
    rtt_us: int | None = None
    rate_bytes: int | None = None
    session_bytes: int = 0
    """What went over the link in both directions in this session."""

    def heard(self, at: float, cpu_permille: int, memory_bytes: int) -> "LoadHistory":
        """The figures of a status that came at `at`, in the steps in which they are drawn."""
        minute = self._minute(at)
        after = replace(
            minute,
            cpu_permille=max(cpu_permille, minute.cpu_permille or 0),
            memory_bytes=max(memory_bytes, minute.memory_bytes or 0),
        )
        return self._with(after)

    def echoed(self, sent_at: float, at: float, wire_bytes: int) -> "LoadHistory":
        """A beat that came back at `at`; `wire_bytes` of this session had gone over the link by then."""
        minute = self._minute(at)
        moved = wire_bytes - self.session_bytes if wire_bytes >= self.session_bytes else wire_bytes
        rtt_us = max(0, round((at - sent_at) * 1e6))
        after = self._with(
            replace(
                minute,
                rtt_us=minute.rtt_us + rtt_us,
                echoes=minute.echoes + 1,
                moved_bytes=minute.moved_bytes + moved,
            )
        )
        after = replace(after, session_bytes=wire_bytes)
        if self.rtt_us is None:
            return replace(after, rtt_us=steady_rung(rtt_us, None))
        return after._closed() if len(after.minutes) > 1 and minute.echoes == 0 else after

    def _closed(self) -> "LoadHistory":
        """A minute is over: what is drawn follows it."""
        last, newest = self.minutes[-2], self.minutes[-1]
        mean = last.mean_rtt_us
        rtt_us = self.rtt_us if mean is None else steady_rung(mean, self.rtt_us)
        rate = steady_rung(last.moved_bytes // int(_MINUTE_S), self.rate_bytes)
        return replace(self, rtt_us=rtt_us, rate_bytes=rate if last.number + 1 == newest.number else None)

    def _minute(self, at: float) -> Minute:
        number = int(at // _MINUTE_S)
        newest = self.minutes[-1] if self.minutes else None
        return newest if newest is not None and newest.number >= number else Minute(number)

    def _with(self, minute: Minute) -> "LoadHistory":
        if not self.minutes or self.minutes[-1].number != minute.number:
            return replace(self, minutes=(*self.minutes[1 - HOUR :], minute))
        return replace(self, minutes=(*self.minutes[:-1], minute)) if self.minutes[-1] != minute else self


def steady_rung(value: int, drawn: int | None) -> int:
    """`value` on the ladder of 1, 2, 5, 10 ...; `drawn`, the rung that is shown, stays while `value` is near it."""
    if drawn is not None and drawn * 2 <= value * 5 and value * 2 <= drawn * 5:
        return drawn
    return next((rung for rung in _RUNGS if value * value <= rung * rung * 2), _RUNGS[-1])


def cells(history: LoadHistory, now: float, count: int, of: Callable[[Minute], int | None]) -> list[int | None]:
    """The last hour in `count` cells, oldest first: the largest `of` each cell's minutes, None where nothing was heard.

    Cells begin at fixed minutes of the clock, so that a cell keeps what it shows until all of them move on.
    """
    each = max(1, HOUR // count)
    newest = int(now // _MINUTE_S) // each
    found: list[int | None] = [None] * count
    for minute in history.minutes:
        place = count - 1 - (newest - minute.number // each)
        value = of(minute)
        if value is not None and 0 <= place < count:
            found[place] = max(value, found[place] or 0)
    return found


def spark(values: Sequence[int | None], top: int) -> str:
    """Values as bars: `top` and more fill the line, what was not heard is a dot."""
    most = len(BARS) - 1
    return "".join(UNHEARD if each is None else BARS[min(most, each * len(BARS) // max(1, top))] for each in values)


def spark_of_rungs(values: Sequence[int | None], least: int) -> str:
    """As `spark`, on the ladder: `least` and below are the lowest bar, each rung above it is one higher."""
    levels = [
        None if each is None else sum(rung > least for rung in _RUNGS if rung <= steady_rung(each, None))
        for each in values
    ]
    return spark(levels, len(BARS))


def cpu_line(history: LoadHistory, now: float, count: int) -> str:
    return spark(cells(history, now, count, lambda minute: minute.cpu_permille), 1_000)


def memory_line(history: LoadHistory, now: float, count: int) -> str:
    """Against the power of two above the largest, so that the scale stays where the memory does."""
    values = cells(history, now, count, lambda minute: minute.memory_bytes)
    largest = max((each for each in values if each is not None), default=0)
    return spark(values, 1 << largest.bit_length())


def rtt_line(history: LoadHistory, now: float, count: int) -> str:
    """Minutes that are over; the present one alone where it is the first. Each rung above a millisecond is one bar higher."""
    newest = history.minutes[-1].number if len(history.minutes) > 1 else -1
    return spark_of_rungs(
        cells(history, now, count, lambda minute: None if minute.number == newest else minute.mean_rtt_us),
        _RTT_FLOOR_US,
    )


def rtt_text(history: LoadHistory) -> str:
    """`<1ms`, `2ms`, `5ms` ...; '' before the first beat came back."""
    if history.rtt_us is None:
        return ""
    return "<1ms" if history.rtt_us <= _BELOW_MS else f"{history.rtt_us // 1_000}ms"


def rate_text(history: LoadHistory) -> str:
    """`0.5 kB/s`; '' before a whole minute was heard."""
    rate = history.rate_bytes
    if rate is None:
        return ""
    return "under 0.1 kB/s" if rate < _KILO // 10 else f"{rate / _KILO:g} kB/s"


def about_bytes(count: int) -> str:
    """A growing number of bytes on the ladder: `under 10 kB`, `over 20 kB`, `over 5 MB`. To draw it hardly changes it."""
    if count < _LEAST_BYTES:
        return "under 10 kB"
    rung = max(rung for rung in _RUNGS if rung <= count)
    for unit, scale in (("GB", 10**9), ("MB", 10**6)):
        if rung >= scale:
            return f"over {rung // scale} {unit}"
    return f"over {rung // _KILO} kB"
