"""A small real Door and Feed with a real log behind them, a Listener on real sockets, and console sessions that dial it."""

import asyncio
import contextlib
import math
import os
from collections import deque
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from console.link.pairing import StoredPairing
from console.link.session import Session
from protocol.schema import (
    VERBS,
    Column,
    ColumnKind,
    Cursor,
    EventBody,
    Gap,
    HeadBody,
    Offer,
    Read,
    Refusal,
    Rows,
    Table,
    Telemetry,
)
from protocol.schema.numbers import MAX_BULK_BYTES, Log, RefusalCode, Role, Severity, Topic, Verb
from protocol.testing import MemoryLog
from protocol.trust.keys import FileBinder, fingerprint, generate_static, totebox_id
from protocol.trust.note import Signer
from protocol.trust.pairing import issue_ticket, ticket_psk
from protocol.wire.codec import decode_args, encode_body
from tests.patience import WAIT_S
from totebox.errors import GateClosed, UploadBroken
from totebox.gate.door import Hearing, Identity, OpenTicket, Pairing, Standing, TicketFault
from totebox.link import Listener


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def add(log: MemoryLog, text: str) -> int:
    """Append a leaf that begins with its index, as every register row does; the index."""
    return log.append(f"{len(log.leaves)},{text}".encode())


class SmallFeed:
    """Bounded telemetry: `tell` never waits, a slow reader loses the oldest."""

    def __init__(self, bound: int = 8) -> None:
        self.epoch = os.urandom(8)
        self.bound = bound
        self.subscriptions: list[SmallSubscription] = []
        self.requests: list[object] = []
        self.asked = asyncio.Event()
        self.seq = 0

    def subscribe(self, role, request):
        self.requests.append(request)
        self.asked.set()
        subscription = SmallSubscription(self, tuple(each.topic for each in request.topics))
        self.subscriptions.append(subscription)
        return subscription

    def tell(self, body) -> None:
        topic, packed = encode_body(body)
        self.seq += 1
        message = Telemetry(topic, Cursor(self.epoch, self.seq), 1_700_000_000_000_000, packed)
        for subscription in self.subscriptions:
            subscription.put(message)


class SmallSubscription:
    def __init__(self, feed: SmallFeed, granted) -> None:
        self.granted, self._feed = granted, feed
        self.waiting: deque = deque()
        self.dropped: dict[Topic, list[int]] = {}
        self._arrived = asyncio.Event()
        self.closed = False

    def put(self, message: Telemetry) -> None:
        if self.closed or message.topic not in self.granted:
            return
        if len(self.waiting) >= self._feed.bound:
            lost = self.waiting.popleft()
            span = self.dropped.setdefault(lost.topic, [lost.cursor.seq, lost.cursor.seq])
            span[1] = lost.cursor.seq
        self.waiting.append(message)
        self._arrived.set()

    async def next(self):
        while not self.waiting:
            self._arrived.clear()
            await self._arrived.wait()
        if self.dropped:
            topic, (first, last) = self.dropped.popitem()
            return Gap(topic, first, last)
        return self.waiting.popleft()

    def close(self) -> None:
        self.closed = True


class SmallDoor:
    """Pairings, tickets, two logs, uploads into memory. Everything that the link does to it is in `journal`."""

    def __init__(self) -> None:
        self.records, self.audit = (
            MemoryLog(Signer(origin, os.urandom(32))) for origin in ("totebox/acme", "totebox/acme/audit")
        )
        add(self.records, "genesis")
        add(self.audit, "genesis")
        self.verbs = tuple(sorted(VERBS))
        self.identity = Identity(
            "Acme Holdings", "corporation", self.records.origin,
            self.records.signer.verifier.text(), self.audit.signer.verifier.text(),
        )  # fmt: skip
        self.pairings: dict[bytes, tuple[Standing, Pairing]] = {}
        self.tickets: dict[bytes, OpenTicket | TicketFault] = {}
        self.journal: list[tuple[str, object]] = []
        self.moved = asyncio.Event()
        self.gate = asyncio.Event()
        self.payload = bytes(range(256)) * 4_096
        self.received = bytearray()
        self.stop_reading: asyncio.Event | None = None
        self.refusing: dict[int, Refusal] = {}
        """A download is refused with this, once, at such a byte."""
        self.staged = 0

    def note(self, what: str, value: object) -> None:
        self.journal.append((what, value))
        self.moved.set()

    async def wait_for(self, what: str) -> object:
        async with asyncio.timeout(WAIT_S):
            while True:
                for word, value in self.journal:
                    if word == what:
                        return value
                self.moved.clear()
                await self.moved.wait()

    def pairing(self, static):
        return self.pairings.get(static, (Standing.UNKNOWN, None))

    def ticket(self, ticket_id, static):
        return self.tickets.get(ticket_id, TicketFault.UNKNOWN)

    async def grant(self, ticket_id, static, key, psk, label, provider):
        ticket = self.tickets[ticket_id]
        if not isinstance(ticket, OpenTicket):
            raise GateClosed("the ticket was used before")
        pairing = Pairing(fingerprint(key), static, key, psk, ticket.role, label, provider, "now")
        self.pairings[static] = (Standing.PAIRED, pairing)
        self.tickets[ticket_id] = TicketFault.USED
        self.note("grant", pairing)
        return pairing

    async def hearing(self, command, peer):
        return Hearing(peer.pairing.role, lambda: True, lambda: math.inf)

    async def opened(self, peer):
        self.note("opened", peer)

    async def closed(self, peer, reason):
        self.note("closed", reason)

    async def turned_away(self, carrier, reason):
        self.note("turned away", reason)

    async def command(self, command, peer, reply):
        arguments = decode_args(command.verb, command.args)
        self.note("command", arguments)
        match command.verb:
            case Verb.HEAD:
                await self._head(command, arguments, reply)
            case Verb.PROVE:
                log = self.audit if arguments.log is Log.AUDIT else self.records
                await reply.receipt(log.receipt(arguments.index, command.id))
            case Verb.LIST:
                await self._list(command, arguments, reply)
            case Verb.INPUT_OFFER:
                await self._offer(command, arguments, reply)
            case Verb.READ:
                await self._read(command, arguments, reply)
            case Verb.VERIFY:
                raise RuntimeError("the vault is on fire")
            case _:
                await reply.refuse(Refusal(command.id, RefusalCode.NOT_PERMITTED, "no", "ask an ADMIN"))

    async def _head(self, command, arguments, reply):
        log = self.audit if arguments.log is Log.AUDIT else self.records
        if arguments.seen_size > len(log.leaves):
            await reply.refuse(Refusal(command.id, RefusalCode.NOT_FOUND, "older", ""))
            return
        columns = (Column("checkpoint", ColumnKind.HASH, ""), Column("path", ColumnKind.HASH, ""))
        row = (log.note, b"".join(log.consistency(arguments.seen_size)))
        await reply.rows(Rows(command.id, Table("vault.head", columns, (row,)), "", False))

    async def _list(self, command, arguments, reply):
        if arguments.table == "slow":
            try:
                await self.gate.wait()
            except asyncio.CancelledError:
                self.note("cancelled", command.id)
                raise
        columns = (Column("word", ColumnKind.TEXT, ""),)
        await reply.rows(Rows(command.id, Table(arguments.table, columns, ((arguments.query,),)), "", False))

    async def _offer(self, command, arguments: Offer, reply):
        try:
            async for piece in reply.chunks(self.staged, arguments.size):
                self.received += piece
                if self.stop_reading is not None:
                    self.note("holding", len(self.received))
                    await self.stop_reading.wait()
        except UploadBroken as fault:
            self.note("broken", str(fault))
            await reply.refuse(Refusal(command.id, RefusalCode.CONFLICT, str(fault), "again"))
            return
        columns = (Column("size", ColumnKind.BYTES, ""),)
        await reply.rows(Rows(command.id, Table("input.intake", columns, ((len(self.received),),)), "", False))

    async def _read(self, command, arguments: Read, reply):
        data = self.payload[arguments.offset :]
        for at in range(0, len(data), MAX_BULK_BYTES):
            piece = data[at : at + MAX_BULK_BYTES]
            last = at + len(piece) == len(data)
            if (refusal := self.refusing.pop(arguments.offset + at, None)) is not None:
                await reply.refuse(replace(refusal, id=command.id))
                return
            self.note("part", at)
            await reply.part(arguments.offset + at, piece, last)


class Desk:
    """A console's events, and a way to wait for one."""

    def __init__(self) -> None:
        self.events: list = []
        self.moved = asyncio.Event()

    def __call__(self, event) -> None:
        self.events.append(event)
        self.moved.set()

    async def wait(self, kind, holds=lambda event: True, timeout_s: float = WAIT_S):
        """The first event of `kind` that holds, past ones included."""
        async with asyncio.timeout(timeout_s):
            while True:
                for event in self.events:
                    if isinstance(event, kind) and holds(event):
                        return event
                self.moved.clear()
                await self.moved.wait()

    def all(self, kind) -> list:
        return [event for event in self.events if isinstance(event, kind)]


class Rig:
    """One Totebox's link on real sockets, and consoles."""

    def __init__(self, path: Path) -> None:
        self.door, self.feed = SmallDoor(), SmallFeed()
        self.static, self.binder = generate_static(os.urandom), FileBinder(os.urandom(32))
        self.path = path
        self.uris: list[str] = []
        self.listener: Listener | None = None
        self._serving: asyncio.Task | None = None
        self._running: list[asyncio.Task] = []

    async def serve(self, *addresses: str) -> list[str]:
        up: asyncio.Future = asyncio.get_running_loop().create_future()
        self.listener = Listener(self.door, self.feed, self.static, self.binder)
        wanted = addresses or (f"unix:{self.path}/s", "tcp:127.0.0.1:0")
        self._serving = asyncio.create_task(self.listener.run(wanted, up.set_result))
        await asyncio.wait((up, self._serving), return_when=asyncio.FIRST_COMPLETED)
        if self._serving.done():
            failed, self._serving = self._serving, None
            failed.result()
        self.uris = up.result()
        return self.uris

    async def stop(self) -> None:
        if self._serving is not None:
            self._serving.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._serving
            self._serving = None

    def ticket(self, uri: str, role: Role = Role.ADMIN):
        ticket = issue_ticket(self.static.public, uri, 1_700_000_000, os.urandom)
        self.door.tickets[ticket.ticket_id] = OpenTicket(ticket.ticket_id, ticket_psk(ticket), role, "ticket")
        return ticket

    def paired(self, static, binder, uri: str, role: Role = Role.ADMIN) -> StoredPairing:
        """A pairing that both sides already hold."""
        psk = os.urandom(32)
        held = Pairing(fingerprint(binder.key), static.public, binder.key, psk, role, "desk", "file", "now")
        self.door.pairings[static.public] = (Standing.PAIRED, held)
        who = self.door.identity
        return StoredPairing(
            totebox_id(self.static.public), "acme", uri, self.static.public, self.binder.key, psk, role, who.vkey, who.audit_vkey
        )  # fmt: skip

    def console(self, uri: str = "", role: Role = Role.ADMIN, **options) -> tuple[Session, Desk]:
        """A paired console whose session runs."""
        static, binder = options.pop("keys", None) or (generate_static(os.urandom), FileBinder(os.urandom(32)))
        desk = Desk()
        pairing = options.pop("pairing", None) or self.paired(static, binder, uri or self.uris[0], role)
        options.setdefault("stale_after_s", WAIT_S)
        session = Session(pairing, static, binder, "desk", "test/1 keyboard", desk, monotonic, **options)
        self._running.append(asyncio.create_task(session.run()))
        return session, desk

    async def close(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.stop()


@pytest.fixture
async def rig(tmp_path: Path):
    built = Rig(tmp_path)
    yield built
    await built.close()


@pytest.fixture
def event_body():
    return lambda text: EventBody(Severity.INFO, "test", text, "")


@pytest.fixture
def head_body():
    return lambda log, note: HeadBody(log, note)
