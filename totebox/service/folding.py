"""Folding the record log into an index: from where the last fold stopped, or from the start where the index does not
fit the log.

Work on the index runs in threads, one at a time under one lock. A caller that is cancelled waits until its thread has
ended, so that no thread uses the database during the next caller's work or after `close`.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from protocol.schema.numbers import Log
from totebox.errors import ToteboxError
from totebox.service.index import Index, damaged
from totebox.vault.api import Entry, LeafIndex, Reader

T = TypeVar("T")
PAGE = 256
READ_BYTES = 1 << 20
HEAD_S = 1.0
"""How long the close of an index waits for the head of the log."""
MAX_PAYLOAD_BYTES = 8 << 20
"""A longer text is indexed up to this size; the record itself is complete."""

Folded = Sequence[tuple[Entry, bytes]]
Fold = Callable[[sqlite3.Connection, Entry, bytes], bool]


class Folding:
    """Keeps `index` up to date with the record log.

    `reads(entry)` says whether the fold needs the payload; `fold(database, entry, payload)` takes one entry and returns
    whether it changed anything that is shown.
    """

    def __init__(self, index: Index, reader: Reader, reads: Callable[[Entry], bool], fold: Fold) -> None:
        self._index = index
        self._reader = reader
        self._reads = reads
        self._fold = fold
        self._lock = asyncio.Lock()
        self._checked = False

    async def catch_up(self) -> bool:
        """Fold the entries that the index lacks. Returns whether anything that is shown changed."""
        async with self._lock:
            try:
                return await self._catch_up()
            except sqlite3.DatabaseError as fault:
                if not damaged(fault):
                    raise
                await self._empty()
                return await self._catch_up()

    async def ask(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """The answer of `question`, over an index that has every acknowledged record."""
        await self.catch_up()
        async with self._lock:
            try:
                return await _in_thread(lambda: question(self._index.database))
            except sqlite3.DatabaseError as fault:
                if not damaged(fault):
                    raise
                await self._empty()
                await self._catch_up()
                return await _in_thread(lambda: question(self._index.database))

    async def close(self) -> None:
        """Close the index when the work that uses it has ended. The file is marked as stale unless it has every record.

        The last close removes SQLite's `-wal` and `-shm` files.
        """
        async with self._lock:
            with contextlib.suppress(sqlite3.DatabaseError, ToteboxError, TimeoutError, OSError):
                async with asyncio.timeout(HEAD_S):
                    await self._mark()
            await _in_thread(self._index.close)

    async def _mark(self) -> None:
        if not self._index.is_open:
            return
        records = (await self._reader.head()).records
        if await _in_thread(lambda: self._index.next(records.origin)) == records.tree_size:
            await _in_thread(self._index.mark_complete)

    async def _catch_up(self) -> bool:
        records = (await self._reader.head()).records
        place = await _in_thread(lambda: self._index.next(records.origin))
        if not self._checked and place and not await self._fits(place, records.tree_size):
            await self._empty()
            place = 0
        self._checked, changed = True, False
        while place < records.tree_size:
            entries = await self._reader.entries(Log.RECORDS, LeafIndex(place), min(PAGE, records.tree_size - place))
            if not entries:
                break
            folded = [(entry, await self._payload(entry)) for entry in entries]
            changed = await _in_thread(partial(self._take, folded)) or changed
            place += len(entries)
        return changed

    async def _fits(self, place: int, size: int) -> bool:
        """Whether the log has, just below `place`, the leaf that was folded there."""
        last = await self._reader.entries(Log.RECORDS, LeafIndex(place - 1), 1) if place <= size else ()
        return await _in_thread(lambda: self._index.agrees(last[0] if last else None))

    async def _empty(self) -> None:
        origin = (await self._reader.head()).records.origin
        await _in_thread(lambda: self._index.clear(origin))

    async def _payload(self, entry: Entry) -> bytes:
        if not self._reads(entry):
            return b""
        data = bytearray()
        while len(data) < min(entry.length, MAX_PAYLOAD_BYTES):
            block = await self._reader.read(entry.index, len(data), READ_BYTES)
            if not block:
                break
            data += block
        return bytes(data)

    def _take(self, folded: Folded) -> bool:
        """Fold one page in one transaction: a crash leaves the index at the end of a page."""
        changed = False
        with self._index.database as database:
            for entry, payload in folded:
                changed = self._fold(database, entry, payload) or changed
            if folded:
                self._index.reached(folded[-1][0])
        return changed


async def _in_thread(work: Callable[[], T]) -> T:
    """What `work` returns, from a thread. A cancelled caller continues only when that thread has ended."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()  # read, so that asyncio does not log it: the caller was cancelled and takes no result
        raise
