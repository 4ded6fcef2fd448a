"""Idempotency ids: the audit row of each recent command, to which a repetition is answered. Bounded: only the newest ids are kept."""

from collections import OrderedDict
from hashlib import sha256

REMEMBERED = 16_384
"""How many ids are kept. After a start they come from this many of the newest audit rows."""


class OnceIds:
    """Map from (actor, command) to the index of the audit row."""

    def __init__(self) -> None:
        self._rows: OrderedDict[bytes, int] = OrderedDict()

    def find(self, actor: str, command: str) -> int | None:
        """The index of the audit row of this actor's command; None when it is not known or `command` is ''."""
        return self._rows.get(_key(actor, command)) if command else None

    def remember(self, actor: str, command: str, audit_index: int) -> None:
        """Add one command; the oldest is dropped when there are more than `REMEMBERED`. A `command` of '' is ignored."""
        if command:
            self._rows[_key(actor, command)] = audit_index
            if len(self._rows) > REMEMBERED:
                self._rows.popitem(last=False)


def _key(actor: str, command: str) -> bytes:
    return sha256(f"{actor}\0{command}".encode()).digest()[:16]
