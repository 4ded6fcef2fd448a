"""What the daemon reports about the second wall: in the state of service fs, and as an event when it fails."""

import os
from collections.abc import Callable
from dataclasses import replace

from protocol.schema import ServiceState
from protocol.schema.numbers import Severity
from totebox.service.contract import Emit

REMEDY = "run `os-totebox harden DIR` as root on the Totebox's host, or let the daemon run with CAP_LINUX_IMMUTABLE"


def wall_of(guard: int | None) -> tuple[str, str]:
    """What protects the files beside the writer's cage ('' or `chattr`), and the fault that weakens it ('' when there
    is none).

    `guard` is the state of the writer's guard: 0, or an error number; None where there is no second wall.
    """
    if guard is None:
        return "", ""
    return "chattr", os.strerror(guard) if guard else ""


class WallState:
    """Reports the second wall. `guard` gives the state of the writer's guard."""

    def __init__(self, guard: Callable[[], int | None], emit: Emit) -> None:
        self._guard, self._emit = guard, emit
        self._trouble = ""

    def look(self) -> None:
        """Send an event, once, when new records no longer get their attributes."""
        wall, trouble = wall_of(self._guard())
        if trouble and trouble != self._trouble:
            self._emit(Severity.WARNING, f"the second wall ({wall}) does not protect new records: {trouble}", REMEDY)
        self._trouble = trouble

    def told(self, states: tuple[ServiceState, ...]) -> tuple[ServiceState, ...]:
        """`states` with the second wall named in the state of service fs."""
        wall, trouble = wall_of(self._guard())
        if not wall:
            return states
        words = f"second wall: {wall}" + (f", not on new records: {trouble}" if trouble else "")
        return tuple(
            replace(state, reason="; ".join(word for word in (state.reason, words) if word))
            if state.name == "fs"
            else state
            for state in states
        )
