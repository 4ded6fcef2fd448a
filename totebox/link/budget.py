"""Handshakes take turns, so that a flood of them never holds up a session that is open.

A handshake costs half a millisecond of Diffie-Hellman and more. Each turn of the loop does a few, and then lets everybody
else run.
"""

import asyncio
from collections import deque
from collections.abc import Callable

HANDSHAKES_PER_TURN = 4
TURN_S = 0.001
"""When this much of a turn is used up, the next handshake waits for the next turn."""


class HandshakeBudget:
    """Calls what was put in line, in order: at a turn of the loop one, and up to `HANDSHAKES_PER_TURN` within `TURN_S`."""

    def __init__(self, per_turn: int = HANDSHAKES_PER_TURN) -> None:
        self._per_turn = per_turn
        self._line: deque[Callable[[], None]] = deque()
        self._scheduled = False

    def put(self, shake: Callable[[], None]) -> None:
        """`shake` does one step of one handshake; it must not raise."""
        self._line.append(shake)
        self._schedule()

    @property
    def waiting(self) -> int:
        return len(self._line)

    def _schedule(self) -> None:
        if not self._scheduled and self._line:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._turn)

    def _turn(self) -> None:
        self._scheduled = False
        now = asyncio.get_running_loop().time
        until = now() + TURN_S
        for _ in range(min(self._per_turn, len(self._line))):
            self._line.popleft()()
            if now() > until:
                break
        self._schedule()
