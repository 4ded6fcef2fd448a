"""A Totebox in memory with documents in it: F12's five steps, the minutebook and the people, on real logs with real proofs."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from console.model.events import Answer
from console.model.link import Chunks, Mailbox
from protocol.schema import (
    Abandon,
    Arguments,
    Cell,
    ColumnKind,
    Decide,
    List,
    Offer,
    Receipt,
    Refusal,
    Route,
    Rows,
    Seal,
    Table,
    Take,
)
from protocol.schema.numbers import Decision, RefusalCode, Role
from tests.chassis.fake_totebox import FINGERPRINT, NOW, FakeTotebox, table

TEXT, INT, INDEX, TIME, HASH, BYTES, BOOL = (
    ColumnKind.TEXT,
    ColumnKind.INT,
    ColumnKind.INDEX,
    ColumnKind.TIME,
    ColumnKind.HASH,
    ColumnKind.BYTES,
    ColumnKind.BOOL,
)
INTAKE = [
    ("intake", TEXT), ("name", TEXT), ("media", TEXT), ("size", BYTES), ("sha256", HASH), ("sealed", INDEX), ("trouble", TEXT),
    ("suggestion", TEXT), ("reason", TEXT), ("service", TEXT), ("step", TEXT), ("holder", TEXT),
]  # fmt: skip
CLAIMS = [
    ("number", INT), ("attribute", TEXT), ("value", TEXT), ("anchor", TEXT), ("line", INT), ("page", INT), ("start", INT),
    ("end", INT), ("excerpt", TEXT), ("rule", TEXT), ("decision", TEXT), ("because", TEXT),
]  # fmt: skip
DROPS = [("name", HASH), ("shown", TEXT), ("size", BYTES), ("modified", TIME)]
CHART = [
    ("number", TEXT),
    ("profile", TEXT),
    ("domain", TEXT),
    ("subdomain", TEXT),
    ("keywords", TEXT),
    ("archetype", TEXT),
]
DOCUMENTS = [
    ("index", INDEX), ("time", TIME), ("name", TEXT), ("media", TEXT), ("size", BYTES), ("sha256", HASH), ("account", TEXT),
    ("pages", INT), ("version", INT), ("supersedes", INDEX), ("superseded_by", INDEX), ("text", INDEX), ("claims", INT),
    ("excerpt", TEXT),
]  # fmt: skip
HISTORY = [
    ("index", INDEX), ("time", TIME), ("kind", TEXT), ("actor", TEXT), ("note", TEXT), ("path", TEXT), ("sha256", HASH),
    ("source", INDEX), ("supersedes", INDEX), ("audit", ColumnKind.AUDIT_INDEX),
]  # fmt: skip
ANCHORS = [
    ("anchor", TEXT), ("name", TEXT), ("type", TEXT), ("claims", INT), ("first", TIME), ("last", TIME), ("conflict", BOOL),
]  # fmt: skip
PEOPLE = [
    ("index", INDEX), ("anchor", TEXT), ("attribute", TEXT), ("value", TEXT), ("source", INDEX), ("line", INT), ("page", INT),
    ("start", INT), ("end", INT), ("excerpt", TEXT), ("status", TEXT), ("actor", TEXT), ("time", TIME),
]  # fmt: skip

LEASE = (
    "# Lease of office premises\n\nBetween Northwind Estates GmbH (the Landlord), represented by Dr. Karin Lindqvist,\n"
    "and Acme Holdings Ltd. (the Tenant), represented by Ms. Ada Okafor, ada.okafor@acme.example.\n\n"
    "1. The premises are the third floor of Hafenstrasse 12, Hamburg, from 2026-01-01 on.\n"
    "2. The rent is 4250.00 EUR a month, payable to DE89 3704 0044 0532 0130 00.\n"
    "3. Notices go to the Landlord at k.lindqvist@northwind.example or +49 40 1234567.\n"
)
FOUND: Sequence[tuple[str, str, str, int, str]] = (
    ("organisation", "Northwind Estates GmbH", "", 3, "Between ⟦Northwind Estates GmbH⟧ (the Landlord), represented by"),
    ("person", "Karin Lindqvist", "", 3, "(the Landlord), represented by Dr. ⟦Karin Lindqvist⟧,"),
    ("person", "Ada Okafor", "ada.okafor@acme.example", 4, "(the Tenant), represented by Ms. ⟦Ada Okafor⟧, ada.okafor@acme.example."),
    ("date", "2026-01-01", "", 6, "1. The premises are the third floor of Hafenstrasse 12, Hamburg, from ⟦2026-01-01⟧ on."),
    ("amount", "4250.00 EUR", "", 7, "2. The rent is ⟦4250.00 EUR⟧ a month, payable to DE89 3704 0044 0532 0130 00."),
    ("iban", "DE89370400440532013000", "", 7, "2. The rent is 4250.00 EUR a month, payable to ⟦DE89 3704 0044 0532 0130 00⟧."),
    ("email", "k.lindqvist@northwind.example", "", 8, "Notices go to the Landlord at ⟦k.lindqvist@northwind.example⟧ or +49"),
)  # fmt: skip
ACCOUNTS: Sequence[tuple[str, str, str, str, str, str]] = (
    ("1100", "Corporation", "Compliance", "Counsel", "statute|filing", "Guardian"),
    ("1200", "Corporation", "Finance", "Accounting", "invoice|ledger", "Fiduciary"),
    ("2100", "Corporation", "Investor Relations", "Board", "minutes|resolution", "Executive"),
    ("4100", "Corporation", "Real Estate", "Office Leasing", "lease|tenant|landlord", "Catalyst"),
    ("4200", "Corporation", "Real Estate", "Office Tenants", "tenant|mail", "Steward"),
    ("5100", "Corporation", "Construction", "Facade Consultants", "facade", "Engineer"),
    ("6100", "Corporation", "Personnel", "Contracts", "employment", "Steward"),
)


def said(decision: Decision | None) -> tuple[str, str]:
    """What was decided, and why it was rejected, as the gate says it."""
    words = {None: "", Decision.YES: "yes", Decision.SKIP: "skip"}
    return words.get(decision, "no"), decision.reason if decision is not None else ""


@dataclass
class Staged:
    """One document on its way."""

    id: str
    name: str
    data: bytes
    account: str = ""
    service: str = "minutebook"
    decisions: dict[int, Decision] = field(default_factory=dict)


class Archive(FakeTotebox):
    """Answers F12's verbs as a gate does, and keeps what was sealed."""

    def __init__(self, mailbox: Mailbox, id: str = "acme", role: Role = Role.ADMIN, name: str = "acme") -> None:
        super().__init__(mailbox, id, role, name)
        self.staged: dict[str, Staged] = {}
        self.drops: dict[bytes, bytes] = {}
        self.data: dict[int, bytes] = {}
        self.documents: list[tuple[Cell, ...]] = []
        self.found = FOUND
        self.excerpt: Callable[[tuple[Cell, ...], str], str] = lambda row, word: f"... ⟦{word}⟧ ..."
        self._serial = 0

    # What is in it.

    def keep(
        self,
        name: str,
        data: bytes,
        text: str = "",
        supersedes: int | None = None,
        account: str = "4100",
        time: str = NOW,
    ) -> int:
        """Seal a document and its text without F12; the original's index."""
        index = len(self.records.leaves)
        sha256 = hashlib.sha256(data).digest()
        self.records.add(
            service="minutebook",
            kind="original",
            subject=name,
            path=f"assets/minutebook/0000/{name}",
            offset="0",
            length=str(len(data)),
            sha256=sha256.hex(),
            supersedes="" if supersedes is None else str(supersedes),
            audit="7",
            note=f"account={account}, media=application/pdf",
            time=time,
        )
        self.data[index] = data
        derived = None
        if text:
            derived = len(self.records.leaves)
            body = text.encode()
            self.records.add(
                service="minutebook", kind="text", subject=name, path=f"assets/minutebook/0000/{name}.md", offset="0",
                length=str(len(body)), sha256=hashlib.sha256(body).hexdigest(), source=str(index), time=time,
            )  # fmt: skip
            self.data[derived] = body
        version = 1
        if supersedes is not None:
            version = 1 + next(int(row[8] or 1) for row in self.documents if row[0] == supersedes)
            self.documents = [(*row[:10], index, *row[11:]) if row[0] == supersedes else row for row in self.documents]
        row = (
            index,
            time,
            name,
            "application/pdf",
            len(data),
            sha256,
            account,
            2,
            version,
            supersedes,
            None,
            derived,
            7,
            "",
        )
        self.documents.insert(0, row)
        return index

    # The Link protocol.

    def answer(self, arguments: Arguments) -> Answer:
        if refusal := self.refuse.get(type(arguments).__name__):
            return refusal
        match arguments:
            case Take(name=name):
                return self._stage(name.decode("utf-8", "replace"), self.drops[name])
            case Route(intake=intake, account=account, service=service):
                return self._routed(intake, account, service)
            case Decide() | Seal() | Abandon():
                return self._written(arguments)
            case List(table="input.claims", query=query):
                return self._claims(self.staged[query.removeprefix("intake:")])
            case List():
                return self._listed(arguments)
            case _:
                return super().answer(arguments)

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        received = b"".join([chunk async for chunk in chunks(0)])
        assert hashlib.sha256(received).digest() == offer.sha256
        self._uploaded = received
        self.pending = offer
        return await self.ask(key, offer) if "Offer" in self.refuse else self._stage(offer.name.decode(), received)

    async def download(self, index: int, sink: Callable[[bytes], None], *, size: int) -> Refusal | None:
        for at in range(0, len(self.data[index]), 1_000):
            sink(self.data[index][at : at + 1_000])
        return None

    # F12.

    def _stage(self, name: str, data: bytes) -> Rows:
        sha256 = hashlib.sha256(data).digest()
        sealed = next((row[0] for row in self.documents if row[5] == sha256), None)
        self._serial += 1
        staged = Staged(f"i{self._serial}", name, data)
        self.staged[staged.id] = staged
        return Rows(0, table("input.intake", INTAKE, [self._intake(staged, sealed)]), "", False)

    def _intake(self, staged: Staged, sealed: Cell = None) -> tuple[Cell, ...]:
        sha256 = hashlib.sha256(staged.data).digest()
        step = "decide" if staged.account else "route"
        return (
            staged.id, staged.name, "application/pdf", len(staged.data), sha256, sealed, "", "4100",
            "'lease' 4 times, 'tenant' twice", staged.service, step, FINGERPRINT,
        )  # fmt: skip

    def _routed(self, intake: str, account: str, service: str) -> Answer:
        staged = self.staged[intake]
        staged.account, staged.service = account, service
        return self._claims(staged)

    def _claims(self, staged: Staged) -> Rows:
        rows: list[tuple[Cell, ...]] = [
            (
                number,
                attribute,
                value,
                anchor,
                line,
                1,
                0,
                0,
                excerpt,
                f"{attribute}-1",
                *said(staged.decisions.get(number)),
            )
            for number, (attribute, value, anchor, line, excerpt) in enumerate(self.found)
        ]
        return Rows(0, table("input.claims", CLAIMS, rows), "", False)

    def _written(self, arguments: Decide | Seal | Abandon) -> Answer:
        staged = self.staged.get(arguments.intake)
        if staged is None:
            return Refusal(0, RefusalCode.NOT_FOUND, f"no document {arguments.intake} is on its way", "offer it again")
        match arguments:
            case Seal(supersedes=supersedes):
                if len(staged.decisions) < len(self.found):
                    return Refusal(0, RefusalCode.WRONG_STEP, "claims wait for an answer", "do decide first")
                index = self.keep(staged.name, staged.data, LEASE, supersedes, staged.account)
                del self.staged[arguments.intake]
                return self.records.receipt(index)
            case Decide(claim=claim, decision=decision):
                staged.decisions[claim] = decision
                kinds = {Decision.YES: "RECORD_VERIFIED", Decision.SKIP: "RECORD_SKIPPED"}
                return self._audit(kinds.get(decision, "RECORD_REJECTED"), f"{staged.id} claim {claim}")
            case Abandon():
                del self.staged[arguments.intake]
                return self._audit("ABANDONED", staged.id)

    def _audit(self, kind: str, subject: str) -> Receipt:
        self.audit.add(service="audit", kind=kind, subject=subject)
        return self.audit.receipt(len(self.audit.leaves) - 1)

    # Tables.

    def _listed(self, asked: List) -> Answer:
        match asked.table:
            case "input.drops":
                drops = [(name, name.decode("utf-8", "replace"), len(data), NOW) for name, data in self.drops.items()]
                return self._page(asked, table("input.drops", DROPS, drops))
            case "input.chart":
                return self._page(asked, table("input.chart", CHART, ACCOUNTS))
            case "input.intake":
                return self._page(
                    asked, table("input.intake", INTAKE, [self._intake(one) for one in self.staged.values()])
                )
            case "minutebook.documents":
                return self._page(asked, table("minutebook.documents", DOCUMENTS, self._documents(asked.query)))
            case "minutebook.history":
                return self._page(
                    asked,
                    table("minutebook.history", HISTORY, self._history(int(asked.query.removeprefix("document:")))),
                )
            case name if name in self.tables:
                return self._page(asked, self._filtered(asked, self.tables[name]))
            case _:
                return super().answer(asked)

    def _page(self, asked: List, whole: Table) -> Rows:
        at = int(asked.cursor or 0)
        rows = whole.rows[at : at + asked.limit]
        more = at + len(rows) < len(whole.rows)
        return Rows(0, Table(whole.name, whole.columns, rows), str(at + len(rows)) if more else "", more)

    def _filtered(self, asked: List, whole: Table) -> Table:
        if not asked.query.startswith("anchor:"):
            return whole
        at = [column.name for column in whole.columns].index("anchor")
        return Table(whole.name, whole.columns, tuple(row for row in whole.rows if row[at] == asked.query[7:]))

    def _documents(self, query: str) -> list[tuple[Cell, ...]]:
        words = [word for word in query.casefold().split() if word != "all:"]
        if words and words[0].startswith("index:"):
            return [row for row in self.documents if row[0] == int(words[0][6:])]
        found = [row for row in self.documents if "all:" in query or row[10] is None]
        if not words:
            return found
        return [
            (*row[:13], self.excerpt(row, words[0]))
            for row in found
            if all(word in (str(row[2]) + self._text(row[11])).casefold() for word in words)
        ]

    def _text(self, index: Cell) -> str:
        return self.data[index].decode() if isinstance(index, int) else ""

    def _history(self, index: int) -> list[tuple[Cell, ...]]:
        import csv

        rows = [next(csv.reader([leaf.decode()])) for leaf in self.records.leaves]
        family = {index}
        for _ in rows:
            family |= {int(row[0]) for row in rows if any(row[at] and int(row[at]) in family for at in (10, 11))}
            family |= {int(row[at]) for row in rows if int(row[0]) in family for at in (10, 11) if row[at]}
        return [
            (
                int(row[0]), row[1], row[4], row[2], row[14], row[6], bytes.fromhex(row[9]), int(row[10]) if row[10] else None,
                int(row[11]) if row[11] else None, int(row[12]) if row[12] else None,
            )
            for row in rows
            if int(row[0]) in family
        ]  # fmt: skip
