"""Room on the disk of a vault: the ballast is made where there is room for it, and what is short of room is said.

Also gives the gate its beat, about once a second: spans end by time, and rows that are held are written when there is room.
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
"""A daemon that has just started has other things to do; after this many beats, and every so many, it is made where it is missing."""
REMEDY = "make room on the Totebox's disk; writing goes on by itself"


class Room:
    """`beat` is the gate's."""

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
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(BEAT_S)

    async def look(self) -> None:
        """One beat: the gate's, then what is short of room is said, and the ballast is made where it is due."""
        with contextlib.suppress(ToteboxError, OSError):
            await self._beat()
        with contextlib.suppress(OSError):
            self._say()
            await self._keep_ballast()

    def words(self) -> str:
        """How short of room it is, '' where it is not."""
        held = len(self._held)
        if held:
            return f"disk full: {held} rows of the audit log wait in memory, ADMIN alone reads"
        if self._floor.is_reached:
            free = self._floor.free_bytes() >> 20
            return f"disk almost full: {free} MiB free, the last {self._floor.floor_bytes >> 20} MiB are kept for ADMIN"
        return ""

    def told(self, states: tuple[ServiceState, ...]) -> tuple[ServiceState, ...]:
        """`states` with the shortness of room named first where service fs says how it is."""
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
        """An event when it becomes short of room, and when it no longer is."""
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
