"""Messages between the daemon and the writer process, as values of frames (see `frame`). Pure.

Each `..._value` function has its `get_...`, which accepts only that shape: another shape, or a field of another type, raises
`VaultError`. An entry is sent as its leaf and parsed from it. The processes trust each other no further than that.
"""

from collections.abc import Sequence
from typing import cast

from protocol.schema.envelope import Proof
from protocol.schema.numbers import AuditKind, Grade
from totebox.errors import VaultError
from totebox.vault.api import (
    Appended,
    AuditDraft,
    Batch,
    Checkpoint,
    Cite,
    Draft,
    Entry,
    LeafIndex,
    Line,
    Member,
    Own,
    Proven,
    Staged,
    TreeSize,
    VaultHead,
    Whole,
)
from totebox.vault.log.record import parse_row

_TEXT, _BYTES, _NUMBER = frozenset({str}), frozenset({bytes}), frozenset({int})
_BATCH = (str, str, bytes, tuple, tuple)
_PAIR = (tuple, tuple)
_CHECKPOINT = (str, int, bytes, bytes)
_PROVEN = (int, int, bytes, tuple, tuple)
_APPENDED = (tuple, bytes, tuple, bool)
_HEAD = (tuple, tuple, tuple, int, tuple)
_STAGED, _WHOLE, _LINE = (str, int, bytes), (bytes,), (str, tuple, tuple, tuple)
"""The kinds of payload differ in shape, so the shape tells which one it is."""
_OWN = (Own.ENTRY, Own.AUDIT)
_GRADES = frozenset(grade.value for grade in Grade)
_KINDS = frozenset(kind.value for kind in AuditKind)


def audit_value(row: AuditDraft) -> object:
    return str(row.kind), row.actor, row.subject, row.detail, row.command


def get_audit(value: object) -> AuditDraft:
    kind, *rest = get_texts(value, 5)
    if kind not in _KINDS:
        raise VaultError(f"an audit row of kind {kind!r} is none that this version writes")
    return AuditDraft(AuditKind(kind), *rest)


def batch_value(batch: Batch) -> object:
    drafts = [_draft_value(draft) for draft in batch.drafts]
    return batch.actor, batch.command, batch.digest, audit_value(batch.audit), drafts


def get_batch(value: object) -> Batch:
    fields = cast("tuple[str, str, bytes, object, tuple[object, ...]]", _shaped(value, _BATCH))
    actor, command, digest, audit, drafts = fields
    return Batch(actor, command, digest, get_audit(audit), tuple([_get_draft(draft) for draft in drafts]))


def checkpoint_value(checkpoint: Checkpoint) -> object:
    return checkpoint.origin, checkpoint.tree_size, checkpoint.root, checkpoint.note


def get_checkpoint(value: object) -> Checkpoint:
    origin, size, root, note = cast("tuple[str, int, bytes, bytes]", _shaped(value, _CHECKPOINT))
    return Checkpoint(origin, TreeSize(size), root, note)


def proven_value(proven: Proven) -> object:
    proof = proven.proof
    return proof.leaf_index, proof.tree_size, proof.leaf, proof.path, checkpoint_value(proven.checkpoint)


def get_proven(value: object) -> Proven:
    fields = cast("tuple[int, int, bytes, object, object]", _shaped(value, _PROVEN))
    index, size, leaf, path, checkpoint = fields
    return Proven(Proof(index, size, leaf, get_blobs(path)), get_checkpoint(checkpoint))


def appended_value(done: Appended) -> object:
    return [entry.leaf for entry in done.entries], done.audit.leaf, proven_value(done.proven), done.repeated


def get_appended(value: object) -> Appended:
    leaves, audit, proven, repeated = cast("tuple[object, bytes, object, bool]", _shaped(value, _APPENDED))
    return Appended(get_entries(leaves), parse_row(audit), get_proven(proven), repeated)


def get_entries(value: object) -> tuple[Entry, ...]:
    """Entries, parsed from their leaves."""
    return tuple([parse_row(leaf) for leaf in get_blobs(value)])


def consistency_value(checkpoint: Checkpoint, path: Sequence[bytes]) -> object:
    return checkpoint_value(checkpoint), path


def get_consistency(value: object) -> tuple[Checkpoint, tuple[bytes, ...]]:
    checkpoint, path = _shaped(value, _PAIR)
    return get_checkpoint(checkpoint), get_blobs(path)


def head_value(head: VaultHead) -> object:
    texts = head.grade, head.read_only, head.vkey, head.audit_vkey
    return checkpoint_value(head.records), checkpoint_value(head.audit), texts, head.records_bytes, head.turns


def get_head(value: object) -> VaultHead:
    fields = cast("tuple[object, object, object, int, object]", _shaped(value, _HEAD))
    records, audit, texts, size, turns = fields
    grade, read_only, vkey, audit_vkey = get_texts(texts, 4)
    if grade not in _GRADES:
        raise _no()
    record_turns, audit_turns = _shaped(turns, _PAIR)
    return VaultHead(
        get_checkpoint(records), get_checkpoint(audit), Grade(grade), read_only, vkey, audit_vkey, size,
        (get_numbers(record_turns), get_numbers(audit_turns)),
    )  # fmt: skip


def get_blob(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    raise _no()


def get_blobs(value: object) -> tuple[bytes, ...]:
    if type(value) is tuple and _BYTES.issuperset(map(type, value)):
        return cast("tuple[bytes, ...]", value)
    raise _no()


def get_numbers(value: object, count: int | None = None) -> tuple[int, ...]:
    """A tuple of integers; of exactly `count`, where it is given."""
    if type(value) is tuple and _NUMBER.issuperset(map(type, value)) and count in (None, len(value)):
        return cast("tuple[int, ...]", value)
    raise _no()


def get_texts(value: object, count: int | None = None) -> tuple[str, ...]:
    """A tuple of texts; of exactly `count`, where it is given."""
    if type(value) is tuple and _TEXT.issuperset(map(type, value)) and count in (None, len(value)):
        return cast("tuple[str, ...]", value)
    raise _no()


def _draft_value(draft: Draft) -> object:
    match draft.payload:
        case Line(segment, header, cells, cites):
            payload: object = segment, header, cells, tuple((column, _cite_value(cite)) for column, cite in cites)
        case Staged(name, size, digest):
            payload = name, size, digest
        case Whole(data):
            payload = (data,)
    texts = draft.service, draft.kind, draft.subject, draft.name, draft.note
    source = draft.source
    return texts, payload, (source.position,) if isinstance(source, Member) else source, draft.supersedes


def _get_draft(value: object) -> Draft:
    if type(value) is not tuple or len(value) != 4:
        raise _no()
    texts, payload, source, supersedes = cast("tuple[object, ...]", value)
    service, kind, subject, name, note = get_texts(texts, 5)
    return Draft(service, kind, subject, _get_payload(payload), name, _get_source(source), _get_index(supersedes), note)


def _get_payload(value: object) -> Staged | Whole | Line:
    shape = tuple(map(type, value)) if type(value) is tuple else ()
    if shape == _LINE:
        segment, header, cells, cites = cast("tuple[str, object, object, tuple[object, ...]]", value)
        return Line(segment, get_texts(header), get_texts(cells), tuple(map(_get_cite, cites)))
    if shape == _STAGED:
        return Staged(*cast("tuple[str, int, bytes]", value))
    return Whole(*cast("tuple[bytes]", _shaped(value, _WHOLE)))


def _get_source(value: object) -> LeafIndex | Member | None:
    return Member(*get_numbers(value, 1)) if type(value) is tuple else _get_index(value)


def _cite_value(cite: Cite) -> int:
    """A member's position, or a negative number of `_OWN`."""
    return cite.position if isinstance(cite, Member) else -1 - _OWN.index(cite)


def _get_cite(value: object) -> tuple[int, Cite]:
    column, number = get_numbers(value, 2)
    if number < -len(_OWN):
        raise _no()
    return column, Member(number) if number >= 0 else _OWN[-1 - number]


def _get_index(value: object) -> LeafIndex | None:
    if value is None or type(value) is int:
        return cast("LeafIndex | None", value)
    raise _no()


def _shaped(value: object, shape: tuple[type, ...]) -> tuple[object, ...]:
    """`value`, if it is an array of items of these types."""
    if type(value) is tuple and tuple(map(type, value)) == shape:
        return cast("tuple[object, ...]", value)
    raise _no()


def _no() -> VaultError:
    return VaultError("a message between daemon and writer has an unknown shape; both must be of one version")
