"""The system calls that change a disk, and no others. `durable` alone makes them.

They stand in one place so that tests can write down what a run asked of the disk and build every state that a crash could
have left; nothing else is ever put in their place.
"""

import os
import stat
import sys
from pathlib import Path


class Calls:
    """Each is one call, but those that write at a place. None removes, renames or truncates; these overwrite, in the write-ahead log."""

    def open(self, path: str | Path, flags: int, mode: int = 0o644, *, dir_fd: int | None = None) -> int:
        """A descriptor; with O_CREAT or O_TMPFILE a new file."""
        return os.open(path, flags, mode, dir_fd=dir_fd)

    def write(self, descriptor: int, data: memoryview) -> int:
        """How many bytes were written; fewer than asked is no error."""
        return os.write(descriptor, data)

    def write_at(self, descriptor: int, offset: int, data: memoryview) -> int:
        """As `write`, at `offset`, through a descriptor without O_APPEND. One thread at a time: it moves the descriptor's place."""
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)

    def write_through(self, descriptor: int, offset: int, data: memoryview) -> int:
        """As `write_at`, through a descriptor with O_DSYNC: what was written survives a crash once this returned."""
        return self.write_at(descriptor, offset, data)

    def sync(self, descriptor: int) -> None:
        """What was written to this file, or the names in this folder, survive a crash once this returned.

        On macOS F_FULLFSYNC: its fsync leaves data in the drive's cache.
        """
        if sys.platform == "darwin":
            _full_sync(descriptor)
        else:
            os.fsync(descriptor)

    def sync_data(self, descriptor: int) -> None:
        """As `sync`, without what is only told of a file (its times)."""
        if sys.platform == "darwin":
            _full_sync(descriptor)
        else:
            os.fdatasync(descriptor)

    def link(self, descriptor: int, name: str, folder: int) -> None:
        """Give the file behind `descriptor`, which has no name yet, the name `name` in the open folder `folder`."""
        # CPython calls plain link(), which cannot follow /proc/self/fd, unless a directory fd is given.
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=folder, follow_symlinks=True)

    def mkdir(self, name: str, folder: int) -> None:
        """A new folder in the open folder `folder`."""
        os.mkdir(name, 0o755, dir_fd=folder)

    def forget(self, descriptor: int) -> None:
        """Drop what the page cache holds of a synced file, so that it is read back from the disk."""
        if hasattr(os, "posix_fadvise") and not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self, descriptor: int) -> None:
        """Let go of a descriptor."""
        os.close(descriptor)


CALLS = Calls()


def _full_sync(descriptor: int) -> None:
    import fcntl

    fcntl.fcntl(descriptor, getattr(fcntl, "F_FULLFSYNC", 51))
