"""The condition of one Totebox, as one word with its glyph; and the order of Toteboxes by it. Pure.

Liveness is measured by the newest echoed Ping (`alive_at`), on the console's own clock, never by what arrived.
"""

from enum import Enum

from console.model.cells import age
from console.model.integrity import brief, broken
from console.model.state import LinkPhase, ToteboxState


class Condition(Enum):
    """Worst first: glyph, word, tone of the table. Red is for damage, forks and lost proofs alone."""

    FORKED = ("✗", "FORKED", "bad")
    ROLLED_BACK = ("✗", "ROLLED BACK", "bad")
    DAMAGED = ("✗", "DAMAGED", "bad")
    ALARM = ("▲", "alarm", "bad")
    DOWN = ("○", "down", "warn")
    RETRYING = ("↻", "retrying", "warn")
    STALE = ("◐", "stale", "warn")
    READ_ONLY = ("◇", "read-only", "warn")
    FAILING = ("△", "failing", "warn")
    DIALING = ("◌", "dialing", "muted")
    UP = ("●", "up", "good")

    @property
    def glyph(self) -> str:
        return self.value[0]

    @property
    def word(self) -> str:
        return self.value[1]

    @property
    def tone(self) -> str:
        return self.value[2]


BROKEN = frozenset({Condition.FORKED, Condition.ROLLED_BACK, Condition.DAMAGED})
"""Conditions that stay until a full and clean verification: first in every sort, whatever else is known."""
_BY_WORD = {each.word: each for each in BROKEN}
_RANK = {
    Condition.FORKED: 0,
    Condition.ROLLED_BACK: 1,
    Condition.DAMAGED: 2,
    Condition.ALARM: 3,
    Condition.DOWN: 4,
    Condition.RETRYING: 4,
    Condition.STALE: 5,
    Condition.READ_ONLY: 6,
    Condition.FAILING: 7,
    Condition.DIALING: 8,
    Condition.UP: 9,
}
"""Down and retrying alternate while the link is tried, so they share a rank, and the row stays where it is."""


def condition_of(totebox: ToteboxState, now: float) -> Condition:
    """The condition of `totebox` at `now` (the console's monotonic clock)."""
    if word := broken(totebox):
        return _BY_WORD[word]
    if totebox.alarm:
        return Condition.ALARM
    match totebox.link:
        case LinkPhase.LOST:
            return Condition.DOWN
        case LinkPhase.DIALING | LinkPhase.KNOWN:
            return Condition.RETRYING if totebox.losses else Condition.DIALING
        case LinkPhase.LINKED:
            return _linked(totebox, now)


def _linked(totebox: ToteboxState, now: float) -> Condition:
    if totebox.is_stale(now):
        return Condition.STALE
    if totebox.status is not None:
        if totebox.status.read_only:
            return Condition.READ_ONLY
        if any(service.state == "failed" for service in totebox.status.services):
            return Condition.FAILING
    return Condition.UP


def why(totebox: ToteboxState, condition: Condition, now: float) -> str:
    """One line that explains the condition; '' when there is nothing to explain. Its text may come from outside."""
    match condition:
        case Condition.FORKED | Condition.ROLLED_BACK | Condition.DAMAGED:
            away = f"; {_lost(totebox, now)}" if totebox.link is LinkPhase.LOST else ""
            return f"{brief(totebox)}{away}"
        case Condition.ALARM:
            return totebox.alarm
        case Condition.DOWN | Condition.RETRYING:
            return _lost(totebox, now)
        case Condition.STALE:
            return f"no echo for {quiet(totebox, now)}"
        case Condition.READ_ONLY:
            return totebox.status.read_only if totebox.status else ""
        case Condition.FAILING:
            return _failing(totebox)
        case Condition.DIALING:
            return f"dialing {totebox.uri}"
        case Condition.UP:
            return ""


def _lost(totebox: ToteboxState, now: float) -> str:
    reason = totebox.link_reason or "the link is lost"
    last = f", last alive {age(now - totebox.alive_at)} ago" if totebox.alive_at is not None else ""
    return f"{reason}{last.replace('now ago', 'just now')}"


def _failing(totebox: ToteboxState) -> str:
    services = totebox.status.services if totebox.status else ()
    return "; ".join(f"{each.name}: {each.reason}" for each in services if each.state == "failed")


def quiet(totebox: ToteboxState, now: float) -> str:
    """How long ago the newest echoed Ping was sent."""
    return "ever" if totebox.alive_at is None else f"{max(0.0, now - totebox.alive_at):.0f}s"


def trouble_rank(totebox: ToteboxState, now: float) -> tuple[int, str, str]:
    """A sort key: the worst condition first, equal ones by name."""
    return (_RANK[condition_of(totebox, now)], totebox.name.casefold(), totebox.id)
