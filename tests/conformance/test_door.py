"""The door between link and gate: the same claims hold of the real gate and of the fake that the link is tested with."""

import os

import pytest

from protocol.schema import Command, List, Read, Refusal, Rows, Since, Subscribe
from protocol.schema.numbers import Role, Topic
from protocol.trust.keys import FileBinder, fingerprint
from protocol.wire.codec import encode_args
from tests.gate.conftest import Answers
from tests.link.conftest import SmallDoor
from totebox.clock import now_text
from totebox.errors import GateClosed
from totebox.gate.door import Hearing, OpenTicket, Peer, Standing, TicketFault
from totebox.vault.api import AuditDraft, Batch, Draft, Whole

pytestmark = pytest.mark.anyio
STATIC, OTHER = b"s" * 32, b"t" * 32
KEY = FileBinder(b"\x09" * 32).key


class FakeSubject:
    """The fake, and how a ticket comes into it."""

    def __init__(self) -> None:
        self.door = SmallDoor()

    def ticket(self, role: Role) -> bytes:
        ticket_id = os.urandom(8)
        self.door.tickets[ticket_id] = OpenTicket(ticket_id, b"k" * 32, role, "ticket")
        return ticket_id

    async def record(self) -> int:
        return 0


class RealSubject:
    """The gate of a whole Totebox over the vault in memory."""

    def __init__(self, room) -> None:
        self.room, self.door = room, room.gate

    def ticket(self, role: Role) -> bytes:
        return self.room.issuer.issue(role, "ticket", now=now_text(), now_us=self.room.clock.us).ticket_id

    async def record(self) -> int:
        draft = Draft("minutebook", "original", "paper", Whole(bytes(range(256)) * 4_096), "paper.md")
        row = AuditDraft("COMMAND", "local", "seal", "paper")
        return (await self.room.vault.append(Batch("local", "", b"", row, (draft,)))).entries[0].index


@pytest.fixture(params=["fake", "real"])
def subject(request):
    return FakeSubject() if request.param == "fake" else RealSubject(request.getfixturevalue("room"))


async def paired(subject, role: Role = Role.ADMIN) -> Peer:
    """The session of a device that was paired by a ticket."""
    pairing = await subject.door.grant(subject.ticket(role), STATIC, KEY, b"p" * 32, "desk", "file")
    return Peer(1, pairing, "desk", "test/1 keyboard", "unix uid=1000")


async def answered(subject, peer: Peer, arguments) -> Answers:
    verb, args = encode_args(arguments)
    reply = Answers()
    await subject.door.command(Command(7, b"", verb, args, ()), peer, reply)
    return reply


def test_a_stranger_is_unknown(subject) -> None:
    """Neither its key nor a ticket of no number opens anything."""
    assert subject.door.pairing(STATIC) == (Standing.UNKNOWN, None)
    assert subject.door.ticket(b"\0" * 8, STATIC) is TicketFault.UNKNOWN


@pytest.mark.parametrize("role", [Role.INTERFACE, Role.ADMIN])
async def test_a_ticket_grants_its_own_role(subject, role: Role) -> None:
    """The pairing has the ticket's role and the device's keys, and is what the door says of that device from then on."""
    ticket_id = subject.ticket(role)
    opened = subject.door.ticket(ticket_id, STATIC)
    assert isinstance(opened, OpenTicket) and opened.role is role and opened.ticket_id == ticket_id
    pairing = await subject.door.grant(ticket_id, STATIC, KEY, b"p" * 32, "desk", "file")
    assert (pairing.role, pairing.static, pairing.key, pairing.psk) == (role, STATIC, KEY, b"p" * 32)
    assert pairing.fingerprint == fingerprint(KEY)
    assert subject.door.pairing(STATIC) == (Standing.PAIRED, pairing)


async def test_a_used_ticket_opens_nothing_for_another_device(subject) -> None:
    """It says USED, and a grant by it is refused."""
    ticket_id = subject.ticket(Role.USER)
    await subject.door.grant(ticket_id, STATIC, KEY, b"p" * 32, "desk", "file")
    assert subject.door.ticket(ticket_id, OTHER) is TicketFault.USED
    with pytest.raises(GateClosed):
        await subject.door.grant(ticket_id, OTHER, FileBinder(b"\x0a" * 32).key, b"q" * 32, "other", "file")
    assert subject.door.pairing(OTHER) == (Standing.UNKNOWN, None)


async def test_a_command_has_one_answer_under_its_own_id(subject) -> None:
    """Rows of the table that was asked for, as wide as its columns."""
    peer = await paired(subject)
    (rows,) = (await answered(subject, peer, List("minutebook.documents", "", "", "", 10))).said
    assert isinstance(rows, Rows) and rows.id == 7 and rows.table.name == "minutebook.documents"
    assert all(len(row) == len(rows.table.columns) for row in rows.table.rows)


async def test_the_bytes_of_a_record_come_in_order(subject) -> None:
    """From the offset that is asked for, without a gap, the last piece says that it is the last, and no other answer follows."""
    peer, index = await paired(subject), await subject.record()
    for offset in (0, 70_000):
        reply = await answered(subject, peer, Read(index, offset))
        assert not reply.said and [last for _, _, last in reply.parts] == [False] * (len(reply.parts) - 1) + [True]
        at, whole = offset, bytes(range(256)) * 4_096
        for start, data, _ in reply.parts:
            assert start == at
            at += len(data)
        assert b"".join(data for _, data, _ in reply.parts) == whole[offset:]


async def test_telemetry_is_heard_as_the_pairing_s_role(subject) -> None:
    """Without a capability it holds for good."""
    peer = await paired(subject, Role.USER)
    verb, args = encode_args(Subscribe(b"", (Since(Topic.STATUS, 0),)))
    heard = await subject.door.hearing(Command(8, b"", verb, args, ()), peer)
    assert not isinstance(heard, Refusal) and isinstance(heard, Hearing)
    assert heard.role is Role.USER and heard.holds() and heard.ends_in_s() == float("inf")
