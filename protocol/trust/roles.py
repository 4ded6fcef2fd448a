"""Who may ask what, as the rows of `protocol.schema.verbs` say; and the least role of each telemetry topic."""

from collections.abc import Mapping

from protocol.schema import VERBS
from protocol.schema.numbers import Role, Topic

TOPIC_ROLE: Mapping[Topic, Role] = {
    Topic.STATUS: Role.INTERFACE,
    Topic.EVENT: Role.INTERFACE,
    Topic.HEAD: Role.INTERFACE,
    Topic.AUDIT: Role.USER,
    Topic.ENTRY: Role.USER,
    Topic.CHANGED: Role.USER,
    Topic.INTEGRITY: Role.INTERFACE,
}

FIRST_TOPICS = frozenset({Topic.STATUS, Topic.EVENT, Topic.HEAD, Topic.AUDIT, Topic.ENTRY, Topic.CHANGED})
"""Every subject of version 1 knows these; a subject of another schema may refuse a topic that joined later (BAD_ARGUMENTS)."""


def permits(role: Role, verb: int) -> bool:
    """Whether a pairing with `role` may send `verb`. A verb that is not known is nobody's."""
    row = VERBS.get(verb)
    return row is not None and role >= row.least


def hears(role: Role, topic: Topic) -> bool:
    """Whether a pairing with `role` may subscribe to `topic`."""
    return role >= TOPIC_ROLE[topic]
