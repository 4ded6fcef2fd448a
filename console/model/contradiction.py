"""A log that contradicts what this console had seen of it, with both checkpoints as evidence."""

from enum import Enum

from protocol.schema.numbers import Log
from protocol.values import dataclass


class Break(Enum):
    """The kind of contradiction. FORKED: another history; ROLLED_BACK: fewer entries than were seen, as in an old
    copy.
    """

    FORKED = "FORKED"
    ROLLED_BACK = "ROLLED BACK"


@dataclass(frozen=True, slots=True)
class Contradiction:
    """`shown` does not follow from `seen` (both are signed notes, as received). `time_us`: when, by this console's wall
    clock.
    """

    log: Log
    broken: Break
    why: str
    time_us: int
    seen: bytes
    shown: bytes
