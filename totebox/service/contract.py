"""What a service is: a SPEC, the tables that it publishes, and what it does with records.

A service is a folder under `totebox/services/` whose package exports `SPEC`, a value of the class of its ring
(`rings.py`). It never imports another service, never opens a socket, and reaches the archive only through the fields of
its ring's context.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from protocol.schema import Arguments
from protocol.schema.fleet import ServiceState
from protocol.schema.numbers import RefusalCode, Role, Severity, Verb
from protocol.schema.table import Table
from totebox.service.query import Query
from totebox.service.segment import SegmentSpec
from totebox.service.table import TableSpec
from totebox.vault.api import Draft, Entry, LeafIndex


@dataclass(frozen=True, slots=True)
class Claim:
    """Something that extraction read in a document and that a person decides.

    `number` is its place in the document's list, from 0. `attribute` is the claim's word (`person`, `organisation`,
    `email`, `phone`, `date`, `amount`, `iban`); `anchor` the person, organisation or record it is about ('' when it is
    about none); `line` and `page` are 1-based (`page` 0 where the format has none); `start` and `end` are character
    offsets into the extracted text; `excerpt` the source line; `rule` the rule and its version. In `excerpt` the words
    as written stand between ⟦ and ⟧ (they may differ from `value`: a written date, a spaced IBAN). `role`
    says what an amount or a date is in the document (`total`, `due`); '' where that is not known.
    """

    number: int
    attribute: str
    value: str
    anchor: str
    line: int
    page: int
    start: int
    end: int
    excerpt: str
    rule: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """What a reader made of an original: `text` is Markdown; `trouble` says which text and claims are missing, and why.

    `trouble` begins with `no text: ` where `text` is ''; it is '' where nothing is missing.
    """

    media_type: str
    text: str
    pages: int
    trouble: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a table; `cursor` continues it when `more`."""

    table: Table
    cursor: str
    more: bool


@dataclass(frozen=True, slots=True)
class Sealing:
    """What F12 is about to seal, for the service that keeps the original.

    `approved` are the claims to which a person said yes, `rejected` those to which a person said no; `reasons` holds a word that
    says why, by the claim's number, where one was given. `account_name` is the path of the account in the chart. The service
    returns further drafts for the same batch; `Member(0)` is the original, whose hash is `sha256`.
    """

    name: str
    account: str
    document: Document
    approved: tuple[Claim, ...]
    time: str
    rejected: tuple[Claim, ...] = ()
    sha256: bytes = b""
    account_name: str = ""
    reasons: Mapping[int, str] = field(default_factory=dict)


TableReader = Callable[[Query], Awaitable[Page]]
Emit = Callable[[Severity, str, str], None]


@runtime_checkable
class Recognises(Protocol):
    """A service that knows all originals, whichever service keeps them."""

    async def sealed(self, sha256: bytes) -> int | None:
        """The first original with these bytes, or None."""
        ...

    async def superseded_by(self, index: LeafIndex) -> LeafIndex | None:
        """The newest original that supersedes original `index`, or None. Knows every record that was acknowledged before
        the call.
        """
        ...


@dataclass(frozen=True, slots=True)
class SealedSetting:
    """The newest record of a file of the operator's: its index, and the SHA-256 of its bytes."""

    index: LeafIndex
    sha256: bytes


@runtime_checkable
class KeepsSettings(Protocol):
    """A service that knows what the operator's files held."""

    async def setting(self, name: str) -> SealedSetting | None:
        """The newest record of the file `name`, or None."""
        ...


@dataclass(frozen=True, slots=True)
class Asker:
    """Who sent a command: a paired device by its fingerprint and label, with its role (under a capability, the role of
    its first holder).
    """

    device: str
    label: str
    role: Role


@dataclass(frozen=True, slots=True)
class Drafted:
    """What a verb of a service will do: `drafts` become one batch. The Receipt proves its first entry.

    `detail` is what the audit row says beyond the words of the verb's row in VERBS; '' adds nothing.
    """

    drafts: tuple[Draft, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Declined:
    """The answer of a service's verb that is not carried out: why, and what to do next. It becomes a Refusal."""

    code: RefusalCode
    reason: str
    remedy: str


VerbHandler = Callable[[Arguments, Asker], Awaitable[Drafted | Declined]]
"""Answers one verb of a service from its decoded arguments. It writes nothing: the gate writes the batch with its audit
row.
"""
VerbHandlers = Mapping[Verb, VerbHandler]


class Service(Protocol):
    """A running service."""

    def tables(self) -> dict[str, TableReader]:
        """Its tables by full name (`people.anchors`)."""
        ...

    async def absorb(self, entries: Sequence[Entry]) -> None:
        """Fold acknowledged entries, in order, into an index of the service that can be built again."""
        ...

    async def run(self) -> None:
        """Work in the background until cancelled; return at once when there is nothing to do."""
        ...

    def state(self) -> ServiceState:
        """The service's state."""
        ...

    async def close(self) -> None:
        """Close what the service opened. Called once, after the last other call, also if the service opened nothing."""
        ...


class DraftingService(Service, Protocol):
    """A service that drafts records. It appends nothing: the gate does, with an audit row."""

    async def seal(self, sealing: Sealing) -> Sequence[Draft]:
        """Further drafts for a batch in which an original is sealed (text, claims); () when there are none."""
        ...

    def verbs(self) -> VerbHandlers:
        """The handlers of the service's own verbs (`VERBS[verb].reach.owner` names the service); {} when it has
        none.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """One service: its name, its description, its tables and who may read them. `rings.py` has a subclass for each
    ring.
    """

    name: str
    summary: str
    keeps: bool = False
    """Whether F12 may route an original to it."""
    takes: tuple[str, ...] = ()
    """For a service that keeps originals: the media types that go to it first; () where it takes all that no other
    service takes.
    """
    readable_by: Role = Role.USER
    tables: tuple[TableSpec, ...] = field(default=())
    segments: tuple[SegmentSpec, ...] = ()
    """The CSV segments below `assets/<name>/` that it writes."""
    kinds: tuple[tuple[str, str], ...] = ()
    """The kinds of its records, each with what it is."""
