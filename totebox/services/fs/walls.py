"""The second wall: `chattr` on what the vault holds, where an administrator asked for it (`os-totebox harden DIR`).

    folders below assets/ and ledger/      append-only: names come, none goes
    whole files (no write bit)             immutable
    registers and segments                 append-only; immutable once nothing can come behind their end any more
    full shelves                           immutable
    totebox.yaml                           immutable

The write-ahead log, state/ and app-console-input/ get nothing: they are made to change. That `assets/` is append-only is what says
that a vault is hardened: it is the first to get its attribute and the last to lose it, so no crash leaves a vault of which it is not
known. New files have no attributes: `Walls.sweep` gives them theirs, from outside every cage. A file has its name only
when it is whole, so a sweep may come at any time but before recovery has put back what a power loss took.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from totebox.cage.attributes import Attribute, attributes, change, change_open
from totebox.clock import now_us

MARK = "assets"
ROOMS = ("assets", "ledger")
IDENTITY = "totebox.yaml"
REGISTERS = ("ledger/register", "ledger/audit/register")
AHEAD = "ledger/write-ahead"
SEGMENT_BYTES = 16 * 1024 * 1024
"""A segment of this size gets no further line (`totebox.vault.layout`)."""
FRESH_US = 2_000_000
"""A folder that changed so lately may change again without its time telling."""
_GROWING = re.compile(r"([0-9]{8,})-([1-9][0-9]*)\.csv")
_AHEAD_PIECE = re.compile(rb"^((?:assets|ledger)/[a-z0-9._/-]{1,255}) [0-9]{1,19} [0-9]{1,10}$", re.MULTILINE)


def is_hardened(root: Path) -> bool:
    """Whether the vault at `root` has its second wall, or is about to get it or to lose it."""
    try:
        return Attribute.APPEND in attributes(root / MARK)
    except OSError:
        return False


class Walls:
    """The attributes of the vault at `root`. It remembers which folders have not changed since it looked."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._looked: dict[str, tuple[int, tuple[str, ...]]] = {}

    def sweep(self, *, still: bool = False) -> int:
        """Give everything its attribute; how many files and folders had another.

        Args:
            still: no writer runs, and the last one ended in good order: then what can grow no more becomes immutable.

        Raises:
            OSError: EPERM where this process may not; ENOTTY or EOPNOTSUPP where the file system cannot.
        """
        still = still and not self._has_records_ahead()
        changed = int(change(self._root / MARK, Attribute.APPEND))
        changed += change(self._root / IDENTITY, Attribute.IMMUTABLE, sync=True)
        return changed + sum(self._sweep(room, still=still, full=False) for room in ROOMS)

    def lift(self) -> int:
        """Take every attribute off again; how many had one.

        Raises:
            OSError: as `sweep`.
        """
        self._looked = {}
        changed = int(change(self._root / IDENTITY, Attribute(0)))
        for room in reversed(ROOMS):
            for place, _, files in os.walk(self._root / room, topdown=False):
                changed += sum(change(f"{place}/{name}", Attribute(0)) for name in files if _is_plain(place, name))
                changed += change(place, Attribute(0))
        return changed

    def loosen(self) -> None:
        """Let recovery write anywhere in files of which the write-ahead log holds acknowledged bytes; the next sweep binds them again."""
        try:
            data = (self._root / AHEAD).read_bytes()
        except FileNotFoundError:
            return
        for match in _AHEAD_PIECE.finditer(data):
            path = self._root / os.fsdecode(match.group(1))
            if path.is_file() and ".." not in path.parts and attributes(path) == Attribute.APPEND:
                change(path, Attribute(0))
                self._looked = {}

    def _has_records_ahead(self) -> bool:
        try:
            with (self._root / AHEAD).open("rb") as stream:
                return stream.read(6) == b"ahead "
        except FileNotFoundError:
            return False

    def _sweep(self, folder: str, *, still: bool, full: bool) -> int:
        place = os.open(self._root / folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            if folder != MARK and Attribute.IMMUTABLE in attributes(self._root / folder):
                return 0
            modified_ns = os.fstat(place).st_mtime_ns
            known = self._looked.get(folder)
            changed, folders = 0, known[1] if known else ()
            if still or known is None or known[0] != modified_ns:
                folders, changed = self._look_into(folder, still=still)
                settled = now_us() - modified_ns // 1000 > FRESH_US
                self._looked[folder] = (modified_ns if settled else -1, folders)
            changed += change_open(place, Attribute.IMMUTABLE if full else Attribute.APPEND)
        finally:
            os.close(place)
        shelves = [name for name in folders if name.isdecimal()]
        for name in folders:
            last = not name.isdecimal() or name == max(shelves, key=int)
            changed += self._sweep(f"{folder}/{name}", still=still, full=still and not last)
        return changed

    def _look_into(self, folder: str, *, still: bool) -> tuple[tuple[str, ...], int]:
        """The folders in it, and how many of its files were given another attribute."""
        folders: list[str] = []
        changed, files = 0, list[os.DirEntry[str]]()
        with os.scandir(self._root / folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif entry.is_file(follow_symlinks=False):
                    files.append(entry)
        newest = max((_order(entry.name) for entry in files), default=(-1, -1))
        for entry in files:
            state = entry.stat(follow_symlinks=False)
            ended = still and (_order(entry.name) < newest if folder in REGISTERS else state.st_size >= SEGMENT_BYTES)
            if not state.st_mode & 0o222 or (ended and _order(entry.name) >= (0, 0)):
                changed += change(entry.path, Attribute.IMMUTABLE, sync=True)
            elif _order(entry.name) >= (0, 0):
                changed += change(entry.path, Attribute.APPEND)
        return tuple(sorted(folders)), changed


def standing(root: Path) -> Iterator[str]:
    """What has not the attribute that it should have, of the folders that hold everything else; nothing when they stand."""
    for folder in (*ROOMS, *REGISTERS, "ledger/checkpoints", "ledger/audit", "ledger/audit/checkpoints"):
        if not attributes(root / folder):
            yield folder


def _order(name: str) -> tuple[int, int]:
    """(first index, attempt) of a file that grows; (-1, -1) of every other."""
    match = _GROWING.fullmatch(name)
    return (int(match.group(1)), int(match.group(2))) if match else (-1, -1)


def _is_plain(place: str, name: str) -> bool:
    path = Path(place, name)
    return path.is_file() and not path.is_symlink()
