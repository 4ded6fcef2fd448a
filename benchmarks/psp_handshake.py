"""What a handshake costs beside mutual TLS 1.3, and how long 1,000 consoles take to come back.

The Totebox's link and its consoles live in two processes, as they do outside. What is counted is CPU where a busy machine would
blur the clock: of both ends against TLS, and of the busier end for the thousand, which is what the clock shows on two free cores.
"""

import asyncio
import gc
import os
import resource
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from benchmarks import _psp_ends, _psp_house, _tls_ends
from benchmarks.row import Row, judge
from console.link.call import Call

HANDSHAKES = 100
RECONNECTS = 1_000
AT_ONCE = 64
ROUNDS = 5
RECONNECT_AIM_S = 1.5


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds: of the clock, of the authorities' CPU, of the subject's."""

    wall: float
    authority: float
    subject: float


async def _bound(house: _psp_house.House, device: _psp_house.Device) -> Call:
    call = await Call.dial(house.uri, device.static, house.static, house.psk, key=house.key)
    await call.shaken()
    await call.bind(device.binder, "bench", "bench/1")
    return call


async def _psp_many(count: int, at_once: int, rounds: int) -> list[Spent]:
    """Every device comes `rounds` times, once more before that: what two devices know of each other is kept by both."""
    found = []
    gate = asyncio.Semaphore(at_once)
    async with _psp_house.house(count) as house:
        gc.freeze()  # as a console does

        async def one(device: _psp_house.Device) -> Call:
            async with gate:
                return await _bound(house, device)

        for number in range(rounds + 1):
            before = (await house.figures())[0]
            began, wall = time.process_time(), time.monotonic()
            async with asyncio.timeout(120):
                calls = await asyncio.gather(*(one(device) for device in house.devices))
            took, spent = time.monotonic() - wall, time.process_time() - began
            after = (await house.figures())[0]
            if number:
                found.append(Spent(took, spent, after - before))
            await _hung_up(house, calls)
    return found


async def _hung_up(house: _psp_house.House, calls: list[Call]) -> None:
    for call in calls:
        call.close()
    await asyncio.gather(*(call.gone() for call in calls))
    while (await house.figures())[1]:  # noqa: ASYNC110  what is waited for happens in another process
        await asyncio.sleep(0.05)


async def _psp_in_one(count: int) -> float:
    """CPU milliseconds a handshake, one after the other; both ends in this process, as the peer's are."""
    house = await _psp_ends.serve()
    consoles: list[_psp_ends.AuthorityEnd] = []

    async def one() -> None:
        consoles.append(await _psp_ends.AuthorityEnd(house.keys, lambda event: None).dial(house.uri))

    try:
        return (await _timed(count, one))[0]
    finally:
        for end in consoles:
            end.abort()
        await house.close()
        await asyncio.sleep(0)


async def _tls_many(count: int, at_once: int) -> tuple[float, float]:
    """CPU milliseconds a handshake, both ends, and seconds for all."""
    with _tls_ends.certificates() as folder:
        house = await _tls_ends.serve(folder, lambda lines, message: None)
        links: list[_tls_ends.Lines] = []
        gate = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with gate:
                links.append(await house.dial(lambda lines, message: None))

        try:
            return await _timed(count, one)
        finally:
            for lines in links:
                if lines.transport is not None:
                    lines.transport.abort()
            house.close()
            await asyncio.sleep(0)


async def _timed(count: int, one: Callable[[], Awaitable[None]]) -> tuple[float, float]:
    await one()
    begun, wall = time.process_time(), time.monotonic()
    async with asyncio.timeout(120):
        await asyncio.gather(*(one() for _ in range(count)))
    return (time.process_time() - begun) / count * 1e3, time.monotonic() - wall


def run() -> list[Row]:
    """Handshakes one after the other against TLS; then a thousand at once against the time that we allow ourselves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8_192)), hard))
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(asyncio.run(_psp_in_one(HANDSHAKES)))
        theirs.append(asyncio.run(_tls_many(HANDSHAKES, 1))[0])
    load = os.getloadavg()[0]
    back = asyncio.run(_psp_many(RECONNECTS, AT_ONCE, 5))
    busier = [max(each.authority, each.subject) for each in back]
    tls_cpu, _ = asyncio.run(_tls_many(RECONNECTS, AT_ONCE))
    walls = sorted(each.wall for each in back)
    said = (
        f"{RECONNECTS:,} consoles in one process, the Totebox in another; by the clock {walls[0]:.1f} to {walls[-1]:.1f} s "
        f"at a load of {load:.1f} on {os.cpu_count()} cores"
    )
    note = "both ends, device keys proved on both sides (binders)"
    total = [each.authority + each.subject for each in back]
    allowed = [
        judge("psp_reconnects_busier_end", busier, [RECONNECT_AIM_S], peer_name="what we allow ourselves", aim=1.0,
              unit="s CPU", note=said),
        judge("psp_reconnects_clock", walls, [RECONNECT_AIM_S], peer_name="what we allow ourselves", aim=1.0, unit="s",
              note=said),
    ]  # fmt: skip
    if load > (os.cpu_count() or 1) / 2:  # two threads of one core take more CPU than each would alone
        allowed = [row if row.met else replace(row, met=None, note=f"{said}: too busy to judge") for row in allowed]
    return [
        judge("psp_handshake_cpu", ours, theirs, peer_name="asyncio + TLS 1.3 mutual", aim=1.0, unit="ms", note=note),
        judge("psp_reconnects", total, [tls_cpu * RECONNECTS / 1e3], peer_name="asyncio + TLS 1.3 mutual", aim=1.0,
              unit="s CPU", note=f"{RECONNECTS:,} connections, {AT_ONCE} at once, CPU of both ends"),
        *allowed,
    ]  # fmt: skip
