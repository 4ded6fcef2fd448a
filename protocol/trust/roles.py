"""Roles: the verbs that each may send and the topics to which each may subscribe, by the rows of `protocol.schema`."""

from protocol.schema import TOPICS, VERBS
from protocol.schema.numbers import Role, Topic


def permits(role: Role, verb: int) -> bool:
    """Whether a pairing with `role` may send `verb`. False for an unknown verb."""
    row = VERBS.get(verb)
    return row is not None and role >= row.least


def hears(role: Role, topic: Topic) -> bool:
    """Whether a pairing with `role` may subscribe to `topic`."""
    return role >= TOPICS[topic].least
