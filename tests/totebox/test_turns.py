"""Turns are fair: whoever asks most waits longest."""

import asyncio

import pytest

from totebox.daemon.turns import Turns

pytestmark = pytest.mark.anyio


class Room:
    """Who has had a turn, in order, and how many had one at the same time."""

    def __init__(self, most: int) -> None:
        self.turns = Turns(most)
        self.order: list[str] = []
        self.now: list[str] = []
        self.largest = 0

    async def visit(self, who: str) -> None:
        async with self.turns.turn(who):
            self.order.append(who)
            self.now.append(who)
            self.largest = max(self.largest, len(self.now))
            assert len(set(self.now)) == len(self.now), "one at a time each"
            for _ in range(3):
                await asyncio.sleep(0)
            self.now.remove(who)


async def test_a_crowd_of_one_delays_another_by_one_turn() -> None:
    """Eight requests of one device, then one of another: it is second."""
    room = Room(1)
    await asyncio.gather(*(room.visit("crowd") for _ in range(8)), room.visit("desk"))
    assert room.order == ["crowd", "desk", *["crowd"] * 7]


async def test_so_many_at_once_and_one_each() -> None:
    """Five devices with three requests each: never more than two at once, never two of one."""
    room = Room(2)
    await asyncio.gather(*(room.visit(who) for who in "abcde" for _ in range(3)))
    assert room.largest == 2 and sorted(room.order) == sorted("abcde" * 3)
    assert room.order[:5] == list("abcde")


async def test_who_is_cancelled_leaves_no_turn_behind() -> None:
    """While it waits, and while it has one."""
    room = Room(1)
    first = asyncio.create_task(room.visit("a"))
    await asyncio.sleep(0)
    waiting = asyncio.create_task(room.visit("b"))
    await asyncio.sleep(0)
    for task in (waiting, first):
        task.cancel()
    await asyncio.wait((first, waiting))
    async with asyncio.timeout(10):
        async with room.turns.turn("c"):
            pass
    assert not room.turns._waiting and not room.turns._having


async def test_cancelled_in_the_moment_of_its_turn() -> None:
    """The turn was given and its task was cancelled before it knew: the next one has it."""
    turns = Turns(1)
    holder = turns.turn("a")
    await holder.__aenter__()

    async def one(who: str) -> None:
        async with turns.turn(who):
            pass

    waiting = asyncio.create_task(one("b"))
    await asyncio.sleep(0)
    await holder.__aexit__(None, None, None)
    waiting.cancel()
    await asyncio.wait((waiting,))
    async with asyncio.timeout(10):
        await one("c")
    assert not turns._having
