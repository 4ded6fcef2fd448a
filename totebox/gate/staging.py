"""Staging: where a document waits between its first byte and the confirmation that makes it a record.

Nothing in `state/intake/` is a record. Files are 0600 without execute bits, written once from the start, hashed while
written. A file goes when its document was sealed or abandoned, and the whole folder is cleared when the daemon starts.
"""

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from protocol.schema.numbers import RefusalCode
from totebox.errors import DiskFull
from totebox.gate.refused import Refused
from totebox.vault.api import Staged

RESERVE_BYTES = 16 << 20
"""Left free on the disk whatever is staged, for the logs."""


class StagedFile:
    """One document while it arrives. Blocking: call it from a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0
        self._hash = hashlib.sha256()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)

    def write(self, data: bytes) -> None:
        """Add `data`. Raises DiskFull."""
        view = memoryview(data)
        try:
            while view:
                done = os.write(self._fd, view)
                self._hash.update(view[:done])
                self.size_bytes += done
                view = view[done:]
        except OSError as fault:
            raise DiskFull(f"cannot stage {self.path.name}: {fault.strerror}") from fault

    def sha256(self) -> bytes:
        """Of what was written so far."""
        return self._hash.copy().digest()

    def finish(self) -> Staged:
        """Close it; what the vault needs to know to seal it."""
        self.close()
        return Staged(self.path.name, self.size_bytes, self.sha256())

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


@dataclass(frozen=True, slots=True)
class Leftover:
    """A document that an earlier daemon left in staging."""

    name: str
    size_bytes: int


class Staging:
    """The folder `state/intake/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def leftovers(self) -> list[Leftover]:
        """What an earlier daemon left. Creates the folder where it is missing."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        with os.scandir(self.folder) as found:
            return sorted(
                (Leftover(item.name, item.stat(follow_symlinks=False).st_size) for item in found),
                key=lambda left: left.name,
            )

    def create(self, intake: str, expected_bytes: int) -> StagedFile:
        """An empty file for document `intake`.

        Raises:
            Refused: DISK_FULL where `expected_bytes` would not fit.
        """
        free = shutil.disk_usage(self.folder).free
        if expected_bytes + RESERVE_BYTES > free:
            raise Refused(
                RefusalCode.DISK_FULL,
                f"the document has {expected_bytes} bytes and the Totebox's disk has {free} free",
                "make room on the Totebox's disk and offer it again; nothing is lost",
            )
        return StagedFile(self.folder / intake)

    def path(self, intake: str) -> Path:
        return self.folder / intake

    def discard(self, name: str) -> None:
        """Let go of a staged file: it is no record, and its document was sealed or abandoned."""
        path = self.folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
