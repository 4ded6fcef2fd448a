"""A Totebox in memory that answers as a real one does: two logs with real trees and signatures behind the Link protocol."""

import asyncio
import csv
from collections.abc import Callable
from dataclasses import replace

from console.errors import LinkDown
from console.model.events import (
    Answer,
    Answered,
    Asked,
    BackedOff,
    Echo,
    HeadChecked,
    Heard,
    LinkLost,
    LinkUp,
    PairingAdded,
)
from console.model.link import Chunks, Lent, Mailbox
from protocol.schema import (
    Arguments,
    AuditBody,
    Body,
    Bound,
    CapGrant,
    CapRevoke,
    ChangedBody,
    Cosign,
    Cursor,
    DeviceKey,
    EntryBody,
    EventBody,
    List,
    Offer,
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
    Prove,
    Receipt,
    Refusal,
    Rows,
    Seal,
    ServiceState,
    StatusBody,
    Table,
    Telemetry,
    Verify,
)
from protocol.schema.numbers import Algorithm, Grade, Log, RefusalCode, Role, Severity, Tier
from protocol.testing import MemoryLog
from protocol.trust.approval import Approval
from protocol.trust.cosignature import Witness
from protocol.trust.note import Signer
from protocol.wire.codec import encode_body
from tests.chassis.declared import SPECS, declared
from totebox.gate.views import TICKET
from totebox.service.query import BadQuery, parse
from totebox.vault.log.cells import encode_line
from totebox.vault.log.record import COLUMNS

NOW = "2026-11-22T02:31:40.000000Z"
NOW_US = 1_795_314_700_000_000
FINGERPRINT = "SHA256:3q2xkTnVv0o5bQyX1hYbJm7mUeZsWcR4dLpA9fGiHjK"
EPOCH = bytes(8)


def add_row(log: MemoryLog, **cells: str) -> bytes:
    """Append a register row with these cells, the others blank, as the writer writes it; its index is the next."""
    row = {"index": str(len(log.leaves)), "time": NOW, "actor": FINGERPRINT, **cells}
    assert set(row) <= set(COLUMNS), f"a register row has no such column: {sorted(set(row) - set(COLUMNS))}"
    log.append(encode_line([row.get(name, "") for name in COLUMNS]))
    return log.leaves[-1]


def status(**values: object) -> StatusBody:
    """A StatusBody of a small, healthy Totebox."""
    body = StatusBody(
        entity="Acme Holdings",
        entity_kind="corporation",
        lifecycle="active",
        grade=Grade.PROCESS,
        tier=Tier.RELAY,
        read_only="",
        tree_size=1_204,
        root=bytes(range(32)),
        checkpoint_time_us=NOW_US - 130_000_000,
        audit_size=412,
        audit_root=bytes(range(32, 64)),
        services=(
            ServiceState("fs", "running", "", 0),
            ServiceState("audit", "running", "", 0),
            ServiceState("extraction", "running", "", 2),
            ServiceState("minutebook", "running", "", 0),
            ServiceState("people", "running", "", 0),
            ServiceState("slm", "absent", "no model is attached", 0),
        ),
        sessions=2,
        gate_queue=0,
        intake=1,
        drops=3,
        disk_free_bytes=61 * 1024**3,
        disk_total_bytes=100 * 1024**3,
        vault_bytes=312 * 1024**2,
        memory_bytes=71 * 1024**2,
        cpu_permille=34,
        uptime_s=93_784,
        version="0.1.0",
    )
    return replace(body, **values)  # type: ignore[arg-type]


class FakeTotebox:
    """A Link. `emit` everything as a real session would; answers are computed, never canned, where a proof is in them."""

    def __init__(self, mailbox: Mailbox, id: str = "acme", role: Role = Role.ADMIN, name: str = "acme") -> None:
        self.emit, self.id, self.name, self.role = mailbox, id, name, role
        self.records = MemoryLog(Signer(f"{id}-1a2b3c4d", bytes([1]) * 32))
        self.audit = MemoryLog(Signer(f"{id}-1a2b3c4d/audit", bytes([2]) * 32))
        self.clock: Callable[[], float] = lambda: 0.0
        self.lent: list[tuple[CapGrant, DeviceKey, str]] = []
        self.asked: list[Arguments] = []
        self.approved: list[Approval] = []
        self.tables: dict[str, Table] = {}
        self.refuse: dict[str, Refusal] = {}
        self.is_up = False
        self.hold: asyncio.Event | None = None
        self._seq = 0

    # What happens.

    def known(self) -> None:
        self.emit(PairingAdded(self.id, self.name, f"unix:/run/{self.id}.sock", self.clock()))

    def up(self) -> None:
        key = DeviceKey(Algorithm.SSH_ED25519, bytes(32))
        bound = Bound(
            key, b"s", "Acme Holdings", "corporation", self.records.signer.verifier.name,
            self.records.signer.verifier.text(), self.audit.signer.verifier.text(), self.role, EPOCH, bytes(32), (), (),
        )  # fmt: skip
        self.is_up = True
        self.emit(LinkUp(self.id, bound, "unix", self.clock()))
        for log, is_audit in ((self.records, False), (self.audit, True)):
            self.emit(HeadChecked(self.id, is_audit, len(log.leaves), log.head.root, log.note, "", self.clock()))

    def down(self, reason: str = "the Totebox closed the connection", retry_in: float | None = 4.0) -> None:
        self.is_up = False
        retry_at = None if retry_in is None else self.clock() + retry_in
        self.emit(LinkLost(self.id, reason, None, retry_at, self.clock()))

    def backed_off(self, for_s: float) -> None:
        self.emit(BackedOff(self.id, self.clock() + for_s, self.clock()))

    def echo(self) -> None:
        self.emit(Echo(self.id, self.clock(), self.clock()))

    def tell(self, body: Body, time_us: int = NOW_US) -> None:
        topic, data = encode_body(body)
        self._seq += 1
        self.emit(Heard(self.id, Telemetry(topic, Cursor(EPOCH, self._seq), time_us, data), self.clock()))

    def tell_status(self, **values: object) -> None:
        self.tell(status(**{"tree_size": len(self.records.leaves), "audit_size": len(self.audit.leaves), **values}))

    def event(self, severity: Severity, source: str, text: str, remedy: str = "", time_us: int = NOW_US) -> None:
        self.tell(EventBody(severity, source, text, remedy), time_us)

    def audited(self, kind: str, subject: str, detail: str = "", **cells: str) -> None:
        """Append to the audit log and tell it."""
        row = add_row(self.audit, service="audit", kind=kind, subject=subject, note=detail, **cells)
        self.tell(AuditBody(len(self.audit.leaves) - 1, row))

    def sealed(self, subject: str, **cells: str) -> None:
        row = add_row(self.records, service="minutebook", kind="original", subject=subject, length="4242", **cells)
        self.tell(EntryBody(len(self.records.leaves) - 1, row))

    def changed(self, name: str) -> None:
        self.tell(ChangedBody(name))

    # The Link protocol.

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def ask(self, key: str, arguments: Arguments, once: bytes = b"") -> Answer:
        if not self.is_up:
            raise LinkDown(f"{self.name} is not connected")
        self.asked.append(arguments)
        self.emit(Asked(self.id, key, arguments, self.clock()))
        if self.hold is not None:
            await self.hold.wait()
        answer = self.answer(arguments)
        self.emit(Answered(self.id, key, arguments, answer, "", self.clock()))
        return answer

    def answer(self, arguments: Arguments) -> Answer:
        if refusal := self.refuse.get(type(arguments).__name__):
            return refusal
        if isinstance(arguments, List) and (spec := SPECS.get(arguments.table)) is not None:
            try:
                parse(spec, arguments.query, arguments.as_of, arguments.cursor, arguments.limit)
            except BadQuery as fault:
                return Refusal(0, RefusalCode.BAD_ARGUMENTS, fault.reason, fault.remedy)
        match arguments:
            case Prove(log=log, index=index):
                return (self.audit if log is Log.AUDIT else self.records).receipt(index)
            case List(table="audit.log"):
                return self._audit_page(arguments)
            case List(table=name) if name in self.tables:
                return Rows(0, self.tables[name], "", False)
            case PairIssue(role=role):
                text = (
                    "psp://pair/" + "7kq4m2xv9d3ftw8zrbn6ch5jpy0sgeua" * 3 + "?at=unix:/run/user/1000/totebox/1a2b.sock"
                )
                return Rows(0, Table("gate.ticket", TICKET, ((text, role.name, "2026-11-22T02:41:40Z"),)), "", False)
            case PairApprove() | PairDeny() | PairMark() | PairName() | PairRequire() | CapRevoke() | Cosign():
                self.audited(type(arguments).__name__.upper(), "device", "")
                return self.audit.receipt(len(self.audit.leaves) - 1)
            case PairRevoke() as revoke:
                self.audited("REVOKED", revoke.fingerprint, revoke.reason)
                return self.audit.receipt(len(self.audit.leaves) - 1)
            case Verify():
                return Rows(0, declared("vault.findings", (), ()), "", False)
            case _:
                return Refusal(0, RefusalCode.NOT_FOUND, "there is no such table here", f"tables: {', '.join(SPECS)}")

    def _audit_page(self, asked: List) -> Rows:
        top = int(asked.cursor) if asked.cursor else len(self.audit.leaves)
        start = max(0, top - asked.limit)
        rows = []
        for index in range(top - 1, start - 1, -1):
            cells = next(csv.reader([self.audit.leaves[index].decode()]))
            rows.append((index, cells[1], cells[2], cells[4], cells[5], cells[14], cells[13]))
        return Rows(0, Table("audit.log", SPECS["audit.log"].columns, tuple(rows)), str(start), start > 0)

    async def lend(self, key: str, wish: CapGrant, holder: DeviceKey, chain: str = "") -> Lent | Refusal:
        self.lent.append((wish, holder, chain))
        return Lent("psp-cap:1:" + "A" * 90, b"i" * 32, "SHA256:" + "h" * 43)

    async def seal(self, key: str, approval: Approval, note: str, once: bytes = b"") -> Answer:
        """As a session does it, with a signature that is none."""
        self.approved.append(approval)
        return await self.ask(key, Seal(approval.intake, approval.supersedes, note, b"s"), once)

    async def cosign(self, key: str) -> Answer:
        """As a session does it: both heads, the records' first."""
        witness = Witness("desk.example", b"\2" * 32)
        for log, kept in ((Log.RECORDS, self.records), (Log.AUDIT, self.audit)):
            answer = await self.ask(key, Cosign(log, witness.cosign(kept.note, 1_900_000_000), witness.key.text()))
            if not isinstance(answer, Receipt):
                return answer
        return answer

    async def upload(self, key: str, offer: Offer, chunks: Chunks) -> Answer:
        received = b"".join([chunk async for chunk in chunks(0)])
        assert len(received) == offer.size
        return await self.ask(key, offer)

    async def download(self, index: int, sink: Callable[[bytes], None], *, size: int) -> Refusal | None:
        sink(b"bytes of the record")
        return None


def furnish(box: FakeTotebox) -> None:
    """A Totebox with a morning's work in it."""
    box.known()
    add_row(
        box.audit,
        kind="CREATED",
        actor="local",
        subject="Acme Holdings",
        note="corporation",
        time="2026-11-20T08:00:00.000000Z",
    )
    for number in range(38):
        minute = f"2026-11-22T02:{number // 2:02}:{number % 2 * 30:02}.120000Z"
        if number % 9 == 8:
            add_row(
                box.audit,
                kind="REFUSED",
                subject="pair.issue",
                note="needs the role ADMIN, this device has USER",
                time=minute,
            )
        elif number % 5 == 4:
            add_row(
                box.audit,
                kind="RECORD_VERIFIED",
                subject=f"claim {number}",
                note="person: Ada Lovelace, page 2 line 14",
                command="9f" * 16,
                time=minute,
            )
        elif number % 7 == 6:
            add_row(
                box.audit,
                kind="RECORD_REJECTED",
                subject=f"claim {number}",
                note="amount: 12.50 EUR, page 1 line 3",
                time=minute,
            )
        else:
            add_row(
                box.audit,
                kind="COMMAND",
                subject="list minutebook.documents",
                note="200 rows at most",
                command="4c" * 16,
                time=minute,
            )
    for number in range(12):
        add_row(box.records, service="minutebook", kind="original", subject=f"lease-{number}.pdf", length="42000")
    box.up()
    given = ("fingerprint", "label", "role", "provider", "state", "granted", "ended", "sessions", "agent")
    box.tables["gate.pairings"] = declared(
        "gate.pairings",
        given,
        [
            (FINGERPRINT, "front desk", "ADMIN", "file", "paired", "2026-11-20T08:00:05Z", None, 1, "os-console/0.1"),
            (
                "SHA256:bbbb" + "q" * 39,
                "night clerk",
                "INPUT",
                "file",
                "paired",
                "2026-11-21T17:12:44Z",
                None,
                1,
                "os-console/0.1",
            ),
            (
                "SHA256:cccc" + "r" * 39,
                "old laptop",
                "USER",
                "agent",
                "revoked",
                "2026-11-20T09:30:00Z",
                "2026-11-21T09:00:00Z",
                0,
                "",
            ),
        ],
    )
    box.tell_status()
    box.event(Severity.INFO, "gate", "session opened by front desk (unix uid=1000)", time_us=NOW_US - 90_000_000)
    box.event(Severity.NOTICE, "extraction", "lease-11.pdf: 14 claims read", time_us=NOW_US - 60_000_000)
    box.event(
        Severity.WARNING,
        "disk",
        "4 % free where the vault lives",
        "Make room: records are refused at 1 %.",
        NOW_US - 30_000_000,
    )
    box.audited("COMMAND", "pair.issue", "INPUT for night clerk", time="2026-11-22T02:30:11.000000Z")
    box.sealed("board-minutes-2026-11.pdf", time="2026-11-22T02:30:40.000000Z")
