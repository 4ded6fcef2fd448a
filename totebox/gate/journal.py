"""The pairing journal: an append-only file of JSON lines, written by the daemon and by `os-totebox pair` alike.

Law: whoever writes holds an exclusive flock on `<journal>.lock` from before it reads until its bytes are synced, so two
writers never see different ends. A line is whole when it ends in LF; a last line without one was torn by a crash,
is no record, and is left out of the next generation. A generation replaces the file by rename; it exists because a
revoked pairing's psk must be erased, which appending cannot do.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from totebox.errors import ConfigError

Value = str | int
Line = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which bytes a reader has seen: another stamp means that there is something to read."""

    inode: int
    size: int
    mtime_ns: int


class Journal:
    """The journal at `path`. Every method is short and blocking: a few lines of text, one sync."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the writers' lock."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        lock = os.open(self.path.with_name(self.path.name + ".lock"), flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def stamp(self) -> Stamp | None:
        """What is there now; None before the first record."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)

    def read(self) -> list[Line]:
        """Every whole record, oldest first.

        Raises:
            ConfigError: a whole line is not a record: somebody edited the file.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        return [self._parse(number, text) for number, text in enumerate(whole.splitlines(), 1)]

    def append(self, line: Line) -> None:
        """Add one record and sync it; the caller holds the lock. A torn tail is first left behind by a new generation."""
        if self._torn():
            self.replace([*self.read(), line])
            return
        fresh = self.stamp() is None
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _write(fd, _encode(line))
            os.fsync(fd)
        finally:
            os.close(fd)
        if fresh:
            _sync_folder(self.path.parent)

    def replace(self, lines: Sequence[Line]) -> None:
        """Begin a new generation with `lines`; the caller holds the lock.

        A crash before the rename leaves the old generation whole, one after it the new one.
        """
        draft = self.path.with_name(self.path.name + ".next")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write(fd, b"".join(_encode(line) for line in lines))
            os.fsync(fd)
        finally:
            os.close(fd)
        draft.replace(self.path)
        _sync_folder(self.path.parent)

    def _torn(self) -> bool:
        try:
            with self.path.open("rb") as file:
                if file.seek(0, os.SEEK_END) == 0:
                    return False
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except FileNotFoundError:
            return False

    def _parse(self, number: int, text: bytes) -> Line:
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict) or not all(isinstance(value, str | int) for value in found.values()):
            raise ConfigError(
                f"{self.path} line {number} is not a pairing record; restore the file from a backup, or move it away and pair again"
            )
        return found


def _encode(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _write(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
