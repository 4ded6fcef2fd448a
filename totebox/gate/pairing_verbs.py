"""Pairings as the gate handles them: granted, issued, revoked, and what `os-totebox` did beside the daemon."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from protocol.schema import DeviceKey, PairIssue, PairRevoke, Receipt, Rows
from protocol.schema.numbers import RefusalCode, Role
from protocol.trust.keys import fingerprint
from totebox.errors import GateClosed, VaultError
from totebox.gate.call import Call, argument, finish
from totebox.gate.door import OpenTicket, Pairing, Standing
from totebox.gate.names import safe_line
from totebox.gate.pairings import Pairings
from totebox.gate.refused import Refused
from totebox.gate.tickets import Issued, Issuer
from totebox.gate.views import ticket_table
from totebox.vault.api import Appender, AuditDraft

FAULTS = {
    "unknown": "this ticket is not known here; ask for another one",
    "used": "this ticket was used; ask for another one",
    "expired": "this ticket has expired; ask for another one",
}


@dataclass(frozen=True, slots=True)
class PairingVerbs:
    """Every change is first a durable row of the audit log, then one record of the journal.

    `cut(fingerprint)` ends the live sessions of a pairing.
    """

    vault: Appender
    pairings: Pairings
    issuer: Issuer
    cut: Callable[[str], None]
    changed: Callable[[str], None]
    now: Callable[[], str]
    now_us: Callable[[], int]
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def grant(
        self, ticket_id: bytes, static: bytes, key: DeviceKey, psk: bytes, label: str, provider: str
    ) -> Pairing:
        """See `Door.grant`."""
        ticket = self.pairings.ticket(ticket_id, self.now_us())
        if not isinstance(ticket, OpenTicket):
            raise GateClosed(FAULTS[ticket.value])
        label, provider = safe_line(label, 128), safe_line(provider, 16)
        wanted = Pairing(fingerprint(key), static, key, psk, ticket.role, label, provider, self.now())
        detail = f"{ticket.role.name} to {label or ticket.label or 'a device'} ({provider}) by ticket {ticket_id.hex()}"
        async with self._writing:
            try:
                await self.vault.audit(AuditDraft("PAIRED", wanted.fingerprint, wanted.fingerprint, detail))
            except VaultError as fault:
                raise GateClosed(f"pairing has to be recorded, and the vault takes no writes: {fault}") from fault
            granted = await finish(asyncio.to_thread(self.pairings.grant, ticket_id, wanted, self.now_us()))
        self.changed("gate.pairings")
        return granted

    async def issue(self, call: Call) -> Rows:
        """PAIR_ISSUE: a ticket for somebody else."""
        asked = argument(call, PairIssue)
        async with self._writing:
            issued = await asyncio.to_thread(self._issue, asked.role, safe_line(asked.label, 128), call.actor)
        return Rows(call.command.id, ticket_table(issued), "", False)

    async def revoke(self, call: Call) -> Receipt:
        """PAIR_REVOKE: the pairing ends, its psk is erased, its live sessions are cut."""
        asked = argument(call, PairRevoke)
        row = self.pairings.book.pairings.get(asked.fingerprint)
        if row is None or row.standing is not Standing.PAIRED:
            raise Refused(
                RefusalCode.NOT_FOUND,
                f"no active pairing has the fingerprint {asked.fingerprint}",
                "ask for table gate.pairings",
            )
        reason = safe_line(asked.reason, 512)
        detail = f"{row.pairing.role.name} of {row.pairing.label or 'a device'}" + (f": {reason}" if reason else "")
        return await finish(self._revoke(call, asked.fingerprint, reason, detail))

    async def catch_up(self) -> None:
        """Record in the audit log what `os-totebox` wrote into the journal beside us, and act on it."""
        self.pairings.refresh()
        for ticket in [row for row in self.pairings.book.tickets.values() if not row.noted]:
            detail = f"{ticket.role.name} ticket issued by {ticket.user or 'os-totebox'} at {ticket.issued}"
            await self.vault.audit(AuditDraft("TICKET", "local", ticket.ticket_id.hex(), safe_line(detail)))
            async with self._writing:
                await asyncio.to_thread(self.pairings.note, ticket.ticket_id.hex())
        for name, row in list(self.pairings.book.pairings.items()):
            if row.standing is Standing.REVOKED and not row.noted:
                await self.vault.audit(AuditDraft("REVOKED", "local", name, safe_line(f"by os-totebox: {row.reason}")))
                self.cut(name)
                async with self._writing:
                    await asyncio.to_thread(self.pairings.note, name)
                self.changed("gate.pairings")

    async def _revoke(self, call: Call, name: str, reason: str, detail: str) -> Receipt:
        async with self._writing:
            appended = await self.vault.append(call.batch(call.row("REVOKED", name, detail)))
            await asyncio.to_thread(lambda: self.pairings.revoke(name, reason, self.now(), noted=True))
        self.cut(name)
        self.changed("gate.pairings")
        return call.receipt_of(appended)

    def _issue(self, role: Role, label: str, actor: str) -> Issued:
        return self.issuer.issue(role, label, now=self.now(), now_us=self.now_us(), user=actor)
