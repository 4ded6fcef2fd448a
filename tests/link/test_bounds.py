"""What one peer can make a Totebox keep: each thing is counted, bounded, and gone with the session."""

import asyncio
import os
import tracemalloc

import pytest

from console.link.call import Call, Refused
from console.model.events import LinkLost, LinkUp
from protocol.errors import RemoteProtocolError
from protocol.schema import Ack, Cancel, Chunk, Command, List, Ping, Refusal, Rows, Subscribe
from protocol.schema.numbers import (
    DOWNLOAD_WINDOW_BYTES,
    MAX_BULK_BYTES,
    MAX_COMMANDS_IN_FLIGHT,
    MAX_UNOPENED_BYTES,
    UPLOAD_WINDOW_BYTES,
    ClosingReason,
    RefusalCode,
    Role,
    Topic,
    Verb,
)
from protocol.schema.session import Since
from protocol.trust.keys import FileBinder, generate_static
from protocol.wire.codec import encode_args
from tests.patience import WAIT_S
from totebox.gate.door import Hearing
from totebox.link.exchange import Exchange

pytestmark = pytest.mark.anyio
FLOOD = 5_000


def subscription(number: int) -> Command:
    verb, args = encode_args(Subscribe(b"", (Since(Topic.EVENT, 0),)))
    return Command(number, b"", verb, args, ())


class SlowHearing:
    """A gate whose audit log is slow: it answers a SUBSCRIBE when told."""

    def __init__(self) -> None:
        self.now = self.most = self.begun = 0
        self.moved, self.go = asyncio.Event(), asyncio.Event()

    async def __call__(self, command, peer) -> Hearing:
        self.begun += 1
        self.now += 1
        self.most = max(self.most, self.now)
        self.moved.set()
        try:
            await self.go.wait()
        finally:
            self.now -= 1
        return Hearing(peer.pairing.role, lambda: True, lambda: 0.0)


@pytest.fixture
async def floods(rig):
    """A paired console on a Totebox whose hearing is slow, and who counts the refusals that it gets."""
    rig.door.hearing = SlowHearing()
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    return session, desk


def _subscribe(session, count: int) -> "asyncio.Future[None]":
    """Send `count` of them; done when one was refused with TOO_MANY."""
    refused: asyncio.Future = asyncio.get_running_loop().create_future()

    def settle(number: int, answer) -> None:
        if isinstance(answer, Refusal) and answer.code is RefusalCode.TOO_MANY and not refused.done():
            refused.set_result(None)

    session._commands._settle = settle
    for number in range(count):
        session._call.say(subscription(10_000 + number))
    return refused


async def test_subscriptions_are_commands_in_flight(rig, floods) -> None:
    """The 65th is refused with TOO_MANY, reaches no gate and leaves no task; commands are counted with them."""
    session, _ = floods
    async with asyncio.timeout(WAIT_S):
        await _subscribe(session, FLOOD)
    assert len(rig.listener._tasks) <= MAX_COMMANDS_IN_FLIGHT + 2
    (inside,) = rig.listener._sessions
    assert len(inside._exchanges) == MAX_COMMANDS_IN_FLIGHT


async def test_subscriptions_end_with_their_session(rig, floods) -> None:
    """What waits for its turn when the session ends never reaches the gate: no row is written afterwards."""
    session, _ = floods
    hearing = rig.door.hearing
    async with asyncio.timeout(WAIT_S):
        await _subscribe(session, MAX_COMMANDS_IN_FLIGHT + 1)
    assert hearing.begun == 1
    session._call.close()
    await rig.door.wait_for("closed")
    hearing.go.set()
    async with asyncio.timeout(WAIT_S):
        while rig.listener._tasks:
            await asyncio.wait(set(rig.listener._tasks))
    assert hearing.begun == 1 and hearing.now == 0
    assert all(each.closed for each in rig.feed.subscriptions)


async def test_a_subscription_that_waits_can_be_cancelled(rig, floods) -> None:
    """Like every command: CANCELLED, and its place is free."""
    session, _ = floods
    heard: asyncio.Future = asyncio.get_running_loop().create_future()
    session._commands._settle = lambda number, answer: number == 10_000 and heard.set_result(answer)
    session._call.say(subscription(10_000))
    async with asyncio.timeout(WAIT_S):
        await rig.door.hearing.moved.wait()
        session._call.say(Cancel(10_000))
        answer = await heard
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.CANCELLED
    (inside,) = rig.listener._sessions
    assert 10_000 not in inside._exchanges


async def test_only_the_newest_subscription_is_told(rig) -> None:
    """A thousand one after the other leave one task and one reader."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    answered = asyncio.Semaphore(0)
    session._commands._settle = lambda number, answer: answered.release()
    async with asyncio.timeout(WAIT_S):
        for number in range(1_000):
            session._call.say(subscription(10_000 + number))
            await answered.acquire()
    assert sum(not each.closed for each in rig.feed.subscriptions) == 1
    assert len(rig.listener._tasks) <= 2


async def test_pings_acks_cancels_and_chunks_for_nothing_keep_nothing(rig) -> None:
    """Thousands that name no command in flight: no task, no exchange, and the session answers a question afterwards."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    call = session._call
    for number in range(FLOOD):
        call.say(Ack(70_000 + number, 1))
        call.say(Cancel(70_000 + number))
        call.say(Chunk(70_000 + number, 0, b"x", False))
    async with asyncio.timeout(WAIT_S):
        assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)
    (inside,) = rig.listener._sessions
    assert not inside._exchanges and not inside._tasks
    assert inside._connection.held == 0


class Nowhere:
    """An outbox that keeps what was said."""

    def __init__(self) -> None:
        self.said: list = []
        self.moved = asyncio.Event()

    def send(self, message) -> None:
        self.said.append(message)
        self.moved.set()

    async def drain(self) -> None: ...


async def test_an_upload_in_tiny_chunks_costs_one_window() -> None:
    """Two bytes a chunk, and nobody reads them: the memory of the window, not of a hundred thousand objects."""
    out = Nowhere()
    exchange = Exchange(Command(1, b"", Verb.INPUT_OFFER, b"", ()), out)
    reading = exchange.chunks(0, 1 << 20)
    first = asyncio.ensure_future(anext(reading))
    async with asyncio.timeout(WAIT_S):
        await out.moved.wait()
    chunks = [Chunk(1, at, b"ab", False) for at in range(0, UPLOAD_WINDOW_BYTES, 2)]
    tracemalloc.start()
    try:
        for chunk in chunks:
            exchange.chunk(chunk)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 2 * UPLOAD_WINDOW_BYTES
    assert len(await first) == MAX_BULK_BYTES, "and the gate gets whole blocks"
    await reading.aclose()


@pytest.mark.parametrize(
    "chunk",
    [Chunk(1, 1, b"ab", False), Chunk(1, 0, b"", False), Chunk(1, 0, bytes(MAX_BULK_BYTES + 1), False)],
    ids=["out of order", "empty", "beyond the credit"],
)
async def test_a_chunk_that_is_not_due_breaks_the_protocol(chunk: Chunk) -> None:
    """Bytes elsewhere than where the last ended, none at all, or more than was asked for: the session ends."""
    out = Nowhere()
    exchange = Exchange(Command(1, b"", Verb.INPUT_OFFER, b"", ()), out)
    reading = exchange.chunks(0, MAX_BULK_BYTES)
    first = asyncio.ensure_future(anext(reading))
    async with asyncio.timeout(WAIT_S):
        await out.moved.wait()
    with pytest.raises(RemoteProtocolError):
        exchange.chunk(chunk)
    first.cancel()


async def test_an_ack_of_what_was_not_sent_gives_no_credit() -> None:
    """2^64-1 acknowledged: the download stays within its window of what was sent."""
    out = Nowhere()
    exchange = Exchange(Command(1, b"", Verb.READ, b"", ()), out)
    await exchange.part(0, bytes(MAX_BULK_BYTES), False)
    exchange.ack(Ack(1, (1 << 64) - 1))
    sent = MAX_BULK_BYTES

    async def on() -> None:
        nonlocal sent
        while True:
            await exchange.part(sent, bytes(MAX_BULK_BYTES), False)
            sent += MAX_BULK_BYTES

    going = asyncio.create_task(on())
    for _ in range(200):
        await asyncio.sleep(0)
    assert sent == MAX_BULK_BYTES + DOWNLOAD_WINDOW_BYTES
    going.cancel()


async def test_a_peer_that_sends_before_bound_is_cut(rig) -> None:
    """While the gate opens its session it may leave no megabytes here: PROTOCOL, and what it sent is dropped."""
    opening = asyncio.Event()

    async def opened(peer) -> None:
        rig.door.note("opening", peer)
        await opening.wait()

    rig.door.opened = opened
    await rig.serve()
    static, binder = generate_static(os.urandom), FileBinder(os.urandom(32))
    held = rig.paired(static, binder, rig.uris[0], Role.USER)
    call = await Call.dial(held.uri, static, held.subject_static, held.psk, key=held.subject_key)
    await call.shaken()
    binding = asyncio.create_task(call.bind(binder, "desk", "test/1"))
    async with asyncio.timeout(WAIT_S):
        await rig.door.wait_for("opening")
        call._carrier._transport.write(bytes(2 * MAX_UNOPENED_BYTES))
        await asyncio.wait((binding,))
    assert isinstance(binding.exception(), Refused)
    assert binding.exception().closing.reason is ClosingReason.PROTOCOL
    assert not rig.listener._sessions
    opening.set()
    call.close()
    await call.gone()


async def test_pings_are_answered_no_faster_than_they_are_read(rig) -> None:
    """A peer that sends Pings and reads no Pong is read no further, and cut when it stays so; others go on."""
    await rig.serve()
    session, desk = rig.console()
    other, other_desk = rig.console()
    await desk.wait(LinkUp)
    await other_desk.wait(LinkUp)
    call = session._call
    call._carrier.pause_reading()
    number = 1_000_000
    async with asyncio.timeout(WAIT_S):
        while not any(each._carrier.is_stuck for each in rig.listener._sessions):
            for _ in range(500):
                number += 1
                call.say(Ping(number))
            await asyncio.sleep(0)
        assert isinstance(await other.ask("k", List("t", "", "", "", 1)), Rows)
    assert not other_desk.all(LinkLost)
    stuck = next(each for each in rig.listener._sessions if each._carrier.is_stuck)
    assert not stuck._carrier._transport.is_reading()
