"""A Totebox's link in a process of its own: the real Listener and sessions, before a door that admits whom it is told to.

python -m benchmarks._psp_house      first line of stdin: the keys; then each line is answered with the CPU seconds spent so far
"""

import asyncio
import contextlib
import gc
import json
import math
import os
import resource
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

from protocol.schema import VERBS, Command, DeviceKey, Subscribe
from protocol.schema.numbers import Algorithm, Role
from protocol.trust.keys import FileBinder, X25519Pair, fingerprint, generate_static, static_from_private
from totebox.gate.door import (
    Hearing,
    Identity,
    Pairing,
    PairingRequest,
    Peer,
    Reply,
    Standing,
    Subscription,
    TicketFault,
)
from totebox.link import Listener

DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class Device:
    """One paired console."""

    static: X25519Pair
    binder: FileBinder


class BenchDoor:
    """Lookups in memory, and nothing to wait for."""

    verbs = tuple(sorted(VERBS))
    identity = Identity("Bench", "corporation", "totebox/bench", "vkey", "audit-vkey")

    def __init__(self, psk: bytes, devices: list[tuple[bytes, bytes]]) -> None:
        self.turned = 0
        self._pairings: dict[bytes, Pairing] = {}
        for static, public in devices:
            key = DeviceKey(Algorithm.SSH_ED25519, public)
            self._pairings[static] = Pairing(fingerprint(key), static, key, psk, Role.USER, "bench", "file", "now")

    def pairing(self, static: bytes) -> tuple[Standing, Pairing | None]:
        found = self._pairings.get(static)
        return (Standing.PAIRED, found) if found else (Standing.UNKNOWN, None)

    def ticket(self, ticket_id: bytes) -> TicketFault:
        return TicketFault.UNKNOWN

    async def grant(
        self, ticket_id: bytes, static: bytes, key: DeviceKey, psk: bytes, label: str, provider: str
    ) -> Pairing:
        raise AssertionError("there are no tickets here")

    async def request(self, asked: PairingRequest) -> None:
        raise AssertionError("nobody asks here")

    async def hearing(self, command: Command, peer: Peer) -> Hearing:
        return Hearing(peer.pairing.role, lambda: True, lambda: math.inf)

    async def opened(self, peer: Peer) -> None:
        pass

    async def closed(self, peer: Peer, reason: str) -> None:
        pass

    async def turned_away(self, carrier: str, reason: str) -> None:
        self.turned += 1

    async def command(self, command: Command, peer: Peer, reply: Reply) -> None:
        raise AssertionError("nothing is commanded here")


class BenchFeed:
    """Nobody subscribes."""

    epoch = b"epoch-01"

    def subscribe(self, role: Role, request: Subscribe) -> Subscription:
        raise AssertionError("nothing is told here")


async def _serve() -> None:
    spec = json.loads(sys.stdin.readline())
    devices = [(bytes.fromhex(static), bytes.fromhex(public)) for static, public in spec["devices"]]
    door = BenchDoor(bytes.fromhex(spec["psk"]), devices)
    static, binder = static_from_private(bytes.fromhex(spec["static"])), FileBinder(bytes.fromhex(spec["binder"]))
    loop = asyncio.get_running_loop()
    listener = Listener(door, BenchFeed(), static, binder)

    gc.freeze()  # as the daemon does

    def ready(uris: list[str]) -> None:
        print(uris[0], flush=True)

    running = asyncio.ensure_future(listener.run([spec["address"]], ready))

    def asked() -> None:
        if not sys.stdin.readline():
            running.cancel()
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_utime + used.ru_stime, len(listener.sessions()), door.turned, flush=True)

    loop.add_reader(sys.stdin.fileno(), asked)
    with contextlib.suppress(asyncio.CancelledError):
        await running


@dataclass(frozen=True, slots=True)
class House:
    """The process, and what a console must know to dial it."""

    uri: str
    pid: int
    static: bytes
    psk: bytes
    key: DeviceKey
    devices: list[Device]
    _process: asyncio.subprocess.Process

    async def figures(self) -> tuple[float, int, int]:
        """CPU seconds that it has spent, sessions that are open, strangers that were turned away."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(b"?\n")
        async with asyncio.timeout(DEADLINE_S):
            seconds, sessions, turned = (await self._process.stdout.readline()).split()
        return float(seconds), int(sessions), int(turned)


@contextlib.asynccontextmanager
async def house(devices: int, address: str = "tcp:127.0.0.1:0") -> AsyncIterator[House]:
    """A Totebox's link with that many paired devices, until the block ends."""
    static, private, psk = generate_static(os.urandom), os.urandom(32), os.urandom(32)
    known = [Device(generate_static(os.urandom), FileBinder(os.urandom(32))) for _ in range(devices)]
    spec = {
        "address": address,
        "static": static.private.hex(),
        "binder": private.hex(),
        "psk": psk.hex(),
        "devices": [(each.static.public.hex(), each.binder.key.public.hex()) for each in known],
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks._psp_house", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(spec).encode() + b"\n")
        async with asyncio.timeout(DEADLINE_S):
            uri = (await process.stdout.readline()).decode().strip()
        yield House(uri, process.pid, static.public, psk, FileBinder(private).key, known, process)
    finally:
        process.stdin.close()
        async with asyncio.timeout(DEADLINE_S):
            await process.wait()


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 8_192)), hard))
    asyncio.run(_serve())
