"""Vault in memory, for tests: the same plan, rows, paths, proofs and refusals as the vault on disk."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from protocol.schema.numbers import AuditKind, Grade, Log
from protocol.trust.note import Signer
from protocol.trust.tlog import leaf_hash
from totebox.clock import now_text
from totebox.errors import RecordRejected
from totebox.vault.api import (
    Appended,
    AuditDraft,
    Batch,
    Checkpoint,
    Entry,
    LeafIndex,
    Proven,
    Staged,
    TreeSize,
    VaultHead,
    Whole,
)
from totebox.vault.commit.idempotency import OnceIds
from totebox.vault.commit.layout import Layout
from totebox.vault.commit.plan import Outcome, Planner, Repeat, WholePlace
from totebox.vault.life.guide import first_files
from totebox.vault.log.audit import LOCAL
from totebox.vault.log.cosignatures import check_is_its_own, cosigned, cosigned_row
from totebox.vault.log.head import LogHead
from totebox.vault.log.identity import (
    FORMAT_VERSION,
    VaultIdentity,
    audit_origin,
    origin_of,
)
from totebox.vault.log.journal import AUDIT, RECORDS
from totebox.vault.log.tiles import Tiles

MAX_READ_BYTES = 1 << 20


class MemoryVault:
    """Implements `Vault`. `intake` is the folder of Staged payloads; `now` gives RFC 3339 times with microseconds."""

    def __init__(
        self,
        *,
        entity: str = "Acme Holdings",
        kind: str = "corporation",
        now: Callable[[], str] = now_text,
        intake: Path | None = None,
        seed: bytes = b"\x07" * 32,
    ) -> None:
        self._now, self._intake = now, intake
        self._rows: dict[Log, list[Entry]] = {Log.RECORDS: [], Log.AUDIT: []}
        self._files: dict[str, bytearray] = {}
        origin = origin_of(entity, Signer("memory", seed).verifier.public)
        signers = {
            Log.RECORDS: Signer(origin, seed),
            Log.AUDIT: Signer(audit_origin(origin), sha256(seed).digest()),
        }
        self._heads = {log: LogHead(self._tiles(log), signer) for log, signer in signers.items()}
        self._planner = Planner(Layout(), OnceIds(), self._known)
        created = now()
        vkeys = [signers[log].verifier.text() for log in (Log.RECORDS, Log.AUDIT)]
        self.identity = VaultIdentity(entity, kind, origin, vkeys[0], vkeys[1], created, FORMAT_VERSION)
        self._create()

    async def append(self, batch: Batch) -> Appended:
        """As `Appender.append`; nothing survives the process."""
        saved = self._staged(batch)
        self._tell_clock()
        planned = self._planner.plan_batch(batch, self._now())
        if isinstance(planned, Repeat):
            return self._repeated(planned)
        return self._commit(planned, saved)

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        """As `Appender.audit`."""
        self._tell_clock()
        return self._commit(self._planner.plan_audit(row, self._now()), {})

    async def entries(self, log: Log, start: LeafIndex, limit: int) -> Sequence[Entry]:
        """As `Reader.entries`."""
        return tuple(self._rows[log][start : start + max(limit, 0)]) if start >= 0 else ()

    async def read(self, index: LeafIndex, offset: int, size: int) -> bytes:
        """As `Reader.read`."""
        self._heads[Log.RECORDS].check_index(index)
        entry = self._rows[Log.RECORDS][index]
        last = min(entry.length, max(offset, 0) + min(max(size, 0), MAX_READ_BYTES))
        data = self._files.get(entry.path, bytearray())
        return bytes(data[entry.offset + max(offset, 0) : entry.offset + last])

    async def head(self) -> VaultHead:
        """As `Reader.head`; memory enforces nothing, so the grade is NONE."""
        records, audit = (self._heads[log].checkpoint for log in (Log.RECORDS, Log.AUDIT))
        total = sum(len(data) for data in self._files.values())
        return VaultHead(records, audit, Grade.NONE, "", self.identity.vkey, self.identity.audit_vkey, total)

    async def prove(self, log: Log, index: LeafIndex) -> Proven:
        """As `Prover.prove`."""
        self._heads[log].check_index(index)
        return self._heads[log].prove(self._rows[log][index])

    async def consistency(self, log: Log, old: TreeSize) -> tuple[Checkpoint, tuple[bytes, ...]]:
        """As `Prover.consistency`."""
        return self._heads[log].consistency(old)

    async def cosign(self, log: Log, note: bytes, vkey: str, actor: str) -> Appended:
        """As `Witnessed.cosign`."""
        name, stored = cosigned(self._heads[log], 0, note, vkey)
        row = cosigned_row(AUDIT if log is Log.AUDIT else RECORDS, name, vkey, actor)
        kept = self._files.get(row.subject)
        check_is_its_own(name, None if kept is None else bytes(kept), vkey)
        self._files.setdefault(row.subject, bytearray(stored))
        return await self.audit(row)

    def _tiles(self, log: Log) -> Tiles:
        stored: dict[tuple[int, int], bytes] = {}
        rows = self._rows[log]

        def leaves(start: int, width: int) -> list[bytes]:
            return [leaf_hash(entry.leaf) for entry in rows[start : start + width]]

        return Tiles(lambda level, number: stored.get((level, number), b""), leaves)

    def _create(self) -> None:
        files = first_files(self.identity)
        self._files |= {file.path: bytearray(file.data) for file in files}
        row = AuditDraft(AuditKind.CREATED, LOCAL, "vault", f"created for {self.identity.entity}")
        self._commit(self._planner.plan_first(row, files, self.identity.created), {})

    def _tell_clock(self) -> None:
        stepped = self._planner.plan_clock(self._now())
        if stepped is not None:
            self._commit(stepped, {})

    def _staged(self, batch: Batch) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for draft in batch.drafts:
            if isinstance(draft.payload, Staged):
                found[draft.payload.name] = self._take(draft.payload)
        return found

    def _take(self, staged: Staged) -> bytes:
        path = None if self._intake is None else self._intake / staged.name
        if path is None or "/" in staged.name or not path.is_file():
            raise RecordRejected(f"nothing is staged under {staged.name!r}")
        data = path.read_bytes()
        if len(data) != staged.size_bytes or sha256(data).digest() != staged.sha256:
            raise RecordRejected(f"what is staged under {staged.name!r} has another size or hash than announced")
        return data

    def _commit(self, outcome: Outcome, staged: dict[str, bytes]) -> Appended:
        for place in outcome.places:
            if isinstance(place, WholePlace):
                payload = place.payload
                data = payload.data if isinstance(payload, Whole) else staged[payload.name]
                self._files[place.path] = bytearray(data)
            else:
                self._files.setdefault(place.path, bytearray()).extend(place.data)
        self._rows[Log.AUDIT].append(outcome.audit)
        self._rows[Log.RECORDS].extend(outcome.entries)
        self._heads[Log.AUDIT].advance([outcome.audit])
        self._heads[Log.RECORDS].advance(outcome.entries)
        head = self._heads[Log.RECORDS]
        self._planner.acknowledged = (head.size, head.root)
        return self._appended(outcome.audit, outcome.entries, repeated=False)

    def _appended(self, audit: Entry, entries: Sequence[Entry], *, repeated: bool) -> Appended:
        log, first = (Log.RECORDS, entries[0]) if entries else (Log.AUDIT, audit)
        return Appended(tuple(entries), audit, self._heads[log].prove(first), repeated)

    def _repeated(self, repeat: Repeat) -> Appended:
        audit = self._rows[Log.AUDIT][repeat.audit_index]
        entries = [entry for entry in self._rows[Log.RECORDS] if entry.audit == repeat.audit_index]
        return self._appended(audit, entries, repeated=True)

    def _known(self, audit_index: int) -> Entry | None:
        return self._rows[Log.AUDIT][audit_index]
