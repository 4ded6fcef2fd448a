"""Where a Totebox listens: addresses, the sessions that stand, and the clock that ends the silent ones."""

import asyncio
import contextlib
import itertools
import logging
import os
import ssl
from collections.abc import Callable, Coroutine, Sequence

from protocol.carrier import Carrier
from protocol.listening import Bound, Listening, listen
from protocol.schema.numbers import ClosingReason
from protocol.trust.address import parse_address
from protocol.trust.keys import Binder, X25519Pair
from totebox.clock import monotonic_s
from totebox.gate.door import Door, Feed, Peer
from totebox.link.budget import MAX_HALF_OPEN, HandshakeBudget
from totebox.link.session import House, Session

SWEEP_S = 0.5
FAREWELL_S = 2.0
"""How long a shutdown waits for sessions to take their Closing and for commands to end."""

_log = logging.getLogger("totebox.link")


class Listener:
    """All sessions of one Totebox. `run` once; `sessions` and `cut` at any time, on the same loop."""

    def __init__(self, door: Door, feed: Feed, static: X25519Pair, binder: Binder) -> None:
        self._sessions: set[Session] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._house = House(
            door, feed, static, binder, os.urandom, monotonic_s, HandshakeBudget(), self._spawn, self._sessions.discard
        )

    async def run(
        self,
        addresses: Sequence[str | Bound],
        ready: Callable[[list[str]], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Listen at `addresses` (`unix:/path`, `tcp:host:port`, and with `tls` `tls:host:port`, or bound) until cancelled.

        `ready` hears what was bound.

        Raises:
            AddressError, CarrierError: an address cannot be served; nothing listens then.
        """
        listening: list[Listening] = []
        try:
            for wanted in addresses:
                address = wanted if isinstance(wanted, Bound) else parse_address(wanted)
                listening.append(await listen(address, self._accept, tls=tls))
            ready([each.uri for each in listening])
            while True:
                await asyncio.sleep(SWEEP_S)
                now = monotonic_s()
                for session in list(self._sessions):
                    session.sweep(now)
        finally:
            for each in listening:
                await each.close()
            await self._farewell()

    def sessions(self) -> tuple[Peer, ...]:
        """The peers of all open sessions, oldest first."""
        peers = (session.peer for session in self._sessions)
        return tuple(sorted((peer for peer in peers if peer is not None), key=lambda peer: peer.session))

    def cut(self, fingerprint: str) -> int:
        """End every session of this pairing now, those that are not open yet included; how many they were."""
        found = [session for session in self._sessions if session.fingerprint == fingerprint]
        for session in found:
            session.end(ClosingReason.REVOKED, "the pairing was revoked")
        return len(found)

    def _accept(self, carrier: Carrier) -> None:
        if len(self._sessions) >= MAX_HALF_OPEN and sum(each.half_open for each in self._sessions) >= MAX_HALF_OPEN:
            carrier.abort()
            return
        self._sessions.add(Session(self._house, carrier, next(self._numbers)))

    def _spawn(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            _log.error("a session's task failed", exc_info=fault)

    async def _farewell(self) -> None:
        for session in list(self._sessions):
            session.end(ClosingReason.SHUTDOWN, "the Totebox stops")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while self._tasks:
                    await asyncio.wait(set(self._tasks))


async def serve(
    addresses: Sequence[str],
    door: Door,
    feed: Feed,
    static: X25519Pair,
    binder: Binder,
    *,
    ready: Callable[[list[str]], None],
) -> None:
    """Serve `door` and `feed` at `addresses` until cancelled. Use a `Listener` where sessions must be listed or cut."""
    await Listener(door, feed, static, binder).run(addresses, ready)
