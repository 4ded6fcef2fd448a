"""Journal: one log on disk, with its register, its tree and its checkpoint files. The record log and the audit log are journals."""

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from threading import Lock

from protocol.trust.note import Signer
from protocol.trust.tlog import leaf_hash
from totebox.errors import VaultDamaged
from totebox.files.entrance import names_in, read_file, stat_of
from totebox.vault import places
from totebox.vault.api import Checkpoint, Entry
from totebox.vault.disk.durable import PRIVATE_MODE, Disk
from totebox.vault.disk.parallel_sync import run_together
from totebox.vault.log.checkpoint import open_checkpoint
from totebox.vault.log.head import LogHead
from totebox.vault.log.keychain import KeyChain
from totebox.vault.log.record import parse_row
from totebox.vault.log.register import Register, RegisterFile
from totebox.vault.log.tiles import TILE_BYTES, WIDTH, Tiles

CHECKPOINT_EVERY = 1_024
"""Number of new entries after which a checkpoint file is written soon; fewer wait for the next quiet moment or the end."""


CHECKPOINT_NAME = re.compile(
    r"(0|[1-9][0-9]{0,19})(?:\.((?:[a-z0-9]|%[0-9a-f]{2})(?:[a-z0-9.-]|%[0-9a-f]{2}){0,199}))?"
)
"""`<size>`, or `<size>.<witness>` for one with a witness's cosignature."""
NOTE_BYTES = 1 << 16
"""Most bytes of a checkpoint file; one with every cosignature is shorter."""
TILES_TOGETHER = 32
"""Number of full tiles that are written in one round of syncs."""


class LogFolders:
    """The folders of one log: its register, its checkpoints, its tiles."""

    def __init__(self, ledger: str, tiles: str) -> None:
        self.register = f"{ledger}/register"
        self.checkpoints = f"{ledger}/checkpoints"
        self.tiles = tiles


RECORDS = LogFolders(places.LEDGER, places.TILES)
AUDIT = LogFolders(places.AUDIT, places.AUDIT_TILES)


def tile_path(places: LogFolders, level: int, number: int) -> str:
    """The path of a full tile, which can be rebuilt from the register."""
    return f"{places.tiles}/{level}/{number >> 10:06d}/{number & 1023:04d}"


def stored_sizes(root: Path, places: LogFolders) -> list[int]:
    """The tree sizes whose checkpoints are stored, the newest first."""
    return sorted(
        (
            int(name)
            for name in names_in(root, places.checkpoints)
            if CHECKPOINT_NAME.fullmatch(name) and name.isdecimal()
        ),
        reverse=True,
    )


def stored_checkpoint(root: Path, places: LogFolders, size: int, chain: KeyChain, witness: str = "") -> Checkpoint:
    """The stored checkpoint of this size; with `witness`, the one that this witness cosigned. Only the log's signature is verified.

    Raises:
        VaultDamaged: it is malformed, no plain file, or not signed by a key that may sign this size.
    """
    path = f"{places.checkpoints}/{size}.{witness}" if witness else f"{places.checkpoints}/{size}"
    try:
        note, first = read_file(root, path, NOTE_BYTES), None
    except OSError as error:
        raise VaultDamaged(f"{path} {error.strerror}") from None
    for key in chain.keys_at(size):
        try:
            return open_checkpoint(note, key, path)
        except VaultDamaged as error:
            first = first or error
    raise first or VaultDamaged(f"nobody signs size {size}")


def newest_checkpoint(root: Path, places: LogFolders, chain: KeyChain) -> Checkpoint | None:
    """The stored checkpoint of the largest size; None when there is none.

    Raises:
        VaultDamaged: as `stored_checkpoint`.
    """
    sizes = stored_sizes(root, places)
    return stored_checkpoint(root, places, sizes[0], chain) if sizes else None


class Journal:
    """Appends rows to one log, and proves them. Entries can be read once they are acknowledged by `head.advance`."""

    def __init__(self, disk: Disk, places: LogFolders, files: list[RegisterFile], signer: Signer) -> None:
        self._disk, self.places = disk, places
        self.register = Register(disk, places.register, files)
        self.tiles = Tiles(self._load, self._leaf_hashes)
        self._signer = signer
        self.head = LogHead(self.tiles, signer)
        self._noted_size = 0
        self._making = Lock()

    def begin_at(self, size: int) -> None:
        """Build the tree of `size` entries, with full tiles from their files, and a head over it. The last row must be durable."""
        self.tiles.resume(size)
        self.head = LogHead(self.tiles, self._signer)

    def replay(self, size: int) -> None:
        """As `begin_at`, without the tile files: the whole tree is built from the rows."""
        self.tiles = Tiles(self._load, self._leaf_hashes)
        for start in range(0, size, WIDTH):
            for value in self._leaf_hashes(start, min(WIDTH, size - start)):
                self.tiles.append(value)
            self.note_tiles(least=TILES_TOGETHER)
        self.note_tiles()
        self.head = LogHead(self.tiles, self._signer)

    def entries(self, start: int, limit: int) -> list[Entry]:
        """Acknowledged entries from `start` on."""
        return [parse_row(leaf) for leaf in self.leaves(start, limit)]

    def leaves(self, start: int, limit: int) -> list[bytes]:
        """Acknowledged rows from `start` on."""
        known = self.head.size
        return self.register.leaves(start, min(limit, known - start)) if 0 <= start < known else []

    def entry(self, index: int) -> Entry:
        """The row `index`, which must have been written.

        Raises:
            VaultDamaged: the row says it is another one.
        """
        (leaf,) = self.register.leaves(index, 1)
        entry = parse_row(leaf)
        if entry.index != index:
            raise VaultDamaged(f"row {index} of {self.places.register} says it is {entry.index}")
        return entry

    def write(self, entries: Sequence[Entry]) -> None:
        """Append rows; durable after `register.sync`."""
        self.register.append([entry.leaf for entry in entries])

    def note_tiles(self, *, least: int = 1) -> None:
        """Write the tiles that became full, when at least `least` of them wait. No answer depends on it.

        A tile is complete before it has a name, since a torn file would keep its name for ever. One that a crash loses is rebuilt from
        its rows.
        """
        if self.tiles.full_waiting >= least:
            tiles = [
                (tile_path(self.places, level, number), hashes) for level, number, hashes in self.tiles.take_full()
            ]
            run_together([partial(self._note_tile, path, hashes) for path, hashes in tiles])

    def _note_tile(self, path: str, hashes: bytes) -> None:
        parent, _, name = path.rpartition("/")
        with self._making:
            self._disk.make_folder(parent)
        folder = self._disk.folder(parent)
        try:
            self._disk.place(folder, name, (hashes,), PRIVATE_MODE)
        except FileExistsError:
            # It was written before. If its bytes are wrong, a reader finds that they do not hash to the parent.
            return
        finally:
            folder.close()

    def note_checkpoint(self, *, least: int = 1) -> None:
        """Store the newest checkpoint when at least `least` entries were acknowledged since the stored one."""
        if self.head.size - self._noted_size < least:
            return
        checkpoint = self.head.checkpoint
        folder = self._disk.folder(self.places.checkpoints)
        try:
            if stat_of(self._disk.root, f"{folder.path}/{checkpoint.tree_size}") is None:
                # The file is complete and durable before it has its name. A crash may lose the name: no answer depends on it.
                self._disk.place(folder, str(checkpoint.tree_size), (checkpoint.note,))
        finally:
            folder.close()
        self._noted_size = checkpoint.tree_size

    def close(self) -> None:
        self.register.close()

    def _load(self, level: int, number: int) -> bytes:
        try:
            return read_file(self._disk.root, tile_path(self.places, level, number), TILE_BYTES)
        except OSError:
            return b""

    def _leaf_hashes(self, start: int, width: int) -> list[bytes]:
        return [leaf_hash(leaf) for leaf in self.register.leaves(start, width)]
