"""Resident memory of an idle Totebox, all its processes (PSS), against an empty asyncio process."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.row import Row, interleaved, judge

ROUNDS = 5
AIM = 5.0
EMPTY = "import asyncio, sys\nasync def main():\n    print('ready', flush=True)\n    await asyncio.Event().wait()\nasyncio.run(main())\n"


def pss_bytes(pid: int) -> int:
    """Proportional set size of one process; Linux only."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no Pss line for process {pid}")


def family(pid: int) -> Iterator[int]:
    """The process and all its descendants."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


@contextmanager
def running(command: list[str], env: dict[str, str]) -> Iterator[int]:
    """A process that has said `ready`; its pid."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready"):
            raise RuntimeError(f"{command[0]} said {line!r}, not ready")
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def total_bytes(command: list[str], env: dict[str, str]) -> int:
    with running(command, env) as pid:
        return sum(pss_bytes(member) for member in family(pid))


def run() -> list[Row]:
    """Interleaved rounds. The aim is a ceiling we set ourselves: five empty processes."""
    program = str(Path(sys.executable).parent / "os-totebox")
    with tempfile.TemporaryDirectory(prefix="tb") as scratch:
        env = {**os.environ, "XDG_RUNTIME_DIR": scratch}
        vault = str(Path(scratch) / "v")
        subprocess.run(
            [program, "init", vault, "--entity", "Acme", "--kind", "corporation"],
            env=env,
            check=True,
            capture_output=True,
        )
        ours, peer = interleaved(
            lambda: total_bytes([program, "serve", vault], env) / 2**20,
            lambda: total_bytes([sys.executable, "-c", EMPTY], env) / 2**20,
            ROUNDS,
        )
    note = "all processes of an idle Totebox"
    return [
        judge("resident_memory", ours, peer, peer_name="an empty asyncio process", aim=AIM, unit="MiB PSS", note=note)
    ]
