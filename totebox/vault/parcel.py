"""What the daemon and the writer process say to each other, as the value of a frame (see `frame`). Pure.

Each `..._value` has its `get_...`, which takes nothing else: another shape, or a field of another type, is a `VaultError`. An entry
travels as its leaf: it is parsed from its row. Either process believes the other no more than that.
"""

from collections.abc import Sequence
from typing import cast

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
from totebox.vault.record import parse_row

_TEXT, _BYTES, _NUMBER = frozenset({str}), frozenset({bytes}), frozenset({int})
_GRADES = frozenset(grade.value for grade in Grade)


def audit_value(row: AuditDraft) -> object:
    return row.kind, row.actor, row.subject, row.detail, row.command


def get_audit(value: object) -> AuditDraft:
    match value:
        case (str(kind), str(actor), str(subject), str(detail), str(command)):
            return AuditDraft(kind, actor, subject, detail, command)
    raise _no("audit row")


def batch_value(batch: Batch) -> object:
    drafts = [_draft_value(draft) for draft in batch.drafts]
    return batch.actor, batch.command, batch.digest, audit_value(batch.audit), drafts


def get_batch(value: object) -> Batch:
    match value:
        case (str(actor), str(command), bytes(digest), audit, tuple(drafts)):
            return Batch(actor, command, digest, get_audit(audit), tuple([_get_draft(draft) for draft in drafts]))
    raise _no("batch")


def checkpoint_value(checkpoint: Checkpoint) -> object:
    return checkpoint.origin, checkpoint.tree_size, checkpoint.root, checkpoint.note


def get_checkpoint(value: object) -> Checkpoint:
    match value:
        case (str(origin), int(size), bytes(root), bytes(note)):
            return Checkpoint(origin, TreeSize(size), root, note)
    raise _no("checkpoint")


def proven_value(proven: Proven) -> object:
    proof = proven.proof
    return proof.leaf_index, proof.tree_size, proof.leaf, proof.path, checkpoint_value(proven.checkpoint)


def get_proven(value: object) -> Proven:
    match value:
        case (int(index), int(size), bytes(leaf), path, checkpoint):
            return Proven(Proof(index, size, leaf, get_blobs(path)), get_checkpoint(checkpoint))
    raise _no("proof")


def appended_value(done: Appended) -> object:
    return [entry.leaf for entry in done.entries], done.audit.leaf, proven_value(done.proven), done.repeated


def get_appended(value: object) -> Appended:
    match value:
        case (leaves, bytes(audit), proven, bool(repeated)):
            return Appended(get_entries(leaves), parse_row(audit), get_proven(proven), repeated)
    raise _no("answer to an append")


def get_entries(value: object) -> tuple[Entry, ...]:
    """Entries that came as their leaves."""
    return tuple([parse_row(leaf) for leaf in get_blobs(value)])


def consistency_value(checkpoint: Checkpoint, path: Sequence[bytes]) -> object:
    return checkpoint_value(checkpoint), path


def get_consistency(value: object) -> tuple[Checkpoint, tuple[bytes, ...]]:
    match value:
        case (checkpoint, path):
            return get_checkpoint(checkpoint), get_blobs(path)
    raise _no("consistency proof")


def head_value(head: VaultHead) -> object:
    texts = head.grade, head.read_only, head.vkey, head.audit_vkey
    return checkpoint_value(head.records), checkpoint_value(head.audit), texts, head.records_bytes, head.turns


def get_head(value: object) -> VaultHead:
    match value:
        case (records, audit, (str(grade), *texts), int(size), (turns, audit_turns)) if grade in _GRADES:
            read_only, vkey, audit_vkey = get_texts(tuple(texts), 3)
            return VaultHead(
                get_checkpoint(records), get_checkpoint(audit), Grade(grade), read_only, vkey, audit_vkey, size,
                (get_numbers(turns), get_numbers(audit_turns)),
            )  # fmt: skip
    raise _no("head")


def get_blob(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    raise _no("run of bytes")


def get_blobs(value: object) -> tuple[bytes, ...]:
    if type(value) is tuple and _BYTES.issuperset(map(type, value)):
        return cast("tuple[bytes, ...]", value)
    raise _no("list of runs of bytes")


def get_numbers(value: object, count: int | None = None) -> tuple[int, ...]:
    """Whole numbers; `count` of them, where it is said."""
    if type(value) is tuple and _NUMBER.issuperset(map(type, value)) and count in (None, len(value)):
        return cast("tuple[int, ...]", value)
    raise _no("list of numbers")


def get_texts(value: object, count: int | None = None) -> tuple[str, ...]:
    """Texts; `count` of them, where it is said."""
    if type(value) is tuple and _TEXT.issuperset(map(type, value)) and count in (None, len(value)):
        return cast("tuple[str, ...]", value)
    raise _no("list of texts")


def _draft_value(draft: Draft) -> object:
    match draft.payload:
        case Line(segment, header, cells):
            payload: object = "line", segment, header, cells
        case Staged(name, size, digest):
            payload = "staged", name, size, digest
        case Whole(data):
            payload = "whole", data
    source = draft.source
    cited = (source.position,) if isinstance(source, Member) else source
    return draft.service, draft.kind, draft.subject, payload, draft.name, cited, draft.supersedes, draft.note


def _get_draft(value: object) -> Draft:
    match value:
        case (
            str(service),
            str(kind),
            str(subject),
            payload,
            str(name),
            source,
            (int() | None) as supersedes,
            str(note),
        ):
            cited = None if supersedes is None else LeafIndex(supersedes)
            return Draft(service, kind, subject, _get_payload(payload), name, _get_source(source), cited, note)
    raise _no("draft")


def _get_payload(value: object) -> Staged | Whole | Line:
    match value:
        case ("line", str(segment), header, cells):
            return Line(segment, get_texts(header), get_texts(cells))
        case ("staged", str(name), int(size), bytes(digest)):
            return Staged(name, size, digest)
        case ("whole", bytes(data)):
            return Whole(data)
    raise _no("payload")


def _get_source(value: object) -> LeafIndex | Member | None:
    match value:
        case None:
            return None
        case int(index):
            return LeafIndex(index)
        case (int(position),):
            return Member(position)
    raise _no("source")


def _no(what: str) -> VaultError:
    return VaultError(f"a message from the vault's other half holds no {what}")
