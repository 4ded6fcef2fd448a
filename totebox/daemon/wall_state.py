"""What the daemon says of the second wall: in the state of service fs, and in an event when it cannot be kept."""

import os
from collections.abc import Callable
from dataclasses import replace

from protocol.schema import ServiceState
from protocol.schema.numbers import Severity
from totebox.service.contract import Emit

REMEDY = "run `os-totebox harden DIR` as root on the Totebox's host, or let the daemon run with CAP_LINUX_IMMUTABLE"


def wall_of(guard: int | None) -> tuple[str, str]:
    """What stands beside the writer's cage ('' or `chattr`), and what keeps it from being kept up ('' when nothing does).

    `guard` is what the guard of the writer says: 0, or an error number; None where there is no second wall.
    """
    if guard is None:
        return "", ""
    return "chattr", os.strerror(guard) if guard else ""


class Walls:
    """`guard` gives what the guard of the writer says."""

    def __init__(self, guard: Callable[[], int | None], emit: Emit) -> None:
        self._guard, self._emit = guard, emit
        self._trouble = ""

    def look(self) -> None:
        """Say aloud when new records are no longer given their attributes, once."""
        wall, trouble = wall_of(self._guard())
        if trouble and trouble != self._trouble:
            self._emit(Severity.WARNING, f"the second wall ({wall}) is not kept around new records: {trouble}", REMEDY)
        self._trouble = trouble

    def told(self, states: tuple[ServiceState, ...]) -> tuple[ServiceState, ...]:
        """`states` with the second wall named where service fs says how it is."""
        wall, trouble = wall_of(self._guard())
        if not wall:
            return states
        words = f"second wall: {wall}" + (f", not kept: {trouble}" if trouble else "")
        return tuple(
            replace(state, reason="; ".join(word for word in (state.reason, words) if word))
            if state.name == "fs"
            else state
            for state in states
        )
