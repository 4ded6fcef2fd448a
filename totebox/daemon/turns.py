"""Turns at a scarce resource: those who wait get one in rotation, and each has at most one at a time.

States of a waiting caller: waiting, having a turn, done. A turn ends with its context; a caller that is cancelled while
it waits leaves the queue. A device with a hundred requests delays another device by one turn only.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator


class Turns:
    """At most `most` turns at the same time, and at most one for each `who`."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._having: set[str] = set()
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @contextlib.asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Wait for a turn of `who`, and hold it while the context lasts."""
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
        """Give free turns to those who have none, in the order in which they last had one."""
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
