"""Handshakes take turns, so that a flood of them never delays an open session.

A handshake costs at least half a millisecond of Diffie-Hellman. Each turn of the event loop does a few of them and then
lets all other tasks run.
"""

import asyncio
from collections import deque
from collections.abc import Callable

HANDSHAKES_PER_TURN = 4
TURN_S = 0.001
"""Seconds of one turn; when they are used up, the next handshake waits for the next turn."""


class HandshakeBudget:
    """Calls the queued functions in order: at least one at each turn of the loop, and up to `HANDSHAKES_PER_TURN`
    within `TURN_S`.
    """

    def __init__(self, per_turn: int = HANDSHAKES_PER_TURN) -> None:
        self._per_turn = per_turn
        self._line: deque[Callable[[], None]] = deque()
        self._scheduled = False

    def put(self, shake: Callable[[], None]) -> None:
        """Queue `shake`, which does one step of one handshake and must not raise."""
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
