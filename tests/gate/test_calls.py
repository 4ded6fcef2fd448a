"""One command on its way: what its rows say, what a cancelled one leaves, and what a capability's end does to its stream."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from protocol.errors import CarrierError
from protocol.schema import (
    Command,
    Cosign,
    List,
    PairIssue,
    Read,
    Receipt,
    Refusal,
    Rows,
    Since,
    Subscribe,
    Table,
    Verify,
)
from protocol.schema.numbers import Log, RefusalCode, Role, Topic
from protocol.trust.cosignature import Witness
from protocol.wire.codec import encode_args
from totebox.errors import VaultDamaged
from totebox.gate.call import finish
from totebox.gate.refusal import Refused, refusal_of
from totebox.gate.scope import Guarded
from totebox.gate.verdict import VerificationResult
from totebox.service.query import BadQuery
from totebox.vault.api import AuditDraft, Batch, Draft, Finding, LeafIndex, Whole

pytestmark = pytest.mark.anyio


async def test_a_write_that_has_begun_is_finished_though_its_command_is_cancelled() -> None:
    """The caller is cancelled all the same, and not before the write has ended."""
    go, done = asyncio.Event(), []

    async def write() -> None:
        await go.wait()
        done.append("written")

    task = asyncio.ensure_future(finish(write()))
    await asyncio.wait([task], timeout=0)
    task.cancel()
    await asyncio.wait([task], timeout=0)
    assert not task.done()
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done == ["written"]


async def test_what_a_finished_write_raises_is_raised() -> None:
    """A refusal inside is one outside, and its result is the caller's."""

    async def refuses() -> None:
        raise Refused(RefusalCode.HELD, "not now")

    async def works() -> int:
        return 7

    with pytest.raises(Refused, match="not now"):
        await finish(refuses())
    assert await finish(works()) == 7


class Kept:
    """A Reply that keeps everything in its order."""

    def __init__(self) -> None:
        self.said: list[object] = []

    async def receipt(self, receipt: Receipt) -> None:
        self.said.append(receipt)

    async def rows(self, rows: Rows) -> None:
        self.said.append(rows)

    async def refuse(self, refusal: Refusal) -> None:
        self.said.append(refusal)

    async def part(self, offset: int, data: bytes, last: bool) -> None:
        self.said.append((offset, data, last))

    async def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
        for place in range(offset, size):
            yield bytes((place,))


async def test_a_guarded_answer_goes_out_as_it_is() -> None:
    """Receipt, rows and refusal end a command: the capability that is over now was good when it was judged."""
    reply = Kept()

    def over() -> None:
        raise Refused(RefusalCode.EXPIRED, "over")

    guarded = Guarded(reply, over)
    receipt, rows = object(), Rows(1, Table("t", (), ()), "", False)
    refusal = Refusal(1, RefusalCode.HELD, "", "")
    await guarded.receipt(receipt)  # type: ignore[arg-type]
    await guarded.rows(rows)
    await guarded.refuse(refusal)
    assert reply.said == [receipt, rows, refusal]
    with pytest.raises(Refused, match="over"):
        await guarded.part(0, b"x", True)
    with pytest.raises(Refused, match="over"):
        await anext(guarded.chunks(0, 9))
    assert len(reply.said) == 3


async def test_a_guarded_stream_goes_on_while_the_capability_holds() -> None:
    """Each piece is asked about, and goes on unchanged."""
    reply, asked = Kept(), []
    guarded = Guarded(reply, lambda: asked.append(1))
    await guarded.part(5, b"x", False)
    assert reply.said == [(5, b"x", False)]
    assert [piece async for piece in guarded.chunks(2, 4)] == [b"\x02", b"\x03"] and len(asked) == 3


async def sealed(room, data: bytes, service: str = "minutebook") -> int:
    draft = Draft(service, "original", "deed", Whole(data), "deed.bin")
    done = await room.vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "seal"), (draft,)))
    return done.entries[0].index


@pytest.mark.parametrize("offset", [0, 1, 69_999])
async def test_a_record_is_read_from_any_byte(room, offset: int) -> None:
    """In parts that join, the last of which says so."""
    data = bytes(range(250)) * 280
    reply = room.answers()
    await room.ask(room.reader, Read(await sealed(room, data), offset), reply=reply)
    assert b"".join(part for _, part, _ in reply.parts) == data[offset:]
    assert [last for _, _, last in reply.parts] == [False] * (len(reply.parts) - 1) + [True]
    assert reply.parts[0][0] == offset


@pytest.mark.parametrize("offset", [3, 4, 1 << 40])
async def test_a_read_from_the_end_is_an_empty_part(room, offset: int) -> None:
    """It is the last one: whoever has everything hears so."""
    reply = room.answers()
    await room.ask(room.reader, Read(await sealed(room, b"abc"), offset), reply=reply)
    assert [(data, last) for _, data, last in reply.parts] == [(b"", True)]


async def test_a_record_that_is_not_there_is_not_found(room) -> None:
    """Nothing is sent of it."""
    reply = room.answers()
    refused = await room.refused(room.reader, Read(77, 0), reply=reply)
    assert refused.code is RefusalCode.NOT_FOUND and "no record 77" in refused.reason and not reply.parts


async def test_a_record_of_a_service_is_for_its_role(room) -> None:
    """Its service says who may read; whoever may not hears which role may."""
    index = await sealed(room, b"abc")
    object.__setattr__(room.gate.reading, "readable_by", {"minutebook": Role.INPUT})
    refused = await room.refused(room.reader, Read(index, 0))
    assert refused.code is RefusalCode.NOT_PERMITTED and "for role INPUT" in refused.reason
    reply = room.answers()
    await room.ask(room.desk, Read(index, 0), reply=reply)
    assert reply.parts == [(0, b"abc", True)]


FINDINGS = tuple(Finding("damage", f"assets/{number}", number, 0, "a", "b", "restore it") for number in range(3))


async def test_a_verification_that_finds_something_is_told_to_everybody(room) -> None:
    """An alarm with the number and the first one; the rows say all of them."""

    async def damaged() -> VerificationResult:
        return VerificationResult(FINDINGS, 3)

    object.__setattr__(room.gate.reading, "verify_vault", damaged)
    rows = await room.rows(room.admin, Verify())
    assert [row["path"] for row in rows] == ["assets/0", "assets/1", "assets/2"]
    severity, text = room.events[-1]
    assert severity.name == "ALARM" and text == "verification: 3 findings, the first at assets/0"
    assert [kind for kind, _ in await room.audit_rows()].count("AUDIT_FINDING") == 3


async def test_a_clean_verification_raises_no_alarm(room) -> None:
    """It is a row, and no finding is listed."""
    assert await room.rows(room.admin, Verify()) == [] and room.events == []
    assert (await room.audit_rows())[-1] == ("AUDIT_CLEAN", "vault")


async def test_two_verifications_do_not_run_at_once(room) -> None:
    """The second is refused while the first runs, and may run afterwards."""
    go = asyncio.Event()

    async def slow() -> VerificationResult:
        await go.wait()
        return VerificationResult((), 0)

    object.__setattr__(room.gate.reading, "verify_vault", slow)
    first = asyncio.ensure_future(room.ask(room.admin, Verify()))
    while not room.gate.reading._verifying.locked():
        await asyncio.wait([first], timeout=0)
    refused = await room.refused(room.reader, Verify())
    assert refused.code is RefusalCode.HELD and "is running" in refused.reason
    go.set()
    assert isinstance(await first, Rows) and isinstance(await room.ask(room.reader, Verify()), Rows)


@pytest.mark.parametrize("log", list(Log))
async def test_a_cosignature_is_of_the_log_that_it_names(room, log: Log) -> None:
    """Its receipt proves the audit row that keeps it; one of another log's head is refused."""
    witness, head = Witness("hub.example", b"\5" * 32), await room.vault.head()
    note, other = (head.records.note, head.audit.note)[:: 1 if log is Log.RECORDS else -1]
    signed = [witness.cosign(each, 1_900_000_000) for each in (note, other)]
    receipt = await room.ask(room.probe, Cosign(log, signed[0], witness.key.text()))
    assert isinstance(receipt, Receipt)
    [row] = await room.vault.entries(Log.AUDIT, LeafIndex(receipt.index), 1)
    assert row.kind == "COSIGNED" and row.actor == room.probe.fingerprint
    assert isinstance(await room.ask(room.probe, Cosign(log, signed[1], witness.key.text())), Refusal)


async def test_a_subscription_that_cannot_be_recorded_is_refused(room) -> None:
    """The vault is damaged: nobody hears what nobody can account for."""

    class Broken(type(room.vault)):
        async def audit(self, row, durable=True):
            raise VaultDamaged("tile 3 is torn")

    room.vault.__class__ = Broken
    verb, args = encode_args(Subscribe(b"", (Since(Topic.ENTRY, 0),)))
    refused = await room.gate.hearing(Command(9, b"", verb, args, ()), room.peer(room.reader))
    assert isinstance(refused, Refusal) and (refused.id, refused.code) == (9, RefusalCode.READ_ONLY)
    assert "tile 3 is torn" in refused.reason


async def test_a_peer_that_is_gone_is_no_fault_of_ours(room) -> None:
    """What its carrier raises goes to the link, and no refusal is tried; the command is in flight no more."""

    class Gone(room.answers):
        async def rows(self, rows: Rows) -> None:
            raise CarrierError("the connection broke")

    reply = Gone()
    with pytest.raises(CarrierError):
        await room.ask(room.reader, List("minutebook.documents", "", "", "", 9), reply=reply)
    assert reply.said == [] and room.gate.in_flight == 0


async def test_a_row_names_the_command_by_its_once_id(room) -> None:
    """And says that a program sent it."""
    await room.ask(room.admin, List("gate.secret", "", "", "", 9), agent="os-console/0.1 scripted")
    row = (await room.vault.entries(Log.AUDIT, LeafIndex(0), 99))[-1]
    assert row.note.endswith(" [scripted]") and row.command == ""
    await room.ask(room.admin, PairIssue(Role.USER, "x"), once=b"\x0a" * 16)
    assert (await room.vault.entries(Log.AUDIT, LeafIndex(0), 99))[-1].command == "0a" * 16


@pytest.mark.parametrize(
    ("table", "code", "says"),
    [
        ("minutebook.document", RefusalCode.NOT_FOUND, "did you mean minutebook.documents?"),
        ("zzz", RefusalCode.NOT_FOUND, "tables: "),
        ("gate.secret", RefusalCode.NOT_PERMITTED, "a ticket for ADMIN"),
    ],
)
async def test_a_table_that_cannot_be_listed_says_what_can(room, table: str, code: RefusalCode, says: str) -> None:
    """A name that is nearly right is told; a role that is too low hears which one is needed."""
    refused = await room.refused(room.reader, List(table, "", "", "", 9))
    assert refused.code is code and says in refused.remedy


def test_a_bad_query_keeps_its_own_remedy() -> None:
    """It knows best what the table takes; an error of no kind in the table is worth another try."""
    refused = refusal_of(BadQuery("no such key", "say index:7"))
    assert (refused.code, refused.reason, refused.remedy) == (RefusalCode.BAD_ARGUMENTS, "no such key", "say index:7")
