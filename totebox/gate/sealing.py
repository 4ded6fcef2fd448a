"""The batch that CONFIRM appends, and the proof afterwards that the archive holds what was confirmed."""

import hashlib
from base64 import b64encode

from protocol.errors import SignatureError
from protocol.schema import DeviceKey, Receipt, Seal
from protocol.schema.note_fields import note_text
from protocol.schema.numbers import AuditKind, Log, RefusalCode
from protocol.trust.approval import Approval, ListedClaim, approval_bytes, manner_of
from protocol.trust.keys import verify_device
from totebox.errors import OnceConflict
from totebox.gate.call import Call
from totebox.gate.document_source import DocumentSource
from totebox.gate.intake import Intake
from totebox.gate.names import safe_line
from totebox.gate.refusal import Refused
from totebox.service.contract import Sealing
from totebox.vault.api import AuditDraft, Draft, Entry, LeafIndex, Reader, Vault

READ_BYTES = 1 << 20
SEARCHED_ENTRIES = 8_192
PAGE_ENTRIES = 512


async def drafts_of(vault: Reader, reading: DocumentSource, intake: Intake, asked: Seal, now: str) -> tuple[Draft, ...]:
    """The original first, then what the services add: its text, verified and rejected claims.

    Raises:
        Refused: BAD_ARGUMENTS, the record that it supersedes is no original of the same service; CONFLICT, another
            original supersedes that record already.
    """
    assert intake.document is not None and intake.staged is not None
    supersedes = await _superseded(vault, reading, asked.supersedes, intake.service)
    fields = (
        ("account", intake.account), ("account_name", safe_line(intake.account_name)), ("media", intake.document.media_type),
    )  # fmt: skip
    note = note_text(fields, safe_line(asked.note))
    original = Draft(
        intake.service, "original", intake.name, intake.staged, intake.name, supersedes=supersedes, note=note
    )
    sealing = Sealing(
        intake.name, intake.account, intake.document, intake.approved(), now, intake.rejected(), intake.sha256,
        intake.account_name, intake.reasons(),
    )  # fmt: skip
    return (original, *await reading.compose(intake.service, sealing))


def approved(call: Call, intake: Intake, asked: Seal, subject: DeviceKey) -> AuditDraft:
    """The row APPROVED: what the session's device key signed, and its signature. It authorises the batch.

    Raises:
        Refused: CONFLICT, the signature is not over what this document is here.
    """
    message = approval_bytes(_approval(intake, asked), subject, manner_of(call.peer.agent))
    try:
        verify_device(call.peer.pairing.key, message, asked.signature)
    except SignatureError as fault:
        raise Refused(
            RefusalCode.CONFLICT,
            f"{intake.name}: what this device signed is not what stands here, or another key signed it",
            "look at its claims, its account and what it supersedes again, then confirm",
        ) from fault
    words = (
        f"seal {intake.name} into {intake.service}, account {intake.account}, sha256 {intake.sha256.hex()}, "
        f"{len(intake.approved())} claims verified, {len(intake.rejected())} rejected"
    )
    fields = (("approval", b64encode(message).decode()), ("signature", b64encode(asked.signature).decode()))
    return call.noted(AuditKind.APPROVED, intake.intake, fields, words)


def _approval(intake: Intake, asked: Seal) -> Approval:
    claims = tuple(
        ListedClaim(
            claim.number, claim.attribute, claim.value, claim.anchor, claim.line, claim.page, claim.start, claim.end,
            claim.rule, intake.decisions[claim.number],
        )
        for claim in intake.claims
    )  # fmt: skip
    return Approval(intake.intake, intake.sha256, claims, intake.account, intake.service, asked.supersedes)


async def read_back(vault: Reader, index: int) -> bytes:
    """SHA-256 of the sealed bytes of record `index`, read from the disk."""
    digest, offset = hashlib.sha256(), 0
    while block := await vault.read(LeafIndex(index), offset, READ_BYTES):
        digest.update(block)
        offset += len(block)
    return digest.digest()


async def done_before(vault: Vault, call: Call) -> Receipt | None:
    """The receipt of a write that this device carried out under the same `once`, perhaps in an earlier process of the
    Totebox.

    It names the first record of the batch. None where no such batch is among the newest records.

    Raises:
        OnceConflict: the id was used for a command with other arguments.
    """
    once = call.command.once.hex()
    found: Entry | None = None
    end = (await vault.head()).records.tree_size
    for start in range(max(0, end - PAGE_ENTRIES), max(-PAGE_ENTRIES, end - SEARCHED_ENTRIES), -PAGE_ENTRIES):
        page = await vault.entries(Log.RECORDS, LeafIndex(max(0, start)), PAGE_ENTRIES)
        first = next((entry for entry in page if entry.command == once and entry.actor == call.actor), None)
        if first is None and found is not None:
            break
        found = first or found
        if first is not None and first.index > start:  # a batch that begins a page may begin in the one before
            break
    if found is None:
        return None
    await _require_same(vault, found, call)
    return call.receipt(found.index, await vault.prove(Log.RECORDS, found.index))


async def _require_same(vault: Reader, entry: Entry, call: Call) -> None:
    """Compare the arguments of `call` with those of the command that made `entry`: its audit row keeps their hash."""
    rows = await vault.entries(Log.AUDIT, entry.audit, 1) if entry.audit is not None else ()
    if not rows or rows[0].digest != call.digest:
        raise OnceConflict(
            f"command {entry.command} was done before with other arguments (audit row {entry.audit}); use a new id"
        )


async def _superseded(vault: Reader, reading: DocumentSource, index: int | None, service: str) -> LeafIndex | None:
    if index is None:
        return None
    found = await vault.entries(Log.RECORDS, LeafIndex(index), 1)
    if not found or found[0].kind != "original" or found[0].service != service:
        raise Refused(
            RefusalCode.BAD_ARGUMENTS,
            f"entry {index} is no original of {service}, so nothing can supersede it",
            "name the index of the document's present version",
        )
    newer = await reading.superseded_by(LeafIndex(index))
    if newer is not None:
        raise Refused(
            RefusalCode.CONFLICT,
            f"entry {index} is superseded by entry {newer} already",
            f"look at entry {newer}; abandon this document, and offer it as a correction of that entry if it is wrong",
        )
    return LeafIndex(index)
