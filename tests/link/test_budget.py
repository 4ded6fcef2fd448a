"""Handshakes take turns: in order, a few at a turn, and everybody else runs in between."""

import asyncio

import pytest

from totebox.link.budget import TURN_S, HandshakeBudget

pytestmark = pytest.mark.anyio


async def _turns(budget: HandshakeBudget, shake, count: int) -> list[int]:
    """How many of `count` handshakes had been done at each turn of the loop."""
    done: list[int] = []
    for number in range(count):
        budget.put(lambda number=number: (shake(), done.append(number)))
    seen = []
    while budget.waiting:
        await asyncio.sleep(0)
        seen.append(len(done))
    assert done == list(range(count))
    return seen


async def test_a_few_at_a_turn_and_in_order() -> None:
    """Nine in line, two at a turn: nobody waits for more than two of them."""
    seen = await _turns(HandshakeBudget(2), lambda: None, 9)
    assert all(after - before <= 2 for before, after in zip([0, *seen], seen, strict=False)) and seen[-1] == 9


async def test_a_slow_handshake_has_a_turn_of_its_own() -> None:
    """Who uses the turn's time up is the last of it, however many were allowed."""
    now = asyncio.get_running_loop().time

    def slow() -> None:
        begun = now()
        while now() < begun + 2 * TURN_S:
            pass

    assert await _turns(HandshakeBudget(4), slow, 3) == [1, 2, 3]
