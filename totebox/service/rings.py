"""The three rings of services, each a type: the context that a service of the ring receives, and the SPEC that names
the ring.

    KNOWLEDGE     reads the archive; drafts records when an original is sealed, and when one of its verbs is commanded
    BOUNDARY      the same, and `Ingest`: it may add records of its own service, through the gate
    INTELLIGENCE  reads the archive and proposes claims to a person; it has no way to draft or append

Law: no service receives the vault, an object with a method that adds to it, or a path of its folder. The class of the
SPEC chooses the ring, and the type checker compares it with the context that `make` takes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from totebox.service.contract import Claim, DraftingService, Emit, Service, ServiceSpec
from totebox.service.index import Index
from totebox.service.reading import ReadDelegate, ReadHandle
from totebox.vault.api import Appended, Draft, LeafIndex

MAX_INGEST_DRAFTS = 256
"""The most records of one ingest."""

OpenIndex = Callable[[str, str], Index]
"""`open_index(name, schema)`: the index `name` in the Totebox's folder of caches; the file is opened when it is first
used.
"""


class ReadOnlyHandle(ReadDelegate):
    """The reading half of a vault, as an object of its own: no method of it adds anything."""

    __slots__ = ()


class Ingest(Protocol):
    """How a BOUNDARY service adds what arrived from outside (a mail message): records of its own service alone."""

    async def add(self, drafts: Sequence[Draft], detail: str) -> Appended:
        """Append `drafts`, all or none, with an audit row INGESTED whose detail is `detail`.

        Args:
            drafts: 1 to `MAX_INGEST_DRAFTS`, each of the service that adds them.

        Raises:
            RecordRejected: there is none, there are too many, or one is of another service.
            DiskFull: the rest of the disk is kept for ADMIN.
            ToteboxError: as `Appender.append`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A claim that a program found and no person has decided yet: `reason` says why, `source` is the record that it
    rests on.
    """

    source: LeafIndex
    claim: Claim
    reason: str


class Proposer(Protocol):
    """How an INTELLIGENCE service proposes claims to a person, who decides. It adds nothing to the archive."""

    def propose(self, proposal: Proposal) -> None:
        """Keep `proposal` until a person decides. Where too many are kept, the oldest of this service is discarded."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext:
    """What services of every ring receive: a reader, their indexes, a clock, and two functions for telemetry.

    `emit(severity, text, remedy)` sends an EVENT; `changed(table)` informs consoles that the rows of a table have
    changed.
    """

    reader: ReadHandle
    open_index: OpenIndex
    now: Callable[[], str]
    emit: Emit
    changed: Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeContext(ServiceContext):
    """Ring KNOWLEDGE: the service drafts what it adds (`DraftingService`), and the gate appends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundaryContext(ServiceContext):
    """Ring BOUNDARY: `ingest` adds what arrives from outside."""

    ingest: Ingest


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelligenceContext(ServiceContext):
    """Ring INTELLIGENCE: `proposer` proposes claims to a person."""

    proposer: Proposer


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeSpec(ServiceSpec):
    """A service of ring KNOWLEDGE, and the function that makes it."""

    make: Callable[[KnowledgeContext], DraftingService]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundarySpec(ServiceSpec):
    """A service of ring BOUNDARY, and the function that makes it."""

    make: Callable[[BoundaryContext], DraftingService]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelligenceSpec(ServiceSpec):
    """A service of ring INTELLIGENCE, and the function that makes it."""

    make: Callable[[IntelligenceContext], Service]
