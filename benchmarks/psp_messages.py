"""CPU of one 64-byte message, both ends, at 500 connections: PSP beside the usual ways to send one safely.

Each connection gets one message at a time, so nothing is saved by sending several in one write. Both ends live in one process,
whose CPU time is counted; a peer that is not installed is left out and named (they are the dependency group `bench`).
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable

from benchmarks import _peers, _psp_ends, _tls_ends
from benchmarks.row import Row, judge, missing

CONNECTIONS = 500
TURNS = 12
ROUNDS = 9
PAYLOAD = b"x" * 64


async def spent_us(turn: Callable[[], Awaitable[None]], turns: int, messages: int) -> float:
    """CPU microseconds a message over `turns` turns of `messages` messages each; the first turn warms up."""
    await turn()
    gc.collect()
    begun = time.process_time()
    for _ in range(turns):
        await turn()
    return (time.process_time() - begun) / (turns * messages) * 1e6


class Tally:
    """Counts what was heard; `reached` fires at the number that was asked for."""

    def __init__(self) -> None:
        self._left = 0
        self._done: asyncio.Future[None] | None = None

    def expect(self, count: int) -> "asyncio.Future[None]":
        self._left, self._done = count, asyncio.get_running_loop().create_future()
        return self._done

    def heard(self) -> None:
        self._left -= 1
        if not self._left and self._done is not None:
            self._done.set_result(None)


async def _psp() -> float:
    tally = Tally()
    house = await _psp_ends.serve()
    consoles = []
    for _ in range(CONNECTIONS):
        end = _psp_ends.AuthorityEnd(house.keys, lambda event: tally.heard())
        consoles.append(await end.dial(house.uri))
    number = 0

    async def turn() -> None:
        nonlocal number
        number += 1
        done = tally.expect(CONNECTIONS)
        for end in house.ends:
            end.say(_psp_ends.part(number))
        await done

    try:
        return await spent_us(turn, TURNS, CONNECTIONS)
    finally:
        await house.close()
        for end in consoles:
            end.abort()
        await asyncio.sleep(0)


async def _tls() -> float:
    tally = Tally()
    with _tls_ends.certificates() as folder:
        house = await _tls_ends.serve(folder, lambda lines, message: None)
        consoles = [await house.dial(lambda lines, message: tally.heard()) for _ in range(CONNECTIONS)]

        async def turn() -> None:
            done = tally.expect(CONNECTIONS)
            for end in house.ends:
                end.say(PAYLOAD)
            await done

        try:
            return await spent_us(turn, TURNS, CONNECTIONS)
        finally:
            house.close()
            for lines in consoles:
                assert lines.transport is not None
                lines.transport.abort()
            await asyncio.sleep(0)


def run() -> list[Row]:
    """Ours against each peer; the aim is to be below every one of them."""
    ours = [asyncio.run(_psp())]
    rows: list[Row] = []
    theirs: dict[str, list[float]] = {"asyncio + TLS 1.3 mutual": []}
    for _ in range(ROUNDS):
        theirs["asyncio + TLS 1.3 mutual"].append(asyncio.run(_tls()))
        ours.append(asyncio.run(_psp()))
    for name, measure in _peers.MESSAGES.items():
        figure = _peers.tried(measure)
        if figure is None:
            rows.append(missing("psp_message_cpu", name))
        else:
            theirs[name] = [figure, *[each for each in [_peers.tried(measure)] if each is not None]]
    note = f"{CONNECTIONS} connections, CPU of both ends"
    judged = [
        judge("psp_message_cpu", ours, peer, peer_name=name, aim=1.0, unit="us", note=note)
        for name, peer in theirs.items()
    ]
    return judged + rows
