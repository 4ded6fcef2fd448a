"""Other processes as the kernel tells of them. Whoever ends meanwhile is simply not there; nobody who stays is missed."""

import os
import select
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def told(pid: int, what: str) -> str:
    """What /proc tells of a process; '' of one that has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/{what}").read_bytes().decode("utf-8", "replace")
    return ""


def words(pid: int) -> list[str]:
    """Its command line; nothing of one that has ended."""
    return told(pid, "cmdline").split("\0")


def children(pid: int) -> list[int]:
    """Those that it started and has not buried. /proc/PID/task/PID/children may leave some out while others end; this does not."""
    found = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return sorted(other for other in found if _parent(other) == pid)


def descendants(pid: int) -> Iterator[int]:
    """Every process below it."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def child(pid: int, word: str) -> int:
    """The first child of `pid` that has `word` on its command line; 0 while there is none."""
    return next((each for each in children(pid) if word in words(each)), 0)


def watched(pid: int) -> int:
    """A descriptor that becomes readable when `pid` ends; who asks closes it. ProcessLookupError: it has ended."""
    return os.pidfd_open(pid)


def is_gone(descriptor: int, within_s: float = 0.0) -> bool:
    """Whether the `watched` process has ended, or does within that time."""
    return bool(select.select([descriptor], [], [], within_s)[0])


def _parent(pid: int) -> int:
    fields = told(pid, "stat").rpartition(")")[2].split()
    return int(fields[1]) if fields else 0
