"""What flows for a while: telemetry that was asked for, uploads and downloads. Asked for once, recorded, judged as long as it flows."""

from hashlib import sha256

import pytest

from protocol.schema import Command, Offer, Read, Refusal, Since, Subscribe
from protocol.schema.numbers import RefusalCode, Role, Topic, Verb
from protocol.wire.codec import encode_args
from tests.gate.test_capabilities import HOUR, first_index, grant_of, house, lent  # noqa: F401  house is a fixture
from totebox.errors import ReadOnly
from totebox.gate.door import Hearing
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, Log, Whole

pytestmark = pytest.mark.anyio
VERB, ARGS = encode_args(Subscribe(b"", (Since(Topic.ENTRY, 0), Since(Topic.STATUS, 0))))


async def details(room, kind: str) -> list[tuple[str, str, str]]:
    """Actor, subject and detail of the audit rows of that kind."""
    rows = await room.vault.entries(Log.AUDIT, LeafIndex(0), 10_000)
    return [(row.actor, row.subject, row.note) for row in rows if row.kind == kind]


async def test_a_subscription_is_a_row_of_the_audit_log(room) -> None:
    """Who hears what from now on, and whether a program asks; by the role alone it holds without an end."""
    peer = room.peer(room.reader, "os-console/0.1 scripted")
    heard = await room.gate.hearing(Command(1, b"", VERB, ARGS, ()), peer)
    assert isinstance(heard, Hearing) and heard.role is Role.USER and heard.holds()
    assert await details(room, "COMMAND") == [(room.reader.fingerprint, "subscribe", "entry, status [scripted]")]


async def test_a_subscription_that_does_not_decode_is_refused_and_recorded(room) -> None:
    """BAD_ARGUMENTS, as for every other verb."""
    refused = await room.gate.hearing(Command(1, b"", VERB, b"\x90", ()), room.peer(room.reader))
    assert isinstance(refused, Refusal) and refused.code is RefusalCode.BAD_ARGUMENTS and refused.id == 1
    ((actor, subject, detail),) = await details(room, "REFUSED")
    assert (actor, subject) == (room.reader.fingerprint, "subscribe") and detail.startswith("BAD_ARGUMENTS")


async def test_a_vault_that_takes_no_writes_is_still_heard(room) -> None:
    """Its state is what everybody wants to hear then."""

    class Still(type(room.vault)):
        async def audit(self, row, durable=True):
            raise ReadOnly("the disk is full")

    room.vault.__class__ = Still
    heard = await room.gate.hearing(Command(1, b"", VERB, ARGS, ()), room.peer(room.reader))
    assert isinstance(heard, Hearing) and heard.role is Role.USER


async def test_a_stream_ends_when_the_first_holder_has_another_role(house) -> None:  # noqa: F811
    """A download that began under USER goes no further once the lender was paired anew as INTERFACE."""
    chain = await lent(house, grant=grant_of((Verb.READ, Verb.SUBSCRIBE)))
    hearing = await house.gate.hearing(Command(1, b"", VERB, ARGS, chain), house.peer(house.probe))
    assert isinstance(hearing, Hearing) and hearing.holds()

    class Paired(house.answers):
        async def part(self, offset: int, data: bytes, last: bool) -> None:
            await super().part(offset, data, last)
            issued = house.issuer.issue(Role.INTERFACE, "", now="now", now_us=house.clock.us)
            house.pairings.grant(issued.ticket_id, house.reader, house.clock.us)

    big = Draft("minutebook", "original", "big", Whole(bytes(60_000)), "big.bin")
    done = await house.vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "seal", ""), (big,)))
    reply = Paired()
    await house.ask(house.probe, Read(done.entries[0].index, 0), reply=reply, capability=chain)
    assert len(reply.parts) == 1 and reply.said[0].code is RefusalCode.NOT_PERMITTED
    assert "role has changed" in reply.said[0].reason and not hearing.holds()


async def test_an_upload_ends_with_the_capability(house) -> None:  # noqa: F811
    """The next chunk after the end is not taken; a Refusal says why, and nothing is offered."""
    chain = await lent(house, grant=grant_of((Verb.INPUT_OFFER,)), owner=house.desk)

    class Slow(house.answers):
        async def chunks(self, offset: int, size: int):
            async for piece in super().chunks(offset, size):
                yield piece
                house.clock.us += 2 * HOUR * 1_000_000

    data = b"minutes " * 1_000
    reply = Slow(data)
    refused = await house.refused(
        house.probe, Offer(b"m.md", len(data), sha256(data).digest()), reply=reply, capability=chain
    )
    assert refused.code is RefusalCode.EXPIRED and "clock says" in refused.reason
    assert await first_index(house) and not await _waiting(house)


async def _waiting(room) -> list[str]:
    """Offered documents that were read."""
    return [intake.name for intake in room.gate.machine.intakes.all() if intake.document is not None]
