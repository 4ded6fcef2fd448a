"""Ownership of bytes: which entry owns which byte below `assets/`. It is built while the record log is read in order.

The name of a whole file holds the index of its entry, so such a file has one owner and is only counted. Segments, and the few files that
are neither, are kept by name. Ranges that are to be hashed are kept until the caller takes them.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.files.entrance import files_below, stat_of
from totebox.vault.api import Entry, Finding
from totebox.vault.check.chunks import RegisterChunk, Sound
from totebox.vault.check.findings import RESTORE, Findings
from totebox.vault.commit.layout import index_in, is_shelved
from totebox.vault.log.journal import RECORDS
from totebox.vault.log.record import parse_row
from totebox.vault.log.register import Register
from totebox.vault.log.register_bytes import whole_register
from totebox.vault.places import ASSETS

FOREIGN = "find out who put it there; move it elsewhere"
LEFT_OVER = "if a crash left it, start the Totebox once: it is kept and given an owner; else find out who put it there"


@dataclass(frozen=True, slots=True)
class Owned:
    """A range that entry `index` owns."""

    index: int
    path: str
    offset: int
    length: int
    sha256: bytes
    alone: bool = False
    """Whether the file holds nothing but this range."""


class Ownership:
    """The owned bytes so far.

    `ends` maps each segment or other file to the number of its bytes that are owned; `files` is the number of whole files; `bytes` counts
    payload bytes; `waiting` are the ranges that are still to be hashed; `findings` are ranges with a gap or an overlap.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.ends: dict[str, int] = {}
        self.files = 0
        self.bytes = 0
        self.waiting: list[Owned] = []
        self.findings = Findings()

    def begin(self, path: str, end: int) -> None:
        """Note that the first `end` bytes of `path` are owned otherwise (rows of a register)."""
        self.ends[path] = end

    def add(self, entry: Entry) -> None:
        """Add the range of `entry`. Ranges of one file must follow each other without gap or overlap; else there is a finding."""
        if not entry.path:
            return
        if is_own(entry):
            self.files += 1
        else:
            self._grow(entry)
        self.bytes += entry.length
        self.waiting.append(
            Owned(entry.index, entry.path, entry.offset, entry.length, entry.sha256, alone=is_own(entry))
        )

    def add_sound(self, chunk: RegisterChunk, found: Sound) -> bool:
        """Add the ranges of a sound chunk, if its segments continue where the earlier ones end. Else nothing is added: False."""
        if any(self.ends.get(path, 0) != start for path, (start, _, _) in found.spans.items()):
            return False
        for path, (_, end, _) in found.spans.items():
            self.ends[path] = end
        self.files += found.files
        self.bytes += found.payload_bytes
        self.waiting += [
            Owned(index, path, 0, length, digest, alone=True) for index, path, length, digest in found.large
        ]
        for _, _, leaf in found.odd:
            entry = parse_row(leaf)
            self.bytes -= entry.length if entry.path else 0
            self.add(entry)
        return True

    def check_sizes(self, *, live: bool) -> Iterator[Finding]:
        """Findings for files in `ends` that are longer than their owned bytes. None on a live vault, whose files may grow meanwhile."""
        for path, end in self.ends.items():
            found = stat_of(self._root, path)
            if found is None or not stat.S_ISREG(found.st_mode):
                continue  # a missing file is found when its ranges are hashed
            size = found.st_size
            if size > end and not live:
                yield Finding("foreign", path, None, end, f"{end} bytes", f"{size} bytes", LEFT_OVER)

    def check_foreign(self, limit: int | None, *, certain: bool) -> Iterator[Finding]:
        """Findings for files under `assets/` without an owner. Files that were made for entries from `limit` on are left out.

        `certain` says that every owned file exists. When there are also as many files as owned ones, each file has an owner, and the
        search ends there. Otherwise the owner of each file is looked up.
        """
        known = sum(1 for path in self.ends if path.startswith("assets/"))
        present = _count(self._root, limit) if certain else -1
        if certain and present == known + self.files:
            return
        for where, status in files_below(self._root, ASSETS):
            if not stat.S_ISREG(status.st_mode):
                said = "folders within folders" if stat.S_ISDIR(status.st_mode) else "a link or a special file"
                yield Finding("foreign", where, None, None, "plain files alone", said, FOREIGN)
            elif not self._has_owner(where, limit):
                found = f"{status.st_size} bytes that no entry owns"
                yield Finding("foreign", where, None, 0, "an owner for every byte", found, LEFT_OVER)

    def _grow(self, entry: Entry) -> None:
        end = self.ends.get(entry.path, 0)
        twice = is_shelved(entry.path) and self._owner_of(entry.path) not in (None, entry.index)
        if entry.offset != end or twice:
            expected = f"one owner, entry {self._owner_of(entry.path)}" if twice else f"offset {end}"
            said = f"offset {entry.offset}"
            self.findings.append(Finding("damage", entry.path, entry.index, entry.offset, expected, said, RESTORE))
        self.ends[entry.path] = entry.offset + entry.length

    def _has_owner(self, where: str, limit: int | None) -> bool:
        if where in self.ends or (limit is not None and index_in(where.rpartition("/")[2]) >= limit):
            return True
        return is_shelved(where) and self._owner_of(where) is not None

    def _owner_of(self, path: str) -> int | None:
        """The entry whose index is in the name of a file on a shelf, if that entry owns the file; else None."""
        index = index_in(path.rpartition("/")[2])
        try:
            entry = next((parse_row(leaf) for leaf in self._register.leaves(index, 1)), None) if index >= 0 else None
        except VaultDamaged:
            return None
        return index if entry is not None and entry.path == path and is_own(entry) else None

    @cached_property
    def _register(self) -> Register:
        return whole_register(self._root, RECORDS.register)


def is_own(entry: Entry) -> bool:
    """Whether `entry` owns a whole file on a shelf with the entry's index in its name. No other entry can own such a file."""
    bears = is_shelved(entry.path) and index_in(entry.path.rpartition("/")[2]) == entry.index
    return bears and entry.offset == 0 and entry.kind != "torn"


def _count(root: Path, limit: int | None) -> int:
    """Number of files below `assets/` that were made for entries before `limit`; -1 when something there is not a plain file."""
    total = 0
    for path, status in files_below(root, ASSETS):
        if not stat.S_ISREG(status.st_mode):
            return -1
        total += limit is None or index_in(path.rpartition("/")[2]) < limit
    return total
