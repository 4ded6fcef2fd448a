"""What the chassis asks of this host's files: bytes to offer at F12, and a place to save a record to."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from protocol.schema import Offer


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read once: what to offer, and its bytes again from an offset (SourceError when it changed)."""

    offer: Offer
    chunks: Callable[[int], AsyncIterator[bytes]]


class Target(Protocol):
    """Where a download goes: nothing has its final name before `finish`."""

    def write(self, data: bytes) -> None: ...

    def finish(self) -> None:
        """Give the bytes their name. Raises SourceError when something has that name already."""
        ...

    def abandon(self) -> None:
        """Leave nothing behind."""
        ...


class Files(Protocol):
    """This host's files. Both raise SourceError with what is wrong and what to do."""

    async def source(self, path: Path) -> Source: ...

    def target(self, path: Path) -> Target: ...
