"""What the operator's files hold (`chart.csv`, `dictionary.csv`, ...) is sealed as a record of service fs each time that it changes.

A person edits these files by hand, and their content decides how documents are read and filed: a copy of the record shows what it was at
any time. A file is sealed when two looks in succession found it with the same size, inode and times, so that an edit has ended. Content
that is the newest record of that name already is not sealed again; a file that was removed leaves its records as they are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG

from totebox.errors import ToteboxError
from totebox.files.entrance import stat_of
from totebox.service.contract import SealedSetting
from totebox.service.rings import Ingest
from totebox.services.fs.settings import KIND
from totebox.vault.api import Draft, Whole
from totebox.vault.places import OPERATORS_FILES

LOOK_S = 2.0
Stamp = tuple[int, int, int, int]


class OperatorFiles:
    """Looks at the files `names` of the vault at `root`.

    `read(name)` gives a file's bytes as they are now, None where there is none; `newest(name)` gives its newest record; `ingest` adds
    records of service fs.
    """

    def __init__(
        self,
        root: Path,
        read: Callable[[str], bytes | None],
        newest: Callable[[str], Awaitable[SealedSetting | None]],
        ingest: Ingest,
        names: Sequence[str] = OPERATORS_FILES,
    ) -> None:
        self._root, self._read, self._newest, self._ingest, self._names = root, read, newest, ingest, names
        self._seen: dict[str, Stamp] = {}
        """Of each file that was there at the last look."""
        self._done: dict[str, Stamp] = {}
        """Of each file whose content is a record."""

    async def run(self) -> None:
        """Look again and again, until cancelled. Raises ToteboxError or OSError where a file could not be sealed."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """Look at every file once. A file that cannot be sealed keeps no other from it; its fault is raised at the end."""
        fault: ToteboxError | OSError | None = None
        for name in self._names:
            try:
                await self._look_at(name)
            except (ToteboxError, OSError) as found:
                fault = found
        if fault is not None:
            raise fault

    async def _look_at(self, name: str) -> None:
        stamp = await asyncio.to_thread(self._stamp, name)
        settled = stamp is not None and stamp == self._seen.get(name)
        if stamp is None:
            self._seen.pop(name, None)
            return
        self._seen[name] = stamp
        if not settled or stamp == self._done.get(name):
            return
        data = await asyncio.to_thread(self._read, name)
        if data is not None:
            await self._seal(name, data)
            self._done[name] = stamp

    async def _seal(self, name: str, data: bytes) -> None:
        newest = await self._newest(name)
        digest = sha256(data).digest()
        if newest is not None and newest.sha256 == digest:
            return
        draft = Draft("fs", KIND, name, Whole(data), name, supersedes=newest.index if newest is not None else None)
        await self._ingest.add((draft,), f"{name} was edited, sha256 {digest.hex()}")

    def _stamp(self, name: str) -> Stamp | None:
        found = stat_of(self._root, name)
        if found is None or not S_ISREG(found.st_mode):
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
