"""PSP over real sockets for the benchmarks: many authorities and one subject in this process, every layer but the gate."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from protocol.authority.connection import AuthorityConnection, Shaken
from protocol.carrier.carrier import Carrier
from protocol.carrier.dialing import dial
from protocol.carrier.listening import Listening, listen
from protocol.errors import CarrierError, RemoteProtocolError
from protocol.schema import SCHEMA_DIGEST, Bind, Bound, Cursor, Down, EventBody, Part, Ping, Pong, Telemetry, Up
from protocol.schema.numbers import Role, Severity, Topic
from protocol.subject.connection import Called, Introduced, SubjectConnection
from protocol.trust.address import parse_address
from protocol.trust.keys import FileBinder, X25519Pair, generate_static
from protocol.wire.codec import encode_body
from totebox.link.budget import HandshakeBudget

EPOCH = b"epoch-01"
PAYLOAD = b"x" * 64
_BODY = encode_body(EventBody(Severity.INFO, "bench", "x" * 48, ""))[1]


def part(number: int) -> Part:
    """A message that carries 64 bytes."""
    return Part(1, number, PAYLOAD, False)


def telemetry(number: int) -> Telemetry:
    """A message whose body is about 64 bytes."""
    return Telemetry(Topic.EVENT, Cursor(EPOCH, number), 1_700_000_000_000_000, _BODY)


@dataclass
class Keys:
    """All authorities share one device here; what is measured does not depend on it."""

    authority: X25519Pair = field(default_factory=lambda: generate_static(os.urandom))
    subject: X25519Pair = field(default_factory=lambda: generate_static(os.urandom))
    authority_binder: FileBinder = field(default_factory=lambda: FileBinder(os.urandom(32)))
    subject_binder: FileBinder = field(default_factory=lambda: FileBinder(os.urandom(32)))
    psk: bytes = field(default_factory=lambda: os.urandom(32))


class SubjectEnd:
    """Admits the one pairing, hands orders to `hear`."""

    def __init__(
        self, keys: Keys, carrier: Carrier, hear: Callable[["SubjectEnd", object], None], line: HandshakeBudget
    ) -> None:
        self.keys, self.carrier, self._hear = keys, carrier, hear
        self.connection = SubjectConnection(keys.subject, os.urandom, monotonic())
        self._line = line
        self._shaken = False
        carrier.attach(self.connection, self)

    def readable(self) -> None:
        if self._shaken:
            self._read()
        else:
            self._line.put(self._read)

    def _read(self) -> None:
        try:
            self._events()
        except RemoteProtocolError:
            self.carrier.abort()

    def _events(self) -> None:
        while (event := self.connection.next_event()) is not None:
            if isinstance(event, Called):
                self.connection.admit(self.keys.psk, self.keys.authority_binder.key)
            elif isinstance(event, Introduced):
                self.connection.bound(self._bound())
                self._shaken = True
            else:
                self._hear(self, event)
        self.carrier.write_now()

    def lost(self, fault: CarrierError | None) -> None:
        pass

    def pong(self, event: object) -> None:
        if isinstance(event, Ping):
            self.connection.send(Pong(event.n))

    def say(self, message: Up) -> None:
        self.connection.send(message)
        self.carrier.write_now()

    def _bound(self) -> Bound:
        binder = self.keys.subject_binder
        signature = binder.sign(self.connection.to_sign(binder.key))
        return Bound(
            binder.key, signature, "Bench", "corporation", "totebox/bench", "vkey", "audit-vkey", Role.ADMIN, EPOCH,
            SCHEMA_DIGEST, (), (),
        )  # fmt: skip


class AuthorityEnd:
    """Dials, binds, hands what it hears to `hear`; `opened` is set when the session stands."""

    def __init__(self, keys: Keys, hear: Callable[[object], None]) -> None:
        self.keys, self._hear = keys, hear
        self.opened = asyncio.get_running_loop().create_future()
        self.connection = AuthorityConnection(
            keys.authority, keys.subject.public, keys.psk, os.urandom, monotonic(), key=keys.subject_binder.key
        )
        self.carrier: Carrier | None = None

    async def dial(self, uri: str) -> "AuthorityEnd":
        def opened(carrier: Carrier) -> None:
            self.carrier = carrier
            carrier.attach(self.connection, self)

        await dial(parse_address(uri), opened, timeout_s=10.0)
        await self.opened
        return self

    def readable(self) -> None:
        assert self.carrier is not None
        while (event := self.connection.next_event()) is not None:
            if isinstance(event, Shaken):
                binder = self.keys.authority_binder
                signature = binder.sign(self.connection.to_sign(binder.key))
                self.connection.bind(Bind(binder.key, signature, binder.provider, "bench", "bench/1"))
            elif isinstance(event, Bound):
                self.opened.set_result(None)
            else:
                self._hear(event)
        self.carrier.write_now()

    def lost(self, fault: CarrierError | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(fault or CarrierError("closed"))

    def say(self, message: Down) -> None:
        assert self.carrier is not None
        self.connection.send(message)
        self.carrier.write_now()

    def abort(self) -> None:
        assert self.carrier is not None
        self.carrier.abort()


@dataclass
class House:
    """One listening subject and the ends that it has accepted."""

    keys: Keys
    listening: Listening
    ends: list[SubjectEnd]

    @property
    def uri(self) -> str:
        return self.listening.uri

    async def close(self) -> None:
        await self.listening.close()
        for end in self.ends:
            end.carrier.abort()


async def serve(hear: Callable[[SubjectEnd, object], None] = lambda end, event: None) -> House:
    """A subject on a loopback port."""
    keys, ends, line = Keys(), [], HandshakeBudget()
    listening = await listen(
        parse_address("tcp:127.0.0.1:0"), lambda carrier: ends.append(SubjectEnd(keys, carrier, hear, line))
    )
    return House(keys, listening, ends)
