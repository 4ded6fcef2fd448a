"""How the daemon and the writer process speak: strict frames over a socketpair. Pure; both ends are this code, version and all.

    frame   := length (u32, big-endian, of what follows) | request id (u32) | word (u8) | fields
    fields  := int: u64 or i64 big-endian; bytes, str (UTF-8): u32 length, then the bytes; tuple: u32 count, then items;
               optional: u8 0, or u8 1 and the value

Reading past the end, leaving bytes over, an unknown word or tag: `VaultError`. An entry travels as its leaf: it is parsed from its row.
"""

import struct
from collections.abc import Callable, Sequence
from enum import IntEnum
from typing import TypeVar

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

T = TypeVar("T")
HEAD = struct.Struct(">IIB")
MAX_FRAME_BYTES = 64 << 20
_INT = struct.Struct(">q")
_LENGTH = struct.Struct(">I")


class Word(IntEnum):
    """What is asked, and how it ends. There is no word that changes or removes."""

    APPEND = 1
    AUDIT = 2
    READ = 3
    LIST = 4
    PROVE = 5
    CONSISTENCY = 6
    HEAD = 7
    COSIGN = 8
    DONE = 16
    FAILED = 17


class Writer:
    """Collects fields."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def number(self, value: int) -> "Writer":
        self._parts.append(_INT.pack(value))
        return self

    def blob(self, value: bytes) -> "Writer":
        self._parts += (_LENGTH.pack(len(value)), value)
        return self

    def text(self, value: str) -> "Writer":
        return self.blob(value.encode("utf-8", "surrogatepass"))

    def many(self, values: Sequence[T], write: Callable[[T], object]) -> "Writer":
        self._parts.append(_LENGTH.pack(len(values)))
        for value in values:
            write(value)
        return self

    def frame(self, request: int, word: Word) -> bytes:
        """The whole frame."""
        body = b"".join(self._parts)
        if len(body) > MAX_FRAME_BYTES:
            raise VaultError(f"a message of {len(body)} bytes to the vault's writer; stage payloads that large")
        return HEAD.pack(len(body) + HEAD.size - 4, request, word) + body


class Fields:
    """Reads fields back, strictly."""

    def __init__(self, data: bytes) -> None:
        self._data, self._place = data, 0

    def number(self) -> int:
        value: int = _INT.unpack(self._take(_INT.size))[0]
        return value

    def blob(self) -> bytes:
        return self._take(_LENGTH.unpack(self._take(_LENGTH.size))[0])

    def text(self) -> str:
        try:
            return self.blob().decode("utf-8", "surrogatepass")
        except UnicodeDecodeError:
            raise VaultError("text that is not UTF-8 from the vault's other half") from None

    def many(self, read: Callable[[], T]) -> tuple[T, ...]:
        count: int = _LENGTH.unpack(self._take(_LENGTH.size))[0]
        if count > len(self._data) - self._place:
            raise VaultError("a list longer than its message from the vault's other half")
        return tuple(read() for _ in range(count))

    def end(self) -> None:
        """Raises VaultError when bytes are left over."""
        if self._place != len(self._data):
            raise VaultError("bytes left over in a message from the vault's other half")

    def _take(self, size: int) -> bytes:
        taken = self._data[self._place : self._place + size]
        if len(taken) != size:
            raise VaultError("a message from the vault's other half is cut off")
        self._place += size
        return taken


def put_audit(out: Writer, row: AuditDraft) -> None:
    out.text(row.kind).text(row.actor).text(row.subject).text(row.detail).text(row.command)


def get_audit(fields: Fields) -> AuditDraft:
    return AuditDraft(fields.text(), fields.text(), fields.text(), fields.text(), fields.text())


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
    out.number(proof.leaf_index).number(proof.tree_size).blob(proof.leaf).many(proof.path, out.blob)
    put_checkpoint(out, proven.checkpoint)


def get_proven(fields: Fields) -> Proven:
    proof = Proof(fields.number(), fields.number(), fields.blob(), fields.many(fields.blob))
    return Proven(proof, get_checkpoint(fields))


def put_appended(out: Writer, done: Appended) -> None:
    out.many(done.entries, lambda entry: put_entry(out, entry))
    put_entry(out, done.audit)
    put_proven(out, done.proven)
    out.number(done.repeated)


def get_appended(fields: Fields) -> Appended:
    entries = fields.many(lambda: get_entry(fields))
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
    out.text(draft.service).text(draft.kind).text(draft.subject).text(draft.name).text(draft.note)
    match draft.payload:
        case Staged(name, size, digest):
            out.number(0).text(name).number(size).blob(digest)
        case Whole(data):
            out.number(1).blob(data)
        case Line(segment, header, cells):
            out.number(2).text(segment).many(header, out.text).many(cells, out.text)
    match draft.source:
        case None:
            out.number(0)
        case Member(position):
            out.number(1).number(position)
        case index:
            out.number(2).number(index)
    out.number(-1 if draft.supersedes is None else draft.supersedes)


def _get_draft(fields: Fields) -> Draft:
    service, kind, subject, name, note = (fields.text() for _ in range(5))
    payload, source, supersedes = _get_payload(fields), _get_source(fields), fields.number()
    return Draft(service, kind, subject, payload, name, source, None if supersedes < 0 else LeafIndex(supersedes), note)


def _get_payload(fields: Fields) -> Staged | Whole | Line:
    match fields.number():
        case 0:
            return Staged(fields.text(), fields.number(), fields.blob())
        case 1:
            return Whole(fields.blob())
        case 2:
            return Line(fields.text(), fields.many(fields.text), fields.many(fields.text))
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
