"""The machine's resources that this process may use. Read them before the cage is entered, since they are in files of the kernel."""

import os
from dataclasses import dataclass
from pathlib import Path

CGROUP = Path("/proc/self/cgroup")
GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Hardware:
    """The number of cores, and the bytes of memory, that this process may use."""

    cores: int
    memory_bytes: int


def machine(cgroup: Path = CGROUP, groups: Path = GROUPS) -> Hardware:
    """The cores on which this process may run; the memory of the machine, or of the smallest control group (version 2) that limits it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Hardware(max(1, cores), min([whole, *_bounds(cgroup, groups)]))


def _bounds(cgroup: Path, groups: Path) -> list[int]:
    try:
        lines = cgroup.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    own = next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")
    found = []
    for place in (groups / own, *(groups / own).parents):
        if place == groups.parent:
            break
        try:
            word = (place / "memory.max").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        found += [int(word)] if word.isdecimal() else []
    return found
