"""What a link asks to hear, of a subject that knows every topic and of one that does not."""

import asyncio
from dataclasses import replace

import pytest

from console.link.subscription import Subscription
from console.model.events import Answer
from protocol.schema import FIRST_TOPICS, SCHEMA_DIGEST, Arguments, Bound, Refusal, Rows, Subscribe, Table
from protocol.schema.numbers import RefusalCode, Role, Topic
from protocol.testing import make_bound
from protocol.trust.keys import FileBinder

pytestmark = pytest.mark.anyio


class Subject:
    """Answers SUBSCRIBE as a subject does that knows `topics`."""

    def __init__(self, topics: frozenset[Topic]) -> None:
        self.topics, self.asked = topics, list[set[Topic]]()

    async def __call__(self, arguments: Arguments) -> Answer:
        assert isinstance(arguments, Subscribe)
        named = {since.topic for since in arguments.topics}
        self.asked.append(named)
        if named <= self.topics:
            return Rows(1, Table("session.topics", (), ()), "", False)
        return Refusal(1, RefusalCode.BAD_ARGUMENTS, "topic 7 is no Topic", "")


def bound_with(schema: bytes) -> Bound:
    """A session of an ADMIN with a subject of that schema."""
    binder = FileBinder(bytes(32))
    return replace(make_bound(binder.key, b"x", Role.ADMIN), schema=schema)


async def sessions(subject: Subject, bound: Bound, count: int) -> None:
    """So many sessions of one link."""
    subscription = Subscription()
    for _ in range(count):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await subscription.run(bound, subject)


async def test_a_subject_of_our_schema_is_asked_for_every_topic() -> None:
    """Once in a session."""
    subject = Subject(frozenset(Topic))
    await sessions(subject, bound_with(SCHEMA_DIGEST), 2)
    assert subject.asked == [set(Topic)] * 2


async def test_a_subject_of_another_schema_that_knows_it_hears_of_it() -> None:
    """Another digest is no fault by itself."""
    subject = Subject(frozenset(Topic))
    await sessions(subject, bound_with(bytes(32)), 1)
    assert subject.asked == [set(Topic)]


async def test_an_older_subject_is_asked_again_for_the_first_topics() -> None:
    """It refuses what it does not know; the next session of that schema names it no more."""
    subject = Subject(FIRST_TOPICS)
    await sessions(subject, bound_with(bytes(32)), 2)
    assert subject.asked == [set(Topic), set(FIRST_TOPICS), set(FIRST_TOPICS)]
