"""Pairings that change, and connections that end, in the middle of a handshake: the real link on both sides."""

import asyncio
import contextlib
import os

import pytest

from console.errors import LinkDown, PairingError
from console.link.call import Call, Refused
from console.link.pairing import pair
from console.model.events import LinkUp
from protocol.authority.connection import AuthorityConnection
from protocol.errors import HandshakeError
from protocol.schema.numbers import ClosingReason, Role
from protocol.trust.keys import FileBinder, fingerprint, generate_static
from protocol.wire.frame import frame
from tests.totebox.network import Network
from totebox.gate.door import OpenTicket, Standing

pytestmark = pytest.mark.anyio
LONG = os.environ.get("FUZZ") == "1"


class Store:
    """What a console has on its disk."""

    def __init__(self) -> None:
        self.pairings: list = []

    def store(self, pairing) -> None:
        self.pairings.append(pairing)

    def free_name(self, wanted: str, totebox: str) -> str:
        return wanted

    def find(self, totebox: str):
        return None

    def forget(self, totebox: str) -> None: ...


async def _shaken(rig):
    """A device that is paired, up to the moment before Bind; its keys and its call."""
    await rig.serve()
    static, binder = generate_static(os.urandom), FileBinder(os.urandom(32))
    held = rig.paired(static, binder, rig.uris[0], Role.USER)
    call = await Call.dial(held.uri, static, held.subject_static, held.psk, key=held.subject_key)
    await call.shaken()
    return static, binder, call


async def test_a_pairing_that_ends_before_bind_opens_nothing(rig) -> None:
    """Message 1 was answered under its psk; revoked meanwhile, Bind gets REVOKED and no session begins."""
    static, binder, call = await _shaken(rig)
    rig.door.pairings[static.public] = (Standing.REVOKED, None)
    with pytest.raises(Refused) as caught:
        await call.bind(binder, "desk", "test/1")
    assert caught.value.closing.reason is ClosingReason.REVOKED
    assert not rig.listener.sessions() and not [what for what, _ in rig.door.journal if what == "opened"]
    call.close()
    await call.gone()


async def test_a_revocation_ends_handshakes_too(rig) -> None:
    """`cut` finds the device that has named itself and has not been bound yet."""
    _, binder, call = await _shaken(rig)
    assert rig.listener.cut(fingerprint(binder.key)) == 1
    with pytest.raises((Refused, LinkDown)):
        await call.bind(binder, "desk", "test/1")
    assert not rig.listener.sessions() and not [what for what, _ in rig.door.journal if what == "opened"]
    call.close()
    await call.gone()


async def test_garbage_for_bind_burns_no_ticket(rig) -> None:
    """Whoever knows a ticket's id and not its secret gets message 2 and no further, however often; its owner pairs afterwards."""
    uri = (await rig.serve())[0]
    ticket, thief = rig.ticket(uri, Role.USER), generate_static(os.urandom)
    for number in range(20):
        reader, writer = await asyncio.open_unix_connection(uri.removeprefix("unix:"))
        connection = AuthorityConnection(
            thief, rig.static.public, os.urandom(32), os.urandom, 0.0, ticket_id=ticket.ticket_id
        )
        writer.write(connection.data_to_send())
        answer = await reader.readexactly(50)
        connection.receive_data(answer)
        with pytest.raises(HandshakeError):
            connection.next_event()
        writer.write(frame(os.urandom(100 + number)))
        await reader.read()
        writer.close()
    assert isinstance(rig.door.tickets[ticket.ticket_id], OpenTicket) and not rig.door.pairings
    owner = (generate_static(os.urandom), FileBinder(os.urandom(32)))
    assert (await pair(ticket, *owner, "desk", "test/1", Store())).role is Role.USER


async def _pairing_cut_after(rig, network: Network, budget: int) -> str:
    """One device, one ticket, a connection that dies after `budget` bytes of both directions; then one without an end."""
    ticket, store = rig.ticket(f"tcp:127.0.0.1:{network.port}", Role.USER), Store()
    static, binder = generate_static(os.urandom), FileBinder(os.urandom(32))
    network.cut_after = lambda: budget
    with contextlib.suppress(PairingError):
        await pair(ticket, static, binder, "desk", "test/1", store)
    network.cut_after = None
    if isinstance(rig.door.tickets[ticket.ticket_id], OpenTicket):
        assert (await pair(ticket, static, binder, "desk", "test/1", store)).role is Role.USER
        outcome = "unused"
    else:
        assert rig.door.pairings[static.public][0] is Standing.PAIRED
        outcome = "paired"
    session, desk = rig.console(keys=(static, binder), pairing=store.pairings[-1], store=store)
    await desk.wait(LinkUp, timeout_s=60.0)
    assert session.pairing.subject_key == rig.binder.key
    rig._running.pop().cancel()
    return outcome


async def test_a_pairing_survives_a_cut_after_any_byte(rig) -> None:
    """Real sockets, link and console: the ticket is unused and still pairs, or what the console stored opens a session."""
    uri = (await rig.serve("tcp:127.0.0.1:0"))[0]
    host, _, port = uri.removeprefix("tcp:").rpartition(":")
    network = Network(host, int(port))
    await network.start()
    try:
        before = network.passed
        await pair(rig.ticket(f"tcp:127.0.0.1:{network.port}"), generate_static(os.urandom), FileBinder(os.urandom(32)),
                   "desk", "test/1", Store())  # fmt: skip
        total = network.passed - before
        outcomes = [await _pairing_cut_after(rig, network, size) for size in range(1, total, 1 if LONG else 61)]
        assert set(outcomes) == {"unused", "paired"}
    finally:
        await network.close()
