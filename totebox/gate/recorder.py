"""The recorder decides which rows about sessions, reads and refusals are written into the audit log.

For each act, in this order:

    1 an open span covers it (`read_spans`)                  nothing is written
    2 the disk is below the floor (`disk_floor`)             refused, unless the role is ADMIN
    3 the device pays for the row (`row_budget`)             refused, if it has no rows left
    4 the row is written                                     or held in memory, if the disk is full (`held_rows`)
"""

import logging
from collections.abc import Callable

from protocol.schema.numbers import AuditKind, Log, RefusalCode, Role
from totebox.errors import DiskFull, GateClosed, ReadOnly, ToteboxError
from totebox.gate.disk_floor import DiskFloor
from totebox.gate.door import Peer
from totebox.gate.held_rows import HeldRows
from totebox.gate.names import safe_line
from totebox.gate.read_spans import SESSION_ROWS, Act, Noted, ReadSpans, crash_end, left_out_said, open_spans
from totebox.gate.refusal import Refused, Unrecorded, too_many
from totebox.gate.row_budget import RowBudget
from totebox.vault.api import AuditDraft, Entry, LeafIndex

log = logging.getLogger(__name__)

MOST_LAST_ROWS = 8_192
"""How many of the last run's rows a start searches for spans that a crash left open; a span lasts a minute."""


class Recorder:
    """Writes rows about sessions, reads and refusals. All others write through the same `vault`, so that held rows come
    first.
    """

    def __init__(self, vault: HeldRows, floor: DiskFloor, monotonic: Callable[[], float]) -> None:
        self.vault, self.floor = vault, floor
        self.budget = RowBudget(monotonic)
        self.spans = ReadSpans(self.note, self.budget, monotonic)
        self._in_span: set[int] = set()
        """Sessions whose opening is covered by a span; so is their end."""
        self._said_read_only = False

    async def note(self, row: AuditDraft) -> Noted:
        """Write a row about something that changes no record. A vault that takes no writes still serves reads: no row
        is written then.

        Raises:
            DiskFull: neither the disk nor the memory has room for it.
            VaultError: the vault cannot be reached.
        """
        try:
            return await self.vault.note(row)
        except DiskFull:
            raise
        except ReadOnly:
            if not self._said_read_only:
                self._said_read_only = True
                log.warning(
                    "the vault takes no writes, so nothing is recorded; the first: %s %s", row.kind, row.subject
                )
            return Noted()

    async def try_note(self, row: AuditDraft) -> None:
        """Write a row of the daemon's own; leave it out if it cannot be written."""
        try:
            await self.note(row)
        except ToteboxError as error:
            log.debug("not recorded: %s %s: %s", row.kind, row.subject, error)

    async def act(self, act: Act, peer: Peer) -> None:
        """Return when a row that covers `act` is written.

        Raises:
            Unrecorded: the device has no rows left, or the disk has no room for them.
            ToteboxError: the row could not be written.
        """
        if not self.spans.covers(act):
            self.floor.check(peer.pairing.role)
        if wait_s := await self.spans.note(act):
            raise _used_up(wait_s)

    def pay(self, peer: Peer, rows: int = 1) -> None:
        """Charge a device below INPUT `rows` for a write: nothing else bounds what it writes. Raises Unrecorded."""
        if peer.pairing.role < Role.INPUT and (wait_s := self.budget.take(peer.pairing.fingerprint, rows)):
            raise _used_up(wait_s)

    async def refused(self, row: AuditDraft, peer: Peer, refused: Refused) -> Refused:
        """Write `row` about `refused`. Returns what is answered: `refused`, or TOO_MANY or DISK_FULL where the row may
        not be written.
        """
        device = peer.pairing.fingerprint
        if not isinstance(refused, Unrecorded):
            try:
                await self.act(Act(device, peer.session, row, row.detail), peer)
            except Unrecorded as none_left:
                refused = none_left
            except ToteboxError as error:
                log.debug("a refusal could not be recorded: %s", error)
                self.budget.leave_out(device)
        if isinstance(refused, Unrecorded):
            self.budget.leave_out(device)
        return refused

    async def opened(self, peer: Peer, detail: str) -> None:
        """Record that a session begins. The row pays for the session's end row as well.

        Raises:
            GateClosed: its device has no rows left, or the disk has no room for them.
            ToteboxError: the row could not be written.
        """
        device = peer.pairing.fingerprint
        row = AuditDraft(AuditKind.SESSION_OPEN, device, f"session {peer.session}", detail)
        act = Act(device, 0, row, safe_line(peer.agent), own_rows=SESSION_ROWS, rows=2)
        try:
            await self.act(act, peer)
        except Unrecorded as refused:
            self.budget.leave_out(device)
            wait = f"; {refused.remedy}" if refused.code is RefusalCode.TOO_MANY else ""
            raise GateClosed(f"{refused.reason}{wait}") from None
        if self.spans.has_begun(act):
            self._in_span.add(peer.session)

    async def closed(self, peer: Peer, reason: str) -> None:
        """Record that a session has ended. The ends of its spans are written before its last row."""
        device = peer.pairing.fingerprint
        await self.spans.end_session(device, peer.session)
        if peer.session in self._in_span:
            self._in_span.remove(peer.session)
            return
        row = AuditDraft(AuditKind.SESSION_CLOSE, device, f"session {peer.session}", reason)
        await self.note(left_out_said(row, self.budget.left_out(device)))

    async def start(self) -> None:
        """Write an end row for each span that a crash left open, with its bounds. Costs one read of the last rows."""
        size = (await self.vault.head()).audit.tree_size
        place = max(0, size - MOST_LAST_ROWS)
        rows: list[Entry] = []
        while place < size and (more := await self.vault.entries(Log.AUDIT, LeafIndex(place), size - place)):
            rows.extend(more)
            place += len(more)
        for span in open_spans(reversed(rows)):
            await self.note(crash_end(span))

    async def sweep(self) -> None:
        """Do what depends on time alone, about once a second: end spans, and write held rows if there is room."""
        await self.vault.write_held()
        await self.spans.sweep()

    async def stop(self) -> None:
        """End every span, and write the held rows if there is room."""
        await self.spans.end()
        await self.vault.write_held()
        if len(self.vault):
            log.error("%d rows of the audit log were held in memory and are lost: the disk is full", len(self.vault))


def _used_up(wait_s: float) -> Unrecorded:
    return too_many("this device asked for more than the audit log takes from one device", wait_s)
