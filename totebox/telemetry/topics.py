"""How much of each topic is kept for readers that are behind, and how much a newcomer is shown."""

from dataclasses import dataclass

from protocol.schema.numbers import Topic


@dataclass(frozen=True, slots=True)
class TopicRule:
    """`kept` items stay for readers that are behind (older ones become a Gap); `shown` newest ones make a snapshot."""

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
