"""Files of the console's own host: originals that are uploaded at F12, and copies that are saved from a vault.

Law: a source is read and never changed; a target is created and never overwritten. A file that cannot be used raises
`SourceError`, whose message names the file, what is wrong with it, and what to do.

A path that a person named may be a link: its target is used. It is opened without blocking and checked with `fstat`, so
a pipe, a device or a folder is refused before a byte is read.
"""

import asyncio
import contextlib
import hashlib
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType

from console.errors import SourceError
from protocol.schema.numbers import MAX_BULK_BYTES, MAX_UPLOAD_BYTES
from protocol.values import dataclass

READ_BYTES = 16 * MAX_BULK_BYTES
"""Bytes of one read in a thread; they are passed on in pieces of MAX_BULK_BYTES."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class SourceStamp:
    """Identifies the state of a file: another value means that the file is not the one that was hashed."""

    device: int
    inode: int
    size: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read once from end to end: its name as bytes, its size and SHA-256."""

    path: Path
    name: bytes
    size: int
    sha256: bytes
    identity: SourceStamp

    async def chunks(self, offset: int = 0) -> AsyncIterator[bytes]:
        """The bytes from `offset` on, at most MAX_BULK_BYTES at a time, read in a thread.

        Raises:
            SourceError: the file is gone, or is not the one that was hashed.
        """
        descriptor = await asyncio.to_thread(_open, self.path)
        try:
            while block := await asyncio.to_thread(os.pread, descriptor, READ_BYTES, offset):
                offset += len(block)
                for at in range(0, len(block), MAX_BULK_BYTES):
                    yield block[at : at + MAX_BULK_BYTES]
            if _identity(descriptor) != self.identity:
                raise SourceError(
                    f"{shown(self.path)} changed after it was hashed; wait until it is finished and take it again"
                )
        finally:
            os.close(descriptor)


async def measure(path: Path, *, limit: int = MAX_UPLOAD_BYTES, progress: Progress | None = None) -> Source:
    """Read `path` once, in a thread. Costs one pass over the file and READ_BYTES of memory.

    `progress(done, total)` is called on the event loop, at most once for each READ_BYTES. Cancelling stops the reading.

    Raises:
        SourceError: missing, not a regular file, unreadable, empty, above `limit`, or it changed while it was read.
    """
    descriptor = await asyncio.to_thread(_open, path)
    try:
        before = _identity(descriptor)
        _check_size(path, before.size, limit)
        digest, done = hashlib.sha256(), 0
        while block := await asyncio.to_thread(_hash_block, descriptor, done, digest, path):
            done += block
            if done > limit or done > before.size:
                break
            if progress is not None:
                progress(done, before.size)
        after = _identity(descriptor)
        if after != before or done != before.size:
            raise SourceError(
                f"{shown(path)} changed while it was read ({before.size:,} bytes at first, {max(after.size, done):,} then);"
                " wait until it is finished and take it again"
            )
        return Source(path, os.fsencode(path.name), before.size, digest.digest(), before)
    finally:
        os.close(descriptor)


class Saving:
    """A copy that is written to `target`: the bytes go to a temporary file beside it, which gets the name only when
    they are proved.

    A context manager; leaving it without `finish` leaves nothing behind. Only the owner can read the file.
    """

    def __init__(self, target: Path) -> None:
        """Make the temporary file. Raises SourceError when `target` exists or its folder cannot be written."""
        self.target = target
        self.done = 0
        self._digest = hashlib.sha256()
        if os.path.lexists(target):
            raise _exists(target)
        try:
            descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", suffix=".part", dir=target.parent)
        except OSError as error:
            raise SourceError(f"cannot write in {shown(target.parent)}: {_why(error)}; give another place") from error
        self._descriptor: int | None = descriptor
        self._temporary = Path(name)

    def __enter__(self) -> "Saving":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Append `data`. Raises SourceError when the disk cannot store it."""
        assert self._descriptor is not None, "written after finish"
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise SourceError(f"cannot write {shown(self.target)}: {_why(error)}; nothing was saved") from error
        self._digest.update(data)
        self.done += len(data)

    def finish(self, sha256: bytes, size: int) -> Path:
        """Give the file its name, after its bytes were compared with the proved entry and synced.

        Raises:
            SourceError: the bytes are not the entry's, or `target` was created meanwhile. Nothing was saved.
        """
        if self._digest.digest() != sha256 or self.done != size:
            raise SourceError(
                f"{shown(self.target)} was not saved: {self.done:,} bytes with SHA-256 {self._digest.hexdigest()} arrived, the proven"
                f" entry says {size:,} bytes with {sha256.hex()}; verify this Totebox"
            )
        assert self._descriptor is not None, "finished twice"
        try:
            os.fsync(self._descriptor)
            self._close()
            _give_name(self._temporary, self.target)
        except FileExistsError as error:
            raise _exists(self.target) from error
        except OSError as error:
            raise SourceError(f"cannot write {shown(self.target)}: {_why(error)}; nothing was saved") from error
        return self.target

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def save_bytes(target: Path, data: bytes) -> Path:
    """Create `target` with `data`, whole or not at all. Raises SourceError like `Saving`."""
    with Saving(target) as saving:
        saving.write(data)
        return saving.finish(hashlib.sha256(data).digest(), len(data))


def whereabouts(environ: Mapping[str, str] | None = None) -> str:
    """'' on a local console; over SSH, words that name the host on which a path is looked for."""
    values = os.environ if environ is None else environ
    if not (values.get("SSH_CONNECTION") or values.get("SSH_TTY")):
        return ""
    return f"this console runs on {socket.gethostname()} (you came over SSH), and paths are looked for there, not on your own machine"


def shown(path: Path) -> str:
    """`path` in a form that can be shown: bytes that are not UTF-8, control and direction characters are replaced."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(path))


def _open(path: Path) -> int:
    """A descriptor of a regular file, or SourceError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except FileNotFoundError as error:
        hint = whereabouts()
        raise SourceError(f"there is no file {shown(path)}; {hint or 'check the path'}") from error
    except (OSError, ValueError) as error:
        raise SourceError(f"cannot read {shown(path)}: {_why(error)}") from error
    kind = _not_a_file(os.fstat(descriptor).st_mode)
    if kind:
        os.close(descriptor)
        raise SourceError(f"{shown(path)} is {kind}; give the path of a file")
    return descriptor


def _not_a_file(mode: int) -> str:
    for test, word in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return word
    return "" if stat.S_ISREG(mode) else "not a regular file"


def _identity(descriptor: int) -> SourceStamp:
    status = os.fstat(descriptor)
    return SourceStamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _check_size(path: Path, size: int, limit: int) -> None:
    if size == 0:
        raise SourceError(f"{shown(path)} is empty (0 bytes); there is nothing to seal")
    if size > limit:
        raise SourceError(f"{shown(path)} has {size:,} bytes, more than the {limit:,} that F12 takes; split it")


def _hash_block(descriptor: int, offset: int, digest: "hashlib._Hash", path: Path) -> int:
    """Hash the next block; its length, 0 at the end."""
    try:
        block = os.pread(descriptor, READ_BYTES, offset)
    except OSError as error:
        raise SourceError(f"cannot read {shown(path)}: {_why(error)}") from error
    digest.update(block)
    return len(block)


def _give_name(temporary: Path, target: Path) -> None:
    """Name the finished file without overwriting. On a file system without hard links, an exclusive placeholder
    reserves the name.
    """
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        temporary.replace(target)
    with _folder(target.parent) as folder:
        os.fsync(folder)


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _exists(target: Path) -> SourceError:
    return SourceError(f"{shown(target)} exists already and is not overwritten; give another name")


def _why(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
