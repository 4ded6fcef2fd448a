"""Memory and CPU time of the Totebox's processes, read from /proc: proportional set size and clock ticks. Zero where
there is no /proc.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

PROC = Path("/proc")


def family(root: int, proc: Path = PROC) -> list[int]:
    """`root` and every process below it."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        for task in _names(proc / str(pid) / "task"):
            with contextlib.suppress(OSError):
                text = (proc / str(pid) / "task" / task / "children").read_text()
                waiting.extend(int(child) for child in text.split())
    return found


def memory_bytes(pids: Iterable[int], proc: Path = PROC) -> int:
    """Proportional set size of these processes in bytes: a page that several processes share counts once in all."""
    return sum(_pss_kib(proc / str(pid) / "smaps_rollup") for pid in pids) * 1024


def cpu_ticks(pids: Iterable[int], proc: Path = PROC) -> int:
    """User and system time of these processes in clock ticks, children that ended and were waited for included."""
    return sum(_ticks(proc / str(pid) / "stat") for pid in pids)


def ticks_per_s() -> int:
    return os.sysconf("SC_CLK_TCK")


def _pss_kib(path: Path) -> int:
    with contextlib.suppress(OSError):
        for line in path.read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def _ticks(path: Path) -> int:
    with contextlib.suppress(OSError):
        fields = path.read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])
    return 0


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return os.listdir(folder)  # noqa: PTH208 (names only)
    return []
