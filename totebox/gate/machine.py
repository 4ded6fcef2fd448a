"""The Input Machine (F12): one handler for each verb of its five steps.

States of a document (`Intake.step`): upload, route, decide, confirm; or sealed, where a record already has the same
bytes. The device that opened the document drives it, one command at a time:

    INPUT_OFFER or INPUT_TAKE   upload -> route    the bytes are staged, then a worker process reads the text and the claims
    INPUT_ROUTE                 route -> decide    an account and a service are chosen; the answer lists the claims
    INPUT_DECIDE                decide -> confirm  one answer for one claim; after the last answer the step is confirm
    INPUT_SEAL                  confirm -> end     one batch with the original, its text and the decided claims
    INPUT_ABANDON               any step -> end    the staged bytes are discarded

Invariants: nothing is a record before INPUT_SEAL; the audit row of each decision is durable before the decision counts; a
command that finds another command at work on the document is refused. Documents live in memory and in staging. A crash
or a restart of the daemon loses them: staging is cleared, an ABANDONED row names each, and the records are unchanged. A
cancelled command ends its own step only; a batch that is already being appended is finished. When a session ends, its
incomplete uploads are discarded.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass, field

from protocol.schema import Abandon, Decide, DeviceKey, Offer, Receipt, Route, Rows, Seal, Take
from protocol.schema.numbers import UPLOAD_WINDOW_BYTES, AuditKind, Decision, RefusalCode, Role, Severity, Verb
from totebox.config import MAX_OPEN_INTAKES
from totebox.errors import ToteboxError, UploadBroken
from totebox.gate.call import Call, Handlers, argument, finish
from totebox.gate.disk_floor import kept_bytes
from totebox.gate.document_source import DocumentSource
from totebox.gate.door import Peer
from totebox.gate.drops import Drops
from totebox.gate.intake import Intake, Intakes
from totebox.gate.names import safe_line, safe_name
from totebox.gate.refusal import Refused
from totebox.gate.sealing import approved, done_before, drafts_of, read_back
from totebox.gate.staging import Leftover, Staging
from totebox.gate.views import claims_page, intake_page
from totebox.service.contract import Emit, Page
from totebox.service.query import Query
from totebox.vault.api import AuditDraft, Vault

DECISION_KINDS = {decision: AuditKind.RECORD_REJECTED for decision in Decision if decision.is_rejection} | {
    Decision.YES: AuditKind.RECORD_VERIFIED,
    Decision.SKIP: AuditKind.RECORD_SKIPPED,
}


@dataclass(frozen=True, slots=True)
class InputMachine:
    """The handlers of the Input Machine, and what they need: the vault, staging, drops, the reader of documents, and
    telemetry.
    """

    vault: Vault
    staging: Staging
    drops: Drops
    reading: DocumentSource
    intakes: Intakes
    entropy: Callable[[int], bytes]
    now: Callable[[], str]
    emit: Emit
    changed: Callable[[str], None]
    subject: DeviceKey
    """This Totebox's device key, which every signed confirmation names."""
    _superseding: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a document that supersedes a record is sealed: two at once would both find the record in force."""

    async def start(self, lefts: Sequence[Leftover]) -> None:
        """Record what was cleared from staging when the daemon started: one ABANDONED row a file, up to as many as can
        be open, then one with a count.
        """
        for left in lefts[:MAX_OPEN_INTAKES]:
            detail = f"{left.size_bytes} bytes in staging, left by an earlier run; no record was made"
            await self.vault.audit(AuditDraft(AuditKind.ABANDONED, "local", safe_line(left.name), detail))
        if len(lefts) > MAX_OPEN_INTAKES:
            more = f"{len(lefts) - MAX_OPEN_INTAKES} more files"
            await self.vault.audit(AuditDraft(AuditKind.ABANDONED, "local", more, "in staging, left by an earlier run"))

    async def leave(self, peer: Peer) -> None:
        """The session of `peer` has ended: discard its incomplete uploads, each with an ABANDONED row if one can be
        written.
        """
        for intake in self.intakes.left_by(peer.session):
            size = intake.file.size_bytes if intake.file is not None else 0
            detail = (
                f"{intake.name}: {size} of {intake.size_bytes} bytes came before its session ended; no record was made"
            )
            row = AuditDraft(AuditKind.ABANDONED, intake.holder, intake.intake, safe_line(detail))
            with suppress(ToteboxError):
                await self.vault.audit(row, durable=False)
            await self._release(intake)

    def verbs(self) -> Handlers:
        """The handlers of the six INPUT verbs."""
        return {
            Verb.INPUT_OFFER: self.offer,
            Verb.INPUT_TAKE: self.take,
            Verb.INPUT_ROUTE: self.route,
            Verb.INPUT_DECIDE: self.decide,
            Verb.INPUT_SEAL: self.seal,
            Verb.INPUT_ABANDON: self.abandon,
        }

    async def offer(self, call: Call) -> Rows:
        """Step 1, from the console's host: receive the upload, which is hashed while it is staged and continues where
        it broke off.
        """
        offer = argument(call, Offer)
        known = self.intakes.same(offer.sha256, call.peer) or self.intakes.resumed(offer.sha256, call.peer)
        intake = known or await self._open(call, offer.name, offer.size, offer.sha256)
        if intake.step == "upload":
            intake.session = call.peer.session
            async with self._busy(intake, "it is uploaded"):
                try:
                    await self._receive(intake, call)
                    await self._read(intake)
                except BaseException:
                    self.intakes.set_aside(intake)  # a refusal leaves no document behind
                    self.changed("input.intake")
                    raise
        return self._answer(call, intake_page([intake], Query(limit=1)))

    async def take(self, call: Call) -> Rows:
        """Step 1, from the drop folder: copy the file into staging and read it."""
        name = argument(call, Take).name
        intake = self.intakes.of_drop(name, call.peer)
        if intake is None:
            size = await asyncio.to_thread(self.drops.size, name)
            intake = self._new(call, name, size, b"")
            async with self._busy(intake, "it is read"):
                await self._copy(intake, name, size, call.peer.pairing.role)
        if intake.step == "upload":
            async with self._busy(intake, "it is read"):
                try:
                    await self._read(intake)
                except BaseException:
                    await finish(self._release(intake))  # a refusal leaves no document behind
                    raise
        return self._answer(call, intake_page([intake], Query(limit=1)))

    async def route(self, call: Call) -> Rows:
        """Step 2: set the account and the service. The answer is the table of claims, which step 3 shows."""
        route = argument(call, Route)
        intake = self.intakes.held(route.intake, call.peer)
        intake.wants("route", "decide", "confirm")
        account = next((account for account in self.reading.chart() if account.number == route.account), None)
        if account is None:
            raise Refused(
                RefusalCode.BAD_ARGUMENTS,
                f"account {route.account!r} is not in the chart",
                "choose one of table input.chart",
            )
        keepers = [keeper.name for keeper in self.reading.keepers]
        if route.service not in keepers:
            raise Refused(
                RefusalCode.BAD_ARGUMENTS,
                f"service {route.service!r} keeps no originals",
                f"choose one of {', '.join(keepers)}",
            )
        intake.account, intake.account_name, intake.service = account.number, account.path, route.service
        self.changed("input.intake")
        return self._answer(call, claims_page(intake, Query(limit=4_096)))

    async def decide(self, call: Call) -> Receipt:
        """Step 4: record one answer to one claim. Its audit row is durable before the answer counts."""
        decide = argument(call, Decide)
        intake = self.intakes.held(decide.intake, call.peer)
        intake.wants("decide", "confirm")
        claim = next((claim for claim in intake.claims if claim.number == decide.claim), None)
        if claim is None:
            raise Refused(
                RefusalCode.NOT_FOUND, f"{intake.name} has no claim {decide.claim}", "ask for table input.claims again"
            )
        detail = f"{claim.attribute} {claim.value!r}, line {claim.line} of {intake.name}, sha256 {intake.sha256.hex()}, rule {claim.rule}"
        if decide.decision.reason:
            detail += f", {decide.decision.reason}"
        detail += f", page {claim.page}, characters {claim.start} to {claim.end}"
        detail += f", about {claim.anchor!r}" if claim.anchor else ""
        row = call.row(DECISION_KINDS[decide.decision], f"{intake.intake} claim {claim.number}", detail)
        appended = await finish(self.vault.append(call.batch(row)))
        intake.decisions[claim.number] = decide.decision
        return call.receipt_of(appended)

    async def seal(self, call: Call) -> Receipt:
        """Step 5: append one batch, all or none: the original, its text, and every claim that was decided. The row
        APPROVED with the device's signature is durable before the batch.
        """
        asked = argument(call, Seal)
        try:
            intake = self.intakes.held(asked.intake, call.peer)
        except Refused as refused:
            done = await done_before(self.vault, call) if refused.code is RefusalCode.NOT_FOUND else None
            if done is None:
                raise
            return done
        intake.wants("confirm")
        async with self._busy(intake, "it is sealed"):
            return await finish(self._seal(call, intake, asked))

    async def abandon(self, call: Call) -> Receipt:
        """Discard the document. Its staged bytes are removed and no record is made."""
        intake = self.intakes.held(argument(call, Abandon).intake, call.peer)
        detail = f"{intake.name}, sha256 {intake.sha256.hex()}, at step {intake.step}; no record was made"
        async with self._busy(intake, "it is left"):
            appended = await finish(self.vault.append(call.batch(call.row(AuditKind.ABANDONED, intake.intake, detail))))
            await self._release(intake)
        return call.receipt_of(appended)

    async def claims(self, query: Query) -> Page:
        """Table `input.claims`: the claims of the document that the query names."""
        names = query.values("intake")
        for intake in self.intakes.all():
            if all(intake.intake == name for name in names):
                return claims_page(intake, query.without("intake"))
        named = " and ".join(repr(name) for name in names)
        raise Refused(RefusalCode.NOT_FOUND, f"no document {named} is open", "ask for table input.intake")

    async def _open(self, call: Call, name: bytes, size: int, sha256: bytes) -> Intake:
        """Open a new document. Where a record has its bytes already, nothing is uploaded."""
        sealed = await self.reading.sealed(sha256)
        for old in self.intakes.over(call.actor):
            await self._release(old)
        intake = self._new(call, name, size, sha256)
        intake.sealed = sealed
        self.changed("input.intake")
        return intake

    def _new(self, call: Call, name: bytes, size: int, sha256: bytes) -> Intake:
        pairing = call.peer.pairing
        intake = Intake(self.entropy(8).hex(), pairing.fingerprint, pairing.label, safe_name(name), size, sha256)
        self.intakes.add(intake)
        return intake

    async def _receive(self, intake: Intake, call: Call) -> None:
        """Stage the upload. If the upload breaks off, the staged bytes stay while the session lasts: the next offer of
        the same bytes continues there.

        After any other fault nothing of it is left.
        """
        try:
            await self._stage(intake, call)
        except UploadBroken:
            raise
        except Exception:
            await self._release(intake)
            raise

    async def _stage(self, intake: Intake, call: Call) -> None:
        if intake.file is None:
            intake.file = self.staging.create(intake.intake, intake.size_bytes, kept_bytes(call.peer.pairing.role))
        file, pending = intake.file, bytearray()
        try:
            async for data in call.reply.chunks(file.size_bytes, intake.size_bytes):
                pending += data
                if len(pending) >= UPLOAD_WINDOW_BYTES:
                    block, pending = bytes(pending), bytearray()
                    await asyncio.to_thread(file.write, block)
        finally:
            # The last bytes are written when the upload breaks off too, so that it resumes after them.
            file.write(bytes(pending))
        if file.size_bytes != intake.size_bytes:
            raise UploadBroken(f"{intake.name}: {file.size_bytes} of {intake.size_bytes} bytes arrived")
        if file.sha256() != intake.sha256:
            raise Refused(
                RefusalCode.HASH_MISMATCH,
                f"{intake.name}: the bytes that arrived have another SHA-256 than was announced",
                "the file changed while it was sent, or was damaged on the way; offer it again",
            )
        intake.staged = file.finish()

    async def _copy(self, intake: Intake, name: bytes, size: int, role: Role) -> None:
        try:
            intake.file = self.staging.create(intake.intake, size, kept_bytes(role))
            taken = await asyncio.to_thread(self.drops.take, name, intake.file)
            other = next((item for item in self.intakes.all() if item.sha256 == taken.sha256), None)
            if other is not None:
                raise Refused(
                    RefusalCode.HELD,
                    f"{intake.name} has the same bytes as {other.name}, which {other.holder_label or other.holder} holds",
                    "confirm or abandon that one first",
                )
        except BaseException:
            await self._release(intake)
            raise
        intake.taken, intake.sha256, intake.size_bytes = taken, taken.sha256, intake.file.size_bytes
        intake.staged = intake.file.finish()
        intake.sealed = await self.reading.sealed(taken.sha256)

    async def _read(self, intake: Intake) -> None:
        """Read the text, the claims and the suggested account. A document that cannot be read can still be sealed."""
        if intake.sealed is not None:
            return
        document, intake.claims = await self.reading.read(self.staging.path(intake.intake), intake.name, intake.holder)
        suggestion = await self.reading.suggest(document, intake.name)
        intake.suggestion, intake.reason, intake.service = suggestion.account, suggestion.reason, suggestion.service
        intake.document = document
        self.changed("input.intake")

    async def _seal(self, call: Call, intake: Intake, asked: Seal) -> Receipt:
        row = approved(call, intake, asked, self.subject)
        async with self._superseding if asked.supersedes is not None else nullcontext():
            drafts = await drafts_of(self.vault, self.reading, intake, asked, self.now())
            appended = await self.vault.append(call.batch(row, drafts))
        receipt = call.receipt_of(appended)
        if intake.taken is not None:
            await self._let_drop_go(intake, receipt.index)
        await self._release(intake)
        return receipt

    async def _let_drop_go(self, intake: Intake, index: int) -> None:
        """Remove the dropped file from its folder, only if the sealed bytes, read back, have the hash of what was
        taken.
        """
        assert intake.taken is not None
        if await read_back(self.vault, index) != intake.taken.sha256:
            self.emit(
                Severity.ALARM, f"record {index} read back with another hash; {intake.name} stays in the drop folder",
                "run `os-totebox verify DIR`",
            )  # fmt: skip
            return
        stays = await asyncio.to_thread(self.drops.release, intake.taken)
        if stays:
            self.emit(
                Severity.WARNING, f"{intake.name} is record {index}; {stays}", "look at the file in app-console-input/"
            )
        self.changed("input.drops")

    async def _release(self, intake: Intake) -> None:
        if intake.file is not None:
            intake.file.close()
        self.intakes.remove(intake)
        await asyncio.to_thread(self.staging.discard, intake.intake)
        self.changed("input.intake")

    def _answer(self, call: Call, page: Page) -> Rows:
        return Rows(call.command.id, page.table, page.cursor, page.more)

    @asynccontextmanager
    async def _busy(self, intake: Intake, what: str) -> AsyncIterator[None]:
        intake.busy = what
        try:
            yield
        finally:
            intake.busy = ""
