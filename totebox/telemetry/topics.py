"""How many items of each topic are kept for readers that are behind, and how many a new reader receives first."""

from dataclasses import dataclass

from protocol.schema.numbers import Topic


@dataclass(frozen=True, slots=True)
class TopicRule:
    """The newest `kept` items stay for readers that are behind (older ones become a Gap); the newest `shown` ones are a
    snapshot.
    """

    kept: int
    shown: int


RULES: dict[Topic, TopicRule] = {
    Topic.STATUS: TopicRule(kept=1, shown=1),
    Topic.EVENT: TopicRule(kept=128, shown=32),
    Topic.HEAD: TopicRule(kept=16, shown=16),
    Topic.AUDIT: TopicRule(kept=512, shown=64),
    Topic.ENTRY: TopicRule(kept=512, shown=64),
    Topic.CHANGED: TopicRule(kept=64, shown=0),
    Topic.INTEGRITY: TopicRule(kept=1, shown=1),
}
