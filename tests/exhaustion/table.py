"""The exhaustion table: what was tried against a real daemon, and what it cost. One row a test, printed at the end of a run.

    async def test_x(row, meter, daemon, desk):
        async with meter(daemon, bystander=desk) as cost:
            ...attack...
        row("INTERFACE pipelines head", cost)

A row travels as a property of its test's report, so that it also arrives from a worker process of pytest-xdist.
"""

import asyncio
import contextlib
import os
import statistics
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from protocol.schema import List, Refusal
from tests.processes import descendants, told

PROPERTY = "exhaustion"
LONG = os.environ.get("TORTURE") == "1"
"""`make torture`: attacks take minutes; otherwise they take as long as it takes to see the bound."""
HEADS = ("what was tried", "memory", "disk", "a bystander waited")


@dataclass(slots=True)
class Cost:
    """What an attack cost a daemon: its processes' memory and its folder's bytes, before and after, and how long a bystander waited."""

    memory_before: int = 0
    """Resident bytes of the daemon and of its processes."""
    memory_after: int = 0
    disk_before: int = 0
    """Bytes that the files of the Totebox occupy."""
    disk_after: int = 0
    waits_s: list[float] = field(default_factory=list)
    """How long each question of the bystander took, asked one after the other during the attack."""

    @property
    def grown_bytes(self) -> int:
        """What the attack put on the disk."""
        return self.disk_after - self.disk_before

    def cells(self) -> tuple[str, str, str]:
        """Memory, disk and the bystander's waiting, as the table shows them."""
        memory = f"{self.memory_before >> 20} -> {self.memory_after >> 20} MiB"
        if not self.waits_s:
            return memory, f"{self.grown_bytes / 1024:+,.0f} KiB", "(nobody)"
        median, worst = statistics.median(self.waits_s) * 1_000, max(self.waits_s) * 1_000
        waited = f"{median:,.1f} ms, at most {worst:,.0f} ms ({len(self.waits_s)} asked)"
        return memory, f"{self.grown_bytes / 1024:+,.0f} KiB", waited


def resident_bytes(pid: int) -> int:
    """Resident memory of process `pid` and of every process below it; what ended meanwhile counts as nothing."""
    total = 0
    for each in (pid, *descendants(pid)):
        for line in told(each, "status").splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) * 1_024
    return total


def disk_bytes(directory: Path) -> int:
    """Bytes that the files below `directory` occupy; what vanished meanwhile counts as nothing."""
    total = 0
    for path in directory.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.lstat().st_blocks * 512
    return total


@contextlib.asynccontextmanager
async def measured(daemon, bystander=None) -> AsyncIterator[Cost]:
    """What happens inside is the attack. `bystander`, an open Console of another device, goes on asking for a table all the while."""
    cost = Cost(memory_before=resident_bytes(daemon.pid), disk_before=disk_bytes(daemon.directory))
    asking = asyncio.create_task(_ask_on(bystander, cost)) if bystander is not None else None
    try:
        yield cost
    finally:
        if asking is not None:
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asking
        cost.memory_after, cost.disk_after = resident_bytes(daemon.pid), disk_bytes(daemon.directory)


async def _ask_on(bystander, cost: Cost) -> None:
    while True:
        begun = monotonic()
        answer = await bystander.ask(List("input.chart", "", "", "", 1))
        assert not isinstance(answer, Refusal), answer
        cost.waits_s.append(monotonic() - begun)


def recorder(record_property: Callable[[str, object], None]) -> Callable[[str, Cost], None]:
    """`row(tried, cost)`: put one row into the table."""

    def row(tried: str, cost: Cost) -> None:
        record_property(PROPERTY, "\t".join((tried, *cost.cells())))

    return row


def drawn(properties: Iterable[tuple[str, object]]) -> list[str]:
    """The table's lines, from the properties of all reports; none where no row was put in."""
    rows = [tuple(str(value).split("\t")) for name, value in properties if name == PROPERTY]
    if not rows:
        return []
    widths = [max(len(row[at]) for row in (HEADS, *rows)) for at in range(len(HEADS))]
    ruled = tuple("-" * width for width in widths)
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (HEADS, ruled, *rows)
    ]
