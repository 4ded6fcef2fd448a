"""The one painter: folds what arrived, and hands it to what is on the screen at most four times a second."""

from collections.abc import Callable
from typing import Protocol

PAINT_S = 0.25
BEAT_S = 1.0
SLACK_S = 0.05
"""How much later than a link's own beat the clock is looked at, so that one paint serves both."""


class Appointment(Protocol):
    """A call that is to come."""

    def cancel(self) -> object: ...


class Canvas(Protocol):
    """What the painter paints on: the application."""

    def later(self, delay: float, callback: Callable[[], None]) -> Appointment:
        """Call back in `delay` seconds."""
        ...


class Painter:
    """Sleeps until something arrives; then paints at once, and after that no sooner than PAINT_S later.

    A second after the last paint it looks at the clock, since staleness and the retry clock change with nothing arriving.
    While the terminal is still busy writing the last picture it waits: a slow line is never given more than it can show.
    """

    def __init__(
        self, canvas: Canvas, clock: Callable[[], float], paint: Callable[[], None], busy: Callable[[], bool]
    ) -> None:
        self._canvas, self._clock, self._paint, self._busy = canvas, clock, paint, busy
        self._painted_at = -PAINT_S
        self._pending = False
        self._started = False
        self._beat: Appointment | None = None
        self.skipped = 0

    def start(self) -> None:
        self._started = True
        self._await_beat()

    def stop(self) -> None:
        """Paint no more."""
        self._started, self._pending = False, True
        if self._beat is not None:
            self._beat.cancel()

    def wake(self) -> None:
        """Something arrived, or a second went by: paint soon."""
        if self._pending:
            return
        self._pending = True
        delay = max(0.001, self._painted_at + PAINT_S - self._clock())
        self._canvas.later(min(delay, PAINT_S), self._due)

    def _due(self) -> None:
        self._pending = False
        self._painted_at = self._clock()
        if self._started:
            self._await_beat()
        if self._busy():
            self.skipped += 1
            self.wake()
            return
        self._paint()

    def _await_beat(self) -> None:
        if self._beat is not None:
            self._beat.cancel()
        self._beat = self._canvas.later(BEAT_S + SLACK_S, self.wake)
