"""The pairing journal: an append-only file of JSON lines, written by the daemon and by `os-totebox pair`.

Law: a writer holds an exclusive flock on `<journal>.lock` from before it reads until its bytes are synced, so two
writers never see different ends. A line is complete when it ends in LF. A last line without LF was torn by a crash: it
is no record, and it is left out of the next generation. A generation replaces the file by rename. Generations exist
because a revoked pairing's psk must be erased, which appending cannot do.

The daemon writes the file inside its cage, `os-totebox` outside. Links that somebody put there are not followed
(`totebox.files.entrance`).
"""

import fcntl
import json
import os
import select
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from totebox.errors import ConfigError
from totebox.files import drafts, entrance

MOST_BYTES = 16 << 20
"""A larger file was not written by this program: it is not read."""
LOCK_TRIES, LOCK_PAUSE_S = 500, 0.02
Value = str | int
Line = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Stamp:
    """Identifies the bytes that a reader has seen. A different stamp means that there is something to read."""

    inode: int
    size: int
    mtime_ns: int


class Journal:
    """The journal at `path`; `vault` is the folder below which no link is followed. Every method is short and blocking: one sync."""

    def __init__(self, path: Path, vault: Path | None = None) -> None:
        self.path = path
        self._root = vault or path.parent
        self._name = path.relative_to(self._root).as_posix()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the writers' lock.

        Raises:
            ConfigError: another process holds the lock and does not release it.
        """
        lock = self._open_lock()
        try:
            _wait_locked(lock, self._name)
            yield
        finally:
            os.close(lock)

    def sweep(self) -> None:
        """Remove what a crash left of a new generation."""
        with self.locked():
            drafts.sweep_drafts(self._root, self._name)

    def stamp(self) -> Stamp | None:
        """The stamp of the present file; None before the first record."""
        found = entrance.stat_of(self._root, self._name)
        return None if found is None else Stamp(found.st_ino, found.st_size, found.st_mtime_ns)

    def read(self) -> list[Line]:
        """Every complete record, oldest first.

        Raises:
            ConfigError: a complete line is not a record: the file was edited.
            OSError: there is no plain file, or it is larger than any journal.
        """
        try:
            data = entrance.read_file(self._root, self._name, MOST_BYTES)
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        return [self._parse(number, text) for number, text in enumerate(whole.splitlines(), 1)]

    def append(self, line: Line) -> None:
        """Add one record and sync it. The caller holds the lock. A torn last line is first removed by a new
        generation.
        """
        if self._torn():
            self.replace([*self.read(), line])
            return
        drafts.append_file(self._root, self._name, _encode(line))

    def replace(self, lines: Sequence[Line]) -> None:
        """Begin a new generation with `lines`; the caller holds the lock.

        A crash before the rename leaves the old generation whole, one after it the new one.
        """
        drafts.replace_file(self._root, self._name, b"".join(_encode(line) for line in lines))

    def _open_lock(self) -> int:
        name = f"{self._name}.lock"
        with suppress(FileNotFoundError):
            return entrance.open_file(self._root, name, os.O_RDWR)
        with suppress(FileExistsError):
            return entrance.open_file(self._root, name, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        return entrance.open_file(self._root, name, os.O_RDWR)

    def _torn(self) -> bool:
        try:
            with entrance.stream(self._root, self._name) as file:
                if file.seek(0, os.SEEK_END) == 0:
                    return False
                file.seek(-1, os.SEEK_END)
                return file.read(1) != b"\n"
        except FileNotFoundError:
            return False

    def _parse(self, number: int, text: bytes) -> Line:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if not (isinstance(found, dict) and "what" in found and all(isinstance(v, str | int) for v in found.values())):
            raise ConfigError(
                f"{self.path} line {number} is not a pairing record; restore the file from a backup, or move it away and pair again"
            )
        return found


def _encode(line: Line) -> bytes:
    return json.dumps(line, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _wait_locked(lock: int, name: str) -> None:
    """Wait for the lock for a limited time: a holder that never releases it must not stop all others for ever."""
    for _ in range(LOCK_TRIES):
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # flock has no time limit of its own.
            select.select((), (), (), LOCK_PAUSE_S)
    raise ConfigError(
        f"{name}.lock is held by another process and not let go; end that process, or restart the Totebox"
    )
