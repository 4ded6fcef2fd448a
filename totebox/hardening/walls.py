"""Second wall: the `chattr` attributes of a vault, set when an administrator asks for them (`os-totebox harden DIR`).

    folders below assets/ and ledger/      append-only: names can be added and not removed
    whole files (no write bit)             immutable
    registers and segments                 append-only; immutable when they cannot grow any more
    full shelves                           immutable
    totebox.yaml, README.txt               immutable

secret/, local/, cache/ and app-console-input/ get no attributes, since they must change. The attribute of `assets/` marks a vault
as hardened: it is set first and removed last, so a crash never leaves a vault with attributes and without this mark. New files have no
attributes; `Walls.sweep` sets them, from outside every cage. A file is complete before it has a name, so a sweep may run at any time,
except before recovery has written back what a power loss took.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from totebox.cage.attributes import Attribute, attributes, attributes_open, change, change_open
from totebox.clock import now_us
from totebox.files.entrance import DEEPEST, is_file, open_file, open_folder, open_in, read_file, stream
from totebox.vault import places

MARK = places.ASSETS
ROOMS = places.WALLED_ROOMS
FILES, REGISTERS, AHEAD = places.WALLED_FILES, places.REGISTERS, places.AHEAD
MOST_BYTES = 64 << 20
"""Most bytes of the write-ahead log."""
SEGMENT_BYTES = 16 * 1024 * 1024
"""A segment of this size gets no further line (`totebox.vault.commit.layout`)."""
FRESH_US = 2_000_000
"""A folder that was modified less than this long ago is read again next time: a further change might not alter its modification time."""
_GROWING = re.compile(r"([0-9]{8,})-([1-9][0-9]*)\.csv")
_AHEAD_PIECE = re.compile(rb"^((?:assets|ledger)/[a-z0-9._/-]{1,255}) [0-9]{1,19} [0-9]{1,10}$", re.MULTILINE)


def is_hardened(root: Path) -> bool:
    """Whether the vault at `root` has its second wall, even a part of it."""
    try:
        return Attribute.APPEND in attributes(root / MARK)
    except OSError:
        return False


class Walls:
    """The attributes of the vault at `root`. It keeps the modification times of folders, to skip those that have not changed."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._looked: dict[str, tuple[int, tuple[str, ...]]] = {}

    def sweep(self, *, still: bool = False) -> int:
        """Give every file and folder its attribute. Returns how many had another.

        Args:
            still: no writer runs, and the last one ended cleanly: files that can grow no more become immutable.

        Raises:
            OSError: EPERM where this process may not; ENOTTY or EOPNOTSUPP where the file system cannot.
        """
        still = still and not self._has_records_ahead()
        changed = int(change(self._root / MARK, Attribute.APPEND))
        changed += sum(change(self._root / name, Attribute.IMMUTABLE, sync=True) for name in self._files())
        return changed + sum(self._sweep(room, still=still, full=False) for room in ROOMS)

    def lift(self) -> int:
        """Remove every attribute. Returns how many files and folders had one.

        Raises:
            OSError: as `sweep`.
        """
        self._looked = {}
        changed = sum(change(self._root / name, Attribute(0)) for name in self._files())
        for room in reversed(ROOMS):
            changed += self._lift(room, 0)
        return changed

    def _lift(self, folder: str, depth: int) -> int:
        """Remove the attributes from everything below `folder`, then from itself. Folders deeper than DEEPEST have none."""
        place = open_folder(self._root, folder)
        try:
            folders, files = self._listed(place)
            changed = sum(self._change_in(place, entry.name, Attribute(0)) for entry in files)
            if depth < DEEPEST:
                changed += sum(self._lift(f"{folder}/{name}", depth + 1) for name in folders)
            return changed + change_open(place, Attribute(0))
        finally:
            os.close(place)

    def loosen(self) -> None:
        """Remove the append-only attribute from files that have bytes in the write-ahead log, so that recovery can write at any offset.

        The next sweep sets it again.
        """
        try:
            data = read_file(self._root, AHEAD, MOST_BYTES)
        except FileNotFoundError:
            return
        for match in _AHEAD_PIECE.finditer(data):
            path = os.fsdecode(match.group(1))
            if ".." in path.split("/") or "//" in path or not is_file(self._root, path):
                continue
            descriptor = open_file(self._root, path)
            try:
                if attributes_open(descriptor) == Attribute.APPEND:
                    change_open(descriptor, Attribute(0))
                    self._looked = {}
            finally:
                os.close(descriptor)

    def _files(self) -> list[str]:
        return [name for name in FILES if is_file(self._root, name)]

    def _has_records_ahead(self) -> bool:
        try:
            with stream(self._root, AHEAD) as file:
                return file.read(6) == b"ahead "
        except FileNotFoundError:
            return False

    def _sweep(self, folder: str, *, still: bool, full: bool) -> int:
        place = open_folder(self._root, folder)
        try:
            if folder != MARK and Attribute.IMMUTABLE in attributes_open(place):
                return 0
            modified_ns = os.fstat(place).st_mtime_ns
            known = self._looked.get(folder)
            changed, folders = 0, known[1] if known else ()
            if still or known is None or known[0] != modified_ns:
                folders, changed = self._look_into(place, folder, still=still)
                settled = now_us() - modified_ns // 1000 > FRESH_US
                self._looked[folder] = (modified_ns if settled else -1, folders)
            changed += change_open(place, Attribute.IMMUTABLE if full else Attribute.APPEND)
        finally:
            os.close(place)
        shelves = [name for name in folders if name.isdecimal()]
        for name in folders if folder.count("/") < DEEPEST else ():
            last = not name.isdecimal() or name == max(shelves, key=int)
            changed += self._sweep(f"{folder}/{name}", still=still, full=full or (still and not last))
        return changed

    def _look_into(self, place: int, folder: str, *, still: bool) -> tuple[tuple[str, ...], int]:
        """Set the attributes of the files in the open folder `place`. Returns its folders, and how many files had another attribute."""
        folders, files = self._listed(place)
        changed = 0
        newest = max((_order(entry.name) for entry in files), default=(-1, -1))
        for entry in files:
            state = entry.stat(follow_symlinks=False)
            ended = still and (_order(entry.name) < newest if folder in REGISTERS else state.st_size >= SEGMENT_BYTES)
            if not state.st_mode & 0o222 or (ended and _order(entry.name) >= (0, 0)):
                changed += self._change_in(place, entry.name, Attribute.IMMUTABLE, sync=True)
            elif _order(entry.name) >= (0, 0):
                changed += self._change_in(place, entry.name, Attribute.APPEND)
        return tuple(sorted(folders)), changed

    @staticmethod
    def _listed(place: int) -> tuple[list[str], list[os.DirEntry[str]]]:
        """The names of the folders, and the plain files, in an open folder. Anything else in it is left alone."""
        folders, files = list[str](), list[os.DirEntry[str]]()
        with os.scandir(place) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif entry.is_file(follow_symlinks=False):
                    # Read now, while the folder is open; the entry keeps the result.
                    entry.stat(follow_symlinks=False)
                    files.append(entry)
        return folders, files

    @staticmethod
    def _change_in(place: int, name: str, attribute: Attribute, *, sync: bool = False) -> int:
        descriptor = open_in(place, name)
        try:
            return int(change_open(descriptor, attribute, sync=sync))
        finally:
            os.close(descriptor)


def standing(root: Path) -> Iterator[str]:
    """The top folders of the record that lack their attribute; nothing when the wall is complete there."""
    for folder in (*ROOMS, *places.RECORD_FOLDERS[1:], places.AUDIT):
        if not attributes(root / folder):
            yield folder


def _order(name: str) -> tuple[int, int]:
    """(first index, attempt) from the name of a file that grows; (-1, -1) for any other name."""
    match = _GROWING.fullmatch(name)
    return (int(match.group(1)), int(match.group(2))) if match else (-1, -1)
