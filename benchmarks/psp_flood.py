"""A paired console's questions while strangers knock: its p99 in a flood of 2,000 bogus handshakes a second, beside the quiet.

The strangers are a process of their own; handshakes take their turns as in the Totebox's link.
"""

import asyncio
import subprocess
import sys
import time
from statistics import quantiles

from benchmarks import _psp_ends
from benchmarks.row import Row, judge
from protocol.schema import Ping
from protocol.wire.preface import Purpose, preface_to

SECONDS = 4.0
A_SECOND = 2_000
P99_AIM_MS = 20.0

STRANGERS = """
import socket, sys, time
port, preface, a_second, seconds = int(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
begun = time.monotonic(); sent = 0
bogus = preface + b"\\x00\\x60" + bytes(range(96))
while time.monotonic() - begun < seconds:
    if sent < (time.monotonic() - begun) * a_second:
        with socket.socket() as pipe:
            pipe.connect(("127.0.0.1", port))
            pipe.sendall(bogus)
        sent += 1
    else:
        time.sleep(0.0005)
print(sent)
"""


async def _p99_ms(flood: bool) -> tuple[float, int]:
    """The 99th percentile of a Ping's way there and back, and how many strangers knocked."""
    house = await _psp_ends.serve(lambda end, event: end.pong(event))
    arrived = asyncio.Event()
    console = await _psp_ends.AuthorityEnd(house.keys, lambda event: arrived.set()).dial(house.uri)
    strangers = None
    if flood:
        preface = bytes(preface_to(Purpose.SESSION, house.keys.subject.public)).hex()
        port = house.uri.rpartition(":")[2]
        words = [sys.executable, "-c", STRANGERS, port, preface, str(A_SECOND), str(SECONDS)]
        strangers = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)  # noqa: ASYNC220  nobody waits yet
    took: list[float] = []
    begun = time.monotonic()
    number = 0
    while time.monotonic() - begun < SECONDS:
        number += 1
        arrived.clear()
        asked = time.monotonic()
        console.say(Ping(number))
        await arrived.wait()
        took.append((time.monotonic() - asked) * 1e3)
        await asyncio.sleep(0.004)
    sent = int(strangers.communicate(timeout=30)[0]) if strangers else 0
    console.abort()
    await house.close()
    await asyncio.sleep(0)
    return quantiles(took, n=100)[98], sent


def run() -> list[Row]:
    """The flood's p99 against what we allow; the quiet one is in the note."""
    quiet = asyncio.run(_p99_ms(False))[0]
    floods = [asyncio.run(_p99_ms(True)) for _ in range(3)]
    sent = min(count for _, count in floods)
    note = f"{sent / SECONDS:,.0f} bogus handshakes a second came; without them p99 is {quiet:.1f} ms"
    return [
        judge("psp_flood_p99", [each for each, _ in floods], [P99_AIM_MS], peer_name="what we allow ourselves", aim=1.0,
              unit="ms", note=note)
    ]  # fmt: skip
