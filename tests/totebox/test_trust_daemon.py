"""A real daemon against who is not let in: recordings played again, revoked sessions, devices that asked."""

import asyncio
from dataclasses import replace

import pytest

from console.model.events import LinkLost
from protocol.schema import CapGrant, Head, List, PairRevoke, Receipt, Rows
from protocol.schema.numbers import Log, Verb
from protocol.trust.capability import LAST_ROW
from protocol.trust.keys import fingerprint
from protocol.trust.pairing import parse_ticket, ticket_psk
from tests.patience import WAIT_S
from totebox.link.telemetry_stream import LAST_SEQ

pytestmark = pytest.mark.anyio


class Tap:
    """A proxy in front of the daemon that keeps what the console sent."""

    def __init__(self, host: str, port: int) -> None:
        self.target = host, port
        self.sent: list[bytes] = []
        self._server: asyncio.Server | None = None

    async def open(self) -> str:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        return f"tcp:127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self.target)
        at = len(self.sent)
        self.sent.append(b"")

        async def down() -> None:
            while data := await reader.read(65_536):
                self.sent[at] += data
                back.write(data)
            back.close()

        async def up() -> None:
            while data := await there.read(65_536):
                writer.write(data)
            writer.close()

        await asyncio.gather(down(), up(), return_exceptions=True)


async def logged(desk, kind: str) -> int:
    """Rows of that kind in the audit log."""
    return len(await desk.rows(List("audit.log", f"kind:{kind}", "", "", 500)))


async def test_a_captured_session_replays_to_nothing(daemon, new_console) -> None:
    """All that a console ever sent, once more on a new connection: one message 2, then the end; no command is done."""
    text = daemon.init()
    daemon.start("--listen", "tcp:127.0.0.1:0")
    host, _, port = daemon.uris[0].removeprefix("tcp:").rpartition(":")
    desk = new_console()
    pairing = await desk.pair(replace(parse_ticket(text), address=daemon.uris[0]).text())
    tap = Tap(host, int(port))
    uri = await tap.open()
    await desk.open(replace(pairing, uri=uri))
    assert isinstance(await desk.ask(Head(Log.RECORDS, 0)), Rows)
    captured = tap.sent[0]
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(captured)
    async with asyncio.timeout(WAIT_S):
        answer = await reader.read()
    writer.close()
    # message 2, and a Closing that says why; both are new, sealed under keys that a replayer has not.
    assert 50 <= len(answer) < 200
    async with asyncio.timeout(WAIT_S):
        while not await logged(desk, "REFUSED"):
            assert await desk.ask(Head(Log.AUDIT, 0))
    assert await logged(desk, "SESSION_OPEN") == 2, "the pairing's and the desk's, and no third"
    await desk.close()
    await tap.close()


async def test_a_replayed_first_message_uses_no_ticket(daemon, new_console) -> None:
    """Message 1 of a ticket, played ten times before the console goes on: the ticket still pairs it."""
    from protocol.authority.connection import AuthorityConnection
    from protocol.testing import counted_entropy

    text = daemon.init()
    daemon.start("--listen", "tcp:127.0.0.1:0")
    host, _, port = daemon.uris[0].removeprefix("tcp:").rpartition(":")
    ticket, guest = parse_ticket(text), new_console()
    connection = AuthorityConnection(
        guest.static, ticket.subject_static, ticket_psk(ticket), counted_entropy(), 0.0, ticket_id=ticket.ticket_id
    )
    first = connection.data_to_send()
    for _ in range(10):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(first)
        async with asyncio.timeout(WAIT_S):
            assert len(await reader.readexactly(50)) == 50
        writer.close()
    pairing = await guest.pair(replace(ticket, address=daemon.uris[0]).text())
    assert pairing.role is not None


async def test_a_revocation_cuts_a_session_that_says_nothing(desk, another) -> None:
    """On a real daemon the console hears REVOKED from the revocation itself, long before a missed beat could tell."""
    other = await another("user", "phone")
    assert isinstance(await desk.ask(PairRevoke(fingerprint(other.binder.key), "lost")), Receipt)
    lost = await other.wait(LinkLost)
    assert lost.closing is not None and lost.closing.reason.name == "REVOKED"


async def test_telemetry_by_capability_ends_with_its_first_holder(desk, another) -> None:
    """A hub hears the rows of the log as its lender's role does; the lender is revoked, and a Gap without end says so."""
    from console.link.call import Call
    from protocol.schema import Command, Gap, Since, Subscribe, Telemetry
    from protocol.schema.numbers import Topic
    from protocol.trust.capability import parse_chain
    from protocol.wire.codec import encode_args

    lender, hub = await another("user", "lender"), await another("interface", "hub")
    wish = CapGrant((Verb.SUBSCRIBE,), "", 0, LAST_ROW, (), b"", 3_600, 0)
    lent = await lender.session.lend("lend", wish, hub.binder.key)
    held = hub.session.pairing
    call = await Call.dial(held.uri, hub.static, held.subject_static, held.psk, key=held.subject_key)
    await call.shaken()
    await call.bind(hub.binder, "hub", "test")
    heard: asyncio.Queue = asyncio.Queue()
    call.listen(heard.put_nowait)
    verb, args = encode_args(Subscribe(b"", (Since(Topic.AUDIT, 0),)))
    call.say(Command(1, b"", verb, args, parse_chain(lent.text)))
    async with asyncio.timeout(WAIT_S):
        answer = await heard.get()
        assert isinstance(answer, Rows) and answer.table.rows == (("audit", True),)
        assert isinstance(await heard.get(), Telemetry)
        await desk.ask(PairRevoke(fingerprint(lender.binder.key), "lost"))
        while not isinstance(item := await heard.get(), Gap):
            assert isinstance(item, Telemetry)
    assert item.topic is Topic.AUDIT and item.last == LAST_SEQ
    call.close()
    await call.gone()
