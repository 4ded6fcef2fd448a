"""A copy of the record alone, to hand over: `totebox.yaml`, `README.txt`, `assets/` and `ledger/` of a stopped vault.

    <out>/manifest-sha256.txt      of each file: SHA-256 in hex, two spaces, path; `sha256sum -c` reads it

Only what has a row of kind RECORD in the table of places is opened, so nothing of `secret/`, `local/` or `cache/` is read. The copy is
verified before it has its name: a file that no entry owns, such as a key that was put between the records, keeps it from being handed over.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from totebox.errors import AlreadyServed, ConfigError, DiskFull, ReadOnly, VaultDamaged
from totebox.files.entrance import DEEPEST, is_folder, names_in, stat_of, stream
from totebox.vault.check.verification import Progress, Report, verify
from totebox.vault.commit.recovery import recover
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.disk.durable import FULL, Disk
from totebox.vault.disk.write_ahead import AHEAD, held
from totebox.vault.life.creation import check_whole, load_identity
from totebox.vault.life.home import lock
from totebox.vault.places import LOCK, Holding, of_kind

MANIFEST = "manifest-sha256.txt"
PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """The result. `report` judges the copy; where the vault has findings, it judges the vault and nothing was copied;
    where the copy has, the copy is at `place`, which is not the place that was asked for.
    """

    place: Path
    files: int
    bytes: int
    report: Report


def drain(root: Path, now: Callable[[], str], calls: Calls = CALLS) -> bool:
    """Write what the write-ahead log of a stopped vault holds into the files of the record, as a start does.

    Returns whether it held anything.

    Raises:
        AlreadyServed: a daemon serves the vault.
        ReadOnly: this copy of the vault takes no writes.
        VaultDamaged, OSError: as `recover`.
    """
    held_lock = _locked(root)
    try:
        if next(held(root), None) is None:
            return False
        store = recover(root, now, calls)
        try:
            if store.read_only:
                raise ReadOnly(
                    f"{AHEAD} holds acknowledged bytes, and they cannot be written into their files: {store.read_only}"
                )
            store.note(least=1)
        finally:
            store.close()
        return True
    finally:
        os.close(held_lock)


def copy_record(
    root: Path,
    out: Path,
    *,
    entropy: Callable[[int], bytes],
    progress: Progress | None = None,
    calls: Calls = CALLS,
) -> Copied:
    """Write the record of the stopped vault at `root` to `out`, which must not exist, and verify it there.

    It is made beside its place under a hidden name and gets its own when it was verified without a finding. Call `drain` before. A vault
    that is served is refused: its files grow while they are read.

    Args:
        entropy: gives n random bytes.
        progress: of the verification, as of `verify`.

    Raises:
        ConfigError: not a whole vault; `out` exists, lies in the vault, or cannot be written.
        AlreadyServed: a daemon serves the vault.
        VaultDamaged: the write-ahead log is not empty, or something else than a file or folder lies between the records.
        DiskFull: no space.
    """
    load_identity(root)
    check_whole(root)
    if os.path.lexists(out):
        raise ConfigError(f"{out} exists; name a place that does not, the copy makes it")
    if out.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"{out} lies in the vault, whose every file has an owner; choose a place outside of it")
    held_lock = _locked(root)
    try:
        if next(held(root), None) is not None:
            raise VaultDamaged(f"{AHEAD} is not empty; run the same command again")
        # Before a byte is copied: a file that is larger than its entries, or no file, is a finding and not read to its end.
        report = verify(root, tiles=False, is_stopped=True)
        if report.findings:
            return Copied(root, 0, 0, report)
        return _copy(root, out, out.parent / f".{out.name}.{entropy(8).hex()}", progress, calls)
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(f"no space left at {out.parent}; free some and try again") from None
        raise ConfigError(f"{error.filename or out}: {error.strerror or error}; nothing was handed over") from None
    finally:
        os.close(held_lock)


def _locked(root: Path) -> int:
    """A descriptor that keeps a daemon from serving the vault; of a copy without `local/` that of its root folder, which nobody serves."""
    if stat_of(root, LOCK) is None:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return lock(root, sealed=True)
    except AlreadyServed:
        raise AlreadyServed(
            f"{root} is served: its files grow while they are copied; stop the daemon, copy, and start it again"
        ) from None


def _copy(root: Path, out: Path, building: Path, progress: Progress | None, calls: Calls) -> Copied:
    building.mkdir()
    disk, lines, total = Disk(building, calls), list[str](), 0
    for folder in _folders(root):
        disk.make_folder(folder)
    for path in _paths(root):
        found = stat_of(root, path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            disk.make_folder(path)
        elif found is not None and stat.S_ISREG(found.st_mode):
            digest, size = _copy_file(root, path, stat.S_IMODE(found.st_mode) & 0o777, disk)
            lines.append(f"{digest}  {path}\n")
            total += size
        else:
            raise VaultDamaged(f"{root / path} is no file and no folder; run `os-totebox verify {root}`")
    disk.seal(MANIFEST, ("".join(lines).encode(),))
    report = verify(building, progress=progress, tiles=False)
    if not report.findings:
        building.rename(out)
        _sync_folder(out.parent, calls)
    return Copied(building if report.findings else out, len(lines), total, report)


def _paths(root: Path) -> Iterator[str]:
    """The files and folders of the record, in the order of their paths; links are listed and not followed."""
    for place in of_kind(Holding.RECORD):
        if not place.is_folder and stat_of(root, place.path) is not None:
            yield place.path
    for folder in _folders(root):
        yield from _below(root, folder)


def _folders(root: Path) -> list[str]:
    """The folders of the record that this vault has."""
    folders = [place.name for place in of_kind(Holding.RECORD) if place.is_folder]
    return [folder for folder in folders if is_folder(root, folder)]


def _below(root: Path, folder: str) -> Iterator[str]:
    for name in sorted(names_in(root, folder)):
        path = f"{folder}/{name}"
        if not name.isascii() or not name.isprintable() or "\\" in name:
            raise VaultDamaged(f"{folder} holds {name!r}, a name that no entry has; run `os-totebox verify {root}`")
        if path.count("/") > DEEPEST:
            raise VaultDamaged(f"{folder} is deeper than any folder of a record; run `os-totebox verify {root}`")
        yield path
        found = stat_of(root, path)
        if found is not None and stat.S_ISDIR(found.st_mode):
            yield from _below(root, path)


def _copy_file(root: Path, path: str, mode: int, disk: Disk) -> tuple[str, int]:
    """Copy one file; the SHA-256 of what was written, in hex, and its size."""
    digest, size = sha256(), 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        with stream(root, path) as file:
            while piece := file.read(PIECE_BYTES):
                digest.update(piece)
                size += len(piece)
                yield piece

    disk.seal(path, pieces(), mode)
    return digest.hexdigest(), size


def _sync_folder(folder: Path, calls: Calls) -> None:
    descriptor = calls.open(folder, os.O_RDONLY)
    try:
        calls.sync(descriptor)
    finally:
        calls.close(descriptor)
