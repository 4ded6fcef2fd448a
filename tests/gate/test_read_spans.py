"""What is repeated becomes a span; how many rows a device may cause is bounded."""

import asyncio
from dataclasses import replace

import pytest

from protocol.schema import VERBS, Command, Head, List, PairRequire, Prove, Read, Refusal, Rows, Verify
from protocol.schema.numbers import Log, RefusalCode, Role, Verb
from protocol.schema.waiting import stated_wait_s
from protocol.wire.codec import encode_args
from totebox.errors import DiskFull, GateClosed
from totebox.gate.call import Call
from totebox.gate.door import MAX_DEVICE_SESSIONS
from totebox.gate.gate import _asking
from totebox.gate.read_spans import OPEN_SPANS, SPAN_ACTS, SPAN_S, Noted, ReadSpans
from totebox.gate.row_budget import BURST_ROWS, ROWS_A_SECOND, RowBudget
from totebox.vault.api import AuditDraft, LeafIndex

pytestmark = pytest.mark.anyio
DROPS = List("input.drops", "", "", "", 10)
INTAKE = List("input.intake", "", "", "", 10)


async def kinds(room, *wanted: str) -> list[str]:
    return [kind for kind, _ in await room.audit_rows() if not wanted or kind in wanted]


async def notes(room, kind: str) -> list[str]:
    return [entry.note for entry in await room.vault.entries(Log.AUDIT, LeafIndex(0), 10_000) if entry.kind == kind]


async def test_a_read_that_is_not_repeated_has_a_row_of_its_own(room) -> None:
    """Different questions are COMMAND rows, one each, and no span."""
    await room.ask(room.desk, DROPS)
    await room.ask(room.desk, INTAKE)
    assert await kinds(room) == ["CREATED", "COMMAND", "COMMAND"]


async def test_repetitions_are_one_row_before_the_first_and_one_with_the_count(room) -> None:
    """The row says device, session, verb, table, and at most how many within what time; its end cites it with the true count."""
    for _ in range(58):
        await room.ask(room.desk, DROPS)
    await room.gate.recorder.spans.end()
    rows = await room.vault.entries(Log.AUDIT, LeafIndex(0), 100)
    assert [row.kind for row in rows] == ["CREATED", "COMMAND", "READ_SPAN", "READ_SPAN_END"]
    span, end = rows[2:]
    assert (span.actor, span.subject, end.actor, end.subject) == (room.desk.fingerprint, "list") * 2
    assert span.note == "at most 1000 within 60 s, session 1: input.drops"
    assert end.note == f"57 of row {span.index}, session 1: input.drops"


async def test_another_page_is_the_same_question_and_another_query_is_not(room) -> None:
    """A span covers a table and its query whatever page; the head of a log whatever was seen of it; a record from whatever byte."""
    for cursor in ("", "1", "2"):
        await room.ask(room.desk, List("input.drops", "", "", cursor, 10))
    assert (await kinds(room)).count("READ_SPAN") == 1
    for query in ("a", "b", "a", "b"):
        await room.ask(room.desk, List("input.drops", query, "", "", 10))
    assert (await notes(room, "READ_SPAN"))[1:] == [
        f"at most 1000 within 60 s, session 1: input.drops {query}" for query in "ab"
    ]
    for seen in (0, 1, 1):
        await room.ask(room.probe, Head(Log.RECORDS, seen))
    assert (await notes(room, "READ_SPAN"))[3:] == ["at most 1000 within 60 s, session 1: records"]


async def test_a_span_ends_by_count_and_the_next_begins(room) -> None:
    """The act after the last that a row covers stands behind another row."""
    for _ in range(SPAN_ACTS + 2):
        await room.ask(room.desk, DROPS)
    await room.gate.recorder.spans.end()
    ends = [note.split(" of ")[0] for note in await notes(room, "READ_SPAN_END")]
    assert ends == ["1000", "1"] and (await kinds(room)).count("READ_SPAN") == 2


async def test_a_span_ends_by_time_though_nobody_asks(room) -> None:
    """The beat of the daemon writes its end."""
    for _ in range(3):
        await room.ask(room.desk, DROPS)
    await room.gate.recorder.sweep()
    assert "READ_SPAN_END" not in await kinds(room)
    room.clock.s += SPAN_S
    await room.gate.recorder.sweep()
    assert (await notes(room, "READ_SPAN_END"))[0].startswith("2 of row ")
    room.clock.s += SPAN_S
    await room.gate.recorder.sweep()
    await room.ask(room.desk, DROPS)
    assert (await kinds(room))[-1] == "COMMAND" and not len(room.gate.recorder.spans)


async def test_the_row_comes_before_the_act_for_all_who_ask_at_once(room) -> None:
    """While a span's row is being written nothing is done under it; a row that fails fails all of them, and the next try writes anew."""
    written, go, fails = list[str](), asyncio.Event(), [False]

    async def write(row: AuditDraft) -> Noted:
        await go.wait()
        if fails[0]:
            raise DiskFull("full")
        written.append(row.kind)
        return Noted(len(written))

    budget = RowBudget(room.clock.monotonic)
    spans = ReadSpans(write, budget, room.clock.monotonic)
    act = _asking(_call(room, DROPS))
    go.set()
    await spans.note(act)
    go.clear()
    waiting = [asyncio.ensure_future(spans.note(act)) for _ in range(5)]
    done, _ = await asyncio.wait(waiting, timeout=0)
    assert not done and written == ["COMMAND"]
    fails[0] = True
    go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(result, DiskFull) for result in results) and not len(spans)
    fails[0] = False
    await spans.note(act)
    await spans.end()
    assert written == ["COMMAND", "READ_SPAN", "READ_SPAN_END"]


def _call(room, arguments):
    verb, args = encode_args(arguments)
    return Call(Command(1, b"", verb, args, ()), VERBS[verb], arguments, room.peer(room.desk), room.answers())


async def test_a_session_has_few_spans_and_alternating_is_no_way_around(room) -> None:
    """One more ends the oldest; what alternates over many questions is bounded by the budget."""
    for _ in range(2):
        for number in range(OPEN_SPANS + 4):
            await room.ask(room.desk, List("input.drops", f"q{number}", "", "", 10))
    assert len(room.gate.recorder.spans) == OPEN_SPANS
    for number in range(2_000):
        await room.ask(room.probe, Prove(Log.AUDIT, number % 70))
    mine = [
        row for row in await room.vault.entries(Log.AUDIT, LeafIndex(0), 10_000) if row.actor == room.probe.fingerprint
    ]
    assert len(mine) <= BURST_ROWS


async def test_refusals_are_aggregated_alike(room) -> None:
    """The first REFUSED row, then a span, then the count."""
    for _ in range(30):
        await room.refused(room.probe, INTAKE)
    await room.gate.recorder.spans.end()
    assert await kinds(room) == ["CREATED", "REFUSED", "REFUSED_SPAN", "REFUSED_SPAN_END"]
    assert (await notes(room, "REFUSED_SPAN_END"))[0].startswith("29 of row 2, session 1: NOT_PERMITTED")


async def test_a_device_that_has_used_its_rows_up_hears_how_long_to_wait(room) -> None:
    """TOO_MANY: no row, the wait in the remedy's fixed words; the bucket refills at its rate; the next row counts what had none."""
    answers = [await room.ask(room.probe, Prove(Log.AUDIT, number)) for number in range(BURST_ROWS + 50)]
    refused = [answer for answer in answers if isinstance(answer, Refusal) and answer.code is RefusalCode.TOO_MANY]
    rows = [
        row for row in await room.vault.entries(Log.AUDIT, LeafIndex(0), 1_000) if row.actor == room.probe.fingerprint
    ]
    assert len(rows) == BURST_ROWS and len(refused) >= 50
    assert stated_wait_s(refused[-1].remedy) == 1
    room.clock.s += 1.0
    for number in range(100):
        await room.ask(room.probe, Prove(Log.AUDIT, 1_000 + number))
    more = [
        row for row in await room.vault.entries(Log.AUDIT, LeafIndex(0), 1_000) if row.actor == room.probe.fingerprint
    ]
    assert len(more) - len(rows) == ROWS_A_SECOND
    assert more[len(rows)].note.endswith(f"(and {len(refused)} refused before it without a row)")


async def test_the_budget_is_of_each_device_and_counts_no_writes_of_input_and_admin(room) -> None:
    """Another device asks on; an ADMIN's writes and an INPUT's are not counted; a USER's are."""
    for number in range(BURST_ROWS + 1):
        last = await room.ask(room.admin, Prove(Log.AUDIT, number))
    assert isinstance(last, Refusal) and last.code is RefusalCode.TOO_MANY
    assert isinstance(await room.ask(room.desk, DROPS), Rows)
    answer = await room.ask(room.admin, PairRequire(Role.USER, False), once=b"1" * 16)
    assert not isinstance(answer, Refusal) or answer.code is not RefusalCode.TOO_MANY


async def test_the_spans_of_a_session_end_before_its_last_row(room) -> None:
    """SESSION_CLOSE is the last word about a session."""
    await room.gate.opened(room.peer(room.desk))
    for _ in range(3):
        await room.ask(room.desk, DROPS)
    await room.gate.closed(room.peer(room.desk), "goodbye")
    assert (await kinds(room))[-3:] == ["READ_SPAN", "READ_SPAN_END", "SESSION_CLOSE"]


async def test_a_start_says_what_is_known_of_the_spans_that_a_crash_left_open(room) -> None:
    """Their bounds; a span that has an end, and one of an earlier run, are left alone."""
    for _ in range(3):
        await room.ask(room.desk, DROPS)
    await room.gate.recorder.spans.end()
    await room.vault.audit(AuditDraft("STARTED", "local", "daemon", ""))
    for _ in range(3):
        await room.ask(room.desk, INTAKE)
    rows = await room.vault.entries(Log.AUDIT, LeafIndex(0), 100)
    left = next(row for row in reversed(rows) if row.kind == "READ_SPAN")
    await room.gate.recorder.start()
    after = (await room.vault.entries(Log.AUDIT, LeafIndex(0), 100))[len(rows) :]
    assert [(row.kind, row.actor) for row in after] == [("READ_SPAN_END", room.desk.fingerprint)]
    assert after[0].note == (
        f"1 to 1000 of row {left.index}, session 1: input.intake; the daemon ended before it was counted"
    )
    await room.gate.recorder.start()
    assert len(await room.vault.entries(Log.AUDIT, LeafIndex(0), 100)) == len(rows) + 1


def _peers(room, count: int):
    return [replace(room.peer(room.probe), session=number) for number in range(10, 10 + count)]


async def test_a_device_has_eight_sessions(room) -> None:
    """The ninth is turned away, and another device is not; when one ends there is room for one."""
    peers = _peers(room, MAX_DEVICE_SESSIONS + 1)
    for peer in peers[:-1]:
        await room.gate.opened(peer)
    with pytest.raises(GateClosed, match="8 sessions of this device"):
        await room.gate.opened(peers[-1])
    await room.gate.opened(room.peer(room.desk))
    await room.gate.closed(peers[0], "goodbye")
    await room.gate.opened(peers[-1])


async def test_sessions_are_aggregated_alike(room) -> None:
    """The first eight within a minute have rows of their own; then a span covers openings and ends, and counts them."""
    for peer in _peers(room, 30):
        await room.gate.opened(peer)
        await room.gate.closed(peer, "goodbye")
    await room.gate.recorder.stop()
    found = await kinds(room)
    assert found.count("SESSION_OPEN") == found.count("SESSION_CLOSE") == 8
    assert (await notes(room, "SESSION_SPAN_END"))[0].startswith("22 of row ")


async def test_sessions_cost_rows(room) -> None:
    """A device without rows opens none, and hears how long to wait."""
    for number in range(BURST_ROWS):
        await room.ask(room.probe, Prove(Log.AUDIT, number))
    with pytest.raises(GateClosed, match="wait 1 s"):
        await room.gate.opened(room.peer(room.probe))
    assert not room.gate.sessions


async def test_interface_verifies_once_an_hour(room) -> None:
    """The second within an hour is TOO_MANY with the wait; another role's is not counted."""
    assert isinstance(await room.ask(room.probe, Verify()), Rows)
    refused = await room.refused(room.probe, Verify())
    assert refused.code is RefusalCode.TOO_MANY and stated_wait_s(refused.remedy) == 3_600
    assert isinstance(await room.ask(room.reader, Verify()), Rows)
    room.clock.s += 3_600.0
    assert isinstance(await room.ask(room.probe, Verify()), Rows)


def test_full_buckets_take_no_memory() -> None:
    """A device that asked and then was quiet is forgotten."""
    now = [0.0]
    budget = RowBudget(lambda: now[0])
    assert budget.take("a", 1) == 0.0 and len(budget) == 1
    now[0] = 60.0
    budget.sweep()
    assert not len(budget)


def test_the_read_of_a_record_is_one_question() -> None:
    """From whatever byte."""
    says = VERBS[Verb.READ].question
    assert says is not None and says(Read(5, 0), str) == says(Read(5, 1 << 20), str) == "record 5"
