"""The three rings of services, each a type: what a service of a ring is handed, and the SPEC that says so.

    KNOWLEDGE     reads the archive; drafts records when an original is sealed, and when one of its verbs is commanded
    BOUNDARY      the same, and `Ingest`: it may add records of its own service, through the gate
    INTELLIGENCE  reads the archive and proposes to a person; it has no way to draft or append

Law: no service is handed the vault, an object with a method that adds to it, or a path of its folder. A ring is chosen by the class
of the SPEC, and the type checker compares it with the context that `make` takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from protocol.schema.numbers import Log
from totebox.service.contract import Claim, DraftingService, Emit, Service, ServiceSpec
from totebox.service.index import Index
from totebox.vault.api import Appended, Checkpoint, Draft, Entry, LeafIndex, Proven, Prover, Reader, TreeSize, VaultHead

MAX_INGEST_DRAFTS = 256
"""Records that one ingest adds at the most."""

OpenIndex = Callable[[str, str], Index]
"""`open_index(name, schema)`: the index `name` in the Totebox's folder of caches; opened when it is first used."""


class ReadHandle(Reader, Prover, Protocol):
    """Reads and proves what is acknowledged. Every service has one."""


class ReadOnly:
    """The reading half of a vault, as an object of its own: it has no method that adds."""

    __slots__ = ("_source",)

    def __init__(self, source: ReadHandle) -> None:
        self._source = source

    async def entries(self, log: Log, start: LeafIndex, limit: int) -> Sequence[Entry]:
        """See `Reader.entries`."""
        return await self._source.entries(log, start, limit)

    async def read(self, index: LeafIndex, offset: int, size: int) -> bytes:
        """See `Reader.read`."""
        return await self._source.read(index, offset, size)

    async def head(self) -> VaultHead:
        """See `Reader.head`."""
        return await self._source.head()

    async def prove(self, log: Log, index: LeafIndex) -> Proven:
        """See `Prover.prove`."""
        return await self._source.prove(log, index)

    async def consistency(self, log: Log, old: TreeSize) -> tuple[Checkpoint, tuple[bytes, ...]]:
        """See `Prover.consistency`."""
        return await self._source.consistency(log, old)


class Ingest(Protocol):
    """How a BOUNDARY service adds what arrived from outside (a mail message): records of its own service alone."""

    async def add(self, drafts: Sequence[Draft], detail: str) -> Appended:
        """Append `drafts`, all or none, behind an audit row INGESTED whose detail is `detail`.

        Args:
            drafts: 1 to `MAX_INGEST_DRAFTS`, each of the service that adds them.

        Raises:
            RecordRejected: there is none, there are too many, or one is of another service.
            DiskFull: what is left of the disk is kept for ADMIN.
            ToteboxError: as `Appender.append`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim that a program found and a person has not decided: `reason` says why, `source` is the record that it rests on."""

    source: LeafIndex
    claim: Claim
    reason: str


class Proposer(Protocol):
    """How an INTELLIGENCE service speaks: to a person, who decides. It adds nothing to the archive."""

    def propose(self, proposal: Proposal) -> None:
        """Hold `proposal` until a person decides. The oldest of this service gives way where too many wait."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext:
    """What services of every ring are handed: a reader, their indexes, a clock, and two ways to speak.

    `emit(severity, text, remedy)` sends an EVENT; `changed(table)` says to consoles that a table has other rows.
    """

    reader: ReadHandle
    open_index: OpenIndex
    now: Callable[[], str]
    emit: Emit
    changed: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeContext(ServiceContext):
    """Ring KNOWLEDGE: what it adds, it drafts (`DraftingService`), and the gate appends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryContext(ServiceContext):
    """Ring BOUNDARY: `ingest` adds what arrives from outside."""

    ingest: Ingest


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelligenceContext(ServiceContext):
    """Ring INTELLIGENCE: `proposer` puts claims before a person."""

    proposer: Proposer


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeSpec(ServiceSpec):
    """A service of ring KNOWLEDGE, and how it is made."""

    make: Callable[[KnowledgeContext], DraftingService]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundarySpec(ServiceSpec):
    """A service of ring BOUNDARY, and how it is made."""

    make: Callable[[BoundaryContext], DraftingService]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelligenceSpec(ServiceSpec):
    """A service of ring INTELLIGENCE, and how it is made."""

    make: Callable[[IntelligenceContext], Service]
