"""CPU of one handshake, both ends, binders included, beside mutual TLS 1.3; and how long 1,000 consoles take to come back."""

import asyncio
import resource
import time
from collections.abc import Awaitable, Callable

from benchmarks import _psp_ends, _tls_ends
from benchmarks.row import Row, judge

HANDSHAKES = 100
RECONNECTS = 1_000
AT_ONCE = 64
ROUNDS = 5
RECONNECT_AIM_S = 1.5


async def _psp_many(count: int, at_once: int) -> tuple[float, float]:
    """CPU milliseconds a handshake, and seconds for all."""
    house = await _psp_ends.serve()
    consoles: list[_psp_ends.AuthorityEnd] = []
    gate = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with gate:
            consoles.append(await _psp_ends.AuthorityEnd(house.keys, lambda event: None).dial(house.uri))

    try:
        return await _timed(count, one)
    finally:
        for end in consoles:
            end.abort()
        await house.close()
        await asyncio.sleep(0)


async def _tls_many(count: int, at_once: int) -> tuple[float, float]:
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
        ours.append(asyncio.run(_psp_many(HANDSHAKES, 1))[0])
        theirs.append(asyncio.run(_tls_many(HANDSHAKES, 1))[0])
    again = [asyncio.run(_psp_many(RECONNECTS, AT_ONCE)) for _ in range(3)]
    back = [seconds for _, seconds in again]
    cpu = [each * RECONNECTS / 1e3 for each, _ in again]
    tls_back = [asyncio.run(_tls_many(RECONNECTS, AT_ONCE))[1] for _ in range(2)]
    note = "both ends, device keys proved on both sides (binders)"
    return [
        judge("psp_handshake_cpu", ours, theirs, peer_name="asyncio + TLS 1.3 mutual", aim=1.0, unit="ms", note=note),
        judge("psp_reconnects", back, tls_back, peer_name="asyncio + TLS 1.3 mutual", aim=1.0, unit="s",
              note=f"{RECONNECTS:,} connections, both ends in one process"),
        judge("psp_reconnects_allowed", cpu, [RECONNECT_AIM_S], peer_name="what we allow ourselves", aim=1.0, unit="s CPU",
              note=f"{RECONNECTS:,} connections, both ends in one process: CPU, which is what a machine of its own would take"),
    ]  # fmt: skip
