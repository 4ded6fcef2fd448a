"""64 writers against one, through the writer process: who waits shares the syncs. Syncs are counted by strace where it is: those
that somebody waits for make the figure, and with those of tiles and checkpoints, which are written off that path, stand beside it.

The same 64 stand beside 64 writers of SQLite (WAL, synchronous=FULL; a thread and a connection each) that do the same duties:
an audit row, durable, and then the record, durable. All three take turns in one run.

Seconds for each append: smaller is better.
"""

import asyncio
import re
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks._vault import OurVault, SqliteLedger, batch, each_system
from benchmarks.row import Row, judge
from totebox.daemon.opening import open_vault
from totebox.writer.client import VaultClient

WRITERS, ROUNDS = 64, 5
ALONE, TOGETHER, COUNTED = 150, 40, 128
"""Appends of the single writer, and of each of the many, a round; and while syncs are counted: so many that tiles are written once."""
FASTER, GROUP, PEERS = 1 / 8, 1 / 32, 1.0


def run() -> list[Row]:
    """Rows for every file system that can be had."""
    rows: list[Row] = []
    for reason in each_system(lambda system, folder: rows.extend(asyncio.run(_measure(system, folder)))):
        print(f"skipped {reason}")
    return rows


async def _measure(system: str, folder: Path) -> list[Row]:
    OurVault(folder / "vault").close()
    one: list[float] = []
    many: list[float] = []
    peers: list[float] = []
    async with open_vault(folder / "vault") as vault:
        await _many(vault)
        for _ in range(ROUNDS):
            one.append(await _alone(vault))
            many.append(await _many(vault))
            peers.append(await asyncio.to_thread(_sqlite, folder / "peer.sqlite"))
        rows = [
            _row(f"64 writers ({system})", many, one, "one writer", FASTER),
            _row(f"64 writers, peers ({system})", many, peers, "64 of SQLite WAL FULL", PEERS),
        ]
        counted = await _counted(vault)
    if counted is not None:
        alone, together, everything = counted
        note = f"a group of {alone / together:.1f} on average, by strace; {alone / everything:.1f} with tiles and checkpoints"
        name = f"syncs an append, 64 ({system})"
        rows.append(judge(name, [together], [alone], peer_name="one writer", aim=GROUP, unit="syncs", note=note))
    return rows


def _row(name: str, ours: list[float], peer: list[float], peer_name: str, aim: float) -> Row:
    note = f"{1e6 / median(ours):,.0f}/s against {1e6 / median(peer):,.0f}/s"
    return judge(name, ours, peer, peer_name=peer_name, aim=aim, unit="us", note=note)


def _sqlite(path: Path) -> float:
    return SqliteLedger.together(path, WRITERS, TOGETHER) / (TOGETHER * WRITERS) * 1e6


async def _alone(vault: VaultClient) -> float:
    started = perf_counter()
    for _ in range(ALONE):
        await vault.append(batch(0, 1))
    return (perf_counter() - started) / ALONE * 1e6


async def _many(vault: VaultClient, each: int = TOGETHER) -> float:
    async def writer() -> None:
        for number in range(each):
            await vault.append(batch(number, 1))

    started = perf_counter()
    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    return (perf_counter() - started) / (each * WRITERS) * 1e6


async def _counted(vault: VaultClient) -> tuple[float, float, float] | None:
    """Syncs for each append of one writer, of many, and of many with all that is off their path; None where they cannot be counted."""
    if shutil.which("strace") is None:
        print("skipped counting syncs: there is no strace here")
        return None
    (alone, _), (together, everything) = (
        await _syncs(vault, _alone),
        await _syncs(vault, lambda vault: _many(vault, COUNTED)),
    )
    if not alone or not together:
        print("skipped counting syncs: strace may not attach here")
        return None
    appends = COUNTED * WRITERS
    return alone / ALONE, together / appends, everything / appends


async def _syncs(vault: VaultClient, appending: Callable[[VaultClient], Awaitable[float]]) -> tuple[int, int]:
    with tempfile.NamedTemporaryFile(mode="r") as listing:
        command = [
            "strace",
            "-f",
            "-qq",
            "-e",
            "trace=fsync,fdatasync,write",
            "-y",
            "-o",
            listing.name,
            "-p",
            str(vault.writer_pid),
        ]
        tracer = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        await asyncio.sleep(1.0)
        await appending(vault)
        tracer.terminate()
        await tracer.wait()
        # Each write to the write-ahead log is a sync as well: it is durable when it returns.
        said = listing.read()
        awaited = len(re.findall(r"fdatasync\(|write\(\d+<[^>]*/write-ahead>", said))
        return awaited, awaited + len(re.findall(r"fsync\(", said))
