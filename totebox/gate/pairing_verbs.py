"""Pairings as the gate handles them: granted, issued, revoked, and what `os-totebox` did beside the daemon."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field

from protocol.schema import (
    DeviceKey,
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairRequire,
    PairRevoke,
    Receipt,
    Rows,
)
from protocol.schema.numbers import RefusalCode, Role, Severity
from protocol.trust.keys import fingerprint
from totebox.errors import GateClosed, VaultError
from totebox.gate.call import Call, argument, finish
from totebox.gate.door import Asked, OpenTicket, Pairing, Standing
from totebox.gate.names import safe_line
from totebox.gate.pairing_book import RequestRow, RequestState
from totebox.gate.pairings import Pairings
from totebox.gate.refused import Refused
from totebox.gate.request_pace import RequestPace
from totebox.gate.tickets import Issued, Issuer
from totebox.gate.views import ticket_table
from totebox.service import Emit
from totebox.vault.api import Appender, AuditDraft

FAULTS = {
    "unknown": "this ticket is not known here; ask for another one",
    "used": "this ticket was used; ask for another one",
    "expired": "this ticket has expired; ask for another one",
}


def _silent(severity: Severity, text: str, remedy: str) -> None:
    """Where nobody is to be told."""


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
    emit: Emit = _silent
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _pace: RequestPace = field(default_factory=RequestPace)

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

    async def request(self, asked: Asked) -> None:
        """See `Door.request`. A caller that is cancelled while others write leaves nothing behind."""
        wait_s = self._pace.take(asked.source, self.now_us() / 1_000_000)
        if wait_s:
            raise GateClosed(
                f"devices ask too often from {asked.source or 'there'}; ask again in {math.ceil(wait_s)} s, or use a ticket"
            )
        async with self._writing:
            await finish(self._request(asked))

    async def _request(self, asked: Asked) -> None:
        name, label = fingerprint(asked.key), safe_line(asked.label, 128)
        wanted = Pairing(
            name, asked.static, asked.key, asked.psk, asked.role, label, safe_line(asked.provider, 16), self.now()
        )
        detail = f"{asked.role.name} for {label or 'a device'} ({wanted.provider}), {asked.agent}, words {asked.words}"
        try:
            for row in self.pairings.giving_way(name, asked.source, self.now_us()):
                await self._give_way(row)
            await asyncio.to_thread(self.pairings.request, wanted, asked.words, self.now_us(), asked.source)
            await self.vault.audit(AuditDraft("REQUESTED", name, name, safe_line(detail)))
        except VaultError as fault:
            raise GateClosed(f"a request has to be recorded, and the vault takes no writes: {fault}") from fault
        self.emit(
            Severity.NOTICE,
            f"{label or 'a device'} asks to be paired as {asked.role.name}: {asked.words}",
            "compare the three words with its screen, then approve or deny it at F11",
        )
        self.changed("gate.pairings")

    async def _give_way(self, row: RequestRow) -> None:
        """A newer request takes the place of `row`."""
        name, why = row.wanted.fingerprint, "gave way to a newer request"
        await self.vault.audit(AuditDraft("EXPIRED", "local", name, f"{why}, words {row.words}"))
        await asyncio.to_thread(lambda: self._expired(name, why))

    async def approve(self, call: Call) -> Receipt:
        """PAIR_APPROVE: a person compared the words, and says which role."""
        asked = argument(call, PairApprove)
        row = self.pairings.pending(asked.fingerprint, self.now_us())
        if row is None:
            raise self._nobody_asks(asked.fingerprint)
        if row.words != asked.words:
            raise Refused(
                RefusalCode.CONFLICT,
                f"the request that waits has other words than {asked.words}: the device has asked again",
                "compare the words that stand there now",
            )
        detail = f"{asked.role.name} to {row.wanted.label or 'a device'} ({row.wanted.provider}), words {row.words}"

        def record() -> None:
            now, now_us = self.now(), self.now_us()
            self.pairings.approve(asked.fingerprint, asked.words, asked.role, now=now, now_us=now_us, noted=True)

        return await finish(self._recorded(call, "PAIRED", asked.fingerprint, detail, record))

    async def deny(self, call: Call) -> Receipt:
        """PAIR_DENY: the device is told so, and its psk is erased."""
        asked = argument(call, PairDeny)
        row = self.pairings.pending(asked.fingerprint, self.now_us())
        if row is None:
            raise self._nobody_asks(asked.fingerprint)
        reason = safe_line(asked.reason, 512)

        def record() -> None:
            state = RequestState.DENIED
            self.pairings.end_request(asked.fingerprint, state, reason, now=self.now(), noted=True)

        detail = f"{row.wanted.label or 'a device'}, words {row.words}" + (f": {reason}" if reason else "")
        return await finish(self._recorded(call, "DENIED", asked.fingerprint, detail, record))

    async def mark(self, call: Call) -> Receipt:
        """PAIR_MARK: an ADMIN's word about where a key lives. Taking it back may end sessions that need it."""
        asked = argument(call, PairMark)
        if self.pairings.by_key(asked.fingerprint) is None:
            raise Refused(
                RefusalCode.NOT_FOUND,
                f"no active pairing has the fingerprint {asked.fingerprint}",
                "ask for table gate.pairings",
            )

        def record() -> None:
            self.pairings.mark(asked.fingerprint, asked.hardware, now=self.now(), noted=True)

        detail = "in hardware" if asked.hardware else "not in hardware"
        receipt = await finish(self._recorded(call, "MARKED", asked.fingerprint, detail, record))
        self._cut_unmarked()
        return receipt

    async def require(self, call: Call) -> Receipt:
        """PAIR_REQUIRE: a role needs marked keys from now on, or no longer."""
        asked = argument(call, PairRequire)
        mine = self.pairings.by_key(call.actor)
        if (
            asked.hardware
            and mine is not None
            and mine.role is asked.role
            and call.actor not in self.pairings.book.hardware
        ):
            raise Refused(
                RefusalCode.CONFLICT,
                f"this device has the role {asked.role.name} and its own key is not marked: it would lock itself out",
                "mark this device's key first, if it is in hardware",
            )

        def record() -> None:
            self.pairings.require(asked.role, asked.hardware, now=self.now(), noted=True)

        detail = "hardware keys alone" if asked.hardware else "any key"
        receipt = await finish(self._recorded(call, "REQUIRED", asked.role.name, detail, record))
        self._cut_unmarked()
        return receipt

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
        for name, said in list(self.pairings.book.beside.items()):
            await self.vault.audit(AuditDraft(said.kind, "local", said.subject, safe_line(said.detail)))
            async with self._writing:
                await asyncio.to_thread(self.pairings.note, name)
            self._cut_unmarked()
            self.changed("gate.pairings")
        await self._expire()

    async def _expire(self) -> None:
        """Requests that nobody answered in time: EXPIRED is a record of its own, and their psk is erased."""
        for name, row in list(self.pairings.book.requests.items()):
            if row.state is RequestState.PENDING and self.now_us() > row.expires_us:
                await self.vault.audit(AuditDraft("EXPIRED", "local", name, f"nobody answered, words {row.words}"))
                async with self._writing:
                    await asyncio.to_thread(self._expired, name)
                self.changed("gate.pairings")

    def _expired(self, name: str, why: str = "nobody answered") -> None:
        self.pairings.end_request(name, RequestState.EXPIRED, why, now=self.now(), noted=True)

    def _cut_unmarked(self) -> None:
        for name, row in self.pairings.book.pairings.items():
            if row.standing is Standing.PAIRED and self.pairings.book.lacks_hardware(row.pairing):
                self.cut(name)

    def _nobody_asks(self, name: str) -> Refused:
        return Refused(RefusalCode.NOT_FOUND, f"no request of {name} waits", "ask for table gate.pairings")

    async def _recorded(self, call: Call, kind: str, subject: str, detail: str, record: Callable[[], None]) -> Receipt:
        """A durable audit row, then the journal's record."""
        async with self._writing:
            appended = await self.vault.append(call.batch(call.row(kind, subject, detail)))
            await asyncio.to_thread(record)
        self.changed("gate.pairings")
        return call.receipt_of(appended)

    async def _revoke(self, call: Call, name: str, reason: str, detail: str) -> Receipt:
        async with self._writing:
            appended = await self.vault.append(call.batch(call.row("REVOKED", name, detail)))
            await asyncio.to_thread(lambda: self.pairings.revoke(name, reason, self.now(), noted=True))
        self.cut(name)
        self.changed("gate.pairings")
        return call.receipt_of(appended)

    def _issue(self, role: Role, label: str, actor: str) -> Issued:
        return self.issuer.issue(role, label, now=self.now(), now_us=self.now_us(), user=actor)
