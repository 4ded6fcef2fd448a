"""The listener of a Totebox: its addresses, its open sessions, and the clock that ends idle sessions."""

import asyncio
import contextlib
import itertools
import logging
import os
import ssl
from collections.abc import Callable, Coroutine, Sequence

from protocol.carrier.carrier import Carrier
from protocol.carrier.listening import Bound, Handshakes, Listening, listen
from protocol.schema.numbers import ClosingReason
from protocol.trust.address import parse_address
from protocol.trust.keys import Binder, X25519Pair
from totebox.clock import monotonic_s
from totebox.gate.door import Door, Feed, Peer
from totebox.link.budget import HandshakeBudget
from totebox.link.capacity import Capacity
from totebox.link.session import Session, Shared

SWEEP_S = 0.5
FULL_S = 1.0
"""The least seconds between two reports that there is no room for a connection."""
FAREWELL_S = 2.0
"""Seconds that a shutdown waits until sessions have sent their Closing and commands have ended."""

_log = logging.getLogger("totebox.link")


class Listener:
    """All sessions of one Totebox. `run` once; call `sessions` and `cut` at any time, on the same loop."""

    def __init__(self, door: Door, feed: Feed, static: X25519Pair, binder: Binder) -> None:
        self._sessions: set[Session] = set()
        self.capacity = Capacity()
        self.ending: Callable[[str], None] = lambda what: None
        """Called with a description of what a shutdown did not wait for."""
        self._unopened: dict[str, dict[Session, None]] = {}
        """Connections without a session, by source, oldest first; `_count` is their number."""
        self._count = 0
        self._lingering: dict[Session, None] = {}
        """Sessions that have ended and whose last messages the peer has not read yet."""
        self._lines = 0
        """The number of connections, counted until their transport is closed."""
        self._full_at = -FULL_S
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self._house = Shared(
            door,
            feed,
            static,
            binder,
            os.urandom,
            monotonic_s,
            HandshakeBudget(),
            self._spawn,
            self._admitted,
            self._ended,
            self._gone,
        )

    async def run(
        self,
        addresses: Sequence[str | Bound],
        ready: Callable[[list[str]], None],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Listen at `addresses` (`unix:/path`, `tcp:host:port`, and with `tls` `tls:host:port`, or bound sockets) until
        cancelled.

        `ready` is called with the addresses that were bound.

        Raises:
            AddressError, CarrierError: an address cannot be served; the listener then serves none.
        """
        listening: list[Listening] = []
        handshakes = Handshakes(self.capacity.unopened)
        try:
            for wanted in addresses:
                address = wanted if isinstance(wanted, Bound) else parse_address(wanted)
                listening.append(await listen(address, self._accept, tls=tls, handshakes=handshakes, full=self._full))
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
        """End every session of this pairing now, those that are not open yet included. Returns how many they were."""
        found = [session for session in self._sessions if session.fingerprint == fingerprint]
        for session in found:
            session.end(ClosingReason.REVOKED, "the pairing was revoked")
        return len(found)

    def _accept(self, carrier: Carrier) -> None:
        """Accept a connection. Where there is no room, a connection without a session is ended: the oldest of the
        source that has most.
        """
        self._lines += 1
        session = Session(self._house, carrier, next(self._numbers))
        self._sessions.add(session)
        self._unopened.setdefault(carrier.source, {})[session] = None
        self._count += 1
        if self._count > self.capacity.unopened or self._lines > self.capacity.connections:
            self._full()
            self._make_room()

    def _make_room(self) -> None:
        if self._lines > self.capacity.connections and self._lingering:
            next(iter(self._lingering)).cut_off()
        elif self._count:
            crowd = max(self._unopened, key=lambda source: len(self._unopened[source]))
            next(iter(self._unopened[crowd])).cut_off()

    def _admitted(self, session: Session) -> None:
        """Stop counting the connection as one without a session: its session is open, or it has ended."""
        found = self._unopened.get(session.source, {})
        if session in found:
            del found[session]
            self._count -= 1
            if not found:
                del self._unopened[session.source]

    def _ended(self, session: Session) -> None:
        self._sessions.discard(session)
        self._admitted(session)
        self._lingering[session] = None

    def _gone(self, session: Session) -> None:
        self._lines -= 1
        self._lingering.pop(session, None)

    def _full(self) -> None:
        now = monotonic_s()
        if now - self._full_at >= FULL_S:
            self._full_at = now
            reason = "there was no room for connections, and one without a session was cut for each new one"
            self._spawn(self._house.door.turned_away("the door", reason))

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
                return
        self.ending(f"{len(self._tasks)} commands and ends of sessions, which were not done")


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
