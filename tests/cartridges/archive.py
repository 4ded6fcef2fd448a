"""A Totebox in memory with documents in it: F12's five steps, the minutebook and the people, on real logs with real proofs."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from console.model.events import Answer
from console.model.link import Chunks, Mailbox
from console.model.rows import parse_row
from protocol.schema import (
    Abandon,
    Arguments,
    Cell,
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
from tests.chassis.declared import table_of
from tests.chassis.fake_totebox import FINGERPRINT, NOW, FakeTotebox, add_row

Row = Mapping[str, Cell]
T = TypeVar("T")
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
KEEPERS = ("minutebook",)
CHART = ("number", "profile", "domain", "subdomain", "keywords", "archetype")
ACCOUNTS: Sequence[tuple[str, str, str, str, str, str]] = (
    ("1100", "Corporation", "Compliance", "Counsel", "statute|filing", "Guardian"),
    ("1200", "Corporation", "Finance", "Accounting", "invoice|ledger", "Fiduciary"),
    ("2100", "Corporation", "Investor Relations", "Board", "minutes|resolution", "Executive"),
    ("4100", "Corporation", "Real Estate", "Office Leasing", "lease|tenant|landlord", "Catalyst"),
    ("4200", "Corporation", "Real Estate", "Office Tenants", "tenant|mail", "Steward"),
    ("5100", "Corporation", "Construction", "Facade Consultants", "facade", "Engineer"),
    ("6100", "Corporation", "Personnel", "Contracts", "employment", "Steward"),
)


def said(decision: Decision | None) -> Row:
    """What was decided, and why it was rejected, as the gate says it."""
    words = {None: "", Decision.YES: "yes", Decision.SKIP: "skip"}
    return {"decision": words.get(decision, "no"), "because": decision.reason if decision is not None else ""}


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
        self.documents: list[Row] = []
        """Rows of `minutebook.documents`, the newest first."""
        self.found = FOUND
        self.excerpt: Callable[[Row, str], str] = lambda row, word: f"... ⟦{word}⟧ ..."
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
        add_row(
            self.records,
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
            add_row(self.records, service="minutebook", kind="text", subject=name, path=f"assets/minutebook/0000/{name}.md", offset="0",
                length=str(len(body)), sha256=hashlib.sha256(body).hexdigest(), source=str(index), time=time,
            )  # fmt: skip
            self.data[derived] = body
        version = 1
        if supersedes is not None:
            version = 1 + next(int(row["version"] or 1) for row in self.documents if row["index"] == supersedes)
            self.documents = [
                {**row, "superseded_by": index} if row["index"] == supersedes else row for row in self.documents
            ]
        row: Row = {
            "index": index, "time": time, "name": name, "media": "application/pdf", "size": len(data), "sha256": sha256,
            "account": account, "pages": 2, "version": version, "supersedes": supersedes, "text": derived, "claims": 7,
        }  # fmt: skip
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
        sealed = next((row["index"] for row in self.documents if row["sha256"] == sha256), None)
        self._serial += 1
        staged = Staged(f"i{self._serial}", name, data)
        self.staged[staged.id] = staged
        return Rows(0, table_of("input.intake", [self._intake(staged, sealed)]), "", False)

    def _intake(self, staged: Staged, sealed: Cell = None) -> Row:
        return {
            "intake": staged.id, "name": staged.name, "media": "application/pdf", "size": len(staged.data),
            "sha256": hashlib.sha256(staged.data).digest(), "sealed": sealed, "suggestion": "4100",
            "reason": "'lease' 4 times, 'tenant' twice", "service": staged.service, "step": self._step(staged),
            "holder": FINGERPRINT, "account": staged.account,
        }  # fmt: skip

    def _step(self, staged: Staged) -> str:
        if not staged.account:
            return "route"
        return "decide" if len(staged.decisions) < len(self.found) else "confirm"

    def _routed(self, intake: str, account: str, service: str) -> Answer:
        staged = self.staged[intake]
        if account not in {number for number, *_ in ACCOUNTS}:
            reason = f"account {account!r} is not in the chart"
            return Refusal(0, RefusalCode.BAD_ARGUMENTS, reason, "choose one of table input.chart")
        if service not in KEEPERS:
            reason = f"service {service!r} keeps no originals"
            return Refusal(0, RefusalCode.BAD_ARGUMENTS, reason, f"choose one of {', '.join(KEEPERS)}")
        staged.account, staged.service = account, service
        return self._claims(staged)

    def _claims(self, staged: Staged) -> Rows:
        rows = (
            {
                "number": number, "attribute": attribute, "value": value, "anchor": anchor, "line": line, "page": 1,
                "excerpt": excerpt, "rule": f"{attribute}-1", **said(staged.decisions.get(number)),
            }
            for number, (attribute, value, anchor, line, excerpt) in enumerate(self.found)
        )  # fmt: skip
        return Rows(0, table_of("input.claims", rows), "", False)

    def _written(self, arguments: Decide | Seal | Abandon) -> Answer:
        staged = self.staged.get(arguments.intake)
        if staged is None:
            return Refusal(0, RefusalCode.NOT_FOUND, f"no document {arguments.intake} is on its way", "offer it again")
        match arguments:
            case Seal(supersedes=supersedes):
                if len(staged.decisions) < len(self.found):
                    return Refusal(0, RefusalCode.WRONG_STEP, "claims wait for an answer", "do decide first")
                newer = next((row.get("superseded_by") for row in self.documents if row["index"] == supersedes), None)
                if newer is not None:
                    reason = f"entry {supersedes} is superseded by entry {newer} already"
                    return Refusal(0, RefusalCode.CONFLICT, reason, f"look at entry {newer}; abandon this document")
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
        add_row(self.audit, service="audit", kind=kind, subject=subject)
        return self.audit.receipt(len(self.audit.leaves) - 1)

    # Tables.

    def _listed(self, asked: List) -> Answer:
        match asked.table:
            case "input.drops":
                rows: Sequence[Row] = [
                    {"name": name, "shown": name.decode("utf-8", "replace"), "size": len(data), "modified": NOW}
                    for name, data in self.drops.items()
                ]
            case "input.chart":
                rows = [dict(zip(CHART, row, strict=True)) for row in ACCOUNTS]
            case "input.intake":
                rows = [self._intake(one) for one in self.staged.values()]
            case "minutebook.documents":
                rows = self._documents(asked.query)
            case "minutebook.history":
                rows = self._history(int(asked.query.removeprefix("document:")))
            case name if name in self.tables:
                whole = self._filtered(asked, self.tables[name])
                return _page(asked, whole.rows, lambda part: Table(name, whole.columns, tuple(part)))
            case _:
                return super().answer(asked)
        return _page(asked, rows, lambda part: table_of(asked.table, part))

    def _filtered(self, asked: List, whole: Table) -> Table:
        if not asked.query.startswith("anchor:"):
            return whole
        at = [column.name for column in whole.columns].index("anchor")
        return Table(whole.name, whole.columns, tuple(row for row in whole.rows if row[at] == asked.query[7:]))

    def _documents(self, query: str) -> list[Row]:
        words = [word for word in query.casefold().split() if word != "all:"]
        if words and words[0].startswith("index:"):
            return [row for row in self.documents if row["index"] == int(words[0][6:])]
        found = [row for row in self.documents if "all:" in query or row.get("superseded_by") is None]
        if not words:
            return found
        return [
            {**row, "excerpt": self.excerpt(row, words[0])}
            for row in found
            if all(word in (str(row["name"]) + self._text(row["text"])).casefold() for word in words)
        ]

    def _text(self, index: Cell) -> str:
        return self.data[index].decode() if isinstance(index, int) else ""

    def _history(self, index: int) -> list[Row]:
        rows = [parse_row(leaf) for leaf in self.records.leaves]
        family = {index}
        for _ in rows:
            family |= {row.index for row in rows if {row.source, row.supersedes} & family}
            family |= {
                cited
                for row in rows
                if row.index in family
                for cited in (row.source, row.supersedes)
                if cited is not None
            }
        return [
            {
                "index": row.index, "time": row.time, "kind": row.kind, "actor": row.actor, "note": row.note, "path": row.path,
                "sha256": row.sha256, "source": row.source, "supersedes": row.supersedes, "audit": row.audit,
                "document": row.index if row.kind == "original" else row.source,
            }
            for row in rows
            if row.index in family
        ]  # fmt: skip


def _page(asked: List, rows: Sequence[T], made: Callable[[Sequence[T]], Table]) -> Rows:
    """The page of `rows` that was asked for, as the table that `made` makes of it."""
    at = int(asked.cursor or 0)
    part = rows[at : at + asked.limit]
    end = at + len(part)
    more = end < len(rows)
    return Rows(0, made(part), str(end) if more else "", more)
