"""What an idle session costs: memory of one end (Python objects and all), and a thousand peers that are told something once a second."""

import asyncio
import gc
import time
import tracemalloc

from benchmarks import _psp_ends, _tls_ends
from benchmarks.row import Row, judge

CONNECTIONS = 200
MEMORY_AIM_BYTES = 10 * 1024
PEERS = 1_000
SECONDS = 4
FLEET_AIM_PERCENT = 10.0


async def _psp_bytes() -> float:
    """KiB a connection and end: both ends are here, so half of what all of them take."""
    house = await _psp_ends.serve()
    await _psp_ends.AuthorityEnd(house.keys, lambda event: None).dial(house.uri)
    gc.collect()
    tracemalloc.start()
    consoles = [
        await _psp_ends.AuthorityEnd(house.keys, lambda event: None).dial(house.uri) for _ in range(CONNECTIONS)
    ]
    await asyncio.sleep(0.05)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    for end in consoles:
        end.abort()
    await house.close()
    await asyncio.sleep(0)
    return held / CONNECTIONS / 2 / 1024


async def _tls_bytes() -> float:
    with _tls_ends.certificates() as folder:
        house = await _tls_ends.serve(folder, lambda lines, message: None)
        gc.collect()
        tracemalloc.start()
        links = [await house.dial(lambda lines, message: None) for _ in range(CONNECTIONS)]
        await asyncio.sleep(0.05)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        for lines in links:
            assert lines.transport is not None
            lines.transport.abort()
        house.close()
        await asyncio.sleep(0)
    return held / CONNECTIONS / 2 / 1024


async def _fleet_percent() -> float:
    """CPU of the authority's side and the subjects' together, in per cent of a core, halved: one message a second and peer."""
    house = await _psp_ends.serve()
    heard = 0

    def hear(event: object) -> None:
        nonlocal heard
        heard += 1

    consoles = [await _psp_ends.AuthorityEnd(house.keys, hear).dial(house.uri) for _ in range(PEERS)]
    gc.collect()
    began, wall = time.process_time(), time.monotonic()
    for second in range(SECONDS):
        for number, end in enumerate(house.ends):
            end.say(_psp_ends.telemetry(second + 1))
            if number % 100 == 99:
                await asyncio.sleep(0.05)
        await asyncio.sleep(max(0.0, wall + second + 1 - time.monotonic()))
    spent = (time.process_time() - began) / (time.monotonic() - wall) * 100 / 2
    assert heard == PEERS * SECONDS, f"{heard} of {PEERS * SECONDS} arrived"
    for console in consoles:
        console.abort()
    await house.close()
    await asyncio.sleep(0)
    return spent


def run() -> list[Row]:
    """Memory beside TLS and beside what we allow ourselves; then the fleet."""
    ours, theirs = [asyncio.run(_psp_bytes()) for _ in range(3)], [asyncio.run(_tls_bytes())]
    fleet = [asyncio.run(_fleet_percent()) for _ in range(2)]
    note = f"an end of {CONNECTIONS} idle connections, Python's own memory"
    return [
        judge("psp_idle_memory", ours, theirs, peer_name="asyncio + TLS 1.3 mutual", aim=1.0, unit="KiB", note=note),
        judge("psp_idle_memory_allowed", ours, [MEMORY_AIM_BYTES / 1024], peer_name="what we allow ourselves", aim=1.0,
              unit="KiB", note=note),
        judge("psp_fleet_telemetry", fleet, [FLEET_AIM_PERCENT], peer_name="what we allow ourselves", aim=1.0,
              unit="% core", note=f"{PEERS:,} peers at 1 Hz, half of both ends' CPU"),
    ]  # fmt: skip
