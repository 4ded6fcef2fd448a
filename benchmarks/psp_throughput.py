"""One stream of bulk bytes from a subject to an authority: PSP's Parts beside asyncio with TLS, and grpc.aio's server stream."""

import asyncio
import os
import time
from collections.abc import Callable, Coroutine

from benchmarks import _peers, _psp_ends, _tls_ends
from benchmarks.row import Row, judge, missing
from protocol.schema import Part
from protocol.schema.numbers import MAX_BULK_BYTES

BYTES = 128 * 1024 * 1024
ROUNDS = 7
PIECE = os.urandom(MAX_BULK_BYTES)


async def _psp() -> float:
    """Seconds a GiB."""
    house, left, done = await _psp_ends.serve(), BYTES, asyncio.get_running_loop().create_future()

    def hear(event: object) -> None:
        nonlocal left
        assert isinstance(event, Part)
        left -= len(event.data)
        if not left:
            done.set_result(None)

    console = await _psp_ends.AuthorityEnd(house.keys, hear).dial(house.uri)
    end = house.ends[0]
    begun = time.monotonic()
    for at in range(0, BYTES, len(PIECE)):
        end.say(Part(1, at, PIECE, False))
        await end.carrier.drain()
    await done
    took = time.monotonic() - begun
    console.abort()
    await house.close()
    await asyncio.sleep(0)
    return took * 2**30 / BYTES


async def _tls() -> float:
    with _tls_ends.certificates() as folder:
        left, done = BYTES, asyncio.get_running_loop().create_future()

        def hear(lines: object, message: bytes) -> None:
            nonlocal left
            left -= len(message)
            if not left:
                done.set_result(None)

        house = await _tls_ends.serve(folder, lambda lines, message: None)
        link = await house.dial(hear)
        begun = time.monotonic()
        for _ in range(0, BYTES, len(PIECE)):
            house.ends[0].say(PIECE)
            await asyncio.sleep(0)
        await done
        took = time.monotonic() - begun
        assert link.transport is not None
        link.transport.abort()
        house.close()
        await asyncio.sleep(0)
    return took * 2**30 / BYTES


def _spent(measure: Callable[[], Coroutine[None, None, float]]) -> tuple[float, float]:
    """Seconds a GiB by the clock, and of CPU, both ends and their threads."""
    began = time.process_time()
    wall = asyncio.run(measure())
    return wall, (time.process_time() - began) * 2**30 / BYTES


def _rows(peer_name: str, aim: float, ours: list[tuple[float, float]], peer: list[tuple[float, float]]) -> list[Row]:
    """By the clock, and of CPU, which a busy machine blurs less."""
    note = f"{len(PIECE):,} bytes a message, {BYTES >> 20} MiB on one connection, both ends in one process"
    wall = [[one for one, _ in side] for side in (ours, peer)]
    cpu = [[two for _, two in side] for side in (ours, peer)]
    return [
        judge("psp_throughput", *wall, peer_name=peer_name, aim=aim, unit="s/GiB", note=note),
        judge("psp_throughput_cpu", *cpu, peer_name=peer_name, aim=aim, unit="s CPU/GiB", note=note),
    ]


def run() -> list[Row]:
    """Seconds a GiB, ours against each, in turns; only grpc is the aim."""
    ours, tls, grpc = [], [], []
    with_grpc = _peers.tried(lambda: _peers.grpc_stream(len(PIECE), PIECE)) is not None
    for _ in range(ROUNDS):
        ours.append(_spent(_psp))
        tls.append(_spent(_tls))
        if with_grpc:
            grpc.append(_spent(lambda: _peers.grpc_stream(BYTES, PIECE)))
    rows = _rows("asyncio + TLS 1.3 mutual", 3.0, ours, tls)
    return rows + (_rows("grpc.aio", 1.0, ours, grpc) if grpc else [missing("psp_throughput", "grpc.aio")])
