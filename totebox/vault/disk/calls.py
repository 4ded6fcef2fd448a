"""The system calls that change a disk, and no others. `durable` alone makes them.

They are in one place so that tests can record the calls of a run and build from them every state that a crash could have left. Only
tests replace them.
"""

import os
import stat
import sys
from pathlib import Path


class Calls:
    """Each method makes one call that changes the disk; `write_at` and `write_through` set the descriptor's position before it.

    None removes, renames or truncates a file. Those two alone can overwrite bytes: of the write-ahead log, and of a file that a start
    mends.
    """

    def open(self, path: str | Path, flags: int, mode: int = 0o644, *, dir_fd: int | None = None) -> int:
        """Open `path` and return its descriptor; with O_CREAT or O_TMPFILE the file is made."""
        return os.open(path, flags, mode, dir_fd=dir_fd)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Write at the descriptor's position. Returns how many bytes were written, which may be fewer than given."""
        return os.write(descriptor, data)

    def write_at(self, descriptor: int, offset: int, data: memoryview) -> int:
        """As `write`, at `offset`, through a descriptor without O_APPEND. It moves the descriptor's position, so one thread at a time."""
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.write(descriptor, data)

    def write_through(self, descriptor: int, offset: int, data: memoryview) -> int:
        """As `write_at`, through a descriptor with O_DSYNC: the bytes survive a crash when this has returned."""
        return self.write_at(descriptor, offset, data)

    def sync(self, descriptor: int) -> None:
        """Make the bytes and metadata of a file, or the names in a folder, durable: they survive a crash when this has returned.

        On macOS it uses F_FULLFSYNC, since fsync there leaves data in the drive's cache.
        """
        if sys.platform == "darwin":
            _full_sync(descriptor)
        else:
            os.fsync(descriptor)

    def sync_data(self, descriptor: int) -> None:
        """As `sync`, without the metadata that is not needed to read the data back (the times)."""
        if sys.platform == "darwin":
            _full_sync(descriptor)
        else:
            os.fdatasync(descriptor)

    def link(self, descriptor: int, name: str, folder: int) -> None:
        """Give the file behind `descriptor`, which has no name yet, the name `name` in the open folder `folder`."""
        # CPython calls plain link(), which cannot follow /proc/self/fd, unless a directory fd is given.
        os.link(f"/proc/self/fd/{descriptor}", name, dst_dir_fd=folder, follow_symlinks=True)

    def mkdir(self, name: str, folder: int) -> None:
        """Make the folder `name` in the open folder `folder`."""
        os.mkdir(name, 0o755, dir_fd=folder)

    def forget(self, descriptor: int) -> None:
        """Drop the page cache of a synced file, so that the next read comes from the disk. Does nothing for a folder."""
        if hasattr(os, "posix_fadvise") and not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self, descriptor: int) -> None:
        """Close a descriptor."""
        os.close(descriptor)


CALLS = Calls()


def _full_sync(descriptor: int) -> None:
    import fcntl

    fcntl.fcntl(descriptor, getattr(fcntl, "F_FULLFSYNC", 51))
