"""What the daemon and the writer process say to each other, as fields of a frame (see `frame`). Pure.

An entry travels as its leaf: it is parsed from its row. An unknown tag is a `VaultError`.
"""

from protocol.schema.envelope import Proof
from protocol.schema.numbers import Grade
from totebox.errors import VaultError
from totebox.vault.api import (
    Appended,
    AuditDraft,
    Batch,
    Checkpoint,
    Draft,
    Entry,
    LeafIndex,
    Line,
    Member,
    Proven,
    Staged,
    TreeSize,
    VaultHead,
    Whole,
)
from totebox.vault.frame import HEAD as HEAD
from totebox.vault.frame import MAX_FRAME_BYTES as MAX_FRAME_BYTES
from totebox.vault.frame import Fields as Fields
from totebox.vault.frame import Word as Word
from totebox.vault.frame import Writer as Writer
from totebox.vault.record import parse_row


def put_audit(out: Writer, row: AuditDraft) -> None:
    out.fixed(row.kind, row.actor, row.subject, row.detail, row.command)


def get_audit(fields: Fields) -> AuditDraft:
    kind, actor, subject, detail, command = fields.fixed(5)
    return AuditDraft(kind, actor, subject, detail, command)


def put_batch(out: Writer, batch: Batch) -> None:
    out.text(batch.actor).text(batch.command).blob(batch.digest)
    put_audit(out, batch.audit)
    out.many(batch.drafts, lambda draft: _put_draft(out, draft))


def get_batch(fields: Fields) -> Batch:
    actor, command, digest = fields.text(), fields.text(), fields.blob()
    return Batch(actor, command, digest, get_audit(fields), fields.many(lambda: _get_draft(fields)))


def put_entry(out: Writer, entry: Entry) -> None:
    out.blob(entry.leaf)


def get_entry(fields: Fields) -> Entry:
    return parse_row(fields.blob())


def put_checkpoint(out: Writer, checkpoint: Checkpoint) -> None:
    out.text(checkpoint.origin).number(checkpoint.tree_size).blob(checkpoint.root).blob(checkpoint.note)


def get_checkpoint(fields: Fields) -> Checkpoint:
    return Checkpoint(fields.text(), TreeSize(fields.number()), fields.blob(), fields.blob())


def put_proven(out: Writer, proven: Proven) -> None:
    proof = proven.proof
    out.number(proof.leaf_index).number(proof.tree_size).blob(proof.leaf).blobs(proof.path)
    put_checkpoint(out, proven.checkpoint)


def get_proven(fields: Fields) -> Proven:
    proof = Proof(fields.number(), fields.number(), fields.blob(), fields.blobs())
    return Proven(proof, get_checkpoint(fields))


def put_appended(out: Writer, done: Appended) -> None:
    out.blobs([entry.leaf for entry in done.entries])
    put_entry(out, done.audit)
    put_proven(out, done.proven)
    out.number(done.repeated)


def get_appended(fields: Fields) -> Appended:
    entries = tuple([parse_row(leaf) for leaf in fields.blobs()])
    return Appended(entries, get_entry(fields), get_proven(fields), bool(fields.number()))


def put_head(out: Writer, head: VaultHead) -> None:
    put_checkpoint(out, head.records)
    put_checkpoint(out, head.audit)
    out.text(head.grade).text(head.read_only).text(head.vkey).text(head.audit_vkey).number(head.records_bytes)
    for turns in head.turns:
        out.many(turns, out.number)


def get_head(fields: Fields) -> VaultHead:
    records, audit = get_checkpoint(fields), get_checkpoint(fields)
    return VaultHead(
        records, audit, Grade(fields.text()), fields.text(), fields.text(), fields.text(), fields.number(),
        (fields.many(fields.number), fields.many(fields.number)),
    )  # fmt: skip


def _put_draft(out: Writer, draft: Draft) -> None:
    out.fixed(draft.service, draft.kind, draft.subject, draft.name, draft.note)
    match draft.payload:
        case Staged(name, size, digest):
            out.number(0).text(name).number(size).blob(digest)
        case Whole(data):
            out.number(1).blob(data)
        case Line(segment, header, cells):
            out.number(2).text(segment).texts(header).texts(cells)
    match draft.source:
        case None:
            out.number(0)
        case Member(position):
            out.number(1).number(position)
        case index:
            out.number(2).number(index)
    out.number(-1 if draft.supersedes is None else draft.supersedes)


def _get_draft(fields: Fields) -> Draft:
    service, kind, subject, name, note = fields.fixed(5)
    payload, source, supersedes = _get_payload(fields), _get_source(fields), fields.number()
    return Draft(service, kind, subject, payload, name, source, None if supersedes < 0 else LeafIndex(supersedes), note)


def _get_payload(fields: Fields) -> Staged | Whole | Line:
    match fields.number():
        case 0:
            return Staged(fields.text(), fields.number(), fields.blob())
        case 1:
            return Whole(fields.blob())
        case 2:
            return Line(fields.text(), fields.texts(), fields.texts())
        case other:
            raise VaultError(f"a payload of unknown make {other} from the vault's other half")


def _get_source(fields: Fields) -> LeafIndex | Member | None:
    match fields.number():
        case 0:
            return None
        case 1:
            return Member(fields.number())
        case 2:
            return LeafIndex(fields.number())
        case other:
            raise VaultError(f"a source of unknown make {other} from the vault's other half")
