"""What a run asked of the disk, written down call by call, while it is really done."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock

from totebox.vault.disk.calls import Calls

NAMELESS = os.O_TMPFILE
SECOND_LIFE = 1_000_000
"""Nodes that a run makes which continues another one are numbered from here."""
PACKAGE = f"{os.sep}totebox{os.sep}vault{os.sep}"


@dataclass(frozen=True, slots=True)
class Named:
    """A folder was given a name for a file or another folder."""

    folder: int
    name: str
    node: int
    is_folder: bool


@dataclass(frozen=True, slots=True)
class Wrote:
    """Bytes were written at the end of a file, or over what the write-ahead log held."""

    node: int
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Synced:
    """A file's bytes, or a folder's names, are durable from here on. `site` says on whose behalf."""

    node: int
    site: str


@dataclass(frozen=True, slots=True)
class Told:
    """From here on somebody may rely on these leaves of the record log and of the audit log."""

    records: tuple[bytes, ...]
    audit: tuple[bytes, ...]


Op = Named | Wrote | Synced | Told


@dataclass
class Tree:
    """Files and folders as numbered nodes; a folder's node maps names to nodes."""

    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=dict)
    root: int = 0


class Recording(Calls):
    """Does what is asked and writes it down. Syncs whose site `forgotten` names are left out of the run.

    It starts on what lies at `place`, all of it durable, or continues on `nodes`: the nodes of what lies there.
    """

    def __init__(self, place: Path, forgotten: str = "", nodes: dict[str, int] | None = None) -> None:
        self.ops: list[Op] = []
        self.start = Tree()
        self._forgotten = forgotten
        self._nodes: dict[tuple[int, int], int] = {}
        self._sizes: dict[int, int] = {}
        self._folders: dict[int, set[str]] = {}
        self._next = 0 if nodes is None else SECOND_LIFE
        self._turn = RLock()
        self._scan(place, "", nodes)

    def told(self, records: list[bytes], audit: list[bytes]) -> None:
        """Somebody was answered."""
        self.ops.append(Told(tuple(records), tuple(audit)))

    def open(self, path: str | Path, flags: int, mode: int = 0o644, *, dir_fd: int | None = None) -> int:
        with self._turn:
            descriptor = super().open(path, flags, mode, dir_fd=dir_fd)
            if flags & NAMELESS == NAMELESS:
                self._number(descriptor)
            elif flags & os.O_CREAT:
                node = self._number(descriptor)
                folder = self._folder_of(Path(path)) if dir_fd is None else self._node(dir_fd)
                self._name(folder, Path(path).name, node, is_folder=False)
            return descriptor

    def write(self, descriptor: int, data: memoryview) -> int:
        with self._turn:
            count = super().write(descriptor, data)
            node = self._node(descriptor)
            self.ops.append(Wrote(node, self._sizes[node], bytes(data[:count])))
            self._sizes[node] += count
            return count

    def write_at(self, descriptor: int, offset: int, data: memoryview) -> int:
        with self._turn:
            count = super().write_at(descriptor, offset, data)
            node = self._node(descriptor)
            self.ops.append(Wrote(node, offset, bytes(data[:count])))
            self._sizes[node] = max(self._sizes[node], offset + count)
            return count

    def write_through(self, descriptor: int, offset: int, data: memoryview) -> int:
        with self._turn:
            count = self.write_at(descriptor, offset, data)
            self._sync(descriptor)
            return count

    def sync(self, descriptor: int) -> None:
        self._sync(descriptor)

    def sync_data(self, descriptor: int) -> None:
        self._sync(descriptor)

    def link(self, descriptor: int, name: str, folder: int) -> None:
        with self._turn:
            super().link(descriptor, name, folder)
            self._name(self._node(folder), name, self._node(descriptor), is_folder=False)

    def mkdir(self, name: str, folder: int) -> None:
        with self._turn:
            super().mkdir(name, folder)
            made = os.stat(name, dir_fd=folder)
            node = self._new((made.st_dev, made.st_ino))
            self._folders[node] = set()
            self._name(self._node(folder), name, node, is_folder=True)

    def _sync(self, descriptor: int) -> None:
        with self._turn:
            site, node = site_of(sys._getframe(2)), self._node(descriptor)
            if node in self._folders:
                self._notice_renamed(descriptor, node)
            if site != self._forgotten:
                self.ops.append(Synced(node, site))

    def _notice_renamed(self, descriptor: int, folder: int) -> None:
        """A vault is provisioned under another name and moved to its place whole: that is one name more."""
        for name in os.listdir(descriptor):
            found = os.stat(name, dir_fd=descriptor)
            node = self._nodes.get((found.st_dev, found.st_ino))
            if name not in self._folders[folder] and node is not None:
                self._name(folder, name, node, is_folder=True)

    def _name(self, folder: int, name: str, node: int, *, is_folder: bool) -> None:
        self._folders[folder].add(name)
        self.ops.append(Named(folder, name, node, is_folder))

    def _number(self, descriptor: int) -> int:
        found = os.fstat(descriptor)
        return self._new((found.st_dev, found.st_ino))

    def _new(self, inode: tuple[int, int], node: int | None = None) -> int:
        # A file that was let go of without a name leaves its inode to another one: the newest meaning counts.
        number = self._next if node is None else node
        self._next = max(self._next, number + 1)
        self._nodes[inode], self._sizes[number] = number, 0
        return number

    def _node(self, descriptor: int) -> int:
        found = os.fstat(descriptor)
        inode = (found.st_dev, found.st_ino)
        if inode not in self._nodes:
            # The folder in which a vault is provisioned: it gets its name when it is moved to its place.
            node = self._new(inode)
            self._folders[node], self.start.folders[node] = set(), {}
        return self._nodes[inode]

    def _folder_of(self, path: Path) -> int:
        found = path.parent.stat()
        return self._nodes[found.st_dev, found.st_ino]

    def _scan(self, path: Path, where: str, nodes: dict[str, int] | None) -> int:
        found = path.stat()
        node = self._new((found.st_dev, found.st_ino), None if nodes is None else nodes[where])
        if path.is_dir():
            self._folders[node] = {child.name for child in path.iterdir()}
            names = sorted(self._folders[node])
            self.start.folders[node] = {
                name: self._scan(path / name, f"{where}/{name}" if where else name, nodes) for name in names
            }
        else:
            self.start.files[node] = path.read_bytes()
            self._sizes[node] = len(self.start.files[node])
        return node


RUNNERS = {"_run", "_lane", "run_together", "_Pace.run", "_write_all_at"}
"""How a group's syncs are run together, and pieces written; on whose behalf is what counts."""
COMMITTING = {"", "Store.commit", "Store._make_durable", "Register.sync"}
STARTING_OVER = "WriteAhead.start_over"
SITES: dict[str, Callable[[list[str]], bool]] = {
    "the name of a folder": lambda who: who[0] == "Folder.sync" and who[1] == "Disk.make_folder",
    "the bytes of a whole file": lambda who: who[0] == "Disk.stage",
    "the bytes of a whole file that has its name already": lambda who: who[0] == "Disk.place",
    "the name of a file that is sealed alone": lambda who: who[:2] == ["Folder.sync", "Disk.seal"],
    "the name of a file that will grow": lambda who: who[:2] == ["Folder.sync", "Disk.begin"],
    "the names of a group's whole files": lambda who: who[0] == "Folder.sync" and who[1] in COMMITTING,
    "a record of the write-ahead log": lambda who: who[:2] == ["Slate.put", "WriteAhead.put"],
    "the name of the write-ahead log": lambda who: who[:2] == ["Folder.sync", "Disk.slate"],
    "the lines of a segment": lambda who: who[0] == "Tail.sync assets" and who[1] in COMMITTING,
    "the rows of the record log": lambda who: who[0] == "Tail.sync ledger/register" and who[1] in COMMITTING,
    "the rows of the audit log": lambda who: who[0] == "Tail.sync ledger/audit/register" and who[1] in COMMITTING,
    "the lines of a segment, put ahead before": lambda who: who[:2] == ["Tail.sync assets", STARTING_OVER],
    "the rows of the record log, put ahead before": lambda who: who[:2] == ["Tail.sync ledger/register", STARTING_OVER],
    "the rows of the audit log, put ahead before": lambda who: (
        who[:2] == ["Tail.sync ledger/audit/register", STARTING_OVER]
    ),
    "what was put back, when starting": lambda who: who[0] == "Disk.mend",
    "the rows of a full register file": lambda who: who[0].startswith("Tail.sync") and who[1] == "Register._begin_file",
    "the register's end, when starting": lambda who: who[:2] == ["Disk.settle", "_open_journal"],
    "an unsettled payload, when starting": lambda who: who[:2] == ["Disk.settle", "_settle"],
    "the home of a vault": lambda who: who[:3] == ["Tail.sync local", "Disk.add", "take_home"],
    "where a retired copy went": lambda who: who[:3] == ["Tail.sync local", "Disk.add", "say_gone"],
    "the name of a vault": lambda who: who[0] == "_sync_parent",
}
"""Every place in the code that syncs, by who calls whom; of a file that grows, with the folder or room where it lies."""


def site_of(frame: object) -> str:
    """The name of the place in the code that asked for a sync."""
    who: list[str] = []
    while frame is not None and len(who) < 4:
        code = frame.f_code  # type: ignore[attr-defined]
        if PACKAGE in code.co_filename and code.co_qualname not in RUNNERS:
            owner = frame.f_locals.get("self")  # type: ignore[attr-defined]
            where = owner.path.rpartition("/")[0] if code.co_qualname == "Tail.sync" else ""
            who.append(
                f"{code.co_qualname} {where if where.startswith('ledger') else where.partition('/')[0]}".rstrip()
            )
        frame = frame.f_back  # type: ignore[attr-defined]
    return next((name for name, claims in SITES.items() if claims([*who, ""])), " < ".join(who))
