"""Reading and proving acknowledged entries, and passing both on to a vault behind."""

from collections.abc import Sequence
from typing import Protocol

from protocol.schema.numbers import Log
from totebox.vault.api import Checkpoint, Entry, LeafIndex, Proven, Prover, Reader, TreeSize, VaultHead


class ReadHandle(Reader, Prover, Protocol):
    """Reads and proves acknowledged entries. Every service has one."""


class ReadDelegate:
    """Passes every read and every proof on to `source`. Whatever stands in front of a vault and reads as it does is one."""

    __slots__ = ("_source",)

    def __init__(self, source: ReadHandle) -> None:
        self._source = source

    async def entries(self, log: Log, start: LeafIndex, limit: int) -> Sequence[Entry]:
        """See `Reader.entries`."""
        return await self._source.entries(log, start, limit)

    async def read(self, index: LeafIndex, offset: int, size: int) -> bytes:
        """See `Reader.read`."""
        return await self._source.read(index, offset, size)

    async def head(self) -> VaultHead:
        """See `Reader.head`."""
        return await self._source.head()

    async def prove(self, log: Log, index: LeafIndex) -> Proven:
        """See `Prover.prove`."""
        return await self._source.prove(log, index)

    async def consistency(self, log: Log, old: TreeSize) -> tuple[Checkpoint, tuple[bytes, ...]]:
        """See `Prover.consistency`."""
        return await self._source.consistency(log, old)
