"""The subscription of a link: its topics, and where each continues after a reconnect."""

import asyncio
from collections.abc import Awaitable, Callable

from console.model.events import Answer
from protocol.schema import FIRST_TOPICS, SCHEMA_DIGEST, Arguments, Bound, Refusal, Since, Subscribe, Telemetry
from protocol.schema.numbers import RefusalCode, Topic
from protocol.trust.roles import hears

Ask = Callable[[Arguments], Awaitable[Answer]]


class Subscription:
    """The subscription of one link, over all its sessions. `topics` None: all that the role may receive."""

    def __init__(self) -> None:
        self._topics: tuple[Topic, ...] | None = None
        self._moved = asyncio.Event()
        self._epoch = b""
        self._cursors: dict[Topic, int] = {}
        self._older: set[bytes] = set()
        """Schema digests of subjects that know only the first topics: later topics are not named to them again."""

    def choose(self, topics: tuple[Topic, ...] | None) -> None:
        """Subscribe to these topics from now on."""
        self._topics = topics
        self._moved.set()

    def heard(self, telemetry: Telemetry) -> None:
        """Note telemetry that arrived: after a reconnect its topic continues behind it."""
        if telemetry.cursor.epoch != self._epoch:
            self._epoch = telemetry.cursor.epoch
            self._cursors.clear()
        self._cursors[telemetry.topic] = telemetry.cursor.seq

    async def run(self, bound: Bound, ask: Ask) -> None:
        """Subscribe now, and again whenever the topics change. Raises LinkDown with the session."""
        while True:
            self._moved.clear()
            chosen = tuple(Topic) if self._topics is None else self._topics
            await self._subscribe(tuple(topic for topic in chosen if hears(bound.role, topic)), bound.schema, ask)
            await self._moved.wait()

    async def _subscribe(self, topics: tuple[Topic, ...], schema: bytes, ask: Ask) -> None:
        known = tuple(topic for topic in topics if topic in FIRST_TOPICS or schema not in self._older)
        answer = await ask(self._request(known))
        if isinstance(answer, Refusal) and answer.code is RefusalCode.BAD_ARGUMENTS and schema != SCHEMA_DIGEST:
            self._older.add(schema)
            await ask(self._request(tuple(topic for topic in topics if topic in FIRST_TOPICS)))

    def _request(self, topics: tuple[Topic, ...]) -> Subscribe:
        return Subscribe(self._epoch, tuple(Since(topic, self._cursors.get(topic, 0)) for topic in topics))
