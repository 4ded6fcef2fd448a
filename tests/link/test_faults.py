"""What strangers, slow peers and broken networks do to a Totebox's link and to a console's."""

import asyncio
import os
import socket
import time
import tracemalloc

import pytest

from console.errors import LinkDown, PairingError
from console.link.pairing import pair
from console.model.events import Echo, LinkLost, LinkUp
from protocol.errors import AddressError, CarrierError
from protocol.schema import Cancel, Command, List, Rows
from protocol.schema.numbers import HANDSHAKE_DEADLINE_S, STALE_AFTER_S, ClosingReason, RefusalCode
from protocol.subject.connection import SubjectConnection
from protocol.trust.keys import FileBinder, generate_static
from protocol.wire.codec import encode_args
from protocol.wire.preface import Purpose, preface_to
from tests.patience import WAIT_S
from totebox.link import session as session_module

pytestmark = pytest.mark.anyio


async def _raw(rig) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_unix_connection(rig.uris[0].removeprefix("unix:"))


async def _ends(reader: asyncio.StreamReader, timeout_s: float = WAIT_S) -> bytes:
    """What came until the end of the stream."""
    async with asyncio.timeout(timeout_s):
        try:
            return await reader.read(-1)
        except ConnectionResetError:
            return b""


async def test_silent_socket_is_cut_at_the_deadline(rig) -> None:
    """A connection that says nothing is gone once the handshake deadline has passed, not before; nothing is answered."""
    await rig.serve()
    reader, writer = await _raw(rig)
    begun = time.monotonic()
    assert await _ends(reader) == b""
    assert time.monotonic() - begun >= HANDSHAKE_DEADLINE_S - 0.1
    writer.close()


@pytest.mark.parametrize(
    "data",
    [b"GET / HTTP/1.1\r\n\r\n" + bytes(40), b"PSP2" + bytes(33), b"PSP1X" + bytes(32), b"PSP1S" + bytes(32)],
    ids=["http", "version", "purpose", "another subject"],
)
async def test_bad_preface_ends_at_once(rig, data: bytes) -> None:
    """Anything but a preface for this subject is cut without an answer, and logged."""
    await rig.serve()
    reader, writer = await _raw(rig)
    writer.write(data)
    assert await _ends(reader) == b""
    await rig.door.wait_for("turned away")
    writer.close()


async def test_oversize_handshake_frame_ends_at_once(rig) -> None:
    """A handshake frame above 256 bytes is refused when its length is read."""
    await rig.serve()
    reader, writer = await _raw(rig)
    writer.write(bytes(preface_to(Purpose.SESSION, rig.static.public)) + b"\xff\xff")
    assert await _ends(reader) == b""
    assert "256" in str(await rig.door.wait_for("turned away"))
    writer.close()


async def test_request_to_another_subject_is_refused(rig) -> None:
    """Purpose R names this subject or nobody."""
    await rig.serve()
    reader, writer = await _raw(rig)
    writer.write(bytes(preface_to(Purpose.REQUEST, b"o" * 32)))
    assert await _ends(reader) == b""
    assert "another subject" in str(await rig.door.wait_for("turned away"))
    writer.close()


async def test_stolen_static_key_without_the_device_key(rig) -> None:
    """The right static key and psk with another device key: BINDER_MISMATCH, and no command ever reaches the gate."""
    uris = await rig.serve()
    static, binder = generate_static(os.urandom), FileBinder(os.urandom(32))
    pairing = rig.paired(static, binder, uris[0])
    _, desk = rig.console(pairing=pairing, keys=(static, FileBinder(os.urandom(32))))
    lost = await desk.wait(LinkLost)
    assert lost.closing.reason is ClosingReason.BINDER_MISMATCH and lost.retry_at is None
    assert "device key" in str(await rig.door.wait_for("turned away"))


async def test_copied_vault_with_another_device_key(rig) -> None:
    """A Totebox with the right static key and another binder is not believed."""
    uris = await rig.serve()
    static, binder = generate_static(os.urandom), FileBinder(os.urandom(32))
    pairing = rig.paired(static, binder, uris[0])
    rig.listener._house.binder._private = FileBinder(os.urandom(32))._private
    _, desk = rig.console(pairing=pairing, keys=(static, binder))
    lost = await desk.wait(LinkLost)
    assert "did not sign" in lost.reason and lost.retry_at is None


async def test_wrong_psk_fails_the_handshake(rig) -> None:
    """Paired once, but another psk: the handshake fails, and the console goes on trying."""
    from dataclasses import replace

    uris = await rig.serve()
    static, binder = generate_static(os.urandom), FileBinder(os.urandom(32))
    pairing = replace(rig.paired(static, binder, uris[0]), psk=os.urandom(32))
    _, desk = rig.console(pairing=pairing, keys=(static, binder))
    lost = await desk.wait(LinkLost)
    assert "handshake failed" in lost.reason and lost.retry_at is not None


async def test_unknown_and_expired_tickets_are_named(rig) -> None:
    """A ticket of another Totebox's issue and an expired one get sentences of their own."""
    from totebox.gate.door import TicketFault

    class Nowhere:
        def store(self, pairing) -> None: ...

        def free_name(self, wanted: str, totebox: str) -> str:
            return wanted

        def find(self, totebox: str):
            return None

        def forget(self, totebox: str) -> None: ...

    uris = await rig.serve()
    ticket = rig.ticket(uris[0])
    for fault, words in ((TicketFault.UNKNOWN, "does not know"), (TicketFault.EXPIRED, "expired")):
        rig.door.tickets[ticket.ticket_id] = fault
        with pytest.raises(PairingError, match=words):
            await pair(ticket, generate_static(os.urandom), FileBinder(os.urandom(32)), "d", "t", Nowhere())


async def test_flood_of_bogus_handshakes_does_not_stop_a_session(rig) -> None:
    """While strangers keep dialling with garbage, a paired console's questions are all answered, on the session that it had."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    bogus = bytes(preface_to(Purpose.SESSION, rig.static.public)) + b"\x00\x60" + os.urandom(96)
    stop = asyncio.Event()

    async def stranger() -> None:
        while not stop.is_set():
            _, writer = await _raw(rig)
            writer.write(bogus)
            writer.close()
            await asyncio.sleep(0)

    strangers = [asyncio.create_task(stranger()) for _ in range(20)]
    for _ in range(50):
        async with asyncio.timeout(WAIT_S):
            assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)
    stop.set()
    await asyncio.gather(*strangers, return_exceptions=True)
    assert not desk.all(LinkLost)


async def test_slow_telemetry_reader_never_grows_the_daemon(rig, event_body) -> None:
    """A console that subscribes and stops reading costs one window; 200 MB of telemetry later memory stands where it stood."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    async with asyncio.timeout(WAIT_S):
        await rig.feed.asked.wait()
    session._call._carrier.pause_reading()
    rig.feed.bound = 64
    tracemalloc.start()
    for number in range(25_000):
        rig.feed.tell(event_body("x" * 8_000))
        if number % 50 == 0:
            await asyncio.sleep(0)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 20_000_000
    assert rig.feed.subscriptions[0].dropped


async def test_peer_that_takes_nothing_is_let_go(rig, event_body) -> None:
    """A reader that is stuck for longer than SLOW_TIMEOUT_S loses its session; the sweep's clock decides."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    async with asyncio.timeout(WAIT_S):
        await rig.feed.asked.wait()
    session._call._carrier.pause_reading()
    (live,) = rig.listener._sessions
    while not live._carrier.stuck_for_s:
        rig.feed.tell(event_body("x" * 8_000))
        await asyncio.sleep(0)
    live._carrier._paused_at -= session_module.SLOW_TIMEOUT_S + 1
    live.sweep(time.monotonic())
    assert await rig.door.wait_for("closed") == "too_slow"


async def test_idle_peer_is_let_go(rig) -> None:
    """A session from which nothing was heard for IDLE_TIMEOUT_S is closed with IDLE."""
    await rig.serve()
    _, desk = rig.console()
    await desk.wait(LinkUp)
    (live,) = rig.listener._sessions
    live.sweep(time.monotonic() + session_module.IDLE_TIMEOUT_S + 1)
    lost = await desk.wait(LinkLost)
    assert lost.closing.reason is ClosingReason.IDLE


async def test_silent_totebox_is_lost_within_the_limit(rig) -> None:
    """A Totebox that stops answering, its socket still open, is lost by the beats that it missed, no sooner than STALE_AFTER_S."""
    await rig.serve()
    _, desk = rig.console(stale_after_s=STALE_AFTER_S)
    up = await desk.wait(LinkUp)
    (live,) = rig.listener._sessions
    live._carrier.pause_reading()
    lost = await desk.wait(LinkLost)
    assert "nothing was heard" in lost.reason and lost.at - up.at >= STALE_AFTER_S - 0.1


async def test_a_console_that_slept_does_not_blame_the_totebox(rig) -> None:
    """A minute in which this process did not run (a closed lid, a busy machine) is no silence of the other side's."""
    await rig.serve()
    session, desk = rig.console(stale_after_s=STALE_AFTER_S)
    await desk.wait(Echo)
    session._clock = lambda: time.monotonic() + 60.0
    leapt = session._clock()
    await desk.wait(Echo, lambda echo: echo.sent_at >= leapt)
    assert not desk.all(LinkLost)


async def test_nobody_listens(rig, tmp_path) -> None:
    """No socket, a refused port: LinkLost says which address, and when the next attempt begins."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else can
        port = held.getsockname()[1]
        for uri, words in ((f"unix:{tmp_path}/none", "does not exist"), (f"tcp:127.0.0.1:{port}", "nobody listens")):
            _, desk = rig.console(uri)
            lost = await desk.wait(LinkLost)
            assert words in lost.reason and lost.retry_at >= lost.at


async def test_socket_in_use_is_refused_and_a_stale_one_replaced(rig, tmp_path) -> None:
    """A second daemon cannot take a served socket; one that a crash left behind is replaced, for its owner alone."""
    path = tmp_path / "stale"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    await rig.serve(f"unix:{path}")
    assert path.stat().st_mode & 0o077 == 0
    from protocol.carrier.listening import listen
    from protocol.trust.address import parse_address

    with pytest.raises(CarrierError, match="another program"):
        await listen(parse_address(f"unix:{path}"), lambda carrier: None)


async def test_tls_without_a_certificate_is_refused_clearly(rig) -> None:
    """tls: is an address that needs a certificate; ssh: is one that nobody listens at."""
    with pytest.raises(AddressError, match="TLS proxy"):
        await rig.serve("tls:127.0.0.1:7000")
    with pytest.raises(AddressError, match="dialled"):
        await rig.serve("ssh:host/dir")


async def test_half_closed_peer_ends_in_order(rig) -> None:
    """A peer that shuts its sending side in mid-handshake leaves nothing behind."""
    await rig.serve()
    reader, writer = await _raw(rig)
    writer.write(bytes(preface_to(Purpose.SESSION, rig.static.public)))
    writer.write_eof()
    assert await _ends(reader) == b""
    assert not rig.listener._sessions
    writer.close()


async def test_a_hundred_consoles_come_back(rig) -> None:
    """100 consoles lose their Totebox together and are all back by themselves (jitter spreads them)."""
    uris = await rig.serve()
    desks = [rig.console(uris[number % 2])[1] for number in range(100)]
    for desk in desks:
        await desk.wait(LinkUp)
    await rig.stop()
    for desk in desks:
        await desk.wait(LinkLost)
        desk.events.clear()
    await rig.serve(*uris)
    for desk in desks:
        await desk.wait(LinkUp)


async def test_bytes_after_the_end_cost_nothing() -> None:
    """What arrives after a connection is over is dropped, not kept."""
    subject = SubjectConnection(generate_static(os.urandom), os.urandom, 0.0)
    subject.receive_data(b"garbage" * 20)
    with pytest.raises(Exception, match="PSP version 1"):
        subject.next_event()
    subject.receive_data(b"x" * 1_000_000)
    assert subject._frames.pending < 1_000


async def test_up_word_from_an_authority_is_logged(rig) -> None:
    """A console that sends telemetry upwards is a DiodeViolation: logged, told so, and cut."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    connection = session._call._connection
    connection._out += connection._channel.seal(b"\x89\x91\x01")
    session._call._flush()
    lost = await desk.wait(LinkLost)
    assert lost.closing.reason is ClosingReason.PROTOCOL
    assert "flows the other way" in str(await rig.door.wait_for("turned away"))


async def test_command_id_in_flight_cannot_be_used_again(rig) -> None:
    """Two commands with one id would have one answer: the session ends."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    slow = asyncio.create_task(session.ask("slow", List("slow", "1", "", "", 1)))
    await rig.door.wait_for("command")
    await session.ask("fast", List("fast", "", "", "", 1))
    (number, *_) = session._commands._flights
    verb, args = encode_args(List("fast", "", "", "", 1))
    session._call.say(Command(number, b"", verb, args, ()))
    lost = await desk.wait(LinkLost)
    assert lost.closing.reason is ClosingReason.PROTOCOL and "in flight" in lost.reason
    with pytest.raises(LinkDown, match="unknown"):
        await slow


async def test_too_many_commands_are_refused_one_by_one(rig) -> None:
    """Above MAX_COMMANDS_IN_FLIGHT a command is refused, and the session goes on."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    session._commands._slots = asyncio.Semaphore(80)  # a peer that does not count what it has in flight
    asked = [asyncio.create_task(session._commands.ask(List("slow", str(n), "", "", 1), b"")) for n in range(80)]
    done, _ = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    assert {answer.result().code for answer in done} == {RefusalCode.TOO_MANY}
    rig.door.gate.set()
    answers = await asyncio.gather(*asked)
    assert sum(isinstance(answer, Rows) for answer in answers) >= 60
    assert isinstance(await session.ask("k", List("t", "", "", "", 1)), Rows)


async def test_two_consoles_race_for_one_ticket(rig) -> None:
    """Both pass the handshake; one is granted, the other hears that the ticket was used."""
    uris = await rig.serve()
    ticket = rig.ticket(uris[0])

    class Store:
        def store(self, pairing) -> None: ...

        def free_name(self, wanted: str, totebox: str) -> str:
            return wanted

        def find(self, totebox: str):
            return None

        def forget(self, totebox: str) -> None: ...

    outcomes = await asyncio.gather(
        *(pair(ticket, generate_static(os.urandom), FileBinder(os.urandom(32)), "d", "t", Store()) for _ in range(4)),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, PairingError)]
    assert len(refused) == 3 and all("used before" in str(each) for each in refused)
    assert len(rig.door.pairings) == 1


async def test_cancel_that_overtakes_the_command_is_answered(rig) -> None:
    """Command and Cancel in one segment: CANCELLED, not silence."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    heard: asyncio.Future = asyncio.get_running_loop().create_future()
    session._commands._settle = lambda number, answer: number == 9_999 and heard.set_result(answer)
    verb, args = encode_args(List("slow", "", "", "", 1))
    session._call.say(Command(9_999, b"", verb, args, ()))
    session._call.say(Cancel(9_999))
    async with asyncio.timeout(WAIT_S):
        answer = await heard
    assert answer.id == 9_999 and answer.code is RefusalCode.CANCELLED
