"""TOPICS: every topic has one row."""

from protocol.schema import BODIES, FIRST_TOPICS, TOPICS
from protocol.schema.numbers import Topic


def test_every_topic_and_every_body_has_one_row() -> None:
    """A topic without a row could not be told."""
    assert list(TOPICS) == list(Topic) and all(row.topic is topic for topic, row in TOPICS.items())
    assert len(set(BODIES.values())) == len(Topic)


def test_topics_that_joined_later() -> None:
    """Version 1 began with six; INTEGRITY, which names files of any record, is the first that joined."""
    assert set(Topic) - FIRST_TOPICS == {Topic.INTEGRITY} == {row.topic for row in TOPICS.values() if row.about_all}
