"""What a console has in flight: as many commands as may be, the rest in order, and transfers that are asked for again."""

import asyncio

import pytest

from console.model.events import LinkUp
from protocol.schema import List, Read, Refusal, Rows
from protocol.schema.numbers import MAX_BULK_BYTES, MAX_COMMANDS_IN_FLIGHT, RefusalCode
from tests.link.test_pause import Hour
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio


def _slow(number: int) -> List:
    """A question that is answered once the door's gate is open."""
    return List("slow", f"w{number}", "", "", 1)


async def test_what_has_no_slot_waits_for_an_answer(rig) -> None:
    """Ten questions and a download more than may be in flight: none is refused, and each has its answer."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    asked = [asyncio.create_task(session.ask(f"k{n}", _slow(n))) for n in range(MAX_COMMANDS_IN_FLIGHT + 10)]
    got = bytearray()
    saving = asyncio.create_task(session.download(0, got.extend))
    while sum(what == "command" for what, _ in rig.door.journal) < MAX_COMMANDS_IN_FLIGHT:
        rig.door.moved.clear()
        await rig.door.moved.wait()
    rig.door.gate.set()
    async with asyncio.timeout(WAIT_S):
        answers = await asyncio.gather(*asked)
        assert await saving is None
    assert all(isinstance(answer, Rows) for answer in answers) and bytes(got) == rig.door.payload


@pytest.mark.parametrize("at", [0, MAX_BULK_BYTES * 3])
@pytest.mark.parametrize("remedy", ["wait 3 s, then ask again", "wait for an answer, then ask again"])
async def test_a_download_goes_on_after_too_many(rig, at: int, remedy: str) -> None:
    """At its first byte or later, with a stated wait or without one: the rest is asked for, and every byte comes once."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    hour = Hour()
    session._pause = hour.pause()
    rig.door.refusing[at] = Refusal(0, RefusalCode.TOO_MANY, "too much", remedy)
    got = bytearray()
    assert await session.download(0, got.extend, size=len(rig.door.payload)) is None
    assert bytes(got) == rig.door.payload and not rig.door.refusing
    assert hour.slept == ([3.0] if remedy.startswith("wait 3") else [])


async def test_a_download_that_is_refused_for_good_is_not_asked_again(rig) -> None:
    """Another refusal is its answer."""
    await rig.serve()
    session, desk = rig.console()
    await desk.wait(LinkUp)
    rig.door.refusing[0] = Refusal(0, RefusalCode.NOT_PERMITTED, "no", "ask an ADMIN")
    answer = await session.download(0, bytearray().extend)
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.NOT_PERMITTED
    assert sum(isinstance(value, Read) for _, value in rig.door.journal) == 1
