"""Both halves of the link against each other, over real Unix sockets and TCP."""

import asyncio
import os
from dataclasses import replace

import pytest

from console.errors import LinkDown, PairingError
from console.link.pairing import pair
from console.model.events import Answered, Asked, Echo, HeadChecked, Heard, LinkLost, LinkUp
from protocol.schema import Gap, List, Offer, Prove, Receipt, Refusal, Rows, Telemetry, Verify
from protocol.schema.numbers import ClosingReason, Log, RefusalCode, Role, Topic
from protocol.trust.keys import FileBinder, generate_static
from protocol.wire.codec import decode_body
from tests.link.conftest import add
from tests.patience import WAIT_S
from totebox.gate.door import Standing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("which", [0, 1], ids=["unix", "tcp"])
async def test_ask_is_answered(rig, which: int) -> None:
    """A paired console gets the rows it asked for, and both sides name the carrier."""
    uris = await rig.serve()
    session, desk = rig.console(uris[which])
    up = await desk.wait(LinkUp)
    answer = await session.ask("k", List("people.anchors", "acme", "", "", 10))
    assert isinstance(answer, Rows) and answer.table.rows == (("acme",),)
    assert [type(event) for event in desk.events if isinstance(event, Asked | Answered)] == [Asked, Answered]
    assert up.carrier.startswith(("unix uid=", "tcp 127.0.0.1:")[which])
    peer = await rig.door.wait_for("opened")
    assert peer.carrier.startswith(("unix uid=", "tcp 127.0.0.1:")[which]) and peer.agent == "test/1 keyboard"
    assert rig.listener.sessions() == (peer,)


async def test_receipt_is_proved(rig) -> None:
    """A true receipt has no trouble; one whose leaf was changed says what does not hold."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    await session.ask("good", Prove(Log.RECORDS, 0))
    honest = rig.door.records.receipt
    rig.door.records.receipt = lambda index, command: _forged(honest(index, command))
    await session.ask("bad", Prove(Log.RECORDS, 0))
    good, bad = desk.all(Answered)
    assert good.trouble == "" and "does not lead" in bad.trouble


def _forged(receipt: Receipt) -> Receipt:
    return replace(receipt, proof=replace(receipt.proof, leaf=receipt.proof.leaf + b"!"))


async def test_slow_command_does_not_block_a_fast_one(rig) -> None:
    """Commands are pipelined: the second is answered while the first waits."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    slow = asyncio.create_task(session.ask("slow", List("slow", "1", "", "", 1)))
    fast = await session.ask("fast", List("fast", "2", "", "", 1))
    assert isinstance(fast, Rows) and not slow.done()
    rig.door.gate.set()
    assert isinstance(await slow, Rows)


async def test_cancelled_wait_cancels_the_command(rig) -> None:
    """Whoever stops waiting sends Cancel, and the gate's task ends."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    slow = asyncio.create_task(session.ask("slow", List("slow", "1", "", "", 1)))
    await rig.door.wait_for("command")
    await asyncio.gather(session.ask("fast", List("fast", "", "", "", 1)))
    slow.cancel()
    await rig.door.wait_for("cancelled")


async def test_fault_of_the_gate_is_a_refusal(rig) -> None:
    """An exception in the gate ends one command, not the session."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    answer = await session.ask("v", Verify())
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.FAULT and "fire" in answer.reason
    assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)


async def test_answer_that_cannot_be_encoded_is_a_refusal(rig) -> None:
    """A gate whose row has a cell too many is answered as a fault; the asker does not wait for ever."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    rig.door.records.receipt = lambda index, command: Receipt(command, -1, None, b"")
    answer = await session.ask("p", Prove(Log.RECORDS, 0))
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.FAULT


async def test_upload_and_download(rig) -> None:
    """A megabyte goes up with credit and comes down with credit, byte for byte."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    data = os.urandom(1_000_003)
    answer = await session.upload("u", Offer(b"a.pdf", len(data), bytes(32)), _pieces(data))
    assert isinstance(answer, Rows) and bytes(rig.door.received) == data
    assert desk.all(Answered)[-1].trouble == ""
    got = bytearray()
    assert await session.download(0, got.extend) is None
    assert bytes(got) == rig.door.payload


def _pieces(data: bytes, size: int = 40_000):
    async def chunks(offset: int):
        for at in range(offset, len(data), size):
            yield data[at : at + size]

    return chunks


async def test_upload_resumes_where_the_totebox_wants_it(rig) -> None:
    """Want names the offset: what was staged before is not sent again."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    data = os.urandom(300_000)
    rig.door.staged = 123_456
    rig.door.received += data[:123_456]
    await session.upload("u", Offer(b"a", len(data), bytes(32)), _pieces(data))
    assert bytes(rig.door.received) == data


async def test_upload_never_runs_ahead_of_its_credit(rig) -> None:
    """While the gate holds, at most one window of bytes left the console."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    rig.door.stop_reading = asyncio.Event()
    data, sent = os.urandom(2_000_000), 0

    async def chunks(offset: int):
        nonlocal sent
        for at in range(offset, len(data), 16_384):
            sent = at + 16_384
            yield data[at : at + 16_384]

    upload = asyncio.create_task(session.upload("u", Offer(b"a", len(data), bytes(32)), chunks))
    await rig.door.wait_for("holding")
    for _ in range(20):
        await session.ask("k", List("t", "", "", "", 1))
    assert sent <= 262_144 + 16_384
    rig.door.stop_reading.set()
    assert isinstance(await upload, Rows)


async def test_source_that_breaks_cancels_the_upload(rig) -> None:
    """An exception of the source reaches the asker, and the gate hears that the upload is over."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)

    async def chunks(offset: int):
        yield b"x" * 100
        raise RuntimeError("vanished")

    with pytest.raises(RuntimeError, match="vanished"):
        await session.upload("u", Offer(b"a", 1_000, bytes(32)), chunks)
    assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)


async def test_source_that_is_too_short_breaks_the_upload(rig) -> None:
    """Fewer bytes than offered: the gate says so, nothing becomes a record."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    answer = await session.upload("u", Offer(b"a", 1_000, bytes(32)), _pieces(b"x" * 600))
    assert isinstance(answer, Refusal) and "600 of 1000" in answer.reason


async def test_download_waits_for_credit(rig) -> None:
    """A console that does not consume is not flooded: parts beyond the window are not even read."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    commands = session._commands
    held = []
    commands._part = held.append
    download = asyncio.create_task(session.download(0, lambda data: None))
    await rig.door.wait_for("part")
    for _ in range(30):
        await session.ask("k", List("t", "", "", "", 1))
    assert sum(len(part.data) for part in held) <= 262_144
    download.cancel()


async def test_telemetry_reaches_the_console(rig, event_body) -> None:
    """What the feed tells is heard, in order, by a session that subscribed by itself."""
    await rig.serve()
    _, desk = rig.console()
    await desk.wait(LinkUp)
    await _subscribed(rig)
    rig.feed.tell(event_body("one"))
    rig.feed.tell(event_body("two"))
    await desk.wait(Heard, lambda e: _text(e) == "two")
    assert [_text(event) for event in desk.all(Heard)] == ["one", "two"]


async def _subscribed(rig) -> None:
    async with asyncio.timeout(WAIT_S):
        await rig.feed.asked.wait()


def _text(event: Heard) -> str:
    message = event.message
    return decode_body(message.topic, message.body).text if isinstance(message, Telemetry) else "gap"


async def test_role_limits_what_is_subscribed(rig) -> None:
    """An INTERFACE pairing asks for no topic above its role."""
    await rig.serve()
    _, desk = rig.console(role=Role.INTERFACE)
    await desk.wait(LinkUp)
    await _subscribed(rig)
    topics = {each.topic for each in rig.feed.requests[0].topics}
    assert topics == {Topic.STATUS, Topic.EVENT, Topic.HEAD, Topic.INTEGRITY}


async def test_ping_is_echoed(rig) -> None:
    """Echo says when the Ping that came back was sent."""
    await rig.serve()
    _, desk = rig.console()
    echo = await desk.wait(Echo)
    assert echo.sent_at <= echo.at


async def test_heads_are_checked(rig, head_body) -> None:
    """Both logs' heads are proved at the start, and again after a HEAD body."""
    await rig.serve()
    _, desk = rig.console()
    await desk.wait(HeadChecked, lambda e: not e.audit)
    await desk.wait(HeadChecked, lambda e: e.audit)
    await _subscribed(rig)
    add(rig.door.records, "more")
    rig.feed.tell(head_body(Log.RECORDS, rig.door.records.note))
    moved = await desk.wait(HeadChecked, lambda e: e.tree_size == 2)
    assert moved.alarm == "" and not any(event.alarm for event in desk.all(HeadChecked))


async def test_log_that_went_back_raises_the_alarm(rig) -> None:
    """A Totebox whose log is shorter than what was seen is shown with both facts."""
    from console.link.heads import NothingSeen

    await rig.serve()
    seen = NothingSeen()
    for word in ("a", "b", "c"):
        add(rig.door.records, word)
    seen.put(rig.door.records.origin, rig.door.records.note)
    rig.door.records.leaves[2:] = []
    _, desk = rig.console(seen=seen)
    checked = await desk.wait(HeadChecked, lambda e: not e.audit)
    assert "shorter than the 4 entries" in checked.alarm


async def test_log_that_was_rewritten_raises_the_alarm(rig) -> None:
    """Same length, other leaf: no path leads from what was seen."""
    from console.link.heads import NothingSeen

    await rig.serve()
    seen = NothingSeen()
    for word in ("a", "b"):
        add(rig.door.records, word)
    seen.put(rig.door.records.origin, rig.door.records.note)
    rig.door.records.leaves[1] = b"1,other"
    add(rig.door.records, "c")
    _, desk = rig.console(seen=seen)
    checked = await desk.wait(HeadChecked, lambda e: not e.audit)
    assert "does not extend" in checked.alarm


class MemoryStore:
    """Pairings in memory; every state that was stored, in order."""

    def __init__(self) -> None:
        self.stored: list = []

    def store(self, pairing) -> None:
        self.stored.append(pairing)

    def free_name(self, wanted: str, totebox: str) -> str:
        return wanted

    def find(self, totebox: str):
        return None

    def forget(self, totebox: str) -> None: ...


async def test_pairing_by_ticket(rig) -> None:
    """A ticket pairs once: provisional, then final, then sessions work; the second use says that it was used."""
    uris = await rig.serve()
    ticket = rig.ticket(uris[0], Role.INPUT)
    static, binder, store = generate_static(os.urandom), FileBinder(os.urandom(32)), MemoryStore()
    pairing = await pair(ticket, static, binder, "desk", "test/1", store)
    assert [each.subject_key is None for each in store.stored] == [True, False]
    assert (pairing.name, pairing.role, pairing.vkey) == ("Acme Holdings", Role.INPUT, rig.door.identity.vkey)
    with pytest.raises(PairingError, match="used before"):
        await pair(ticket, generate_static(os.urandom), binder, "desk", "test/1", MemoryStore())


async def test_provisional_pairing_is_completed_by_a_session(rig) -> None:
    """Bound was lost: the provisional pairing opens a session and is stored complete."""
    uris = await rig.serve()
    static, binder, store = generate_static(os.urandom), FileBinder(os.urandom(32)), MemoryStore()
    full = rig.paired(static, binder, uris[0])
    provisional = replace(full, subject_key=None, role=None, vkey="", audit_vkey="")
    session, desk = rig.console(pairing=provisional, keys=(static, binder), store=store)
    await desk.wait(LinkUp)
    assert session.pairing == full and store.stored == [full]


async def test_unknown_and_revoked_are_told_apart(rig) -> None:
    """A peer without a pairing hears UNKNOWN_PEER, a revoked one REVOKED; neither dials again by itself."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    ((static, (_, held)),) = rig.door.pairings.items()
    rig.door.pairings[static] = (Standing.REVOKED, held)
    assert rig.listener.cut(held.fingerprint) == 1
    lost = await desk.wait(
        LinkLost,
    )
    assert lost.closing.reason is ClosingReason.REVOKED and lost.retry_at is None
    session.retry()
    again = await desk.wait(LinkLost, lambda e: e is not lost)
    assert again.closing.reason is ClosingReason.REVOKED and "revoked" in again.reason
    rig.door.pairings.clear()
    session.retry()
    unknown = await desk.wait(LinkLost, lambda e: e.closing.reason is ClosingReason.UNKNOWN_PEER)
    assert unknown.retry_at is None


async def test_reconnects_by_itself(rig) -> None:
    """A daemon that stops is lost with its reason; when it is back, so is the session, with its subscription."""
    uris = await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    await rig.stop()
    lost = await desk.wait(LinkLost)
    assert lost.closing.reason is ClosingReason.SHUTDOWN and lost.retry_at is not None
    with pytest.raises(LinkDown):
        await session.ask("k", List("t", "", "", "", 1))
    desk.events.clear()
    await rig.serve(*uris)
    await desk.wait(LinkUp)
    assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)


async def test_command_in_flight_has_an_unknown_outcome(rig) -> None:
    """The session ends before the answer: LinkDown says that the outcome is unknown."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    slow = asyncio.create_task(session.ask("slow", List("slow", "1", "", "", 1)))
    await rig.door.wait_for("command")
    await rig.stop()
    with pytest.raises(LinkDown, match="unknown"):
        await slow


async def test_gap_is_heard(rig, event_body) -> None:
    """Telemetry that a slow reader lost is declared."""
    await rig.serve()
    _, desk = rig.console()
    await desk.wait(LinkUp)
    await _subscribed(rig)
    for number in range(50):
        rig.feed.tell(event_body(str(number)))
    await desk.wait(Heard, lambda e: isinstance(e.message, Gap))
    await desk.wait(Heard, lambda e: _text(e) == "49")
