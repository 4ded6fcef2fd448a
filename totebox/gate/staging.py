"""Staging: where a document is kept from its first byte until the confirmation that makes it a record.

Nothing in `cache/intake/` is a record. Files are 0600 without execute bits, written once from the start, hashed while
they are written. A file is removed when its document was sealed or abandoned, when its upload was refused, or when its
session ended before the last byte. When the daemon starts, it clears the whole folder before anything else; that needs
no room on the disk.

Room is reserved before the upload: a document is accepted if its announced bytes, the bytes of all other documents that
are still to come, the copies that sealing makes, and the floor fit on the disk together.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from protocol.schema.numbers import RefusalCode
from totebox.errors import DiskFull, UploadBroken
from totebox.files import drafts
from totebox.gate.refusal import Refused
from totebox.vault.api import Staged

RESERVE_BYTES = 16 << 20
"""Bytes that staging always leaves free on the disk, for the logs."""
SEALED_TOGETHER = 2
"""Documents that are copied into the archive at the same time; each of them is on the disk twice for a moment."""


class StagedFile:
    """One document while it arrives; `announced_bytes` is its whole size. Blocking: call it from a thread."""

    def __init__(self, path: Path, announced_bytes: int = 0) -> None:
        self.path = path
        self.announced_bytes = announced_bytes
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        # A command that was cancelled may leave a write at work in its thread. That write must end before the file is
        # closed.
        self._turn = Lock()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)

    @property
    def awaited_bytes(self) -> int:
        """The announced bytes that are still to come."""
        return max(0, self.announced_bytes - self.size_bytes) if self._fd >= 0 else 0

    def write(self, data: bytes) -> None:
        """Append `data`.

        Raises:
            DiskFull: it does not fit.
            UploadBroken: the file was closed meanwhile.
        """
        view = memoryview(data)
        with self._turn:
            if self._fd < 0 and data:
                raise UploadBroken(f"{self.path.name} was removed while it was uploaded")
            try:
                while view:
                    done = os.write(self._fd, view)
                    self._hash.update(view[:done])
                    self.size_bytes += done
                    view = view[done:]
            except OSError as fault:
                raise DiskFull(f"cannot stage {self.path.name}: {fault.strerror}") from fault

    def sha256(self) -> bytes:
        """The SHA-256 of what was written so far."""
        return self._hash.copy().digest()

    def finish(self) -> Staged:
        """Close the file. Returns what the vault needs to seal it."""
        self.close()
        return Staged(self.path.name, self.size_bytes, self.sha256())

    def close(self) -> None:
        with self._turn:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1


@dataclass(frozen=True, slots=True)
class Leftover:
    """A document that an earlier daemon left in staging."""

    name: str
    size_bytes: int


class Staging:
    """The folder `cache/intake/`. `free(folder)` gives the bytes that can still be written there."""

    def __init__(
        self,
        folder: Path,
        floor_bytes: int = RESERVE_BYTES,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self.folder = folder
        self._floor_bytes, self._free = floor_bytes, free
        self._files: dict[str, StagedFile] = {}

    def clear(self) -> list[Leftover]:
        """Remove what an earlier daemon left, and return what it was. Needs no room on the disk, and follows no link.

        Only for a daemon that holds the vault's lock and has opened no document yet.
        """
        try:
            mode = self.folder.lstat().st_mode
        except FileNotFoundError:
            return []
        if not stat.S_ISDIR(mode):
            self.folder.unlink()
            return []
        found = self._listed()
        for left in found:
            self.discard(left.name)
        return found

    def create(self, intake: str, expected_bytes: int, kept_bytes: int = 0) -> StagedFile:
        """Create an empty file for document `intake`, and reserve `expected_bytes` for it until it is discarded.

        `kept_bytes` must stay free beside the reserve: roles below ADMIN may not use the disk's last bytes.

        Raises:
            Refused: DISK_FULL where they would not fit beside what is reserved for others.
        """
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            free = self._free(self.folder)
            if expected_bytes + self._promised(expected_bytes) + kept_bytes > free:
                raise _no_room(expected_bytes, free, self._promised(0) + kept_bytes)
            file = StagedFile(self.folder / intake, expected_bytes)
        except OSError as fault:
            raise _no_room(expected_bytes, 0, self._promised(0)) from fault
        self._files[intake] = file
        return file

    def path(self, intake: str) -> Path:
        return self.folder / intake

    def discard(self, name: str) -> None:
        """Remove a staged file: it is no record, and its document was sealed or abandoned."""
        file = self._files.pop(name, None)
        if file is not None:
            file.close()
        drafts.forget_tree(self.folder.parent, f"{self.folder.name}/{name}")

    def _promised(self, expected_bytes: int) -> int:
        """Bytes that must stay free beside a further document of `expected_bytes`."""
        copies = sorted((expected_bytes, *(file.announced_bytes for file in self._files.values())))
        awaited = sum(file.awaited_bytes for file in self._files.values())
        return awaited + sum(copies[-SEALED_TOGETHER:]) + self._floor_bytes

    def _listed(self) -> list[Leftover]:
        with os.scandir(self.folder) as found:
            return sorted(
                (Leftover(item.name, item.stat(follow_symlinks=False).st_size) for item in found),
                key=lambda left: left.name,
            )


def _no_room(expected_bytes: int, free: int, promised: int) -> Refused:
    return Refused(
        RefusalCode.DISK_FULL,
        f"the document has {expected_bytes} bytes, needed twice while it is sealed; the Totebox's disk has {free} free, "
        f"of which {promised} are kept for the logs and for documents on their way",
        "confirm or abandon open documents, or make room on the Totebox's disk, and offer it again; nothing is lost",
    )
