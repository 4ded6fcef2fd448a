"""The ballast: 8 MiB that lie in `state/` for nothing, so that there is room when the disk is full.

The vault is released from it when it finds no space: the rows of an ADMIN, who can make room, go on. It is made again when the disk
has the floor and the ballast free. Its bytes are random and synced: a file system that compresses, or only promises blocks, gives
none back. A crash may leave a part of it, which is let go and made whole.
"""

import os
from collections.abc import Callable
from pathlib import Path

from totebox.files import drafts, entrance
from totebox.vault.api import places as table

BALLAST_BYTES = 8 << 20
PIECE_BYTES = 1 << 20


class Ballast:
    """`state/ballast` of the vault at `root`. Blocking: call it from a thread."""

    def __init__(self, root: Path, entropy: Callable[[int], bytes] = os.urandom) -> None:
        self._root, self._entropy = root, entropy

    @property
    def stands(self) -> bool:
        """Whether it is there, whole."""
        return self._size() >= BALLAST_BYTES

    def make(self) -> None:
        """Write it anew. Raises OSError, with what was written released: the disk filled up meanwhile, or something else has its name."""
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
        """Give its blocks back to the disk; whether there were any."""
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
