"""The drop folder `app-console-input/`: files that a person put there and that are no records yet.

A file is listed when its size and time have stopped changing. It leaves the folder only when it became a record, the
sealed bytes were read back and agree, and the file is, by inode, size, time and hash, still the one that was taken.
Everything else stays where it is: symbolic links, folders, dot files, files that grow.
"""

import asyncio
import contextlib
import hashlib
import os
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.numbers import MAX_UPLOAD_BYTES, RefusalCode
from totebox.files import drafts, entrance
from totebox.gate.names import safe_name
from totebox.gate.refusal import Refused
from totebox.gate.staging import StagedFile

SETTLE_S = 1.0
PACE_MS = 2_000
BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class DropStamp:
    """Identifies a file and its state."""

    device: int
    inode: int
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Drop:
    """One file that has stopped changing: its raw `name`, and the name in a form that can be shown."""

    name: bytes
    shown: str
    mark: DropStamp


@dataclass(frozen=True, slots=True)
class Taken:
    """A dropped file that was copied into staging."""

    name: bytes
    mark: DropStamp
    sha256: bytes


class Drops:
    """The folder at `folder`. `monotonic` gives seconds, `wall_us` the wall clock. Blocking: call it from a thread."""

    def __init__(self, folder: Path, monotonic: Callable[[], float], wall_us: Callable[[], int]) -> None:
        self.folder = folder
        self._monotonic = monotonic
        self._wall_us = wall_us
        self._seen: dict[bytes, tuple[DropStamp, float]] = {}

    def scan(self) -> tuple[list[Drop], bool]:
        """The files that have stopped changing, by name, and whether there are others that have not."""
        now, seen, settled = self._monotonic(), {}, []
        for name, mark in self._files():
            before = self._seen.get(name)
            since = before[1] if before is not None and before[0] == mark else self._first_seen(mark, now)
            seen[name] = (mark, since)
            if now - since >= SETTLE_S:
                settled.append(Drop(name, safe_name(name), mark))
        self._seen = seen
        return sorted(settled, key=lambda drop: drop.name), len(settled) < len(seen)

    def take(self, name: bytes, staged: StagedFile) -> Taken:
        """Copy the file `name` into `staged`.

        Raises:
            Refused: there is no such file any more, it is not a regular file, it is too large, it cannot be read, or it
                changed while it was read.
        """
        fd = self._open(name)
        try:
            before = _mark(os.fstat(fd))
            if before.size_bytes > MAX_UPLOAD_BYTES:
                raise Refused(
                    RefusalCode.TOO_LARGE,
                    f"{safe_name(name)} has {before.size_bytes} bytes; the limit is {MAX_UPLOAD_BYTES}",
                    "split the file; it stays in the drop folder",
                )
            while block := os.read(fd, BLOCK_BYTES):
                staged.write(block)
                if staged.size_bytes > before.size_bytes:
                    break
            if _mark(os.fstat(fd)) != before or staged.size_bytes != before.size_bytes:
                raise Refused(
                    RefusalCode.UNREADABLE,
                    f"{safe_name(name)} changed while it was read",
                    "wait until the program that writes it is done, and take it again",
                )
        except OSError as fault:
            raise Refused(
                RefusalCode.UNREADABLE,
                f"{safe_name(name)} cannot be read: {fault.strerror}",
                "check the file on its host",
            ) from fault
        finally:
            os.close(fd)
        return Taken(name, before, staged.sha256())

    def size(self, name: bytes) -> int:
        """The present size of the file `name` in bytes. Raises Refused like `take`."""
        fd = self._open(name)
        try:
            return os.fstat(fd).st_size
        finally:
            os.close(fd)

    def release(self, taken: Taken) -> str:
        """Remove the file from the folder, after its sealed copy was read back. Returns '' or the reason why the file
        stays.
        """
        try:
            fd = self._open(taken.name)
        except Refused:
            return ""
        try:
            if _mark(os.fstat(fd)) != taken.mark:
                return "it changed after it was taken; the changed file is still in the drop folder"
            with open(fd, "rb", closefd=False) as file:
                if hashlib.file_digest(file, "sha256").digest() != taken.sha256:
                    return "its bytes changed after it was taken; the changed file is still in the drop folder"
            drafts.forget_file(self.folder.parent, f"{self.folder.name}/" + os.fsdecode(taken.name))
        except OSError as fault:
            return f"it cannot leave the drop folder: {fault.strerror}"
        finally:
            os.close(fd)
        return ""

    def _files(self) -> list[tuple[bytes, DropStamp]]:
        found = []
        try:
            folder = entrance.open_folder(self.folder.parent, self.folder.name)
        except FileNotFoundError:
            return []
        try:
            with os.scandir(folder) as items:
                for item in items:
                    with contextlib.suppress(OSError):
                        status = item.stat(follow_symlinks=False)
                        if stat.S_ISREG(status.st_mode) and not item.name.startswith("."):
                            found.append((os.fsencode(item.name), _mark(status)))
        finally:
            os.close(folder)
        return found

    def _first_seen(self, mark: DropStamp, now: float) -> float:
        age_s = (self._wall_us() - mark.mtime_ns // 1_000) / 1_000_000
        return now - SETTLE_S if age_s > 2 * SETTLE_S else now

    def _open(self, name: bytes) -> int:
        if not name or b"/" in name or name.startswith(b".") or b"\0" in name:
            raise Refused(
                RefusalCode.NOT_FOUND, f"{safe_name(name)} is no file of the drop folder", "ask for table input.drops"
            )
        try:
            return entrance.open_file(self.folder.parent, f"{self.folder.name}/{os.fsdecode(name)}")
        except FileNotFoundError as fault:
            raise Refused(
                RefusalCode.NOT_FOUND,
                f"{safe_name(name)} is no longer in the drop folder",
                "ask for table input.drops again",
            ) from fault
        except entrance.Planted as fault:
            raise Refused(
                RefusalCode.UNREADABLE,
                f"{safe_name(name)} is not a regular file",
                "drop the file itself, not a link or folder",
            ) from fault
        except OSError as fault:
            raise Refused(
                RefusalCode.UNREADABLE,
                f"{safe_name(name)} cannot be read: {fault.strerror}",
                "check the file on its host",
            ) from fault


async def watch(folder: Path) -> AsyncIterator[None]:
    """Yield whenever something happens in `folder`. Never ends by itself.

    The watcher stops at a name that is not UTF-8. It is then started again, and from then on this yields every two
    seconds as well, so that no file is missed between one watcher and the next.

    Raises:
        OSError: there is no `folder`.
    """
    from watchfiles import awatch

    stumbled = False
    while True:
        pace_ms = PACE_MS if stumbled else 60_000
        try:
            async for _ in awatch(folder, recursive=False, rust_timeout=pace_ms, yield_on_timeout=stumbled):
                yield
        except ExceptionGroup as faults:
            if faults.split(_is_name)[1] is not None:
                raise
        except UnicodeEncodeError:
            await asyncio.sleep(PACE_MS / 1_000)
        stumbled = True
        yield


def _is_name(fault: BaseException) -> bool:
    return isinstance(fault, RuntimeError) and "decode path" in str(fault)


def _mark(status: os.stat_result) -> DropStamp:
    return DropStamp(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
