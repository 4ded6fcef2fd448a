"""The telemetry of one session: what its newest SUBSCRIBE asked for, sent one message at a time.

A SUBSCRIBE counts as a command in flight until it is answered, and the session's end cancels it.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace

from protocol.errors import CarrierError, RemoteProtocolError
from protocol.schema import TOPICS, Cell, Column, ColumnKind, Gap, Refusal, Rows, Subscribe, Table, Telemetry
from protocol.schema.numbers import RefusalCode, Role, Topic
from protocol.wire.codec import decode_args
from totebox.gate.door import Door, Feed, Hearing, Peer, Subscription
from totebox.link.exchange import Exchange, Outbox

LAST_SEQ = (1 << 64) - 1
TOPICS_ASKED = (Column("topic", ColumnKind.TEXT, ""), Column("granted", ColumnKind.BOOL, ""))
"""The columns of `session.topics`, the answer of SUBSCRIBE."""


class Telling:
    """At most one subscription at a time; another SUBSCRIBE replaces it."""

    __slots__ = ("_feed", "_outbox", "_over", "_spawn", "_task", "_turn")

    def __init__(
        self, outbox: Outbox, feed: Feed, spawn: Callable[[Coroutine[None, None, None]], "asyncio.Task[None]"]
    ) -> None:
        self._outbox, self._feed, self._spawn = outbox, feed, spawn
        self._task: asyncio.Task[None] | None = None
        self._over = False
        self._turn = asyncio.Lock()

    def stop(self) -> tuple["asyncio.Task[None]", ...]:
        """End the telemetry with the session. Returns the task that is to be cancelled, if there is one."""
        self._over = True
        return (self._task,) if self._task is not None else ()

    async def begin(self, exchange: Exchange, peer: Peer, door: Door) -> None:
        """Answer a SUBSCRIBE in its turn. The gate judges its capability again for as long as telemetry is sent under
        it.
        """
        command = exchange.command
        async with self._turn:
            hearing = await door.hearing(command, peer)
            if isinstance(hearing, Refusal):
                await exchange.refuse(hearing)
                return
            try:
                request = decode_args(command.verb, command.args)
            except RemoteProtocolError as fault:
                await exchange.settle(RefusalCode.BAD_ARGUMENTS, str(fault), "ask as the specification says")
                return
            assert isinstance(request, Subscribe)
            await self._begin(exchange, request, hearing.role, hearing if command.capability else None)

    async def _begin(self, exchange: Exchange, request: Subscribe, role: Role, hearing: Hearing | None) -> None:
        if self._over:
            return
        if self._task is not None:
            self._task.cancel()
        if hearing is not None and hearing.is_narrowed:
            told = tuple(since for since in request.topics if not TOPICS[since.topic].about_all)
            subscription = self._feed.subscribe(role, replace(request, topics=told))
        else:
            subscription = self._feed.subscribe(role, request)
        rows: tuple[tuple[Cell, ...], ...] = tuple(
            (wanted.topic.name.lower(), wanted.topic in subscription.granted) for wanted in request.topics
        )
        try:
            await exchange.rows(Rows(exchange.command.id, Table("session.topics", TOPICS_ASKED, rows), "", False))
        except BaseException:
            subscription.close()
            raise
        self._task = self._spawn(self._tell(subscription, hearing))
        self._task.add_done_callback(lambda _: subscription.close())

    async def _tell(self, subscription: Subscription, hearing: Hearing | None) -> None:
        """Send one message after the other, each when the carrier has room: a slow reader loses telemetry, and no queue
        grows. Ends when cancelled.
        """
        sent: dict[Topic, int] = {}
        with contextlib.suppress(CarrierError):  # a lost carrier ends the session elsewhere
            while True:
                item = await _next(subscription, hearing)
                if hearing is not None and not hearing.holds():
                    self._fall_silent(subscription, sent)
                    return
                if item is not None:
                    sent[item.topic] = item.last if isinstance(item, Gap) else item.cursor.seq
                    self._outbox.send(item)
                    await self._outbox.drain()

    def _fall_silent(self, subscription: Subscription, sent: Mapping[Topic, int]) -> None:
        """The capability has ended: send a Gap without end on each topic, which says that nothing more follows."""
        for topic in subscription.granted:
            self._outbox.send(Gap(topic, sent.get(topic, 0) + 1, LAST_SEQ))


async def _next(subscription: Subscription, hearing: Hearing | None) -> Telemetry | Gap | None:
    """The next item; None when the capability's window closes before there is one."""
    if hearing is None:
        return await subscription.next()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(hearing.ends_in_s()):
            return await subscription.next()
    return None
