"""The verbs that every subject knows: HEAD, PROVE, VERIFY, LIST and READ, which read, and COSIGN, which keeps a
witness's cosignature.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from protocol.schema import Cosign, Head, Prove, Read, Receipt, Rows, Verify
from protocol.schema.numbers import MAX_BULK_BYTES, MAX_ITEMS, Log, RefusalCode, Role, Severity, Verb
from protocol.schema.waiting import wait_remedy
from totebox.clock import monotonic_s
from totebox.gate.call import Call, Handlers, argument
from totebox.gate.integrity import Integrity
from totebox.gate.refusal import Refused
from totebox.gate.tables import Tables
from totebox.gate.verdict import VerificationResult, found_of
from totebox.gate.views import findings_page, head_table
from totebox.service.contract import Emit
from totebox.vault.api import LeafIndex, TreeSize, Vault

VERIFY_PERIOD_S = 3_600.0
"""The least seconds between two verifications by INTERFACE devices: each reads every byte of the vault."""
READ_BYTES = 16 * MAX_BULK_BYTES

VerifyVault = Callable[[], Awaitable[VerificationResult]]


@dataclass(frozen=True, slots=True)
class ReadingVerbs:
    """The handlers of these verbs. `verify` reads the whole vault in a worker process; `readable_by` gives the least
    role by service.
    """

    vault: Vault
    tables: Tables
    verify_vault: VerifyVault
    readable_by: Mapping[str, Role]
    emit: Emit
    integrity: Integrity
    monotonic: Callable[[], float] = monotonic_s
    _verifying: asyncio.Lock = field(default_factory=asyncio.Lock)
    _verified_at: list[float] = field(default_factory=list)
    """When an INTERFACE device last verified the vault; empty before the first time."""

    def verbs(self) -> Handlers:
        """The handlers of HEAD, PROVE, COSIGN, VERIFY, LIST and READ."""
        return {
            Verb.HEAD: self.head,
            Verb.PROVE: self.prove,
            Verb.VERIFY: self.verify,
            Verb.COSIGN: self.cosign,
            Verb.LIST: self.list,
            Verb.READ: self.read,
        }

    async def head(self, call: Call) -> Rows:
        """The newest checkpoint, proved to continue the one that the authority saw."""
        asked = argument(call, Head)
        head = await self.vault.head()
        if asked.seen_size:
            checkpoint, path = await self.vault.consistency(asked.log, TreeSize(asked.seen_size))
        else:
            checkpoint, path = (head.records if asked.log is Log.RECORDS else head.audit), ()
        return Rows(call.command.id, head_table(checkpoint, path, head.turns[asked.log is Log.AUDIT]), "", False)

    async def prove(self, call: Call) -> Receipt:
        """Prove the inclusion of one leaf."""
        asked = argument(call, Prove)
        return call.receipt(asked.index, await self.vault.prove(asked.log, LeafIndex(asked.index)))

    async def cosign(self, call: Call) -> Receipt:
        """Keep a witness's cosignature of one of our heads."""
        asked = argument(call, Cosign)
        done = await self.vault.cosign(asked.log, asked.note, asked.vkey, call.peer.pairing.fingerprint)
        return call.receipt(done.audit.index, done.proven)

    async def verify(self, call: Call) -> Rows:
        """Verify the whole vault from its bytes; the verdict becomes audit rows. One verification runs at a time."""
        argument(call, Verify)
        if self._verifying.locked():
            raise Refused(RefusalCode.HELD, "a verification is running", "wait for its verdict")
        if call.peer.pairing.role is Role.INTERFACE:
            self._take_hour()
        async with self._verifying:
            verified = await self.verify_vault()
            await self.integrity.record(verified, call.actor)
        if verified.total:
            first = found_of(verified.findings[0])
            self.emit(
                Severity.ALARM, f"verification: {verified.total} findings, the first at {first.path}", first.remedy
            )
        page = findings_page(verified.findings, MAX_ITEMS)
        return Rows(call.command.id, page.table, "", page.more)

    def _take_hour(self) -> None:
        """Allow one verification an hour to all INTERFACE devices together. Raises Refused."""
        now = self.monotonic()
        if self._verified_at and (wait_s := self._verified_at[0] + VERIFY_PERIOD_S - now) > 0:
            raise Refused(
                RefusalCode.TOO_MANY,
                "an INTERFACE device had this vault verified within the hour",
                wait_remedy(wait_s, "then verify again; USER, INPUT and ADMIN verify at any time"),
            )
        self._verified_at[:] = [now]

    async def list(self, call: Call) -> Rows:
        """One page of a table."""
        assert call.listing is not None, "the gate parses the query of a LIST when it admits it"
        page = await call.listing.page(call.peer)
        return Rows(call.command.id, page.table, page.cursor, page.more)

    async def read(self, call: Call) -> None:
        """Send a record's bytes as Parts, in constant memory, paced by the authority's credit."""
        asked = argument(call, Read)
        found = await self.vault.entries(Log.RECORDS, LeafIndex(asked.index), 1)
        if not found:
            raise Refused(
                RefusalCode.NOT_FOUND, f"there is no record {asked.index}", "ask for an index below the tree size"
            )
        least = self.readable_by.get(found[0].service, Role.USER)
        if call.peer.pairing.role < least:
            raise Refused(
                RefusalCode.NOT_PERMITTED,
                f"records of {found[0].service} are for role {least.name}",
                f"pair again with a ticket for {least.name}",
            )
        offset, end = min(asked.offset, found[0].length), found[0].length
        while offset < end:
            block = await self.vault.read(LeafIndex(asked.index), offset, READ_BYTES)
            for start in range(0, len(block), MAX_BULK_BYTES):
                piece = block[start : start + MAX_BULK_BYTES]
                await call.reply.part(offset, piece, offset + len(piece) >= end)
                offset += len(piece)
        if asked.offset >= end:
            await call.reply.part(end, b"", True)
