"""What carries bytes between two halves: the same session runs over real sockets and over the carrier in memory."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import pytest

from protocol.authority.connection import AuthorityConnection
from protocol.carrier.carrier import Carrier
from protocol.carrier.dialing import dial
from protocol.carrier.listening import listen
from protocol.errors import CarrierError
from protocol.schema import Chunk, Command, Ping, Pong, Refusal
from protocol.schema.numbers import RefusalCode, Verb
from protocol.subject.connection import Introduced, SubjectConnection
from protocol.testing import ConnectionPair
from protocol.trust.address import parse_address
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio


class End:
    """One half behind a carrier. Keeps the bytes that came and the events that the half made of them."""

    def __init__(self, half: AuthorityConnection | SubjectConnection) -> None:
        self.half, self.came, self.events = half, bytearray(), list[object]()
        self.carrier: Carrier | None = None
        self.moved = asyncio.Event()

    def opened(self, carrier: Carrier) -> None:
        self.carrier = carrier
        carrier.attach(self, self)
        self.moved.set()

    def receive_data(self, data: bytes) -> None:
        self.came += data
        self.half.receive_data(data)

    def data_to_send(self) -> bytes:
        return self.half.data_to_send()

    def readable(self) -> None:
        while (event := self.half.next_event()) is not None:
            self.events.append(event)
        self.moved.set()

    def lost(self, fault: CarrierError | None) -> None:
        self.carrier = None
        self.moved.set()

    async def until_came(self, count: int) -> None:
        """Until `count` events were made here. Raises TimeoutError."""
        async with asyncio.timeout(WAIT_S):
            while len(self.events) < count:
                self.moved.clear()
                await self.moved.wait()


class Carried(Protocol):
    """A pair of halves, and what carries between them. `down` and `up` deliver what one half has to send."""

    pair: ConnectionPair

    async def down(self, events: int) -> None:
        """Until the subject has made `events` events in all."""

    async def up(self, events: int) -> None: ...

    def came(self) -> tuple[bytes, bytes]:
        """All bytes that reached the subject, and the authority."""
        ...

    def events(self) -> tuple[list[object], list[object]]:
        """All events of the subject, and of the authority."""
        ...


class InMemory:
    """`MemoryCarrier`, in pieces of `chunk` bytes."""

    def __init__(self, chunk: int) -> None:
        self.pair = ConnectionPair(chunk=chunk)

    async def down(self, events: int) -> None:
        self.pair.deliver_down()
        assert len(self.pair.subject_events) == events

    async def up(self, events: int) -> None:
        self.pair.deliver_up()
        assert len(self.pair.authority_events) == events

    def came(self) -> tuple[bytes, bytes]:
        return bytes(self.pair.down.sent), bytes(self.pair.up.sent)

    def events(self) -> tuple[list[object], list[object]]:
        return list(self.pair.subject_events), list(self.pair.authority_events)


class OnSockets:
    """Two real carriers, joined at a listening address."""

    def __init__(self) -> None:
        self.pair = ConnectionPair()
        self.subject, self.authority = End(self.pair.subject), End(self.pair.authority)

    async def down(self, events: int) -> None:
        await self._delivered(self.authority, self.subject, events)

    async def up(self, events: int) -> None:
        await self._delivered(self.subject, self.authority, events)

    def came(self) -> tuple[bytes, bytes]:
        return bytes(self.subject.came), bytes(self.authority.came)

    def events(self) -> tuple[list[object], list[object]]:
        return self.subject.events, self.authority.events

    async def _delivered(self, giver: End, taker: End, events: int) -> None:
        assert giver.carrier is not None
        giver.carrier.flush()
        await taker.until_came(events)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["memory", "pieces of 1", "pieces of 7", "unix", "tcp"])
async def carried(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Carried]:
    match request.param:
        case "memory":
            yield InMemory(0)
        case "pieces of 1":
            yield InMemory(1)
        case "pieces of 7":
            yield InMemory(7)
        case kind:
            joined = OnSockets()
            where = f"unix:{tmp_path}/c" if kind == "unix" else "tcp:127.0.0.1:0"
            listening = await listen(parse_address(where), joined.subject.opened)
            await dial(parse_address(listening.uri), joined.authority.opened, timeout_s=WAIT_S)
            yield joined
            for end in (joined.authority, joined.subject):
                if end.carrier is not None:
                    end.carrier.abort()
            await listening.close()


async def opened(carried: Carried) -> None:
    """Take the pair through the handshake and both binders."""
    pair = carried.pair
    await carried.down(1)
    pair.subject.admit(pair.ends.psk, pair.ends.authority_binder.key)
    await carried.up(1)
    pair.authority.bind(pair.bind_message())
    await carried.down(2)
    pair.subject.bound(pair.bound_message())
    await carried.up(2)


async def test_a_session_opens_and_messages_come_in_order(carried: Carried) -> None:
    """The events, and every byte that came, are those of a session that is carried whole in memory."""
    whole = ConnectionPair().open()
    await opened(carried)
    down = [Command(1, b"", Verb.HEAD, b"\x92\x01\x00", ()), Ping(1), Chunk(1, 0, b"x" * 300, True)]
    up = [Pong(1), Refusal(1, RefusalCode.NOT_FOUND, "no", "")]
    for pair in (whole, carried.pair):
        for message in down:
            pair.authority.send(message)
        for message in up:
            pair.subject.send(message)
    whole.deliver_down()
    whole.deliver_up()
    await carried.down(2 + len(down))
    await carried.up(2 + len(up))
    subject, authority = carried.events()
    assert (
        isinstance(subject[1], Introduced) and subject == whole.subject_events and authority == whole.authority_events
    )
    assert authority[2:] == up and carried.came() == (bytes(whole.down.sent), bytes(whole.up.sent))


async def test_a_half_with_nothing_to_send_sends_nothing(carried: Carried) -> None:
    """No byte comes, and no event."""
    await opened(carried)
    before = carried.came()
    await carried.down(2)
    await carried.up(2)
    assert carried.came() == before and list(map(len, carried.events())) == [2, 2]


async def test_more_than_one_read_comes_whole(carried: Carried) -> None:
    """A hundred messages of 8 KiB, given at once, come each once and in order."""
    await opened(carried)
    chunks = [Chunk(1, number * 8_192, bytes((number,)) * 8_192, number == 99) for number in range(100)]
    carried.pair.authority.send(Command(1, b"", Verb.HEAD, b"\x92\x01\x00", ()))
    for chunk in chunks:
        carried.pair.authority.send(chunk)
    await carried.down(3 + len(chunks))
    assert carried.events()[0][3:] == chunks
