"""Turns at something of which few can be had: each of those who wait gets one in turn, and has one at a time.

States of who asks: waiting, having a turn, done. A turn ends with its context; who is cancelled while it waits leaves the queue. Whoever
waits with a hundred requests delays another by one turn.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator


class Turns:
    """At most `most` turns at the same time, one for each of `who` asks."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._having: set[str] = set()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @contextlib.asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Wait for a turn of `who`, and have it for as long as the context lasts."""
        asked = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(asked)
        self._give()
        try:
            await asked
            yield
        finally:
            if asked.done() and not asked.cancelled():
                self._having.discard(who)
                if who in self._waiting:
                    self._waiting.move_to_end(who)
            else:
                self._leave(who, asked)
            self._give()

    def _give(self) -> None:
        """Turns that are free go to those who have none, in the order in which they last had one."""
        for who in [each for each in self._waiting if each not in self._having]:
            if len(self._having) >= self.most:
                return
            queue = self._waiting.pop(who)
            asked = queue.popleft()
            if queue:
                self._waiting[who] = queue
            if asked.cancelled():
                self._give()
                return
            self._having.add(who)
            asked.set_result(None)

    def _leave(self, who: str, asked: "asyncio.Future[None]") -> None:
        queue = self._waiting.get(who)
        if queue is not None and asked in queue:
            queue.remove(asked)
            if not queue:
                del self._waiting[who]
