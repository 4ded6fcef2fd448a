"""One stream of bulk bytes from a subject to an authority: PSP's Parts beside asyncio with TLS, and grpc.aio's server stream."""

import asyncio
import time

from benchmarks import _peers, _psp_ends, _tls_ends
from benchmarks.row import Row, judge, missing
from protocol.schema import Part
from protocol.schema.numbers import MAX_BULK_BYTES

BYTES = 64 * 1024 * 1024
ROUNDS = 3
PIECE = bytes(MAX_BULK_BYTES)


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


def run() -> list[Row]:
    """Seconds a GiB, ours against each; only grpc is the aim."""
    ours, tls, grpc = [], [], []
    for _ in range(ROUNDS):
        ours.append(asyncio.run(_psp()))
        tls.append(asyncio.run(_tls()))
        figure = _peers.tried(lambda: _peers.grpc_stream(BYTES, PIECE))
        grpc += [figure] if figure is not None else []
    note = f"{len(PIECE):,} bytes a message, one connection, both ends in one process"
    rows = [judge("psp_throughput", ours, tls, peer_name="asyncio + TLS 1.3 mutual", aim=3.0, unit="s/GiB", note=note)]
    if not grpc:
        return [*rows, missing("psp_throughput", "grpc.aio")]
    return [*rows, judge("psp_throughput", ours, grpc, peer_name="grpc.aio", aim=1.0, unit="s/GiB", note=note)]
