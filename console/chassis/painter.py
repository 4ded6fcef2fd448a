"""The painter: folds the events that arrived, and has the screen drawn at most four times a second."""

from collections.abc import Callable
from typing import Protocol

PAINT_S = 0.25
BEAT_S = 1.0
SLACK_S = 0.05
"""How many seconds after a link's own beat the clock is read, so that one paint serves both."""


class Appointment(Protocol):
    """A call in the future."""

    def cancel(self) -> object: ...


class Canvas(Protocol):
    """What the painter paints: the application."""

    def later(self, delay: float, callback: Callable[[], None]) -> Appointment:
        """Call `callback` in `delay` seconds."""
        ...


class Painter:
    """Sleeps until something arrives; then paints at once, and after that not earlier than PAINT_S later.

    A second after the last paint it reads the clock, because staleness and the time of the next attempt change without
    an event. While the terminal has not written the last picture it waits, so that a slow line never gets more than it
    can show.
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
        """Stop painting."""
        self._started, self._pending = False, True
        if self._beat is not None:
            self._beat.cancel()

    def wake(self) -> None:
        """Paint soon, because something arrived or a second has passed."""
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
