"""The verbs about pairings: granting, issuing and revoking; and the audit rows of what `os-totebox` wrote into the
journal itself.
"""

import asyncio
import base64
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from protocol.schema import (
    DeviceKey,
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
    Receipt,
    Rows,
)
from protocol.schema.note_fields import note_text
from protocol.schema.numbers import AuditKind, RefusalCode, Role, Severity, Verb
from protocol.trust.keys import fingerprint
from totebox.errors import GateClosed, ReadOnly, VaultError
from totebox.gate.call import Call, Handlers, argument, finish
from totebox.gate.door import Pairing, PairingRequest, Standing
from totebox.gate.names import safe_line
from totebox.gate.pairing_book import RequestRow, RequestState
from totebox.gate.pairings import Pairings
from totebox.gate.refusal import Refused
from totebox.gate.request_pace import RequestPace
from totebox.gate.tickets import Issued, Issuer
from totebox.gate.views import ticket_table
from totebox.service.contract import Emit
from totebox.vault.api import Appender, AuditDraft

OWN_CUT_S = 0.5
"""Seconds that a device which ended its own pairing has for reading the receipt."""


def _silent(severity: Severity, text: str, remedy: str) -> None:
    """An `Emit` that sends nothing."""


def device_row(actor: str, pairing: Pairing, person: str) -> AuditDraft:
    """The row DEVICE: which key is about to be paired, what it is called, and who uses it. `actor` lets it in."""
    key = pairing.key
    public = base64.b64encode(key.public).decode()
    fields = (("algorithm", key.algorithm.name), ("public", public), ("label", pairing.label), ("person", person))
    note = note_text([(name, value) for name, value in fields if value])
    return AuditDraft(AuditKind.DEVICE, actor, pairing.fingerprint, note)


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

    def verbs(self) -> Handlers:
        """The handlers of the PAIR verbs."""
        return {
            Verb.PAIR_ISSUE: self.issue,
            Verb.PAIR_REVOKE: self.revoke,
            Verb.PAIR_APPROVE: self.approve,
            Verb.PAIR_DENY: self.deny,
            Verb.PAIR_MARK: self.mark,
            Verb.PAIR_REQUIRE: self.require,
            Verb.PAIR_NAME: self.name,
        }

    async def grant(
        self, ticket_id: bytes, static: bytes, key: DeviceKey, psk: bytes, label: str, provider: str
    ) -> Pairing:
        """See `Door.grant`."""
        label, provider = safe_line(label, 128), safe_line(provider, 16)
        wanted = Pairing(fingerprint(key), static, key, psk, Role.INTERFACE, label, provider, self.now())
        granted = await finish(self._grant(ticket_id, wanted))
        self.changed("gate.pairings")
        return granted

    async def _grant(self, ticket_id: bytes, wanted: Pairing) -> Pairing:
        """Grant a pairing: lock the book and read it again; make the claim durable; write the rows DEVICE and PAIRED; then write
        the grant and the ticket's use in one record.

        A crash before the claim leaves nothing. A crash after the claim leaves a claim that the next start undoes and
        records (PAIRING_UNDONE), whether the row PAIRED was written or not. A crash after the grant leaves a pairing
        that works.
        """
        async with self._held():
            granted = await asyncio.to_thread(self.pairings.claim, ticket_id, wanted, self.now_us())
            known = self.pairings.by_key(wanted.fingerprint)
            again = ", again: this device is paired already, and goes on under a new psk" if known else ""
            who = f"{granted.role.name} to {self._called(granted, ticket_id) or 'a device'} ({granted.provider})"
            detail = f"{who} by ticket {ticket_id.hex()}{again}"
            ticket = self.pairings.book.tickets[ticket_id]
            called = replace(granted, label=self._called(granted, ticket_id))
            try:
                await self.vault.audit(device_row(wanted.fingerprint, called, ticket.person))
                await self.vault.audit(
                    AuditDraft(AuditKind.PAIRED, wanted.fingerprint, wanted.fingerprint, safe_line(detail))
                )
            except VaultError as fault:
                if isinstance(fault, ReadOnly):  # no row was written; after any other fault one may have been written
                    await asyncio.to_thread(self.pairings.undo, wanted.fingerprint, self.now())
                raise GateClosed(f"pairing has to be recorded, and the vault takes no writes: {fault}") from fault
            await asyncio.to_thread(self.pairings.settle, ticket_id, granted)
            settled = self.pairings.by_key(wanted.fingerprint) or granted  # with the name that an ADMIN gave it
        if known is None or known.role is not settled.role:
            self._tell_of_admin(settled.role, settled.label)
        return settled

    def _called(self, pairing: Pairing, ticket_id: bytes) -> str:
        """The name that the device will have when it is paired by the ticket."""
        book = self.pairings.book
        ticket = book.tickets.get(ticket_id)
        return book.names.get(pairing.fingerprint) or (ticket.label if ticket is not None else "") or pairing.label

    def _tell_of_admin(self, role: Role, label: str) -> None:
        """Send an EVENT to all subscribers when a device becomes ADMIN."""
        if role is Role.ADMIN:
            self.emit(
                Severity.WARNING,
                f"{label or 'a device'} is paired as ADMIN: it may do everything here",
                "if nobody of you paired it, revoke it at F11",
            )

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        """Hold the pairing book against other tasks and against `os-totebox`, after reading its file again."""
        async with self._writing:
            lock = self.pairings.writing()
            await finish(asyncio.to_thread(lock.__enter__))
            try:
                yield
            finally:
                lock.__exit__(None, None, None)

    async def issue(self, call: Call) -> Rows:
        """PAIR_ISSUE: make a ticket."""
        asked = argument(call, PairIssue)
        async with self._writing:
            label, person = safe_line(asked.label, 128), safe_line(asked.person, 128)
            issued = await asyncio.to_thread(self._issue, asked.role, label, call.actor, person)
        return Rows(call.command.id, ticket_table(issued), "", False)

    async def revoke(self, call: Call) -> Receipt:
        """PAIR_REVOKE: end the pairing, erase its psk, cut its open sessions."""
        asked = argument(call, PairRevoke)
        reason = safe_line(asked.reason, 512)

        def judge() -> str:
            pairing = self._paired(asked.fingerprint)
            if self.pairings.book.is_last_admin(asked.fingerprint):
                raise Refused(
                    RefusalCode.CONFLICT,
                    "this is the last ADMIN pairing: without it nobody could command this Totebox",
                    f"pair another ADMIN first, or on its host: os-totebox pairings DIR --revoke {asked.fingerprint} --last",
                )
            return f"{pairing.role.name} of {pairing.label or 'a device'}" + (f": {reason}" if reason else "")

        def record() -> None:
            self.pairings.revoke(asked.fingerprint, reason, self.now(), noted=True)

        receipt = await finish(self._recorded(call, AuditKind.REVOKED, asked.fingerprint, judge, record))
        if asked.fingerprint == call.actor:
            # A device that ends its own pairing gets the receipt first (`answered`). A peer that does not read the
            # receipt is cut after this time.
            asyncio.get_running_loop().call_later(OWN_CUT_S, self.cut, asked.fingerprint)
        else:
            self.cut(asked.fingerprint)
        return receipt

    def answered(self, name: str) -> None:
        """The device `name` has received its answer: if it ended its own pairing, its sessions end now."""
        row = self.pairings.book.pairings.get(name)
        if row is not None and row.standing is Standing.REVOKED:
            self.cut(name)

    async def request(self, asked: PairingRequest) -> None:
        """See `Door.request`. If the caller is cancelled while other tasks write, nothing is recorded."""
        wait_s = self._pace.take(asked.source, self.now_us() / 1_000_000)
        if wait_s:
            raise GateClosed(
                f"devices ask too often from {asked.source or 'there'}; ask again in {math.ceil(wait_s)} s, or use a ticket"
            )
        async with self._writing:
            await finish(self._request(asked))

    async def _request(self, asked: PairingRequest) -> None:
        name, label = fingerprint(asked.key), safe_line(asked.label, 128)
        wanted = Pairing(
            name, asked.static, asked.key, asked.psk, asked.role, label, safe_line(asked.provider, 16), self.now()
        )
        detail = f"{asked.role.name} for {label or 'a device'} ({wanted.provider}), {asked.agent}, words {asked.words}"
        try:
            for row in self.pairings.giving_way(name, asked.source, self.now_us()):
                await self._give_way(row)
            await asyncio.to_thread(self.pairings.request, wanted, asked.words, self.now_us(), asked.source)
            await self.vault.audit(AuditDraft(AuditKind.REQUESTED, name, name, safe_line(detail)))
        except VaultError as fault:
            raise GateClosed(f"a request has to be recorded, and the vault takes no writes: {fault}") from fault
        self.emit(
            Severity.NOTICE,
            f"{label or 'a device'} asks to be paired as {asked.role.name}: {asked.words}",
            "compare the three words with its screen, then approve or deny it at F11",
        )
        self.changed("gate.pairings")

    async def _give_way(self, row: RequestRow) -> None:
        """End `row`, because a newer request needs its place."""
        name, why = row.wanted.fingerprint, "replaced by a newer request"
        await self.vault.audit(AuditDraft(AuditKind.EXPIRED, "local", name, f"{why}, words {row.words}"))
        await asyncio.to_thread(lambda: self._expired(name, why))

    async def approve(self, call: Call) -> Receipt:
        """PAIR_APPROVE: pair a device whose words a person has compared, with the role that the person chose."""
        asked = argument(call, PairApprove)
        person = safe_line(asked.person, 128)

        def judge() -> str:
            row = self._asking(asked.fingerprint)
            if row.words != asked.words:
                raise Refused(
                    RefusalCode.CONFLICT,
                    f"the request that waits has other words than {asked.words}: the device has asked again",
                    "compare the words that are shown now",
                )
            if asked.role is not Role.ADMIN and self.pairings.book.is_last_admin(asked.fingerprint):
                raise Refused(
                    RefusalCode.CONFLICT,
                    f"this device is the last ADMIN here, and would become {asked.role.name}: nobody could command this Totebox",
                    "pair another ADMIN first, or approve it as ADMIN",
                )
            self.pairings.claim_request(replace(row.wanted, granted=self.now()))
            return f"{asked.role.name} to {row.wanted.label or 'a device'} ({row.wanted.provider}), words {row.words}"

        def record() -> None:
            now, now_us = self.now(), self.now_us()
            self.pairings.approve(
                asked.fingerprint, asked.words, asked.role, now=now, now_us=now_us, noted=True, person=person
            )

        def device() -> AuditDraft:
            wanted = self._asking(asked.fingerprint).wanted
            called = replace(wanted, label=self.pairings.book.names.get(wanted.fingerprint) or wanted.label)
            return device_row(call.actor, called, person)

        receipt = await finish(self._recorded(call, AuditKind.PAIRED, asked.fingerprint, judge, record, device))
        self._tell_of_admin(asked.role, self._paired(asked.fingerprint).label)
        return receipt

    async def deny(self, call: Call) -> Receipt:
        """PAIR_DENY: end a request and erase its psk. The device learns it when it dials again."""
        asked = argument(call, PairDeny)
        reason = safe_line(asked.reason, 512)

        def judge() -> str:
            row = self._asking(asked.fingerprint)
            return f"{row.wanted.label or 'a device'}, words {row.words}" + (f": {reason}" if reason else "")

        def record() -> None:
            state = RequestState.DENIED
            self.pairings.end_request(asked.fingerprint, state, reason, now=self.now(), noted=True)

        return await finish(self._recorded(call, AuditKind.DENIED, asked.fingerprint, judge, record))

    async def mark(self, call: Call) -> Receipt:
        """PAIR_MARK: record an ADMIN's statement that a key lives in hardware, or no longer. Removing a mark may end
        sessions that need it.
        """
        asked = argument(call, PairMark)

        def judge() -> str:
            self._paired(asked.fingerprint)
            required = Role.ADMIN in self.pairings.book.required
            if required and not asked.hardware and self.pairings.book.is_last_admin(asked.fingerprint):
                raise Refused(
                    RefusalCode.CONFLICT,
                    "ADMIN needs a key in hardware here, and this is the last one that is marked: nobody could command this Totebox",
                    "mark another ADMIN's key first, or let ADMIN have any key",
                )
            return "in hardware" if asked.hardware else "not in hardware"

        def record() -> None:
            self.pairings.mark(asked.fingerprint, asked.hardware, now=self.now(), noted=True)

        receipt = await finish(self._recorded(call, AuditKind.MARKED, asked.fingerprint, judge, record))
        self._cut_unmarked()
        return receipt

    async def require(self, call: Call) -> Receipt:
        """PAIR_REQUIRE: record that a role needs marked keys, or no longer."""
        asked = argument(call, PairRequire)

        def judge() -> str:
            mine = self.pairings.by_key(call.actor)
            unmarked = mine is not None and mine.role is asked.role and call.actor not in self.pairings.book.hardware
            if asked.hardware and unmarked:
                raise Refused(
                    RefusalCode.CONFLICT,
                    f"this device has the role {asked.role.name} and its own key is not marked: it would lock itself out",
                    "mark this device's key first, if it is in hardware",
                )
            return "hardware keys alone" if asked.hardware else "any key"

        def record() -> None:
            self.pairings.require(asked.role, asked.hardware, now=self.now(), noted=True)

        receipt = await finish(self._recorded(call, AuditKind.REQUIRED, asked.role.name, judge, record))
        self._cut_unmarked()
        return receipt

    async def name(self, call: Call) -> Receipt:
        """PAIR_NAME: record the name that an ADMIN gives a paired device. What the device said of itself stays in the
        book.
        """
        asked = argument(call, PairName)
        label = safe_line(asked.label, 128)
        if not label:
            raise Refused(
                RefusalCode.BAD_ARGUMENTS, "this name has no character that can be seen", "name it by a word or two"
            )

        def judge() -> str:
            return f"{label}, before {self._paired(asked.fingerprint).label or 'without a name'}"

        def record() -> None:
            self.pairings.name(asked.fingerprint, label, now=self.now(), noted=True)

        return await finish(self._recorded(call, AuditKind.NAMED, asked.fingerprint, judge, record))

    async def catch_up(self) -> None:
        """Write audit rows for what `os-totebox` wrote into the journal, and carry out its consequences."""
        self.pairings.refresh()
        for ticket in [row for row in self.pairings.book.tickets.values() if not row.noted]:
            detail = f"{ticket.role.name} ticket issued by {ticket.user or 'os-totebox'} at {ticket.issued}"
            await self.vault.audit(AuditDraft(AuditKind.TICKET, "local", ticket.ticket_id.hex(), safe_line(detail)))
            async with self._writing:
                await asyncio.to_thread(self.pairings.note, ticket.ticket_id.hex())
        for name, row in list(self.pairings.book.pairings.items()):
            if row.standing is Standing.REVOKED and not row.noted:
                await self.vault.audit(
                    AuditDraft(AuditKind.REVOKED, "local", name, safe_line(f"by os-totebox: {row.reason}"))
                )
                self.cut(name)
                async with self._writing:
                    await asyncio.to_thread(self.pairings.note, name)
                self.changed("gate.pairings")
        for name, said in list(self.pairings.book.beside.items()):
            let_in = self.pairings.book.pairings.get(said.subject) if said.kind is AuditKind.PAIRED else None
            if let_in is not None:
                await self.vault.audit(device_row("local", let_in.pairing, let_in.person))
            await self.vault.audit(AuditDraft(said.kind, "local", said.subject, safe_line(said.detail)))
            async with self._writing:
                await asyncio.to_thread(self.pairings.note, name)
            paired = self.pairings.by_key(said.subject) if said.kind is AuditKind.PAIRED else None
            if paired is not None:
                self._tell_of_admin(paired.role, paired.label)
            self._cut_unmarked()
            self.changed("gate.pairings")
        await self._undo()
        await self._expire()

    async def _undo(self) -> None:
        """Undo claims that were left by a crash, or by a vault that took no writes, and write a row about each."""
        if self.pairings.book.claims:
            await finish(self._undo_all())

    async def _undo_all(self) -> None:
        async with self._held():
            for name, claim in list(self.pairings.book.claims.items()):
                by = f"by ticket {claim.ticket_id.hex()}" if claim.ticket_id else "by an operator"
                detail = f"the pairing that began {by} at {claim.time} was cut off before it was granted; the device is not paired by it"
                await self.vault.audit(AuditDraft(AuditKind.PAIRING_UNDONE, "local", name, detail))
                await asyncio.to_thread(self.pairings.undo, name, self.now())
                self.changed("gate.pairings")

    async def _expire(self) -> None:
        """End requests that nobody answered in time, with an EXPIRED record each, and erase their psk."""
        if any(self._is_over(row) for row in self.pairings.book.requests.values()):
            await finish(self._expire_all())

    async def _expire_all(self) -> None:
        async with self._held():
            for name, row in list(self.pairings.book.requests.items()):
                if self._is_over(row):
                    await self.vault.audit(
                        AuditDraft(AuditKind.EXPIRED, "local", name, f"nobody answered, words {row.words}")
                    )
                    await asyncio.to_thread(self._expired, name)
                    self.changed("gate.pairings")

    def _is_over(self, row: RequestRow) -> bool:
        return row.state is RequestState.PENDING and self.now_us() > row.expires_us

    def _expired(self, name: str, why: str = "nobody answered") -> None:
        self.pairings.end_request(name, RequestState.EXPIRED, why, now=self.now(), noted=True)

    def _cut_unmarked(self) -> None:
        for name, row in self.pairings.book.pairings.items():
            if row.standing is Standing.PAIRED and self.pairings.book.lacks_hardware(row.pairing):
                self.cut(name)

    def _paired(self, name: str) -> Pairing:
        """The active pairing with that fingerprint. Raises Refused."""
        pairing = self.pairings.by_key(name)
        if pairing is None:
            reason = f"no active pairing has the fingerprint {name}"
            raise Refused(RefusalCode.NOT_FOUND, reason, "ask for table gate.pairings")
        return pairing

    def _asking(self, name: str) -> RequestRow:
        """The pending request of that device. Raises Refused."""
        row = self.pairings.pending(name, self.now_us())
        if row is None:
            raise Refused(RefusalCode.NOT_FOUND, f"no request of {name} waits", "ask for table gate.pairings")
        return row

    async def _recorded(
        self,
        call: Call,
        kind: AuditKind,
        subject: str,
        judge: Callable[[], str],
        record: Callable[[], None],
        first: Callable[[], AuditDraft] | None = None,
    ) -> Receipt:
        """Call `judge`, which checks the present book and returns the row's detail or raises Refused; write the row that
        `first` gives, if any, and the row itself; call `record`.

        The book stays locked in between, so that the row and the record agree.
        """
        async with self._held():
            detail = await asyncio.to_thread(judge)
            if first is not None:
                await self.vault.audit(first())
            appended = await self.vault.append(call.batch(call.row(kind, subject, detail)))
            await asyncio.to_thread(record)
        self.changed("gate.pairings")
        return call.receipt_of(appended)

    def _issue(self, role: Role, label: str, actor: str, person: str) -> Issued:
        return self.issuer.issue(role, label, now=self.now(), now_us=self.now_us(), user=actor, person=person)
