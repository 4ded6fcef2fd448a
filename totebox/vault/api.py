"""Interface of the vault: what the gate, the services and telemetry may know of it.

It has four protocols: an `Appender` adds, a `Reader` reads, a `Prover` proves, and `Witnessed` stores cosignatures. There is no verb
that changes or removes anything. `totebox.vault.memory.MemoryVault` and `totebox.writer.client.VaultClient` both implement `Vault` and
pass the same conformance suite.
"""

from collections.abc import Sequence
from enum import Enum
from typing import Literal, NamedTuple, NewType, Protocol

from protocol.schema.envelope import Proof
from protocol.schema.numbers import AuditKind, Grade, Log
from protocol.values import dataclass
from totebox.vault import places as places
from totebox.vault.log.cells import line_cells as line_cells
from totebox.vault.log.identity import IDENTITY_BYTES as IDENTITY_BYTES
from totebox.vault.log.identity import check_format as check_format
from totebox.vault.log.names import name_of as name_of
from totebox.vault.log.names import subject_of as subject_of

LeafIndex = NewType("LeafIndex", int)
TreeSize = NewType("TreeSize", int)


@dataclass(frozen=True, slots=True)
class Staged:
    """Payload that waits in `cache/intake/<name>`: sealed as a whole file after its size and hash were checked again."""

    name: str
    size_bytes: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Whole:
    """Payload that is small enough for a message: sealed as a whole file of these bytes."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Member:
    """Refers to the entry of the draft at `position` (from 0) of the same batch."""

    position: int


class Own(Enum):
    """An index that is known when the batch is planned: of the draft's own entry, or of the audit row that authorises the batch."""

    ENTRY = "entry"
    AUDIT = "audit"


Cite = Member | Own


@dataclass(frozen=True, slots=True)
class Line:
    """Payload that becomes one line of an append-only CSV segment.

    `cells` are quoted by the vault (RFC 4180, the guard against formulas, LF; line breaks inside a cell are refused). `segment`
    names the segment's folder under `assets/<service>/`; `header` its columns, the same at every append. `line_cells` reads
    the cells back from the record's bytes. `cites` holds (column, what it cites): the planner writes that index into the cell,
    which is '' until then.
    """

    segment: str
    header: tuple[str, ...]
    cells: tuple[str, ...]
    cites: tuple[tuple[int, Cite], ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """One record that is to be appended.

    `service` owns it (`assets/<service>/...`); `kind` is a lower-case word of that service ("original", "text", "claim");
    `subject` is what it is about (an original name, an anchor), NFC text without line breaks, kept in the row; `name` is
    the hint from which the file name is made (ignored for a Line).
    """

    service: str
    kind: str
    subject: str
    payload: Staged | Whole | Line
    name: str = ""
    source: LeafIndex | Member | None = None
    supersedes: LeafIndex | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class AuditDraft:
    """One row of the audit log. `subject` says what it is about (a verb, a claim), `detail` what happened, as text without line breaks.

    `actor` is the fingerprint of the paired device, or `local` for the daemon itself. `command` is the caller's `once` in hex, or ''.
    """

    kind: AuditKind
    actor: str
    subject: str
    detail: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """All or none: `drafts` become consecutive entries, authorised by `audit`, which is durable first.

    `command` is the caller's idempotency id in hex ('' for none), keyed by `actor`; `digest` the SHA-256 of the command's
    arguments: the same (actor, command, digest) again returns the first result, another digest raises `OnceConflict`.
    """

    actor: str
    command: str
    digest: bytes
    audit: AuditDraft
    drafts: tuple[Draft, ...]


class Entry(NamedTuple):
    """One row of a log, parsed. `leaf` holds its exact bytes (the row without LF). A tuple: imports make one for each record."""

    index: LeafIndex  # type: ignore[assignment]  # a tuple has a method of this name, which is not used on rows
    time: str
    actor: str
    service: str
    kind: str
    subject: str
    path: str
    offset: int
    length: int
    sha256: bytes
    source: LeafIndex | None
    supersedes: LeafIndex | None
    audit: LeafIndex | None
    command: str
    note: str
    leaf: bytes

    @property
    def digest(self) -> bytes | None:
        """Of an audit row: the SHA-256 of the arguments of its command; None where the command may not be repeated."""
        _, colon, digest = line_cells(self.leaf)[_COMMAND].partition(":")
        try:
            return bytes.fromhex(digest) if colon else None
        except ValueError:
            return None


_COMMAND = -2
"""The column `command` of a row; `note` is the last one."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head: `note` is the C2SP signed note (its bytes as stored), the other fields are its content."""

    origin: str
    tree_size: TreeSize
    root: bytes
    note: bytes


@dataclass(frozen=True, slots=True)
class Proven:
    """An inclusion proof and the checkpoint it leads to."""

    proof: Proof
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class Appended:
    """A durable batch: its entries in order, and the proof of the first one.

    `repeated` says that the command was done before, so that nothing was appended by this call. A batch without
    drafts has no entries: `proven` then proves its audit row, as it does for `audit` appends.
    """

    entries: tuple[Entry, ...]
    audit: Entry
    proven: Proven
    repeated: bool


@dataclass(frozen=True, slots=True)
class VaultHead:
    """The newest checkpoints of both logs, how the host enforces append-only, and whether the vault takes writes."""

    records: Checkpoint
    audit: Checkpoint
    grade: Grade
    read_only: str
    """'' when the vault takes writes; else what is wrong, where, and what to do."""
    vkey: str
    audit_vkey: str
    records_bytes: int
    turns: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    """Entries of the record log, and rows of the audit log, that name the key which signs after them."""


class Appender(Protocol):
    """Adds records. Its methods return when what they appended survives a power loss."""

    async def append(self, batch: Batch) -> Appended:
        """Append `batch`, all of it or nothing.

        Raises:
            OnceConflict: the same `command` was used with other arguments.
            RecordRejected: a draft breaks a rule (too long a row, a line break in a cell, a hash that differs).
            ReadOnly: the vault takes no writes; the message says why.
            DiskFull: the disk is full; nothing was appended.
        """
        ...

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        """Append one row to the audit log.

        With `durable=False` the row is written before this returns and shares a sync within a second; `proven` may then
        hold the newest checkpoint from before it (`proof.leaf_index >= proof.tree_size`), and readers see the row when it is synced.
        """
        ...


class Reader(Protocol):
    """Reads acknowledged entries, and no others."""

    async def entries(self, log: Log, start: LeafIndex, limit: int) -> Sequence[Entry]:
        """Up to `limit` entries from `start` on, in order; empty at the end."""
        ...

    async def read(self, index: LeafIndex, offset: int, size: int) -> bytes:
        """Up to `size` (at most 1 MiB) payload bytes of record `index` from `offset` on; empty at the end.

        The entry that opens a CSV segment owns its header line too. `line_cells` reads one line of either.

        Raises:
            NoSuchEntry: `index` is not below the tree size.
        """
        ...

    async def head(self) -> VaultHead:
        """The newest checkpoints of both logs, and the state of the vault."""
        ...


class Prover(Protocol):
    """Proves acknowledged entries."""

    async def prove(self, log: Log, index: LeafIndex) -> Proven:
        """Inclusion of leaf `index` under the newest checkpoint. Raises NoSuchEntry."""
        ...

    async def consistency(self, log: Log, old: TreeSize) -> tuple[Checkpoint, tuple[bytes, ...]]:
        """The newest checkpoint, and the RFC 6962 consistency path from `old` to it. Raises NoSuchEntry when older than `old`."""
        ...


class Witnessed(Protocol):
    """Stores the cosignatures of witnesses."""

    async def cosign(self, log: Log, note: bytes, vkey: str, actor: str) -> Appended:
        """Store `note`, a head of `log` that the witness `vkey` cosigned (C2SP cosignature/v1). An audit row that records it comes first.

        Storing the same cosignature again adds an audit row and nothing else.

        Raises:
            RecordRejected: it is no head of this log under its present key, or not cosigned by `vkey`.
            ReadOnly, DiskFull: as `Appender.append`.
        """
        ...


class Vault(Appender, Reader, Prover, Witnessed, Protocol):
    """Everything that can be done to a vault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One disagreement that a verification found. A verification with findings has succeeded.

    `severity` is `damage` (bytes differ or are missing), `foreign` (bytes that no entry owns) or `doubt` (a derived
    file disagrees, and can be rebuilt).
    """

    severity: Literal["damage", "foreign", "doubt"]
    path: str
    entry: int | None
    offset: int | None
    expected: str
    found: str
    remedy: str
