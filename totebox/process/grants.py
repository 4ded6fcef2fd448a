"""Where each process of a Totebox may read and write, out of the one table of its places (`totebox.vault.places`).

The kernel grants below folders and to files that exist. So a file that is made, or replaced, while the process runs has the grant of its
folder: what the daemon writes lies in folders (`KEPT`) where its grant is for all of it. Beside them it writes nothing of a vault.
"""

from collections.abc import Iterator
from pathlib import Path

from totebox.cage.profiles import Access
from totebox.vault.places import ASSETS, DROPS, KEPT, Place, Process, read_by, written_by

__all__ = ["Process", "granted"]


def granted(root: Path, process: Process) -> dict[Path, Access]:
    """Paths of the vault at `root`, and what a process of this kind may do below them."""
    found = {path: Access.READ for place in read_by(process) for path in _paths(root, place)}
    for place in written_by(process):
        for path in _paths(root, place):
            found[path] = _writing(process, place)
    if process in (Process.WRITER, Process.VERIFIER):
        # Both open the vault's own folder: to sync its file system, and to see who is a stranger there.
        found[root] = Access.LIST
    if process is Process.DAEMON:
        found.update({root / name: Access.KEEP for name in KEPT})
    return found


def _writing(process: Process, place: Place) -> Access:
    if process is Process.WRITER:
        if not place.is_folder:
            # Opened before the cage: the lock, and the write-ahead log, the one file that may be written anywhere.
            return Access.READ
        return Access.NAME if place.name == ASSETS else Access.ADD
    return Access.TAKE if place.name == DROPS else Access.KEEP


def _paths(root: Path, place: Place) -> Iterator[Path]:
    paths = root.glob(place.name) if "*" in place.name else (root / place.name,)
    return (path for path in paths if not path.is_symlink() and (path.is_dir() if place.is_folder else path.is_file()))
