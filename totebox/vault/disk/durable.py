"""Durable writes: the ONLY module that writes to a vault, through the system calls in `calls`.

Nothing is removed, renamed or truncated: a file appears complete, or it grows at its end. One file is overwritten, the write-ahead log: it
holds copies alone.

Every open for writing is `O_WRONLY|O_APPEND`, with `O_CREAT|O_EXCL` or `O_TMPFILE` for a new file. The exceptions are `slate` and `mend`,
which a start uses before it enters its cage. Paths are relative to the vault's root, with `/`. Every OSError is passed on: after a failed
write or sync the caller stops writing and recovers.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable
from functools import cached_property
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap
from pathlib import Path

from totebox.files.entrance import PRIVATE_MODE as PRIVATE_MODE
from totebox.files.entrance import TooLarge, is_file, is_folder, open_folder, open_in, stat_of, stream
from totebox.vault.disk.calls import CALLS, Calls

READ_ONLY_MODE = 0o444
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_GROW = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC
_OVER = os.O_WRONLY | os.O_CLOEXEC
_TMPFILE: int = getattr(os, "O_TMPFILE", 0)
_DIRECT: int = getattr(os, "O_DIRECT", 0)
_THROUGH: int = _DIRECT | os.O_DSYNC if _DIRECT else 0
LARGER = 64
"""A file that is more than this many times larger than a slate should be is refused as a slate."""
PAGE = 4_096
"""Unit in which a slate is written: a multiple of the sector size of every disk in use."""


class Tail:
    """The open file at `path`, which grows at its end. `end` is its size after everything that was appended through this object.

    Appended bytes are first waiting (not durable), then durable in the write-ahead log alone (`is_ahead`), then durable in the file.
    """

    def __init__(self, path: str, descriptor: int, end: int, calls: Calls = CALLS) -> None:
        self.path, self._descriptor, self._calls = path, descriptor, calls
        self.end = end
        self._waiting: list[bytes] = []
        self.waiting_bytes = 0
        """Number of bytes at its end that are not durable anywhere."""
        self.is_ahead = False
        """Whether some of its bytes are durable in the write-ahead log alone."""

    def append(self, data: bytes) -> None:
        """Write all of `data` at the end. Until it is synced or is in the write-ahead log, a crash leaves any prefix of it."""
        _write_all(self._calls, self._descriptor, data)
        self._waiting.append(data)
        self.waiting_bytes += len(data)
        self.end += len(data)

    def waiting(self) -> bytes:
        """The bytes that were appended and are not durable anywhere."""
        return b"".join(self._waiting)

    def put_ahead(self) -> None:
        """Note that the write-ahead log now holds the waiting bytes durably."""
        self._waiting, self.waiting_bytes, self.is_ahead = [], 0, True

    def sync(self) -> None:
        """Sync the file: everything that was appended survives a crash when this has returned."""
        self._calls.sync_data(self._descriptor)
        self._waiting, self.waiting_bytes, self.is_ahead = [], 0, False

    def close(self) -> None:
        self._calls.close(self._descriptor)


class Slate:
    """A file of `size` bytes that is overwritten again and again, in whole pages.

    `through` says that its descriptor is O_DIRECT and O_DSYNC: a write is then durable when it returns, without the page cache and without
    a second call. Such a descriptor needs page-aligned memory, so the bytes are copied into it first.
    """

    def __init__(self, descriptor: int, size: int, calls: Calls = CALLS, *, through: bool = False) -> None:
        self.descriptor, self.size, self._calls = descriptor, size, calls
        self._pages = _private_pages(size) if through else None

    @property
    def writes_through(self) -> bool:
        """Whether writes bypass the page cache."""
        return self._pages is not None

    def put(self, offset: int, data: bytes) -> None:
        """Write all of `data` at `offset`, durably: it survives a crash when this has returned. A crash before leaves any part of it."""
        if self._pages is not None:
            _write_all_at(self._calls.write_through, self.descriptor, offset, self._aligned(data))
        else:
            self.jot(offset, data)
            self._calls.sync_data(self.descriptor)

    def jot(self, offset: int, data: bytes) -> None:
        """Write all of `data` at `offset`, not durably: a crash may leave any part of it, until the next `put`."""
        _write_all_at(self._calls.write_at, self.descriptor, offset, self._aligned(data))

    def close(self) -> None:
        self._calls.close(self.descriptor)

    def _aligned(self, data: bytes) -> memoryview:
        """`data` in memory that the descriptor accepts."""
        if self._pages is None:
            return memoryview(data)
        self._pages[: len(data)] = data
        return memoryview(self._pages)[: len(data)]


class Unnamed:
    """A complete file without a name. It disappears when its descriptor is closed, unless `Folder.link` has given it a name."""

    def __init__(self, descriptor: int, calls: Calls = CALLS) -> None:
        self.descriptor, self._calls = descriptor, calls

    def discard(self) -> None:
        """Close the descriptor; a file without a name disappears."""
        self._calls.close(self.descriptor)


class Folder:
    """The open folder at `path`."""

    def __init__(self, path: str, descriptor: int, calls: Calls = CALLS) -> None:
        self.path, self.descriptor, self._calls = path, descriptor, calls

    def link(self, unnamed: Unnamed, name: str) -> None:
        """Give a staged file its name.

        Raises:
            FileExistsError: the name is taken; nothing was overwritten.
        """
        self._calls.link(unnamed.descriptor, name, self.descriptor)
        # A crash here leaves the whole file with or without its name; without a register row it is torn and gets adopted.

    def sync(self) -> None:
        """Sync the folder: the names in it survive a crash when this has returned."""
        self._calls.sync(self.descriptor)

    def close(self) -> None:
        self._calls.close(self.descriptor)


class Disk:
    """Writes under `root`, through `calls`."""

    def __init__(self, root: Path, calls: Calls = CALLS) -> None:
        self.root, self.calls = root, calls
        self.may_write_through = bool(_THROUGH)
        """Whether slates are written past the page cache, where the file system and the disk allow it."""
        self._durable_folders: set[str] = set()
        """Folders whose names this process has made durable."""

    @cached_property
    def has_unnamed(self) -> bool:
        """Whether a file can be written before it has a name: O_TMPFILE works here and /proc can be reached."""
        try:
            self.calls.close(self._nameless("assets", PRIVATE_MODE))
        except OSError:
            return False
        return bool(_TMPFILE) and Path("/proc/self/fd").is_dir()

    def make_folder(self, path: str) -> None:
        """Make the folder `path` and its parents where they are missing; each name is durable when this returns.

        An existing folder may come from a writer that was killed before its sync, so its name is synced once too.
        """
        if not path or path in self._durable_folders:
            return
        parent, _, name = path.rpartition("/")
        self.make_folder(parent)
        folder = self.folder(parent)
        try:
            with contextlib.suppress(FileExistsError):
                self.calls.mkdir(name, folder.descriptor)
            # A crash here may forget the folder; nothing in it was acknowledged.
            folder.sync()
        finally:
            folder.close()
        self._durable_folders.add(path)

    def stage(self, folder: str, pieces: Iterable[bytes], mode: int = READ_ONLY_MODE) -> Unnamed:
        """A complete, synced file without a name, on the file system of `folder`. Needs `has_unnamed`."""
        descriptor = self._nameless(folder, mode)
        try:
            for piece in pieces:
                _write_all(self.calls, descriptor, piece)
            # A crash before this line leaves nothing: the file has no name.
            self.calls.sync(descriptor)
        except BaseException:
            self.calls.close(descriptor)
            raise
        return Unnamed(descriptor, self.calls)

    def folder(self, path: str) -> "Folder":
        """Open the folder `path`. Open it before anything is put into it: its sync then reports write errors that happened since."""
        return Folder(path, open_folder(self.root, path), self.calls)

    def place(self, folder: "Folder", name: str, pieces: Iterable[bytes], mode: int = READ_ONLY_MODE) -> None:
        """Make a complete file `name` in `folder`. Its bytes are durable when this returns, its name when the folder was synced.

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
        descriptor = self.calls.open(name, _GROW | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder.descriptor)
        try:
            # A crash in this loop leaves an unfinished file under its final name; it is torn and gets adopted.
            for piece in pieces:
                _write_all(self.calls, descriptor, piece)
            self.calls.sync(descriptor)
        finally:
            self.calls.close(descriptor)

    def seal(self, path: str, pieces: Iterable[bytes], mode: int = READ_ONLY_MODE) -> None:
        """Make a complete file at `path`; its bytes and its name are durable when this returns.

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
        """Make an empty file that will grow; its name is durable when this returns.

        Raises:
            FileExistsError: the name is taken.
        """
        parent, _, name = path.rpartition("/")
        folder = self.folder(parent)
        try:
            descriptor = self.calls.open(name, _GROW | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder.descriptor)
            # A crash here leaves no file or an empty one; both are recovered.
            folder.sync()
        finally:
            folder.close()
        return Tail(path, descriptor, 0, self.calls)

    def resume(self, path: str, end: int) -> Tail:
        """Open an existing file that will grow; it must be `end` bytes long.

        Raises:
            OSError: it has another size, so another program wrote to it.
        """
        descriptor = self._open(path, _GROW)
        found = os.fstat(descriptor).st_size
        if found != end:
            self.calls.close(descriptor)
            raise OSError(errno.EIO, f"is {found} bytes long and should be {end}; somebody else wrote to it", path)
        return Tail(path, descriptor, end, self.calls)

    def slate(self, path: str, size: int) -> Slate:
        """Open the file of fixed size at `path`; where there is none it is made, with `size` zeros. Its name is durable when this returns.

        The zeros need no sync of their own: the first `put` syncs the whole file.
        """
        parent, _, name = path.rpartition("/")
        folder = self.folder(parent)
        try:
            with contextlib.suppress(FileExistsError):
                self.calls.close(
                    self.calls.open(name, _OVER | os.O_CREAT | os.O_EXCL, PRIVATE_MODE, dir_fd=folder.descriptor)
                )
            # A crash here leaves no file or an empty one; it is filled at the next start.
            folder.sync()
            have = self._fill(path, size)
            through = self.may_write_through and _takes_pages(self.calls, name, folder.descriptor)
            descriptor = self._open(path, _OVER | (_THROUGH if through else 0))
        finally:
            folder.close()
        return Slate(descriptor, have, self.calls, through=through)

    def _fill(self, path: str, size: int) -> int:
        """Append zeros until the file has `size` bytes. Returns its size, which may be larger."""
        descriptor = self._open(path, _OVER)
        try:
            have = os.fstat(descriptor).st_size
            if have > LARGER * size:
                raise TooLarge(errno.EFBIG, f"holds {have} bytes, far more than the {size} of a slate", path)
            if have < size:
                _write_all_at(self.calls.write_at, descriptor, have, memoryview(bytes(size - have)))
            return max(have, size)
        finally:
            self.calls.close(descriptor)

    def mend(self, path: str, offset: int, data: bytes) -> bool:
        """Write `data` at `offset` of the file at `path`, durably, where it is not there already.

        Only for bytes that were acknowledged at this offset and that a power loss may have taken. Returns False, and changes nothing, when
        the file is missing or ends before `offset`.
        """
        if not is_file(self.root, path):
            return False
        with stream(self.root, path) as file:
            file.seek(offset)
            found, size = file.read(len(data)), os.fstat(file.fileno()).st_size
        if size < offset:
            return False
        grows = data.startswith(found)
        descriptor = self._open(path, _GROW if grows else _OVER)
        try:
            if grows:
                _write_all(self.calls, descriptor, data[len(found) :])
            else:
                _write_all_at(self.calls.write_at, descriptor, offset, memoryview(data))
            self.calls.sync(descriptor)
        finally:
            self.calls.close(descriptor)
        return True

    def note(self, path: str, data: bytes) -> None:
        """Make a file that can be rebuilt: it is written and not synced. When the name is taken, nothing happens."""
        try:
            descriptor = self._open(path, _GROW | os.O_CREAT | os.O_EXCL, 0o644)
        except FileExistsError:
            return
        try:
            _write_all(self.calls, descriptor, data)
        finally:
            self.calls.close(descriptor)

    def settle(self, path: str) -> None:
        """Sync the file or folder at `path`, then drop its page cache, so that the next read comes from the disk."""
        descriptor = open_folder(self.root, path) if is_folder(self.root, path) else self._open(path, os.O_RDONLY)
        try:
            self.calls.sync(descriptor)
            self.calls.forget(descriptor)
        finally:
            self.calls.close(descriptor)

    def add(self, path: str, line: bytes) -> None:
        """Append `line` to a small private file, which is made where it is missing; durable when this returns."""
        found = stat_of(self.root, path)
        tail = self.begin(path, PRIVATE_MODE) if found is None else self.resume(path, found.st_size)
        try:
            tail.append(line)
            tail.sync()
        finally:
            tail.close()

    def _nameless(self, folder: str, mode: int) -> int:
        way = open_folder(self.root, folder, listed=False)
        try:
            return self.calls.open(".", _GROW | _TMPFILE, mode, dir_fd=way)
        finally:
            os.close(way)

    def _open(self, path: str, flags: int, mode: int = PRIVATE_MODE) -> int:
        """Open the plain file at `path`. No symbolic link is followed, on the way or at the end."""
        parent, _, name = path.rpartition("/")
        way = open_folder(self.root, parent, listed=False)
        try:
            return open_in(way, name, flags, mode, said=path, call=self.calls.open)
        finally:
            os.close(way)

    def free_bytes(self) -> int:
        """Bytes that can still be written here."""
        state = os.statvfs(self.root)
        return state.f_bavail * state.f_frsize


def _write_all(calls: Calls, descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        # A short write is not an error yet: the next write reports what is wrong.
        rest = rest[calls.write(descriptor, rest) :]


def _write_all_at(write: Callable[[int, int, memoryview], int], descriptor: int, offset: int, rest: memoryview) -> None:
    while rest:
        count = write(descriptor, offset, rest)
        offset, rest = offset + count, rest[count:]


def _takes_pages(calls: Calls, name: str, folder: int) -> bool:
    """Whether this file can be opened with O_DIRECT and read by the page: some file systems refuse the first, some disks the second."""
    try:
        descriptor = calls.open(name, os.O_RDONLY | os.O_CLOEXEC | _DIRECT, dir_fd=folder)
    except OSError:
        return False
    try:
        return os.preadv(descriptor, [_private_pages(PAGE)], 0) == PAGE
    except OSError:
        return False
    finally:
        calls.close(descriptor)


def _private_pages(size: int) -> mmap:
    """`size` bytes of page-aligned memory, private to this process."""
    return mmap(-1, size, flags=MAP_PRIVATE | MAP_ANONYMOUS)
