"""Fan-out of telemetry. Readers have no queue of their own: each keeps a position in the short ring of each topic, so a
slow reader costs nothing.

    ring of a topic     | seq 41 | seq 42 | seq 43 |      at most `kept` items, the newest stay
    a reader's position            ^ next = 42            next < 41 would be Gap(next, 40) first, and then 41

Among topics a reader receives first what was published first. A snapshot is the newest `shown` items of the ring.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping

from protocol.schema import Body, Cursor, Gap, Subscribe, Telemetry
from protocol.schema.numbers import Role, Topic
from protocol.trust.roles import hears
from protocol.wire.codec import encode_body
from totebox.telemetry.topics import RULES

EPOCH_BYTES = 8


class _Ring:
    """The newest items of one topic. `order` is the position of an item among the items of all topics."""

    def __init__(self, kept: int) -> None:
        self.seq = 0
        self.items: deque[tuple[int, Telemetry]] = deque(maxlen=kept)

    @property
    def oldest(self) -> int:
        """The smallest sequence number in the ring; the next one to come when the ring is empty."""
        return self.seq - len(self.items) + 1

    def add(self, order: int, item: Telemetry) -> None:
        self.items.append((order, item))
        self.seq = item.cursor.seq

    def at(self, seq: int) -> tuple[int, Telemetry]:
        return self.items[seq - self.oldest]


class Publisher:
    """Implements `totebox.gate.door.Feed`. `interest()` is called at each subscription, so that STATUS can be made
    fresh.
    """

    def __init__(
        self,
        epoch: bytes,
        now_us: Callable[[], int],
        interest: Callable[[], None] = lambda: None,
    ) -> None:
        assert len(epoch) == EPOCH_BYTES
        self.epoch = epoch
        self._now_us = now_us
        self._interest = interest
        self._rings = {topic: _Ring(rule.kept) for topic, rule in RULES.items()}
        self._order = 0
        self._readers: set[RingReader] = set()

    def publish(self, body: Body) -> None:
        """Publish `body` to all readers. Costs one encoding, whatever the number of readers."""
        topic, data = encode_body(body)
        ring = self._rings[topic]
        self._order += 1
        ring.add(self._order, Telemetry(topic, Cursor(self.epoch, ring.seq + 1), self._now_us(), data))
        for reader in self._readers:
            reader.wake(topic)

    def heard(self, topic: Topic) -> bool:
        """Whether any reader is subscribed to `topic`."""
        return any(topic in reader.granted for reader in self._readers)

    def subscribe(self, role: Role, request: Subscribe) -> "RingReader":
        """See `Feed.subscribe`."""
        places: dict[Topic, int] = {}
        gaps: list[Gap] = []
        for since in request.topics:
            if hears(role, since.topic):
                places[since.topic] = self._place(since.topic, request.epoch, since.seq, gaps)
        reader = RingReader(self._rings, places, gaps, self._readers.discard)
        self._readers.add(reader)
        self._interest()
        return reader

    def _place(self, topic: Topic, epoch: bytes, seq: int, gaps: list[Gap]) -> int:
        ring = self._rings[topic]
        snapshot = max(ring.oldest, ring.seq + 1 - RULES[topic].shown)
        if seq == 0:
            return snapshot
        if epoch == self.epoch and seq <= ring.seq:
            return seq + 1
        # Another process of the daemon gave these numbers: what came in between is not known here.
        gaps.append(Gap(topic, 0, snapshot - 1))
        return snapshot


class RingReader:
    """Implements `totebox.gate.door.Subscription`. Small: there is one for each subscribed console."""

    __slots__ = ("_closed", "_gaps", "_places", "_rings", "_waiter", "granted")

    def __init__(
        self,
        rings: Mapping[Topic, _Ring],
        places: dict[Topic, int],
        gaps: list[Gap],
        closed: Callable[["RingReader"], None],
    ) -> None:
        self.granted: tuple[Topic, ...] = tuple(places)
        self._rings = rings
        self._places = places
        self._gaps = gaps
        self._closed = closed
        self._waiter: asyncio.Future[None] | None = None

    async def next(self) -> Telemetry | Gap:
        """See `Subscription.next`."""
        while (item := self._ready()) is None:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        return item

    def close(self) -> None:
        """End the subscription."""
        self._closed(self)

    def wake(self, topic: Topic) -> None:
        if topic in self._places and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _ready(self) -> Telemetry | Gap | None:
        if self._gaps:
            return self._gaps.pop(0)
        best: tuple[int, Telemetry] | None = None
        for topic, place in self._places.items():
            ring = self._rings[topic]
            if place > ring.seq:
                continue
            if place < ring.oldest:
                self._places[topic] = ring.oldest
                return Gap(topic, place, ring.oldest - 1)
            item = ring.at(place)
            if best is None or item[0] < best[0]:
                best = item
        if best is None:
            return None
        self._places[best[1].topic] += 1
        return best[1]
