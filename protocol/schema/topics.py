"""TOPICS: one row a topic of telemetry. The feed, the gate, the console's link and the specification's table read these rows."""

from collections.abc import Mapping

from protocol.schema.fleet import ChangedBody, EventBody, StatusBody
from protocol.schema.integrity import IntegrityBody
from protocol.schema.numbers import Role, Topic
from protocol.schema.vault import AuditBody, EntryBody, HeadBody
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic.

    body: the class of the body of its Telemetry.
    least: the least role that may subscribe to it.
    joined: it came after version 1 was frozen: a subject of another schema may refuse it (BAD_ARGUMENTS).
    about_all: it names files or rows of every service: a scope that names a service, rows or columns does not hear it.
    """

    topic: Topic
    body: type
    least: Role
    joined: bool = False
    about_all: bool = False


_ROWS = (
    TopicRow(Topic.STATUS, StatusBody, Role.INTERFACE),
    TopicRow(Topic.EVENT, EventBody, Role.INTERFACE),
    TopicRow(Topic.HEAD, HeadBody, Role.INTERFACE),
    TopicRow(Topic.AUDIT, AuditBody, Role.USER),
    TopicRow(Topic.ENTRY, EntryBody, Role.USER),
    TopicRow(Topic.CHANGED, ChangedBody, Role.USER),
    TopicRow(Topic.INTEGRITY, IntegrityBody, Role.INTERFACE, joined=True, about_all=True),
)

TOPICS: Mapping[Topic, TopicRow] = {row.topic: row for row in _ROWS}
BODIES: Mapping[Topic, type] = {row.topic: row.body for row in _ROWS}
FIRST_TOPICS = frozenset(row.topic for row in _ROWS if not row.joined)
"""The topics that every subject of version 1 knows."""
