"""What one session of the least role can pile up on a real daemon."""

import asyncio

import pytest

from protocol.schema import Command, Refusal, Since, Subscribe
from protocol.schema.numbers import RefusalCode, Topic
from protocol.wire.codec import encode_args
from tests.patience import WAIT_S
from tests.totebox.conftest import Console

pytestmark = pytest.mark.anyio
FLOOD = 20_000
MIB = 1 << 20


async def _answered(session, command: Command, count: int) -> list[object]:
    """Send `command` so often, under new ids, without waiting; every answer."""
    answers: list[object] = []
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def settle(number: int, answer: object) -> None:
        if number >= command.id:
            answers.append(answer)
            if len(answers) == count:
                done.set_result(None)

    session._commands._settle = settle
    for number in range(count):
        session._call.say(Command(command.id + number, b"", command.verb, command.args, ()))
        if number % 500 == 0:
            await session._call._carrier.drain()
            await asyncio.sleep(0)
    async with asyncio.timeout(WAIT_S):
        await done
    return answers


async def test_pipelined_subscriptions_cost_what_64_do(row, meter, daemon, desk: Console, another) -> None:
    """INTERFACE sends 20,000 at once: all but those in flight are refused, memory stays, and SIGTERM ends the daemon."""
    hub = await another("interface", "a hub")
    verb, args = encode_args(Subscribe(b"", (Since(Topic.EVENT, 0),)))
    async with meter(daemon, bystander=desk) as cost:
        answers = await _answered(hub.session, Command(100_000, b"", verb, args, ()), FLOOD)
    row(f"INTERFACE pipelines {FLOOD:,} SUBSCRIBE", cost)
    assert any(isinstance(each, Refusal) and each.code is RefusalCode.TOO_MANY for each in answers)
    assert cost.memory_after - cost.memory_before < 48 * MIB
    assert await asyncio.to_thread(daemon.stop) == 0
