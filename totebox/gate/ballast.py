"""The ballast: a file of 8 MiB in `cache/` that holds no data, so that room can be made when the disk is full.

When the vault finds no space, the ballast is released and the rows of an ADMIN, who can make room, can still be
written. The ballast is made again when the free space is the floor and the size of the ballast together. Its bytes are
random and synced: a file system that compresses data, or that allocates blocks late, would otherwise give no space
back. A crash may leave a part of the file; the next `make` releases that part and writes the whole file.
"""

import os
from collections.abc import Callable
from pathlib import Path

from totebox.files import drafts, entrance
from totebox.vault.api import places as table

BALLAST_BYTES = 8 << 20
PIECE_BYTES = 1 << 20


class Ballast:
    """`cache/ballast` of the vault at `root`. Blocking: call it from a thread."""

    def __init__(self, root: Path, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._root, self._entropy = root, entropy

    @property
    def stands(self) -> bool:
        """Whether the file exists and has its full size."""
        return self._size() >= BALLAST_BYTES

    def make(self) -> None:
        """Write the file anew.

        Raises:
            OSError: the disk filled up meanwhile, or something else has its name; what was written so far has been
                released.
        """
        self.release()
        descriptor = entrance.open_file(self._root, table.BALLAST, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL)
        try:
            missing = BALLAST_BYTES
            while missing > 0:
                missing -= os.write(descriptor, self._entropy(min(missing, PIECE_BYTES)))
            os.fsync(descriptor)
        except OSError:
            self.release()
            raise
        finally:
            os.close(descriptor)

    def release(self) -> bool:
        """Give the blocks of the file back to the disk. Returns whether there was a file."""
        held = self._size()
        try:
            drafts.forget_file(self._root, table.BALLAST)
        except OSError:
            return False
        return held > 0

    def _size(self) -> int:
        try:
            found = entrance.stat_of(self._root, table.BALLAST)
        except OSError:
            return 0
        return found.st_size if found is not None else 0
