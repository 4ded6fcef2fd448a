"""Small private files: written whole or not at all, readable by their owner alone."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from protocol.errors import KeyFileError


def private_dir(path: Path) -> Path:
    """`path` as a directory of mode 0700, made with its parents where it is missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def read_private(path: Path) -> bytes:
    """The bytes of a 0600 file.

    Raises:
        FileNotFoundError: there is none.
        KeyFileError: it cannot be read, or others can read it.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be read: {error.strerror}") from error
    with os.fdopen(fd, "rb") as stream:
        mode = stat.S_IMODE(os.fstat(fd).st_mode)
        if mode & 0o077:
            raise KeyFileError(f"{path}: can be read by others (mode {mode:04o}); run: chmod 600 {path}")
        return stream.read()


def write_private(path: Path, data: bytes) -> None:
    """Write `data` to `path`, durably, all of it or nothing: after a crash the file has the old content or the new."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(fd)
    beside.replace(path)
    _sync_directory(path.parent)


def create_private(path: Path, data: bytes) -> bytes:
    """Write `data` to `path` unless there is a file already. Returns what the file has in the end.

    Two consoles that start at once agree: a link is made by exactly one of them.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    write_private(beside, data)
    with suppress(FileExistsError):
        path.hardlink_to(beside)
        _sync_directory(path.parent)
    beside.unlink()
    return read_private(path)


def append_private(path: Path, data: bytes) -> None:
    """Append `data` (whole lines) to `path` in one write. What was there stays as it is."""
    fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        written = os.write(fd, data)
        if written != len(data):
            raise KeyFileError(f"{path}: only {written} of {len(data)} bytes could be written; is the disk full?")
    finally:
        os.close(fd)


def _sync_directory(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
