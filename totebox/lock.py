"""One daemon a directory: a lock that dies with the process that holds it."""

import fcntl
import os
from pathlib import Path

from totebox.errors import AlreadyServed


def hold(path: Path) -> int:
    """Lock `path` for this process; returns the descriptor, which holds the lock until the process ends.

    Raises:
        AlreadyServed: another process holds it; says which.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as fault:
        pid = os.pread(fd, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(fd)
        raise AlreadyServed(
            f"{path.parent.parent} is already served by process {pid}; use that one, or stop it first"
        ) from fault
    os.ftruncate(fd, 0)
    os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
    return fd


def held(path: Path) -> bool:
    """Whether a daemon holds the lock now."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(fd)
    return False
