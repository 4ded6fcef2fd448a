"""Payload files under `assets/`: whole files and CSV segments. They are written through `durable` and read by range."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from totebox.errors import RecordRejected, VaultDamaged
from totebox.files.entrance import Planted, is_file, stream
from totebox.vault.api import Entry, Staged, Whole
from totebox.vault.commit.layout import LinePlace, empty_beside
from totebox.vault.commit.plan import WholePlace
from totebox.vault.disk.durable import Disk, Folder, Tail, Unnamed
from totebox.vault.places import INTAKE

PIECE_BYTES = 1 << 20
MOST_TAILS = 64
"""How many segment files stay open between two groups at most."""


class Payloads:
    """The steps that make a group's payloads durable: all `jobs` in parallel, then all `syncs` in parallel.

    `tails` are the grown segments.
    """

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._folders: dict[str, Folder] = {}
        self.jobs: list[Callable[[], None]] = []
        self.tails: list[Tail] = []

    def folder(self, path: str) -> Folder:
        """The folder at `path`, opened once for the whole group, before anything is written."""
        if path not in self._folders:
            for each in (*empty_beside(path), path):
                self._disk.make_folder(each)
            self._folders[path] = self._disk.folder(path)
        return self._folders[path]

    @property
    def syncs(self) -> list[Callable[[], None]]:
        """The syncs of the folders in which files got names."""
        return [folder.sync for folder in self._folders.values()]

    def close(self) -> None:
        for folder in self._folders.values():
            folder.close()
        self._folders = {}


class Files:
    """The payload files of one vault: seals whole files, appends to segments, and reads both."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._tails: dict[str, Tail] = {}

    def prepare(self, staged: Staged) -> Unnamed | None:
        """Copy, sync and check a staged file before it joins a group. None where a file cannot be written without a name (checked only).

        Raises:
            RecordRejected: it is missing, or has another size or hash than announced.
        """
        if self._disk.has_unnamed:
            return self._disk.stage("assets", self._checked(staged))
        for _ in self._checked(staged):
            continue
        return None

    def write(self, places: Sequence[WholePlace | LinePlace], prepared: dict[str, Unnamed]) -> "Payloads":
        """Append to the segments, and return the steps that make all of `places` durable. Nothing is a record before its row is written."""
        payloads = Payloads(self._disk)
        grown: dict[str, list[bytes]] = {}
        try:
            for place in places:
                if isinstance(place, WholePlace):
                    self._seal(place, prepared, payloads)
                else:
                    grown.setdefault(place.path, []).append(place.data)
                    self._open_tail(place)
            for path, lines in grown.items():
                self._tails[path].append(b"".join(lines))
                payloads.tails.append(self._tails[path])
        except BaseException:
            payloads.close()
            raise
        return payloads

    @property
    def is_crowded(self) -> bool:
        """Whether so many segments are open that they should be closed. The caller makes all of them durable first."""
        return len(self._tails) > MOST_TAILS

    def read(self, entry: Entry, offset: int, size: int) -> bytes:
        """Up to `size` bytes (at most 1 MiB) of the record, from its byte `offset` on; b'' behind its end.

        Raises:
            VaultDamaged: the file is missing or too short.
        """
        start, wanted = max(offset, 0), min(max(size, 0), PIECE_BYTES)
        wanted = min(wanted, max(entry.length - start, 0))
        if not wanted:
            return b""
        data = read_range(self._disk.root, entry.path, entry.offset + start, wanted)
        if len(data) != wanted:
            raise VaultDamaged(f"{entry.path} (entry {entry.index}) is missing or too short; run `os-totebox verify`")
        return data

    def close(self) -> None:
        for tail in self._tails.values():
            tail.close()
        self._tails = {}

    def _open_tail(self, place: LinePlace) -> None:
        if place.offset == 0:
            self._disk.make_folder(place.path.rpartition("/")[0])
            self._tails[place.path] = self._disk.begin(place.path)
        elif place.path not in self._tails:
            self._tails[place.path] = self._disk.resume(place.path, place.offset)

    def _seal(self, place: WholePlace, prepared: dict[str, Unnamed], payloads: "Payloads") -> None:
        path, _, name = place.path.rpartition("/")
        folder, payload = payloads.folder(path), place.payload
        unnamed = prepared.get(payload.name) if isinstance(payload, Staged) else None
        if unnamed is not None:
            payloads.jobs.append(lambda: folder.link(unnamed, name))
        else:
            payloads.jobs.append(lambda: self._disk.place(folder, name, self._pieces(payload)))

    def _pieces(self, payload: Staged | Whole) -> Iterable[bytes]:
        return (payload.data,) if isinstance(payload, Whole) else self._checked(payload)

    def _checked(self, staged: Staged) -> Iterator[bytes]:
        is_name = staged.name and "/" not in staged.name and not staged.name.startswith(".")
        if not is_name or not is_file(self._disk.root, f"{INTAKE}/{staged.name}"):
            raise RecordRejected(f"nothing is staged under {staged.name!r}")
        digest, total = sha256(), 0
        with stream(self._disk.root, f"{INTAKE}/{staged.name}") as file:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
                total += len(piece)
                if total > staged.size_bytes:
                    break
                yield piece
        if total != staged.size_bytes or digest.digest() != staged.sha256:
            raise RecordRejected(f"what is staged under {staged.name!r} has another size or hash than announced")


def read_range(root: Path, path: str, offset: int, size: int) -> bytes:
    """Up to `size` bytes of the file from `offset` on; b'' where there is no plain file."""
    try:
        with stream(root, path) as file:
            file.seek(offset)
            return file.read(size)
    except (FileNotFoundError, NotADirectoryError, Planted):
        return b""


def hash_range(root: Path, path: str, offset: int, length: int) -> tuple[bytes, int]:
    """SHA-256 of the range, and how many of its bytes exist (0: no plain file). Memory stays constant."""
    digest, rest = sha256(), length
    try:
        with stream(root, path) as file:
            file.seek(offset)
            while rest and (piece := file.read(min(rest, PIECE_BYTES))):
                digest.update(piece)
                rest -= len(piece)
    except (FileNotFoundError, NotADirectoryError, Planted):
        pass
    return digest.digest(), length - rest
