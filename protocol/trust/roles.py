"""Who may ask what and hear what, as the rows of `protocol.schema.verbs` and `protocol.schema.topics` say."""

from protocol.schema import TOPICS, VERBS
from protocol.schema.numbers import Role, Topic


def permits(role: Role, verb: int) -> bool:
    """Whether a pairing with `role` may send `verb`. A verb that is not known is nobody's."""
    row = VERBS.get(verb)
    return row is not None and role >= row.least


def hears(role: Role, topic: Topic) -> bool:
    """Whether a pairing with `role` may subscribe to `topic`."""
    return role >= TOPICS[topic].least
