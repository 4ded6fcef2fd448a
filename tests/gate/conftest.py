"""A whole gate over the vault in memory: only the reader of documents is a fake, since extraction is another room."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest

from protocol.schema import VERBS, Arguments, Block, Body, Command, Offer, Receipt, Refusal, Rows, Seal, Table
from protocol.schema.chart import Account
from protocol.schema.numbers import Decision, Role, Severity
from protocol.trust.approval import Approval, ListedClaim, approval_bytes, manner_of
from protocol.trust.keys import FileBinder, fingerprint, generate_static
from protocol.wire.codec import encode_args
from totebox.clock import now_text
from totebox.errors import UploadBroken
from totebox.gate.build import Parts, build_gate
from totebox.gate.capability_book import CapabilityBook
from totebox.gate.disk_floor import no_floor
from totebox.gate.document_source import DocumentSource
from totebox.gate.door import Identity, Pairing, Peer
from totebox.gate.drops import Drops
from totebox.gate.gate import Gate
from totebox.gate.held_rows import HeldRows
from totebox.gate.integrity import Integrity
from totebox.gate.journal import Journal
from totebox.gate.pairings import Pairings
from totebox.gate.recorder import Recorder
from totebox.gate.staging import Staging
from totebox.gate.tables import ListedTable
from totebox.gate.tickets import Issuer
from totebox.gate.verdict import VerificationResult
from totebox.service.contract import Claim, Document, Page, Sealing
from totebox.service.keepers import Keeper, Suggestion
from totebox.service.pages import columns
from totebox.service.query import Query
from totebox.service.table import Key, TableSpec
from totebox.vault.api import Draft, Entry, LeafIndex, Log, Member, Whole
from totebox.vault.memory import MemoryVault

CHART = (Account("1200", "Records", "Minutes", "Board", ("minutes", "board"), "Guardian"),)
DOCUMENTS = TableSpec(
    "minutebook.documents",
    columns("index index", "name text", "service text", "time time"),
    own=(Key("service", "of that service"),),
    searched=("name",),
    dated="time",
)
CLAIM = Claim(0, "person", "Jane Doe", "", 1, 0, 0, 8, "⟦Jane Doe⟧ signs", "test 1")


def binder_of(number: int) -> FileBinder:
    """The device key of `device(number, ...)`."""
    return FileBinder(bytes((number,)) * 32)


def device(number: int, role: Role, label: str) -> Pairing:
    """A paired device that exists in memory only."""
    key = binder_of(number).key
    return Pairing(fingerprint(key), bytes((number,)) * 32, key, b"k" * 32, role, label, "file", now_text())


class Clock:
    """A wall clock and a stopwatch that move when told."""

    def __init__(self) -> None:
        self.us = 1_800_000_000_000_000
        self.s = 100.0

    def now_us(self) -> int:
        return self.us

    def monotonic(self) -> float:
        return self.s


class Answers:
    """One command's Reply: keeps what was said, and hands out the upload that it was given."""

    def __init__(self, upload: bytes = b"", breaks_at: int | None = None) -> None:
        self.said: list[Receipt | Rows | Refusal] = []
        self.parts: list[tuple[int, bytes, bool]] = []
        self.wanted: list[int] = []
        self._upload = upload
        self._breaks_at = breaks_at
        self.stalls, self.stalled = False, asyncio.Event()

    async def receipt(self, receipt: Receipt) -> None:
        self.said.append(receipt)

    async def rows(self, rows: Rows) -> None:
        self.said.append(rows)

    async def refuse(self, refusal: Refusal) -> None:
        self.said.append(refusal)

    async def part(self, offset: int, data: bytes, last: bool) -> None:
        self.parts.append((offset, data, last))

    async def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
        self.wanted.append(offset)
        for start in range(offset, min(size, len(self._upload)), 1000):
            if self._breaks_at is not None and start >= self._breaks_at:
                raise UploadBroken("the session ended")
            yield self._upload[start : start + 1000]
        if self.stalls:
            self.stalled.set()
            await asyncio.Event().wait()


@dataclass
class Room:
    """The gate and everything around it that a test looks at."""

    gate: Gate
    vault: MemoryVault
    pairings: Pairings
    issuer: Issuer
    drops: Drops
    staging: Staging
    clock: Clock
    cuts: list[str]
    events: list[tuple[Severity, str]]
    claims: list[Claim]
    integrity: Integrity
    bodies: list[Body]
    parts: Parts
    ids: "count[int]" = field(default_factory=lambda: count(1))
    answers: type[Answers] = Answers
    binder: FileBinder = field(default_factory=lambda: binder_of(200))
    admin: Pairing = field(default_factory=lambda: device(1, Role.ADMIN, "the owner"))
    desk: Pairing = field(default_factory=lambda: device(2, Role.INPUT, "front desk"))
    other_desk: Pairing = field(default_factory=lambda: device(3, Role.INPUT, "back office"))
    reader: Pairing = field(default_factory=lambda: device(4, Role.USER, "a reader"))
    probe: Pairing = field(default_factory=lambda: device(5, Role.INTERFACE, "a hub"))

    def enrolled(self) -> "Room":
        """All five devices are in the journal, as tickets would have put them there."""
        for number, each in enumerate((self.admin, self.desk, self.other_desk, self.reader, self.probe)):
            issued = self.issuer.issue(each.role, each.label, now=now_text(), now_us=self.clock.us)
            self.pairings.grant(issued.ticket_id, each, self.clock.us)
            assert self.pairings.by_key(each.fingerprint) == each, number
        return self

    def rebuilt(self, **parts: object) -> None:
        """The gate is made again, with other `parts`, such as the verbs and tables of real services."""
        self.parts = replace(self.parts, **parts)  # type: ignore[arg-type]  # dataclasses.replace checks the names at run time
        self.gate = build_gate(self.parts)
        self.integrity = self.gate.reading.integrity

    def binder_of(self, pairing: Pairing) -> FileBinder:
        """The device key of one of the five."""
        return binder_of(pairing.static[0])

    def peer(self, pairing: Pairing, agent: str = "os-console/0.1 keyboard") -> Peer:
        return Peer(1, pairing, pairing.label, agent, "unix uid=1000 pid=7")

    async def ask(
        self,
        pairing: Pairing,
        arguments: Arguments,
        *,
        once: bytes | None = None,
        reply: Answers | None = None,
        agent: str = "keyboard",
        capability: tuple[Block, ...] = (),
    ) -> Receipt | Rows | Refusal | None:
        """Send one command as `pairing`; what was answered. A write without `once` gets a new one."""
        reply = reply or Answers()
        verb, args = encode_args(arguments)
        if once is None:
            once = b"" if VERBS[verb].reads else next(self.ids).to_bytes(16, "big")
        await self.gate.command(Command(next(self.ids), once, verb, args, capability), self.peer(pairing, agent), reply)
        return reply.said[0] if reply.said else None

    async def rows(self, pairing: Pairing, arguments: Arguments, **how: Answers) -> list[dict[str, object]]:
        """The rows that answer `arguments`, by column."""
        answer = await self.ask(pairing, arguments, **how)  # type: ignore[arg-type]
        assert isinstance(answer, Rows), answer
        names = [column.name for column in answer.table.columns]
        return [dict(zip(names, row, strict=True)) for row in answer.table.rows]

    async def refused(self, pairing: Pairing, arguments: Arguments, **how: object) -> Refusal:
        """The refusal that answers `arguments`."""
        answer = await self.ask(pairing, arguments, **how)  # type: ignore[arg-type]
        assert isinstance(answer, Refusal), answer
        return answer

    async def offer(self, pairing: Pairing, data: bytes, name: bytes = b"minutes.md") -> str:
        """Upload `data`; the intake's id."""
        offer = Offer(name, len(data), hashlib.sha256(data).digest())
        return str((await self.rows(pairing, offer, reply=Answers(data)))[0]["intake"])

    def sealing(
        self, pairing: Pairing, intake: str, supersedes: int | None = None, note: str = "", agent: str = "keyboard"
    ) -> Seal:
        """INPUT_SEAL as the device of `pairing` signs it; of a document that is not on its way, a signature over nothing."""
        kept = next((each for each in self.gate.machine.intakes.all() if each.intake == intake), None)
        if kept is None:
            return Seal(intake, supersedes, note, b"s" * 64)
        claims = tuple(
            ListedClaim(
                one.number, one.attribute, one.value, one.anchor, one.line, one.page, one.start, one.end, one.rule,
                kept.decisions.get(one.number, Decision.SKIP),
            )
            for one in kept.claims
        )  # fmt: skip
        approval = Approval(intake, kept.sha256, claims, kept.account, kept.service, supersedes)
        message = approval_bytes(approval, self.binder.key, manner_of(agent))
        return Seal(intake, supersedes, note, self.binder_of(pairing).sign(message))

    async def audit_rows(self) -> list[tuple[str, str]]:
        """Kind and subject of every audit row."""
        return [(entry.kind, entry.subject) for entry in await self.vault.entries(Log.AUDIT, LeafIndex(0), 10_000)]

    async def records(self) -> Sequence[Entry]:
        return await self.vault.entries(Log.RECORDS, LeafIndex(0), 10_000)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    (tmp_path / "intake").mkdir()
    (tmp_path / "drops").mkdir()
    clock, cuts, events, claims = Clock(), list[str](), list[tuple[Severity, str]](), [CLAIM]
    bodies: list[Body] = []
    vault = MemoryVault(intake=tmp_path / "intake")
    pairings = Pairings(Journal(tmp_path / "pairings"))
    numbers = count(1)

    def entropy(size: int) -> bytes:
        return next(numbers).to_bytes(size, "big")

    def emit(severity: Severity, text: str, remedy: str) -> None:
        events.append((severity, text))

    issuer = Issuer(pairings, generate_static(entropy).public, lambda: "unix:/run/t.sock", entropy)
    staging, drops = Staging(tmp_path / "intake"), Drops(tmp_path / "drops", clock.monotonic, clock.now_us)
    held, who = HeldRows(vault, now_text, clock.monotonic), vault.identity
    parts = Parts(
        identity=Identity(who.entity, who.kind, who.origin, who.vkey, who.audit_vkey),
        vault=held,
        recorder=Recorder(held, no_floor(), clock.monotonic),
        pairings=pairings,
        issuer=issuer,
        capability_book=CapabilityBook(Journal(tmp_path / "capabilities")),
        binder=binder_of(200),
        staging=staging,
        drops=drops,
        reading=_reading(vault, claims),
        tables=_tables(vault),
        readable_by={},
        verify=_clean,
        cut=cuts.append,
        voice=lambda source: emit,
        publish=bodies.append,
        changed=lambda table: None,
        entropy=entropy,
        now=now_text,
        now_us=clock.now_us,
        monotonic=clock.monotonic,
    )
    gate = build_gate(parts)
    integrity = gate.reading.integrity
    return Room(gate, vault, pairings, issuer, drops, staging, clock, cuts, events, claims, integrity, bodies, parts)


def _tables(vault: MemoryVault) -> list[ListedTable]:
    """What the services would publish: the records by pages of three, and one table for ADMIN."""

    async def entries(query: Query) -> Page:
        found = await vault.entries(Log.RECORDS, LeafIndex(int(query.cursor or 0)), 3)
        rows = tuple((entry.index, entry.subject, entry.service, entry.time) for entry in found)
        table = Table(DOCUMENTS.name, DOCUMENTS.columns, rows)
        return Page(table, str(found[-1].index + 1) if found else "", len(found) == 3)

    secret = TableSpec("gate.secret", DOCUMENTS.columns)
    return [ListedTable(DOCUMENTS, Role.USER, entries), ListedTable(secret, Role.ADMIN, entries)]


async def _clean() -> VerificationResult:
    return VerificationResult((), 0)


def _reading(vault: MemoryVault, claims: list[Claim]) -> DocumentSource:
    async def read(path: Path, name: str, device: str) -> tuple[Document, tuple[Claim, ...]]:
        text = await asyncio.to_thread(path.read_text, "utf-8")
        return Document("text/markdown", text, 0, ""), tuple(claims)

    async def suggest(document: Document, name: str) -> Suggestion:
        return Suggestion("1200", "minutes ×2", "minutebook")

    async def sealed(sha256: bytes) -> int | None:
        entries = await vault.entries(Log.RECORDS, LeafIndex(0), 10_000)
        return next((entry.index for entry in entries if entry.sha256 == sha256 and entry.kind == "original"), None)

    async def superseded_by(index: LeafIndex) -> LeafIndex | None:
        entries = await vault.entries(Log.RECORDS, LeafIndex(0), 10_000)
        return max((entry.index for entry in entries if entry.supersedes == index), default=None)

    async def compose(service: str, sealing: Sealing) -> Sequence[Draft]:
        text = Draft("minutebook", "text", sealing.name, Whole(sealing.document.text.encode()), "text.md", Member(0))
        kept = [("claim", claim) for claim in sealing.approved] + [("rejected", claim) for claim in sealing.rejected]
        lines = [
            Draft("people", kind, claim.value, Whole(claim.value.encode()), "c.txt", Member(0)) for kind, claim in kept
        ]
        return [text, *lines]

    return DocumentSource(
        read, suggest, lambda: CHART, sealed, superseded_by, compose,
        (Keeper("minutebook"), Keeper("mail", ("message/rfc822",))),
    )  # fmt: skip
