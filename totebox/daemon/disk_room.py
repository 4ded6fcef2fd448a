"""Room on the disk of a vault: makes the ballast when there is room for it, and reports when room is short.

It also drives the gate's sweep, about once a second: old spans end, and held rows are written when there is room.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from protocol.schema import ServiceState
from protocol.schema.numbers import Severity
from totebox.errors import ToteboxError
from totebox.gate.ballast import BALLAST_BYTES, Ballast
from totebox.gate.disk_floor import DiskFloor
from totebox.gate.held_rows import HeldRows
from totebox.service.contract import Emit

BEAT_S = 1.0
BEATS_BEFORE_BALLAST = 5
"""Beats between two attempts to make a missing ballast, and before the first, because a daemon that starts has more
urgent work.
"""
REMEDY = "make room on the Totebox's disk; writing goes on by itself"


class Room:
    """Watches the free space. `beat` is the gate's sweep."""

    def __init__(
        self,
        floor: DiskFloor,
        ballast: Ballast,
        held: HeldRows,
        emit: Callable[[], Emit],
        beat: Callable[[], Awaitable[None]],
    ) -> None:
        self._floor, self._ballast, self._held, self._emit, self._beat = floor, ballast, held, emit, beat
        self._said = ""
        self._beats = 0

    async def run(self) -> None:
        """Look once a beat, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(BEAT_S)

    async def look(self) -> None:
        """One beat: the gate's sweep, a report if room is short, and the ballast when it is due."""
        with contextlib.suppress(ToteboxError, OSError):
            await self._beat()
        with contextlib.suppress(OSError):
            self._say()
            await self._keep_ballast()

    def words(self) -> str:
        """What is short of room, '' where nothing is."""
        held = len(self._held)
        if held:
            return f"disk full: {held} rows of the audit log wait in memory, only ADMIN can read"
        if self._floor.is_reached:
            free = self._floor.free_bytes() >> 20
            return f"disk almost full: {free} MiB free, the last {self._floor.floor_bytes >> 20} MiB are kept for ADMIN"
        return ""

    def told(self, states: tuple[ServiceState, ...]) -> tuple[ServiceState, ...]:
        """`states` with the shortness of room at the front of the state of service fs."""
        words = self.words()
        if not words:
            return states
        return tuple(
            replace(state, reason="; ".join(word for word in (words, state.reason) if word))
            if state.name == "fs"
            else state
            for state in states
        )

    def _say(self) -> None:
        """Send an event when room becomes short, and when it no longer is."""
        words = self.words().partition(":")[0]
        if words == self._said:
            return
        said, self._said = self._said, words
        if words == "disk full" or (words and not said):
            self._emit()(Severity.ALARM, self.words(), REMEDY)
        elif not words:
            self._emit()(Severity.NOTICE, "there is room on the disk again", "")

    async def _keep_ballast(self) -> None:
        self._beats += 1
        if self._beats % BEATS_BEFORE_BALLAST or self._ballast.stands:
            return
        if self._floor.free_bytes() >= self._floor.floor_bytes + BALLAST_BYTES:
            await asyncio.to_thread(self._ballast.make)
