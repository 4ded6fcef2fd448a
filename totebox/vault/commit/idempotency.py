"""Idempotency ids: which audit row a repeated command points to. Bounded; the newest ids are remembered."""

from collections import OrderedDict
from hashlib import sha256

REMEMBERED = 16_384
"""Commands that can be repeated: the newest of this many audit rows that carry an id."""


class OnceIds:
    """(actor, command) -> index of the audit row."""

    def __init__(self) -> None:
        self._rows: OrderedDict[bytes, int] = OrderedDict()

    def find(self, actor: str, command: str) -> int | None:
        """The audit row under which this actor did this command, if it is remembered."""
        return self._rows.get(_key(actor, command)) if command else None

    def remember(self, actor: str, command: str, audit_index: int) -> None:
        """Forgets the oldest when there are too many."""
        if command:
            self._rows[_key(actor, command)] = audit_index
            if len(self._rows) > REMEMBERED:
                self._rows.popitem(last=False)


def _key(actor: str, command: str) -> bytes:
    return sha256(f"{actor}\0{command}".encode()).digest()[:16]
