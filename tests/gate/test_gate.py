"""The order of checks, and that everything is written down before it is done."""

import asyncio
from dataclasses import replace

import pytest

from console.link.commands import once_for as once_of
from protocol.schema import (
    RESERVED,
    VERBS,
    Block,
    Command,
    Cosign,
    Decide,
    Head,
    List,
    Offer,
    PairIssue,
    Prove,
    Read,
    Receipt,
    Refusal,
    Rows,
    Subscribe,
    Verify,
    verb_title,
)
from protocol.schema.numbers import Decision, Log, RefusalCode, Role, Verb
from protocol.trust.cosignature import Witness
from protocol.wire.codec import encode_args
from totebox.gate.call import Call
from totebox.vault.api import LeafIndex

pytestmark = pytest.mark.anyio


async def test_arguments_of_another_shape_are_refused(room) -> None:
    """Arguments that do not decode are BAD_ARGUMENTS, whatever the role."""
    reply = room.answers()
    await room.gate.command(Command(7, b"", Verb.HEAD, b"\x91\x01", ()), room.peer(room.probe), reply)
    assert isinstance(reply.said[0], Refusal) and reply.said[0].code is RefusalCode.BAD_ARGUMENTS


async def test_a_witness_needs_no_more_than_interface(room) -> None:
    """An orchestrator cosigns the heads that it proved; the row names its key."""
    witness = Witness("hub.example", b"\5" * 32)
    note = witness.cosign((await room.vault.head()).audit.note, 1_900_000_000)
    receipt = await room.ask(room.probe, Cosign(Log.AUDIT, note, witness.key.text()), once=b"w" * 16)
    assert isinstance(receipt, Receipt)
    (row,) = await room.vault.entries(Log.AUDIT, LeafIndex(receipt.index), 1)
    assert (row.kind, row.note) == ("COSIGNED", witness.key.text())


async def test_verbs_that_the_gate_does_not_carry_out_are_unknown(room) -> None:
    """SUBSCRIBE belongs to the session; a gate that is asked for it says UNKNOWN_VERB."""
    reply = room.answers()
    await room.gate.command(Command(7, b"", Verb.SUBSCRIBE, b"\x92\xc4\x00\x90", ()), room.peer(room.admin), reply)
    assert reply.said[0].code is RefusalCode.UNKNOWN_VERB


@pytest.mark.parametrize("number", [*sorted(RESERVED), 0x77, 0xFF])
async def test_a_verb_that_nobody_knows_is_unknown_and_the_row_names_it(room, number: int) -> None:
    """Reserved or never heard of: UNKNOWN_VERB with a remedy, and a REFUSED row that says which, not with what arguments."""
    reply = room.answers()
    await room.gate.command(Command(7, b"", number, b"\xc4\x06secret", ()), room.peer(room.admin), reply)
    (refusal,) = reply.said
    assert refusal.code is RefusalCode.UNKNOWN_VERB and verb_title(number) in refusal.reason and refusal.remedy
    row = (await room.vault.entries(Log.AUDIT, LeafIndex(0), 1_000))[-1]
    assert (row.kind, row.subject) == ("REFUSED", verb_title(number)) and "secret" not in row.note


async def test_a_verb_that_nobody_knows_under_a_capability_is_not_permitted(room) -> None:
    """The chain is judged first, and no fault comes of the number."""
    reply = room.answers()
    await room.gate.command(Command(7, b"", 0x77, b"", (Block(b"x", b"y"),)), room.peer(room.admin), reply)
    assert reply.said[0].code is RefusalCode.NOT_PERMITTED


async def test_bound_lists_what_is_carried_out(room) -> None:
    """Every verb of the gate here, where all its parts are and no service; no reserved number."""
    own = tuple(sorted(number for number, row in VERBS.items() if not row.reach.owner))
    assert room.gate.verbs == own and not set(room.gate.verbs) & set(RESERVED)
    assert {type(number) for number in room.gate.verbs} == {int}, "Bound carries plain numbers"


async def test_a_secret_is_under_no_hash_in_the_log(room) -> None:
    """What a `once` id stands for is kept in the audit log: guesses could be tried against a hash of a secret."""
    verb, args = encode_args(Prove(Log.AUDIT, 0))
    call = Call(Command(1, b"", verb, args, ()), VERBS[verb], Prove(Log.AUDIT, 0), room.peer(room.desk), room.answers())
    hidden = replace(call, verb=replace(VERBS[verb], secret=True))
    other = replace(hidden, command=replace(hidden.command, args=args + b"more"))
    assert hidden.digest == other.digest != call.digest


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_below_the_verbs_is_not_permitted(room, role: Role) -> None:
    """PAIR_ISSUE is for ADMIN alone."""
    pairing = {Role.ADMIN: room.admin, Role.INPUT: room.desk, Role.USER: room.reader, Role.INTERFACE: room.probe}[role]
    answer = await room.ask(pairing, PairIssue(Role.USER, ""))
    assert isinstance(answer, Rows) if role is Role.ADMIN else answer.code is RefusalCode.NOT_PERMITTED


async def test_a_capability_is_refused(room) -> None:
    """What cannot be checked is not let through."""
    reply = room.answers()
    verb, args = encode_args(Head(Log.RECORDS, 0))
    await room.gate.command(Command(1, b"", verb, args, (Block(b"x", b"y"),)), room.peer(room.admin), reply)
    assert reply.said[0].code is RefusalCode.NOT_PERMITTED


async def test_every_command_and_refusal_is_an_audit_row(room) -> None:
    """A read, a refusal by role and a decision on nothing each leave a row with verb and actor."""
    await room.ask(room.probe, Head(Log.RECORDS, 0))
    await room.ask(room.probe, List("audit.log", "", "", "", 10))
    await room.ask(room.desk, Decide("nothing", 0, Decision.YES))
    rows = await room.audit_rows()
    assert rows[-3:] == [("COMMAND", "head"), ("REFUSED", "list"), ("REFUSED", "input.decide")]


async def test_a_scripted_session_says_so_in_its_rows(room) -> None:
    """Whoever reads the log later sees which commands a program sent."""
    await room.ask(room.admin, Head(Log.RECORDS, 0), agent="os-console/0.1 scripted")
    entry = (await room.vault.entries(Log.AUDIT, 0, 99))[-1]
    assert entry.note.endswith("[scripted]")


async def test_a_repeated_once_gets_the_first_answer(room) -> None:
    """The same ticket is given again under the new command id; nothing is issued twice."""
    first = await room.ask(room.admin, PairIssue(Role.USER, "x"), once=b"1" * 16)
    again = await room.ask(room.admin, PairIssue(Role.USER, "x"), once=b"1" * 16)
    assert again.table == first.table and again.id != first.id and len(room.pairings.book.tickets) == 1


async def test_a_once_id_for_another_command_is_a_conflict(room) -> None:
    """An id names one command."""
    await room.ask(room.admin, PairIssue(Role.USER, "x"), once=b"1" * 16)
    refusal = await room.refused(room.admin, PairIssue(Role.ADMIN, "x"), once=b"1" * 16)
    assert refusal.code is RefusalCode.CONFLICT


@pytest.mark.parametrize("once", [b"", b"s", b"f" * 15])
async def test_a_write_needs_a_once_id_of_sixteen_bytes(room, once: bytes) -> None:
    """Whatever it writes: without one a repetition would be a second write. The refusal says what to draw."""
    for arguments in (PairIssue(Role.USER, ""), Decide("none", 0, Decision.YES), Offer(b"n", 1, bytes(32))):
        refusal = await room.refused(room.admin, arguments, once=once)
        assert refusal.code is RefusalCode.BAD_ARGUMENTS and "draw 16 random bytes" in refusal.remedy
        assert f"has {len(once)} bytes" in refusal.reason


async def test_a_once_id_of_another_length_is_refused_for_reads_too(room) -> None:
    """Whatever its length: a read carries none."""
    assert (await room.refused(room.admin, Head(Log.RECORDS, 0), once=b"short")).code is RefusalCode.BAD_ARGUMENTS


READING = (Head(Log.RECORDS, 0), Prove(Log.AUDIT, 0), Verify(), List("audit.log", "", "", "", 1), Read(0, 0))


@pytest.mark.parametrize("arguments", READING, ids=lambda arguments: type(arguments).__name__.lower())
async def test_a_read_takes_no_once_id(room, arguments) -> None:
    """Its answers are large and many: nothing is remembered of it, and the refusal says what to do."""
    refusal = await room.refused(room.admin, arguments, once=b"1" * 16)
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and "without a once id" in refusal.remedy
    assert len(room.gate._once) == 0


async def test_subscribe_takes_no_once_id(room) -> None:
    """It reads, too."""
    verb, args = encode_args(Subscribe(b"", ()))
    refusal = await room.gate.hearing(Command(1, b"1" * 16, verb, args, ()), room.peer(room.admin))
    assert isinstance(refusal, Refusal) and refusal.code is RefusalCode.BAD_ARGUMENTS


def test_a_console_sends_no_once_id_with_a_read() -> None:
    """What a console draws by itself: an id for each write, none for what the gate counts as a read."""
    assert all(once_of(arguments) == b"" for arguments in (*READING, Subscribe(b"", ())))
    reads = {row.verb for row in VERBS.values() if row.reads}
    assert {encode_args(arguments)[0] for arguments in READING} | {Verb.SUBSCRIBE} == reads
    assert len(once_of(PairIssue(Role.USER, ""))) == 16


async def test_head_proves_consistency_and_refuses_a_future(room) -> None:
    """A size that was seen is proved to continue; one that is larger than the log is NOT_FOUND."""
    seen = (await room.vault.head()).audit.tree_size
    rows = await room.rows(room.probe, Head(Log.AUDIT, seen))
    assert rows[0]["checkpoint"].startswith(room.vault.identity.audit_origin.encode())
    assert (await room.refused(room.probe, Head(Log.AUDIT, 10_000))).code is RefusalCode.NOT_FOUND


async def test_sessions_are_opened_and_closed_in_the_log(room) -> None:
    """SESSION_OPEN is there before the first command, SESSION_CLOSE after the last."""
    peer = room.peer(room.desk)
    await room.gate.opened(peer)
    assert room.gate.sessions == {1: peer}
    await room.gate.closed(peer, "goodbye")
    assert [row[0] for row in await room.audit_rows()][-2:] == [
        "SESSION_OPEN",
        "SESSION_CLOSE",
    ] and not room.gate.sessions


async def test_many_failed_handshakes_are_counted_not_listed(room) -> None:
    """A flood leaves ten rows; the next row, once time has passed, says how many there were."""
    for _ in range(50):
        await room.gate.turned_away("tcp 203.0.113.9:1", "unknown")
    rows = [row for row in await room.audit_rows() if row == ("REFUSED", "handshake")]
    assert len(rows) == 10
    room.clock.s += 60
    await room.gate.turned_away("tcp 203.0.113.9:1", "unknown")
    assert "40 others" in (await room.vault.entries(Log.AUDIT, 0, 999))[-1].note


async def test_a_fault_inside_is_a_refusal_and_not_a_crash(room) -> None:
    """An exception that nobody expected becomes FAULT for that command alone."""

    async def broken() -> None:
        raise RuntimeError("a bug")

    object.__setattr__(room.gate.reading, "verify_vault", broken)
    from protocol.schema import Verify

    assert (await room.refused(room.admin, Verify())).code is RefusalCode.FAULT


async def test_the_same_once_twice_at_once_is_done_once(room) -> None:
    """A retry that overtakes its first attempt waits for it."""
    answers = await asyncio.gather(*(room.ask(room.admin, PairIssue(Role.USER, "x"), once=b"2" * 16) for _ in range(5)))
    assert len({answer.table for answer in answers}) == 1 and len(room.pairings.book.tickets) == 1


async def test_prove_answers_with_a_receipt(room) -> None:
    """Any leaf of either log can be proved."""
    from protocol.schema import Prove

    answer = await room.ask(room.probe, Prove(Log.RECORDS, 0))
    assert isinstance(answer, Receipt) and answer.proof.leaf_index == 0


async def test_a_bad_query_is_one_refused_row_and_no_command_row(room) -> None:
    """It is judged before it is carried out, as any argument is."""
    before = len(await room.audit_rows())
    refusal = await room.refused(room.admin, List("gate.pairings", "colour:red", "", "", 10))
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and "fingerprint:, role:, state:, all:" in refusal.remedy
    assert (await room.audit_rows())[before:] == [("REFUSED", "list")]
