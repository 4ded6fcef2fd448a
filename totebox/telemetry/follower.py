"""Follows both logs: each acknowledged entry is published once, in order, and given to the services."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from protocol.schema import AuditBody, Body, EntryBody, HeadBody
from protocol.schema.numbers import AuditKind, Log
from totebox.clock import time_us_of
from totebox.errors import VaultError
from totebox.service.reading import ReadDelegate
from totebox.vault.api import (
    Appended,
    AuditDraft,
    Batch,
    Checkpoint,
    Entry,
    LeafIndex,
    Vault,
)

log = logging.getLogger(__name__)

PAGE = 256
MAX_ROW_BYTES = 16_000
HEAD_PERIOD_S = 1.0
"""The least seconds between two heads of the audit log: every command moves that head."""
ASKS_FOR_HEAD = frozenset((kind, "head") for kind in (AuditKind.COMMAND, AuditKind.READ_SPAN, AuditKind.READ_SPAN_END))
"""Kind and subject of the audit rows of a HEAD command. They move the audit log, but their head is not published: a
console that receives a head asks for its proof, which would be recorded and published again without end.
"""


class FollowedVault(ReadDelegate):
    """A `Vault` that reports every append to the follower. All other calls are passed on."""

    def __init__(self, vault: Vault, appended: Callable[[], None]) -> None:
        super().__init__(vault)
        self._vault = vault
        self._appended = appended

    async def append(self, batch: Batch) -> Appended:
        try:
            return await self._vault.append(batch)
        finally:
            self._appended()

    async def cosign(self, log: Log, note: bytes, vkey: str, actor: str) -> Appended:
        try:
            return await self._vault.cosign(log, note, vkey, actor)
        finally:
            self._appended()

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        try:
            return await self._vault.audit(row, durable=durable)
        finally:
            self._appended()


class Follower:
    """Publishes ENTRY, AUDIT and HEAD; gives new records to `absorb` and new audit rows to `noted`. Costs nothing while
    nothing is appended.
    """

    def __init__(
        self,
        vault: Vault,
        publish: Callable[[Body], None],
        absorb: Callable[[Sequence[Entry]], Awaitable[None]],
        monotonic: Callable[[], float],
        noted: Callable[[Entry], None] = lambda row: None,
    ) -> None:
        self._vault = vault
        self._publish = publish
        self._absorb = absorb
        self._monotonic = monotonic
        self._noted = noted
        self._places = {Log.RECORDS: 0, Log.AUDIT: 0}
        self._told: dict[Log, int] = {Log.RECORDS: -1, Log.AUDIT: -1}
        self._told_at = -HEAD_PERIOD_S
        self._audit_moved = False
        self._woken = asyncio.Event()
        self.checkpoint_time_us = 0
        """The time of the newest record, as its row states it; 0 before there is one."""

    def nudge(self) -> None:
        """Look for new entries soon."""
        self._woken.set()

    async def start(self) -> None:
        """Begin at the present end of both logs and publish the present heads."""
        head = await self._vault.head()
        self._places = {Log.RECORDS: head.records.tree_size, Log.AUDIT: head.audit.tree_size}
        if (newest := head.records.tree_size - 1) >= 0:
            self._note_time(await self._vault.entries(Log.RECORDS, LeafIndex(newest), 1))
        self._tell_head(Log.RECORDS, head.records)
        self._tell_head(Log.AUDIT, head.audit)

    async def run(self) -> None:
        """Follow until cancelled."""
        while True:
            await self._woken.wait()
            while True:
                self._woken.clear()
                await self._try_step(settled=False)
                if not await self._woken_within(HEAD_PERIOD_S):
                    break
            # Rows that share a sync become visible within that second; after that nothing more is expected.
            await self._try_step(settled=True)

    async def _try_step(self, *, settled: bool) -> None:
        """Do one step. If the vault cannot be reached, the next step publishes what is new."""
        try:
            await self.step(settled=settled)
        except VaultError as fault:
            log.warning("what is new in the logs waits: %s", fault)
            self._woken.set()
            await asyncio.sleep(HEAD_PERIOD_S)

    async def step(self, *, settled: bool = False) -> None:
        """Publish what is new. The audit log's head is published when `settled`, else at most once a period."""
        head = await self._vault.head()
        for entry in await self._news(Log.AUDIT, head.audit.tree_size):
            self._publish(AuditBody(entry.index, entry.leaf[:MAX_ROW_BYTES]))
            self._noted(entry)
            self._audit_moved = self._audit_moved or (entry.kind, entry.subject) not in ASKS_FOR_HEAD
        while records := await self._news(Log.RECORDS, head.records.tree_size):
            for entry in records:
                self._publish(EntryBody(entry.index, entry.leaf[:MAX_ROW_BYTES]))
            self._note_time(records)
            await self._absorb(records)
        self._tell_head(Log.RECORDS, head.records)
        if self._audit_moved and (settled or self._monotonic() - self._told_at >= HEAD_PERIOD_S):
            self._audit_moved = False
            self._tell_head(Log.AUDIT, head.audit)

    def _note_time(self, records: Sequence[Entry]) -> None:
        for entry in records[-1:]:
            self.checkpoint_time_us = time_us_of(entry.time)

    async def _woken_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._woken.wait()
        except TimeoutError:
            return False

    async def _news(self, log: Log, end: int) -> Sequence[Entry]:
        place = self._places[log]
        if place >= end:
            return ()
        entries = await self._vault.entries(log, LeafIndex(place), min(PAGE, end - place))
        self._places[log] = place + len(entries)
        if entries and self._places[log] < end:
            self._woken.set()
        return entries

    def _tell_head(self, log: Log, checkpoint: Checkpoint) -> None:
        if checkpoint.tree_size == self._told[log]:
            return
        self._told[log] = checkpoint.tree_size
        if log is Log.AUDIT:
            self._told_at = self._monotonic()
        self._publish(HeadBody(log, checkpoint.note))
