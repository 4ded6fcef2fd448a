"""What an idle session costs: memory of the process that serves it, as the kernel counts it; and a thousand peers that are
told something once a second."""

import asyncio
import gc
import os
import resource
import time
from pathlib import Path

from benchmarks import _psp_ends, _psp_house, _tls_ends
from benchmarks.row import Row, judge
from console.link.call import Call

CONNECTIONS = 1_000
TOGETHER = 50
TLS_CONNECTIONS = 200
MEMORY_AIM_BYTES = 10 * 1024
PEERS = 1_000
SECONDS = 4
FLEET_AIM_PERCENT = 10.0


def pss_kib(pid: int) -> float:
    """A process's share of the machine's memory: its own pages, and its part of those that it shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return float(next(line for line in lines if line.startswith("Pss:")).split()[1])


async def _psp_kib() -> tuple[float, float]:
    """KiB that an idle session takes of the Totebox's link; and of the consoles' process, which is this one."""
    async with _psp_house.house(CONNECTIONS + 1) as house:
        calls = [await _bound(house, house.devices[-1])]
        gc.collect()
        before, ours = pss_kib(house.pid), pss_kib(os.getpid())
        # Many at once: who is silent for too long is let go, and a thousand one after the other may take as long.
        for first in range(0, CONNECTIONS, TOGETHER):
            calls += await asyncio.gather(
                *(_bound(house, device) for device in house.devices[first : first + TOGETHER])
            )
        sessions = (await house.figures())[1]
        assert sessions == CONNECTIONS + 1, sessions
        gc.collect()
        after, ours_after = pss_kib(house.pid), pss_kib(os.getpid())
        for call in calls:
            call.close()
        await asyncio.gather(*(call.gone() for call in calls))
    return (after - before) / CONNECTIONS, (ours_after - ours) / CONNECTIONS


async def _bound(house: _psp_house.House, device: _psp_house.Device) -> Call:
    call = await Call.dial(house.uri, device.static, house.static, house.psk, key=house.key)
    await call.shaken()
    await call.bind(device.binder, "bench", "bench/1")
    return call


async def _tls_kib() -> float:
    """Both ends are here: half of what all of them take."""
    with _tls_ends.certificates() as folder:
        house = await _tls_ends.serve(folder, lambda lines, message: None)
        links = [await house.dial(lambda lines, message: None)]
        gc.collect()
        before = pss_kib(os.getpid())
        links += [await house.dial(lambda lines, message: None) for _ in range(TLS_CONNECTIONS)]
        gc.collect()
        held = pss_kib(os.getpid()) - before
        for lines in links:
            assert lines.transport is not None
            lines.transport.abort()
        house.close()
        await asyncio.sleep(0)
    return held / TLS_CONNECTIONS / 2


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
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8_192)), hard))
    both = [asyncio.run(_psp_kib()) for _ in range(3)]
    ours, console = [one for one, _ in both], both[0][1]  # later rounds find room that the first one left
    theirs = [asyncio.run(_tls_kib())]
    fleet = [asyncio.run(_fleet_percent()) for _ in range(2)]
    note = (
        f"proportional set size of the Totebox's process, {CONNECTIONS:,} idle sessions more; a console's end {console:.1f} "
        "KiB; the kernel's socket buffers apart"
    )
    return [
        judge("psp_idle_memory", ours, theirs, peer_name="asyncio + TLS 1.3 mutual", aim=1.0, unit="KiB", note=note),
        judge("psp_idle_memory_allowed", ours, [MEMORY_AIM_BYTES / 1024], peer_name="what we allow ourselves", aim=1.0,
              unit="KiB", note=note),
        judge("psp_fleet_telemetry", fleet, [FLEET_AIM_PERCENT], peer_name="what we allow ourselves", aim=1.0,
              unit="% core", note=f"{PEERS:,} peers at 1 Hz, half of both ends' CPU"),
    ]  # fmt: skip
