"""What the daemon says of the second wall: in the state of service fs, and in an event when it cannot be kept."""

from collections.abc import Callable
from dataclasses import replace

from protocol.schema import ServiceState
from protocol.schema.numbers import Severity
from totebox.service.contract import Emit

REMEDY = "run `os-totebox harden DIR` as root on the Totebox's host, or let the daemon run with CAP_LINUX_IMMUTABLE"


class Walls:
    """`ask` gives (`chattr` or '', what keeps it from being kept)."""

    def __init__(self, ask: Callable[[], tuple[str, str]], emit: Emit) -> None:
        self._ask, self._emit = ask, emit
        self._trouble = ""

    def look(self) -> None:
        """Say aloud when new records are no longer given their attributes, once."""
        wall, trouble = self._ask()
        if trouble and trouble != self._trouble:
            self._emit(Severity.WARNING, f"the second wall ({wall}) is not kept around new records: {trouble}", REMEDY)
        self._trouble = trouble

    def told(self, states: tuple[ServiceState, ...]) -> tuple[ServiceState, ...]:
        """`states` with the second wall named where service fs says how it is."""
        wall, trouble = self._ask()
        if not wall:
            return states
        words = f"second wall: {wall}" + (f", not kept: {trouble}" if trouble else "")
        return tuple(
            replace(state, reason="; ".join(word for word in (state.reason, words) if word))
            if state.name == "fs"
            else state
            for state in states
        )
