"""A device of the least role asks as fast as it can: what it writes is its bucket, and others do not notice."""

import asyncio
from time import monotonic

import pytest

from console.model.events import BackedOff
from protocol.schema import Head, List, Prove, Refusal, Rows, Subscribe
from protocol.schema.numbers import Log, RefusalCode, Role
from tests.exhaustion.table import LONG
from totebox.gate.row_budget import BURST_ROWS, ROWS_A_SECOND

pytestmark = pytest.mark.anyio
ATTACK_S = 60.0 if LONG else 3.0
AT_ONCE = 48


async def _flood(console, questions) -> tuple[int, int]:
    """Ask without ever waiting for what TOO_MANY says: how many were answered, and how many of them with TOO_MANY."""
    end, counts = monotonic() + ATTACK_S, [0, 0]
    commands = console.session._up()  # below what backs off

    async def ask_on(number: int) -> None:
        while monotonic() < end:
            answer = await commands.ask(questions(number + counts[0]), b"")
            counts[0] += 1
            counts[1] += isinstance(answer, Refusal) and answer.code is RefusalCode.TOO_MANY

    await asyncio.gather(*(ask_on(number) for number in range(AT_ONCE)))
    return counts[0], counts[1]


async def _rows_of(desk, console) -> int:
    """Audit rows of this device, counted in the register's text."""
    from protocol.trust.keys import fingerprint

    name = fingerprint(console.binder.key)
    count, cursor = 0, ""
    while True:
        answer = await desk.ask(List("audit.log", f"actor:{name}", "", cursor, 4_096))
        assert not isinstance(answer, Refusal), answer
        count += len(answer.table.rows)
        cursor = answer.cursor
        if not answer.more:
            return count


@pytest.mark.parametrize(
    ("tried", "questions"),
    [
        ("head, the same again and again", lambda number: Head(Log.RECORDS, 0)),
        ("prove, another leaf each time", lambda number: Prove(Log.AUDIT, number)),
        ("list, which its role may not", lambda number: List("audit.log", str(number), "", "", 1)),
    ],
)
async def test_interface_writes_its_bucket_and_no_more(row, meter, daemon, desk, another, tried, questions) -> None:
    """However fast it asks: at most 200 rows, and then 20 a second; a bystander is answered all the while."""
    hub, bystander = await another("interface", "hub"), await another("user", "bystander")
    began = monotonic()
    async with meter(daemon, bystander=bystander) as cost:
        asked, too_many = await _flood(hub, questions)
    lasted = monotonic() - began
    rows = await _rows_of(desk, hub)
    row(f"INTERFACE pipelines {tried}: {asked:,} in {lasted:.0f} s, {too_many:,} TOO_MANY, {rows} rows", cost)
    assert asked > rows and rows <= BURST_ROWS + ROWS_A_SECOND * (monotonic() - began) + 2
    assert cost.waits_s


async def test_a_console_backs_off_and_is_answered(daemon, desk, another) -> None:
    """It asks more different questions than it has rows for: it waits as TOO_MANY says, shows it, and every question is answered."""
    reader = await another("user", "reader")
    turn = asyncio.Semaphore(32)

    async def ask(number: int):
        async with turn:
            return await reader.ask(List("audit.log", f"word{number}", "", "", 1))

    answers = await asyncio.gather(*(ask(number) for number in range(BURST_ROWS + 40)))
    assert all(isinstance(answer, Rows) for answer in answers)
    assert [event for event in reader.events if isinstance(event, BackedOff)]


async def test_interface_subscribes_without_end(row, meter, daemon, desk, another) -> None:
    """Each SUBSCRIBE is a row, or covered by a span: another epoch is the same question."""
    hub, bystander = await another("interface", "hub"), await another("user", "bystander")
    began = monotonic()
    async with meter(daemon, bystander=bystander) as cost:
        asked, _ = await _flood(hub, lambda number: Subscribe(number.to_bytes(8, "big"), ()))
    rows = await _rows_of(desk, hub)
    row(f"INTERFACE subscribes {asked:,} times, {rows} rows", cost)
    assert rows <= BURST_ROWS + ROWS_A_SECOND * (monotonic() - began) + 2
    assert hub.session.pairing.role is Role.INTERFACE
