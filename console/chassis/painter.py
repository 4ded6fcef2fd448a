"""The one painter: folds what arrived, and hands it to what is on the screen at most four times a second."""

from collections.abc import Callable
from typing import Protocol

from textual.timer import Timer

PAINT_S = 0.25
BEAT_S = 1.0


class Canvas(Protocol):
    """What the painter paints on: the application."""

    def set_timer(self, delay: float, callback: Callable[[], None]) -> Timer: ...

    def set_interval(self, interval: float, callback: Callable[[], None]) -> Timer: ...


class Painter:
    """Sleeps until something arrives; then paints at once, and after that no sooner than PAINT_S later.

    Once a second it looks at the clock, since staleness and the retry clock change with nothing arriving. While the
    terminal is still busy writing the last picture it waits: a slow line is never given more than it can show.
    """

    def __init__(
        self, canvas: Canvas, clock: Callable[[], float], paint: Callable[[], None], busy: Callable[[], bool]
    ) -> None:
        self._canvas, self._clock, self._paint, self._busy = canvas, clock, paint, busy
        self._painted_at = -PAINT_S
        self._pending = False
        self.skipped = 0

    def start(self) -> None:
        self._canvas.set_interval(BEAT_S, self.wake)

    def wake(self) -> None:
        """Something arrived, or a second went by: paint soon."""
        if self._pending:
            return
        self._pending = True
        delay = max(0.001, self._painted_at + PAINT_S - self._clock())
        self._canvas.set_timer(min(delay, PAINT_S), self._due)

    def _due(self) -> None:
        self._pending = False
        self._painted_at = self._clock()
        if self._busy():
            self.skipped += 1
            self.wake()
            return
        self._paint()
