"""Audit rows that wait in memory for room on the disk: the one exception to the rule that the row is written before the
act.

    the vault says DiskFull -> the ballast is released and the write is tried once more
    still full              -> a row about something that changes no record is held, up to 1,000 of them, and the act goes on
    room again              -> the held rows are written first, in order, each with the time at which it was held; then the new row

All other roles are stopped long before this (`disk_floor`), so the held rows are about commands of an ADMIN, sessions,
and the daemon itself. A row that authorises a record is never held: such a command is refused. Held rows are lost when
the daemon is killed. When the daemon stops and there still is no room, it writes their number to stderr.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from protocol.schema.numbers import Log
from totebox.errors import DiskFull, ToteboxError
from totebox.gate.read_spans import Noted
from totebox.service.reading import ReadDelegate
from totebox.vault.api import (
    Appended,
    AuditDraft,
    Batch,
    Vault,
)

T = TypeVar("T")
MAX_HELD = 1_000
RETRY_S = 1.0
"""Seconds between two attempts to write the first held row, at the least."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Held:
    row: AuditDraft
    noted: Noted


def _nothing() -> bool:
    return False


class HeldRows(ReadDelegate):
    """A `Vault` in front of `vault`. `release` frees space and returns whether it did; `now` gives the time as text."""

    def __init__(
        self,
        vault: Vault,
        now: Callable[[], str],
        monotonic: Callable[[], float],
        release: Callable[[], bool] = _nothing,
    ) -> None:
        super().__init__(vault)
        self._vault, self._now, self._monotonic, self._release = vault, now, monotonic, release
        self._held: deque[_Held] = deque()
        self._turn = asyncio.Lock()
        self._tried_at = 0.0

    def __len__(self) -> int:
        """The number of held rows."""
        return len(self._held)

    async def note(self, row: AuditDraft) -> Noted:
        """Write a row about something that changes no record; where the disk is full, hold it.

        Raises:
            DiskFull: `MAX_HELD` rows are held already.
            ReadOnly, VaultError: as `Vault.audit`.
        """
        if self._held and self._monotonic() - self._tried_at < RETRY_S:
            return self._hold(row)
        try:
            return Noted((await self.audit(row, durable=False)).audit.index)
        except DiskFull:
            return self._hold(row)

    async def write_held(self) -> None:
        """Write the held rows, if there is room. Costs nothing where no row is held."""
        if self._held:
            try:
                async with self._turn:
                    await self._write_first()
            except ToteboxError as error:
                _log.debug("%d rows go on being held: %s", len(self._held), error)

    async def append(self, batch: Batch) -> Appended:
        return await self._in_order(lambda: self._vault.append(batch))

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        return await self._in_order(lambda: self._vault.audit(row, durable=durable))

    async def cosign(self, log: Log, note: bytes, vkey: str, actor: str) -> Appended:
        return await self._in_order(lambda: self._vault.cosign(log, note, vkey, actor))

    async def _in_order(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do `act` after the held rows were written. Raises DiskFull where there is no room for either."""
        if self._held or self._turn.locked():
            async with self._turn:
                await self._write_first()
        return await self._with_room(act)

    async def _write_first(self) -> None:
        self._tried_at = self._monotonic()
        while self._held:
            first = self._held[0]
            written = await self._with_room(lambda first=first: self._vault.audit(first.row, durable=False))  # type: ignore[misc]
            first.noted.index = written.audit.index
            self._held.popleft()

    async def _with_room(self, act: Callable[[], Awaitable[T]]) -> T:
        try:
            return await act()
        except DiskFull:
            if not await asyncio.to_thread(self._release):
                raise
        return await act()

    def _hold(self, row: AuditDraft) -> Noted:
        if len(self._held) >= MAX_HELD:
            raise DiskFull(f"the disk is full and {MAX_HELD} rows of the audit log wait in memory for room")
        noted = Noted()
        self._held.append(
            _Held(replace(row, detail=f"{row.detail} [held since {self._now()}: the disk was full]"), noted)
        )
        return noted
