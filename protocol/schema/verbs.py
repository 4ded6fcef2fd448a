"""VERBS: one row for each verb. It says who may send it, how it is answered, how the audit log describes it, and what a scope checks.

Roles, the gate, the scope of capabilities, the audit log, the console's link and the tables of the specification read these rows
and nothing else. A new verb is its number in `numbers.Verb`, a class of arguments, one row here, and a handler at the subject.

The words of a row are plain text; names that come from outside are made safe by whoever writes the audit row (`Shown`).
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, Generic, TypeVar

from protocol.schema.capability import CapGrant, CapRevoke
from protocol.schema.input import Abandon, Decide, Offer, Route, Seal, Take
from protocol.schema.minutebook import LabelDocument
from protocol.schema.numbers import LabelKind, Role, Verb
from protocol.schema.pairing import (
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
)
from protocol.schema.people import CorrectClaim
from protocol.schema.registry import Arguments
from protocol.schema.session import Subscribe
from protocol.schema.table import List, Read
from protocol.schema.vault import Cosign, Head, Prove, Verify
from protocol.values import dataclass

A = TypeVar("A", bound=Arguments)
Shown = Callable[[bytes], str]
"""Makes a name from outside safe for a line of the audit log."""


class AnswerKind(Enum):
    """How a verb is answered. Any verb may be refused instead."""

    RECEIPT = "Receipt"
    ROWS = "Rows"
    PARTS = "Parts"


@dataclass(frozen=True, slots=True)
class Reach:
    """What a command is about, as far as a capability's scope can tell. `entry`, `ground`, `log`, `service` and `table` name
    arguments, or are ''.

    entry: the index of a record; its rows and its service must be inside. Nil names no record. Under a scope with terms none is inside:
        an index says nothing of the row.
    ground: the index of a record that the command rests on; its row must be inside.
    log: which log `entry` is an index of. Leaves of the audit log are inside a scope of service `audit` (or every one) and every row.
    service: the service that the command is for.
    owner: the service whose verb it is: a name, not an argument.
    table: `service.table`. With a range of rows or with columns its query may only use `index:N`, `after:N` and `all:`, beside the scope's
        own terms; rows without an `index` column of the record log are outside any range, and tables that a term cannot ask outside terms.
    formless: what it gives, where that cannot be told apart by columns: nothing of it is inside a scope with columns or terms.
    everything: why it is about every record, where it is: only a scope that names neither service, rows, columns nor terms holds it.
    telemetry: it is heard as the first holder's role hears it, and as INTERFACE under a scope that names any of these.
    """

    entry: str = ""
    ground: str = ""
    log: str = ""
    service: str = ""
    owner: str = ""
    table: str = ""
    formless: str = ""
    everything: str = ""
    telemetry: bool = False

    @property
    def named(self) -> frozenset[str]:
        """The arguments that it names."""
        return frozenset({self.entry, self.ground, self.log, self.service, self.table} - {""})


@dataclass(frozen=True, slots=True)
class VerbRow(Generic[A]):
    """One verb. Roles include those above them.

    least: the least role that may send it. LIST may ask for more: a table states its own.
    answer: what answers it.
    gives: the table that its Rows hold, by name; else in words what its Receipt proves or its Parts bring.
    describes: one line about the arguments for the audit log: what was asked, never a document's contents nor a secret.
    question: the same where each repetition of a read is alike (whatever page, whatever byte); None: as `describes`.
    reads: it changes nothing: it carries no `once`, and its repetitions are counted in one row of the audit log.
    delegable: a capability can carry it.
    own_row: its handler writes an audit row that says more than that a command came.
    secret: its arguments hold a secret: they stand in no recording, and no hash of them in a log.
    secret_answer: its answer is a secret: it stands in no recording.
    signature: the argument that is a signature over what the others say, or ''. It is not part of what a `once` stands for: a key may
        sign the same twice in two ways.
    reach: what the scope of a capability judges; for verbs that none carries it says nothing.
    """

    verb: Verb
    arguments: type[A]
    least: Role
    answer: AnswerKind
    describes: Callable[[A, Shown], str]
    gives: str = ""
    question: Callable[[A, Shown], str] | None = None
    reads: bool = False
    delegable: bool = False
    own_row: bool = False
    secret: bool = False
    secret_answer: bool = False
    signature: str = ""
    reach: Reach = Reach()

    def __post_init__(self) -> None:
        unknown = (self.reach.named | {self.signature}) - {""} - {each.name for each in fields(self.arguments)}  # type: ignore[arg-type]  # a value
        assert not unknown, f"{self.title} reaches {', '.join(sorted(unknown))}, which is no argument of it"
        assert self.gives, f"{self.title} does not say what its answer is"
        assert not (self.reads and self.own_row), f"{self.title} only reads: it has no row of its own"

    @property
    def title(self) -> str:
        """The verb as people and the audit log read it: `input.offer`."""
        return self.verb.title


def _read_words(asked: Read, shown: Shown) -> str:
    return f"record {asked.index} from byte {asked.offset}"


def _list_words(asked: List, shown: Shown) -> str:
    as_of = f" as of {asked.as_of}" if asked.as_of else ""
    return f"{asked.table}{' ' if asked.query else ''}{asked.query}{as_of}"


def _witness(asked: Cosign, shown: Shown) -> str:
    return f"a head of {asked.log.name.lower()} by {shown(asked.vkey.partition('+')[0].encode())}"


def _label_words(asked: LabelDocument, shown: Shown) -> str:
    words = {LabelKind.HOLD: "legal hold", LabelKind.RETAIN: "retention until", LabelKind.FREE: "label"}[asked.kind]
    value = f" {shown(asked.value.encode('utf-8', 'replace'))}" if asked.value else ""
    return f"record {asked.index}: {'set' if asked.is_set else 'lift'} {words}{value}"


_ROWS: tuple[VerbRow[Any], ...] = (
    VerbRow(
        Verb.HEAD, Head, Role.INTERFACE, AnswerKind.ROWS,
        lambda asked, _: f"{asked.log.name.lower()} seen {asked.seen_size}",
        question=lambda asked, _: asked.log.name.lower(),
        reads=True, delegable=True,
        gives="vault.head",
    ),
    VerbRow(
        Verb.PROVE, Prove, Role.INTERFACE, AnswerKind.RECEIPT,
        lambda asked, _: f"{asked.log.name.lower()} leaf {asked.index}",
        reads=True, delegable=True, reach=Reach(entry="index", log="log", formless="a leaf"),
        gives="leaf `index` of `log`",
    ),
    VerbRow(
        Verb.VERIFY, Verify, Role.INTERFACE, AnswerKind.ROWS,
        lambda asked, _: "the whole vault",
        reads=True, delegable=True,
        reach=Reach(everything="a verification covers every record, and this capability covers some"),
        gives="vault.findings",
    ),
    VerbRow(
        Verb.SUBSCRIBE, Subscribe, Role.INTERFACE, AnswerKind.ROWS,
        lambda asked, _: ", ".join(since.topic.name.lower() for since in asked.topics),
        reads=True, delegable=True, reach=Reach(telemetry=True),
        gives="session.topics",
    ),
    VerbRow(
        Verb.COSIGN, Cosign, Role.INTERFACE, AnswerKind.RECEIPT, _witness, own_row=True,
        gives="the audit row COSIGNED",
    ),
    VerbRow(
        Verb.LIST, List, Role.USER, AnswerKind.ROWS, _list_words,
        reads=True, delegable=True, reach=Reach(table="table"),
        gives="the table that was asked for",
    ),
    VerbRow(
        Verb.READ, Read, Role.USER, AnswerKind.PARTS, _read_words,
        question=lambda asked, _: f"record {asked.index}",
        reads=True, delegable=True, reach=Reach(entry="index", formless="a record's bytes"),
        gives="the record's bytes from `offset` on",
    ),
    VerbRow(
        Verb.INPUT_OFFER, Offer, Role.INPUT, AnswerKind.ROWS,
        lambda asked, shown: f"{shown(asked.name)}, {asked.size} bytes, sha256 {asked.sha256.hex()}",
        delegable=True,
        gives="input.intake",
    ),
    VerbRow(
        Verb.INPUT_TAKE, Take, Role.INPUT, AnswerKind.ROWS,
        lambda asked, shown: f"{shown(asked.name)} from the drop folder",
        delegable=True,
        gives="input.intake",
    ),
    VerbRow(
        Verb.INPUT_ROUTE, Route, Role.INPUT, AnswerKind.ROWS,
        lambda asked, _: f"{asked.intake} to account {asked.account}, service {asked.service}",
        delegable=True, reach=Reach(service="service"),
        gives="input.claims",
    ),
    VerbRow(
        Verb.INPUT_DECIDE, Decide, Role.INPUT, AnswerKind.RECEIPT,
        lambda asked, _: asked.intake,
        delegable=True, own_row=True,
        gives="the audit row RECORD_VERIFIED, RECORD_REJECTED or RECORD_SKIPPED",
    ),
    VerbRow(
        Verb.INPUT_ABANDON, Abandon, Role.INPUT, AnswerKind.RECEIPT,
        lambda asked, _: asked.intake,
        delegable=True, own_row=True,
        gives="the audit row ABANDONED",
    ),
    VerbRow(
        Verb.INPUT_SEAL, Seal, Role.INPUT, AnswerKind.RECEIPT,
        lambda asked, _: asked.intake,
        delegable=True, own_row=True, signature="signature", reach=Reach(entry="supersedes"),
        gives="the record of the original, the first of the batch",
    ),
    VerbRow(
        Verb.PAIR_ISSUE, PairIssue, Role.ADMIN, AnswerKind.ROWS,
        lambda asked, _: f"ticket for {asked.role.name} {asked.label}".rstrip(),
        secret_answer=True,
        gives="gate.ticket",
    ),
    VerbRow(
        Verb.PAIR_REVOKE, PairRevoke, Role.ADMIN, AnswerKind.RECEIPT,
        lambda asked, _: asked.fingerprint,
        own_row=True,
        gives="the audit row REVOKED",
    ),
    VerbRow(
        Verb.PAIR_APPROVE, PairApprove, Role.ADMIN, AnswerKind.RECEIPT,
        lambda asked, _: f"{asked.fingerprint} as {asked.role.name}, words {asked.words}",
        own_row=True,
        gives="the audit row PAIRED",
    ),
    VerbRow(
        Verb.PAIR_DENY, PairDeny, Role.ADMIN, AnswerKind.RECEIPT,
        lambda asked, _: asked.fingerprint,
        own_row=True,
        gives="the audit row DENIED",
    ),
    VerbRow(
        Verb.PAIR_MARK, PairMark, Role.ADMIN, AnswerKind.RECEIPT,
        lambda asked, _: f"{asked.fingerprint} {'in hardware' if asked.hardware else 'not in hardware'}",
        own_row=True,
        gives="the audit row MARKED",
    ),
    VerbRow(
        Verb.PAIR_REQUIRE, PairRequire, Role.ADMIN, AnswerKind.RECEIPT,
        lambda asked, _: f"{asked.role.name} {'with hardware keys alone' if asked.hardware else 'with any key'}",
        own_row=True,
        gives="the audit row REQUIRED",
    ),
    VerbRow(
        Verb.PAIR_NAME, PairName, Role.ADMIN, AnswerKind.RECEIPT,
        lambda asked, _: f"{asked.fingerprint} as {asked.label}",
        own_row=True,
        gives="the audit row NAMED",
    ),
    VerbRow(
        Verb.CAP_GRANT, CapGrant, Role.USER, AnswerKind.ROWS,
        lambda asked, _: f"{', '.join(verb.title for verb in asked.verbs)} for {asked.lifetime_s} s",
        own_row=True,
        gives="gate.capability",
    ),
    VerbRow(
        Verb.CAP_REVOKE, CapRevoke, Role.USER, AnswerKind.RECEIPT,
        lambda asked, _: asked.id.hex(),
        own_row=True,
        gives="the audit row CAP_REVOKED",
    ),
    VerbRow(
        Verb.PEOPLE_CORRECT, CorrectClaim, Role.INPUT, AnswerKind.RECEIPT,
        lambda asked, _: f"claim {asked.claim} on the ground of record {asked.source}",
        delegable=True, own_row=True, reach=Reach(entry="claim", ground="source", owner="people"),
        gives="the record of the claim that takes the place of the old one",
    ),
    VerbRow(
        Verb.MINUTEBOOK_LABEL, LabelDocument, Role.INPUT, AnswerKind.RECEIPT, _label_words,
        delegable=True, own_row=True, reach=Reach(entry="index", owner="minutebook"),
        gives="the record of the label",
    ),
)  # fmt: skip

VERBS: Mapping[int, VerbRow[Any]] = {int(row.verb): row for row in _ROWS}
"""By number. A number that is not here is of a verb that this program does not know: UNKNOWN_VERB."""
ARGUMENTS: Mapping[Verb, type[Arguments]] = {row.verb: row.arguments for row in _ROWS}


@dataclass(frozen=True, slots=True)
class Reserved:
    """A number that is reserved for a verb without a handler, or that had one: it is in no Bound and is refused as
    UNKNOWN_VERB.
    """

    title: str
    secret: bool = False
    """Its arguments will hold a secret."""
    replaced_by: str = ""
    """The verb that took its place, where it was carried out before."""


RESERVED: Mapping[int, Reserved] = {
    0x24: Reserved("input.confirm", replaced_by="input.seal"),
    0x26: Reserved("input.text"),
    0x27: Reserved("input.reread", secret=True),
    0x28: Reserved("input.skip_rest"),
    0x29: Reserved("input.back"),
    0x2A: Reserved("input.review"),
    0x30: Reserved("lifecycle.suspend"),
    0x31: Reserved("lifecycle.resume"),
    0x32: Reserved("lifecycle.archive"),
    0x80: Reserved("node.provision"),
    0x81: Reserved("node.start"),
    0x82: Reserved("node.stop"),
    0x83: Reserved("node.adopt"),
    0x84: Reserved("node.release"),
    0x85: Reserved("node.limits"),
    0x86: Reserved("node.logs"),
    0x87: Reserved("node.cordon"),
    0x88: Reserved("node.drain"),
    0x89: Reserved("node.move"),
}
"""By number. The row of VERBS takes a reserved number's place once the verb has arguments and a handler."""


def verb_title(number: int) -> str:
    """A verb's name for people and the audit log: `input.offer`, or `verb 0x77` for an unknown number."""
    known = VERBS.get(number) or RESERVED.get(number)
    return known.title if known is not None else f"verb {number:#04x}"
