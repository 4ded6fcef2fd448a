"""What panes see: the model that is folded from the mailbox, at present or at the moment when the view was paused."""

from collections.abc import Callable
from datetime import datetime

from console.model.events import Answered
from console.model.link import Mailbox
from console.model.reduce import reduce
from console.model.state import Model


class View:
    """The model and the console's two clocks.

    Args:
        mailbox: the queue of events from the links.
        clock: monotonic seconds. today: the present as RFC 3339 UTC text.
    """

    def __init__(self, mailbox: Mailbox, clock: Callable[[], float], today: Callable[[], str]) -> None:
        self.mailbox, self.clock, self.today = mailbox, clock, today
        self.live = Model()
        """The present model, also while the view is paused."""
        self.arrived = 0
        """The number of events since the view was paused."""
        self._paused: Model | None = None
        self._paused_at = 0.0
        self._troubles: dict[str, str] = {}

    @property
    def ledger(self) -> Model:
        """The present model, or the model at the moment when the view was paused."""
        return self._paused or self.live

    @property
    def is_paused(self) -> bool:
        return self._paused is not None

    def now(self) -> float:
        """The clock that panes see. It stands still in a paused view, so that nothing grows old there."""
        return self.clock() if self._paused is None else self._paused_at

    @property
    def present_us(self) -> int:
        """The present as Unix time in microseconds."""
        return int(datetime.fromisoformat(self.today()).timestamp() * 1e6)

    @property
    def stamp(self) -> str:
        """The present to the second, as `2026-11-29T12:00:00`."""
        return self.today()[:19]

    def fold(self) -> None:
        """Fold the events since the last call."""
        arrived = self.mailbox.drain()
        present_us, now = (self.present_us, self.clock()) if arrived else (0, 0.0)
        for event in arrived:
            if isinstance(event, Answered):
                self._troubles[event.key] = event.trouble
            self.live = reduce(self.live, event, present_us - int((now - event.at) * 1e6))
        if self._paused is not None:
            self.arrived += len(arrived)

    def trouble_of(self, wire_key: str) -> str:
        """What did not hold in the answer to the question `wire_key`, '' where everything did. A second call gives
        ''.
        """
        return self._troubles.pop(wire_key, "")

    def pause(self) -> None:
        """Pause the view, or resume it."""
        self._paused, self._paused_at = (None if self._paused is not None else self.live), self.clock()
        self.arrived = 0

    def resume(self) -> None:
        """Resume the view, if it is paused."""
        self._paused = None
