"""Any bytes give a message or a ProtocolError, nothing else: a moment of it at each run, long with FUZZ=1 and under Atheris."""

import importlib.util
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, seeds, tried

LONG = os.environ.get("FUZZ") == "1"
SECONDS = 60.0
RUNS = 1_500
"""Without FUZZ=1 as many for every target, on every machine: what is tried does not depend on how fast it goes."""
INTERESTING = (
    0x00,
    0x01,
    0x7F,
    0x80,
    0x90,
    0x9F,
    0xA0,
    0xBF,
    0xC0,
    0xC1,
    0xC4,
    0xC6,
    0xCF,
    0xD9,
    0xDC,
    0xDD,
    0xDE,
    0xFF,
)
MOST_BYTES = 2_000


def mutated(draw: random.Random, data: bytearray) -> bytearray:
    """A few random edits: flips, telling bytes, cuts, doublings, insertions."""
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(data) + 1)
        match draw.randrange(6):
            case 0 if data:
                data[at % len(data)] ^= 1 << draw.randrange(8)
            case 1 if data:
                data[at % len(data)] = draw.choice(INTERESTING)
            case 2:
                data[at:at] = draw.randbytes(draw.randint(1, 8))
            case 3:
                del data[at : at + draw.randint(1, 16)]
            case 4:
                data[at:at] = data[at : at + draw.randint(1, 64)]
            case _:
                data[at:at] = bytes((draw.choice(INTERESTING),)) * draw.randint(1, 8)
    return data[:MOST_BYTES]


@pytest.mark.parametrize("name", TARGETS)
def test_mutated_bytes_raise_nothing_of_ours(name: str, record_property) -> None:
    """From sound inputs, mutated over and over; what got through is mutated further. Runs a second are recorded."""
    draw = random.Random(f"{name} {time.time_ns() if LONG else 7}")
    pool = [bytearray(seed) for seed in seeds(name)]
    begun, runs = time.monotonic(), 0
    while time.monotonic() - begun < SECONDS if LONG else runs < RUNS:
        for _ in range(32):
            data = mutated(draw, bytearray(draw.choice(pool)))
            runs += 1
            try:
                tried(TARGETS[name], bytes(data))
            except BaseException as fault:
                fault.add_note(f"{name}: run {runs} with {bytes(data)!r}")
                raise
            if len(pool) < 256:
                pool.append(data)
    rate = runs / (time.monotonic() - begun)
    record_property("runs per second", round(rate))
    sys.stderr.write(f"{name}: {runs:,} runs, {rate:,.0f} a second\n")
    assert runs >= 32


@pytest.mark.skipif(not LONG, reason="long: make fuzz")
@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None,
    reason="atheris is not installed: there is no build of it for this machine",
)
@pytest.mark.parametrize("name", TARGETS)
def test_atheris_finds_nothing(name: str, project: Path) -> None:
    """Coverage leads: a minute a target."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", name, "-max_total_time=60", "-rss_limit_mb=1024"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=180,
    )
    sys.stderr.write(f"{name} under Atheris: {done.stderr.strip().splitlines()[-1]}\n")
    assert done.returncode == 0, done.stderr[-4_000:]
