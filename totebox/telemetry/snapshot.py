"""The live state as one StatusBody: the Totebox's identity, the sizes of its logs, its services, and the machine's
resources.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from protocol.schema import ServiceState, StatusBody
from protocol.schema.numbers import Tier
from totebox.telemetry.processes import cpu_ticks, family, memory_bytes, ticks_per_s
from totebox.vault.api import Reader

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """What the gate and the drop folder have at this moment."""

    sessions: int
    gate_queue: int
    intake: int
    drops: int


@dataclass(frozen=True, slots=True)
class Sources:
    """The sources of a snapshot. `checkpoint_time_us` is the time of the newest record (0: not known)."""

    entity: str
    entity_kind: str
    version: str
    tier: Tier
    vault: Reader
    disk: Path
    counts: Callable[[], LiveCounts]
    services: Callable[[], tuple[ServiceState, ...]]
    checkpoint_time_us: Callable[[], int]
    monotonic: Callable[[], float]


class Snapshots:
    """Takes snapshots. Each states the CPU use since the one before."""

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self._began = sources.monotonic()
        self._before: tuple[float, int] | None = None

    async def take(self) -> StatusBody:
        """The state now. Costs about a millisecond, most of it the kernel's account of memory."""
        source, head, counts = self._from, await self._from.vault.head(), self._from.counts()
        pids = family(os.getpid())
        disk = shutil.disk_usage(source.disk)
        return StatusBody(
            entity=source.entity,
            entity_kind=source.entity_kind,
            lifecycle="active",
            grade=head.grade,
            tier=source.tier,
            read_only=head.read_only,
            tree_size=head.records.tree_size,
            root=head.records.root,
            checkpoint_time_us=source.checkpoint_time_us(),
            audit_size=head.audit.tree_size,
            audit_root=head.audit.root,
            services=source.services(),
            sessions=counts.sessions,
            gate_queue=counts.gate_queue,
            intake=counts.intake,
            drops=counts.drops,
            disk_free_bytes=disk.free,
            disk_total_bytes=disk.total,
            vault_bytes=head.records_bytes,
            memory_bytes=memory_bytes(pids),
            cpu_permille=self._cpu_permille(pids),
            uptime_s=int(source.monotonic() - self._began),
            version=source.version,
        )

    def _cpu_permille(self, pids: list[int]) -> int:
        now, ticks = self._from.monotonic(), cpu_ticks(pids)
        before, self._before = self._before, (now, ticks)
        if before is None or now <= before[0]:
            return 0
        return max(0, round((ticks - before[1]) * 1000 / ticks_per_s() / (now - before[0])))


def differs(new: StatusBody, old: StatusBody) -> bool:
    """Whether `new` differs from `old` in anything that should be published before the next five-second beat. Small
    changes of the machine's load do not count.
    """
    return _settled(new) != _settled(old)


def _settled(body: StatusBody) -> StatusBody:
    return replace(
        body,
        disk_free_bytes=body.disk_free_bytes // (64 * MEBIBYTE),
        memory_bytes=body.memory_bytes // (4 * MEBIBYTE),
        cpu_permille=body.cpu_permille // 100,
        uptime_s=0,
    )
