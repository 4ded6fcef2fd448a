"""Bounded fan-out: newest wins, a loss is declared, and a reader costs nothing."""

import asyncio

import pytest

from protocol.schema import ChangedBody, EventBody, Gap, Since, Subscribe, Telemetry
from protocol.schema.numbers import Role, Severity, Topic
from protocol.wire.codec import decode_body
from tests.patience import WAIT_S
from totebox.telemetry.publisher import Publisher
from totebox.telemetry.topics import RULES

pytestmark = pytest.mark.anyio
EPOCH = b"epoch-01"


@pytest.fixture
def publisher() -> Publisher:
    return Publisher(EPOCH, lambda: 5)


def event(number: int) -> EventBody:
    return EventBody(Severity.INFO, "test", str(number), "")


def ask(*topics: Topic, epoch: bytes = b"", seq: int = 0) -> Subscribe:
    return Subscribe(epoch, tuple(Since(topic, seq) for topic in topics))


async def take(reader, count: int) -> list[Telemetry | Gap]:
    async with asyncio.timeout(WAIT_S):
        return [await reader.next() for _ in range(count)]


def words(items) -> list[str]:
    return [decode_body(item.topic, item.body).text for item in items]


async def test_what_is_published_is_heard_in_order(publisher: Publisher) -> None:
    """Across topics too: who spoke first is heard first."""
    reader = publisher.subscribe(Role.ADMIN, ask(Topic.EVENT, Topic.CHANGED))
    publisher.publish(event(1))
    publisher.publish(ChangedBody("a.b"))
    publisher.publish(event(2))
    assert [item.topic for item in await take(reader, 3)] == [Topic.EVENT, Topic.CHANGED, Topic.EVENT]


async def test_a_waiting_reader_is_woken(publisher: Publisher) -> None:
    """`next` waits for the thing itself."""
    reader = publisher.subscribe(Role.ADMIN, ask(Topic.EVENT))
    waiting = asyncio.create_task(reader.next())
    await asyncio.sleep(0)
    publisher.publish(event(1))
    async with asyncio.timeout(WAIT_S):
        assert words([await waiting]) == ["1"]


async def test_a_slow_reader_gets_a_gap_and_the_newest(publisher: Publisher) -> None:
    """What was dropped is named by its numbers, then come the newest that are kept."""
    reader = publisher.subscribe(Role.ADMIN, ask(Topic.EVENT))
    kept = RULES[Topic.EVENT].kept
    for number in range(1, kept + 11):
        publisher.publish(event(number))
    first, second = await take(reader, 2)
    assert first == Gap(Topic.EVENT, 1, 10) and words([second]) == ["11"]


async def test_topics_above_the_role_are_not_granted(publisher: Publisher) -> None:
    """An INTERFACE hears events, and no rows of the logs."""
    reader = publisher.subscribe(Role.INTERFACE, ask(Topic.EVENT, Topic.AUDIT, Topic.ENTRY))
    assert reader.granted == (Topic.EVENT,)


async def test_a_known_cursor_continues_without_repeating(publisher: Publisher) -> None:
    """After `seq` comes the next one."""
    for number in range(1, 6):
        publisher.publish(event(number))
    reader = publisher.subscribe(Role.ADMIN, ask(Topic.EVENT, epoch=EPOCH, seq=3))
    assert words(await take(reader, 2)) == ["4", "5"]


@pytest.mark.parametrize(("epoch", "seq"), [(b"epoch-00", 3), (EPOCH, 99)])
async def test_an_unknown_cursor_gives_a_gap_and_a_snapshot(publisher: Publisher, epoch: bytes, seq: int) -> None:
    """Another process start, or a number from the future."""
    for number in range(1, 4):
        publisher.publish(event(number))
    gap, *rest = await take(publisher.subscribe(Role.ADMIN, ask(Topic.EVENT, epoch=epoch, seq=seq)), 4)
    assert gap == Gap(Topic.EVENT, 0, 0) and words(rest) == ["1", "2", "3"]


async def test_a_closed_reader_is_forgotten(publisher: Publisher) -> None:
    """Nobody listens any more, and STATUS need not be made."""
    reader = publisher.subscribe(Role.ADMIN, ask(Topic.STATUS))
    assert publisher.heard(Topic.STATUS)
    reader.close()
    assert not publisher.heard(Topic.STATUS)


async def test_readers_do_not_grow_the_daemon(publisher: Publisher) -> None:
    """Ten thousand items later a ring holds what its rule says."""
    publisher.subscribe(Role.ADMIN, ask(*Topic))
    for number in range(10_000):
        publisher.publish(event(number))
    assert len(publisher._rings[Topic.EVENT].items) == RULES[Topic.EVENT].kept
