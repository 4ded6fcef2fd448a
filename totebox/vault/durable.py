"""The ONLY file that writes. Nothing here removes, renames, truncates or overwrites: files appear whole, or grow at their end.

Every open for writing is `O_WRONLY|O_APPEND` with `O_CREAT|O_EXCL` or `O_TMPFILE` for a new file. Paths are relative to the vault's root,
with `/`. Every OSError leaves as it is: after a failed write or sync the caller stops writing and recovers.

What "synced" means: fsync or fdatasync on Linux; F_FULLFSYNC on macOS, whose fsync leaves data in the drive's cache.
"""

import contextlib
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Thread

READ_ONLY_MODE = 0o444
PRIVATE_MODE = 0o600
SYNC_THREADS = 8
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_GROW = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
_TMPFILE: int = getattr(os, "O_TMPFILE", 0)


class Tail:
    """A file that grows at its end. `end` is its size as far as it was written through here."""

    def __init__(self, descriptor: int, end: int) -> None:
        self._descriptor = descriptor
        self.end = end

    def append(self, data: bytes) -> None:
        """Write all of `data` behind the end. A crash from here on leaves any prefix of it, until `sync` returned."""
        _write_all(self._descriptor, data)
        self.end += len(data)

    def sync(self) -> None:
        """What was appended survives a crash once this returned."""
        _sync_data(self._descriptor)

    def close(self) -> None:
        os.close(self._descriptor)


class Unnamed:
    """A complete file without a name: it vanishes with the process until `Folder.link` gives it one."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def discard(self) -> None:
        """Let go of it; it vanishes, unless it has a name."""
        os.close(self.descriptor)


class Folder:
    """The open folder at `path`."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path, self.descriptor = path, descriptor

    def link(self, unnamed: Unnamed, name: str) -> None:
        """Give a staged file its name.

        Raises:
            FileExistsError: the name is taken; nothing was overwritten.
        """
        # CPython calls plain link(), which cannot follow /proc/self/fd, unless a directory fd is given.
        source = f"/proc/self/fd/{unnamed.descriptor}"
        os.link(source, name, dst_dir_fd=self.descriptor, follow_symlinks=True)
        # A crash here leaves the whole file with or without its name; without a register row it is torn and gets adopted.

    def sync(self) -> None:
        """The names in it survive a crash once this returned."""
        _sync_all(self.descriptor)

    def close(self) -> None:
        os.close(self.descriptor)


class Disk:
    """Writes under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def has_unnamed(self) -> bool:
        """Whether a file can be complete before it has a name: O_TMPFILE works here and /proc is in reach."""
        try:
            os.close(os.open(self.root / "assets", _GROW | _TMPFILE, PRIVATE_MODE))
        except OSError:
            return False
        return bool(_TMPFILE) and Path("/proc/self/fd").is_dir()

    def make_folder(self, path: str) -> None:
        """Make `path` and its parents where they are missing; each new name is durable when this returns."""
        if (self.root / path).is_dir():
            return
        parent, _, name = path.rpartition("/")
        if parent:
            self.make_folder(parent)
        folder = self.folder(parent)
        try:
            with contextlib.suppress(FileExistsError):
                os.mkdir(name, 0o755, dir_fd=folder.descriptor)
            # A crash here may forget the folder; nothing in it was acknowledged.
            folder.sync()
        finally:
            folder.close()

    def stage(self, folder: str, pieces: Iterable[bytes], mode: int = READ_ONLY_MODE) -> Unnamed:
        """A complete, synced file without a name, on the file system of `folder`. Needs `has_unnamed`."""
        descriptor = os.open(self.root / folder, _GROW | _TMPFILE, mode)
        try:
            for piece in pieces:
                _write_all(descriptor, piece)
            # A crash before this line leaves nothing: the file has no name.
            _sync_all(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return Unnamed(descriptor)

    def folder(self, path: str) -> "Folder":
        """The folder `path`, opened before anything is put into it, so that its sync reports what went wrong since."""
        return Folder(path, os.open(self.root / path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def place(self, folder: "Folder", name: str, pieces: Iterable[bytes], mode: int = READ_ONLY_MODE) -> None:
        """A new whole file `name` in `folder`, its bytes durable; its name is when the folder was synced.

        Raises:
            FileExistsError: the name is taken; nothing was overwritten.
        """
        if self.has_unnamed:
            unnamed = self.stage(folder.path, pieces, mode)
            try:
                folder.link(unnamed, name)
            finally:
                unnamed.discard()
            return
        descriptor = os.open(name, _GROW | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder.descriptor)
        try:
            # A crash in this loop leaves an unfinished file under its final name; it is torn and gets adopted.
            for piece in pieces:
                _write_all(descriptor, piece)
            _sync_all(descriptor)
        finally:
            os.close(descriptor)

    def seal(self, path: str, pieces: Iterable[bytes], mode: int = READ_ONLY_MODE) -> None:
        """A new whole file at `path`: complete and durable when this returns.

        Raises:
            FileExistsError: the name is taken; nothing was overwritten.
        """
        parent, _, name = path.rpartition("/")
        folder = self.folder(parent)
        try:
            self.place(folder, name, pieces, mode)
            folder.sync()
        finally:
            folder.close()

    def begin(self, path: str, mode: int = 0o644) -> Tail:
        """A new empty file that will grow; its name is durable when this returns.

        Raises:
            FileExistsError: the name is taken.
        """
        parent, _, name = path.rpartition("/")
        folder = self.folder(parent)
        try:
            descriptor = os.open(name, _GROW | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder.descriptor)
            # A crash here leaves no file or an empty one; both are recovered.
            folder.sync()
        finally:
            folder.close()
        return Tail(descriptor, 0)

    def resume(self, path: str, end: int) -> Tail:
        """An existing file that will grow; it must be `end` bytes long.

        Raises:
            OSError: it has another size: somebody else wrote to it.
        """
        descriptor = os.open(self.root / path, _GROW)
        found = os.fstat(descriptor).st_size
        if found != end:
            os.close(descriptor)
            raise OSError(errno.EIO, f"is {found} bytes long and should be {end}; somebody else wrote to it", path)
        return Tail(descriptor, end)

    def note(self, path: str, data: bytes) -> None:
        """A new file that can be rebuilt: written, not synced. A name that is taken stays as it is."""
        try:
            descriptor = os.open(self.root / path, _GROW | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return
        try:
            _write_all(descriptor, data)
        finally:
            os.close(descriptor)

    def settle(self, path: str) -> None:
        """Make what the page cache says of `path` true on the disk, then forget the cache, so that it is read back from there."""
        descriptor = os.open(self.root / path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _sync_all(descriptor)
            if hasattr(os, "posix_fadvise") and not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)

    def free_bytes(self) -> int:
        """Bytes that can still be written here."""
        state = os.statvfs(self.root)
        return state.f_bavail * state.f_frsize


def run_together(jobs: Sequence[Callable[[], None]]) -> None:
    """Run all jobs (syncs, which release the interpreter) at the same time; the first failure is raised when all have ended."""
    failures: list[Exception] = []
    lanes = [jobs[lane::SYNC_THREADS] for lane in range(min(SYNC_THREADS, len(jobs)))]
    threads = [Thread(target=_run_lane, args=(lane, failures)) for lane in lanes[1:]]
    for thread in threads:
        thread.start()
    _run_lane(lanes[0] if lanes else (), failures)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _run_lane(jobs: Sequence[Callable[[], None]], failures: list[Exception]) -> None:
    try:
        for job in jobs:
            job()
    except Exception as error:  # noqa: BLE001 - a thread's root: whatever failed is raised by the one who waits
        failures.append(error)


def _write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        # A short write is no error yet: the next one says what is wrong.
        rest = rest[os.write(descriptor, rest) :]


def _sync_all(descriptor: int) -> None:
    if sys.platform == "darwin":
        _full_sync(descriptor)
    else:
        os.fsync(descriptor)


def _sync_data(descriptor: int) -> None:
    if sys.platform == "darwin":
        _full_sync(descriptor)
    else:
        os.fdatasync(descriptor)


def _full_sync(descriptor: int) -> None:
    import fcntl

    fcntl.fcntl(descriptor, getattr(fcntl, "F_FULLFSYNC", 51))
