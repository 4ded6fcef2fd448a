"""Grants: where each process of a Totebox may read and write, from the table of places (`totebox.vault.places`).

The kernel grants rights below folders and to files that exist. A file that is made or replaced while the process runs has the rights of its
folder. So everything that the daemon writes is in the folders `KEPT`, for which it has a grant as a whole.
"""

from collections.abc import Iterator
from pathlib import Path

from totebox.cage.profiles import Access
from totebox.vault.places import ASSETS, DROPS, KEPT, Place, Process, read_by, written_by

__all__ = ["Process", "granted"]


def granted(root: Path, process: Process) -> dict[Path, Access]:
    """The paths of the vault at `root` that a process of this kind may use, and what it may do below each."""
    found = {path: Access.READ for place in read_by(process) for path in _paths(root, place)}
    for place in written_by(process):
        for path in _paths(root, place):
            found[path] = _writing(process, place)
    if process in (Process.WRITER, Process.VERIFIER):
        # Both open the vault's own folder: the writer to sync it, the verifier to find files that do not belong there.
        found[root] = Access.LIST
    if process is Process.DAEMON:
        found.update({root / name: Access.KEEP for name in KEPT})
    return found


def _writing(process: Process, place: Place) -> Access:
    if process is Process.WRITER:
        if not place.is_folder:
            # The lock and the write-ahead log are opened before the cage is entered, so reading is enough.
            return Access.READ
        return Access.NAME if place.name == ASSETS else Access.ADD
    return Access.TAKE if place.name == DROPS else Access.KEEP


def _paths(root: Path, place: Place) -> Iterator[Path]:
    paths = root.glob(place.name) if "*" in place.name else (root / place.name,)
    return (path for path in paths if not path.is_symlink() and (path.is_dir() if place.is_folder else path.is_file()))
