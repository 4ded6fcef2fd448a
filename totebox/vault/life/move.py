"""Move of a vault: a stopped copy becomes the home, and the old copy is retired."""

import os
from dataclasses import dataclass
from pathlib import Path

from totebox.errors import ConfigError
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.disk.durable import Disk
from totebox.vault.life.creation import check_whole, load_identity
from totebox.vault.life.home import gone_to, lock, machine_id, read_home, say_gone, take_home, why_not_home


@dataclass(frozen=True, slots=True)
class Moved:
    """The path of the old home, and whether that copy could be retired ('' and False when this copy already is the home)."""

    old: str
    retired: bool


def adopt(root: Path, calls: Calls = CALLS) -> Moved:
    """Make the stopped copy at `root` the vault's home. The old home, if it can be reached, is retired: it then serves reads only.

    The old copy is retired first. A crash in between leaves two copies that take no writes; running it again completes the move.

    Raises:
        AlreadyServed: a daemon serves this copy or the old one.
        ConfigError: not a vault, an incomplete one, or itself retired.
    """
    load_identity(root)
    check_whole(root)
    held = lock(root)
    try:
        if gone_to(root):
            raise ConfigError(why_not_home(root))
        if not why_not_home(root):
            return Moved("", False)
        machine, inode, place = read_home(root)
        retired = machine == machine_id() and _retire(Path(place), inode, root, calls)
        take_home(Disk(root, calls))
        return Moved(place or "another place", retired)
    finally:
        os.close(held)


def move(root: Path) -> str:
    """As `adopt`. Returns a sentence that says what happened to the old copy."""
    moved = adopt(root)
    if not moved.old:
        return f"the vault lives at {root} already"
    if moved.retired:
        return f"the vault lives at {root} now; the copy at {moved.old} was retired and serves reads only"
    return f"the vault lives at {root} now; do not start the copy at {moved.old} again, wherever it is: it could not be marked as retired"


def _retire(old: Path, inode: int, root: Path, calls: Calls) -> bool:
    try:
        same = (old / "ledger").stat().st_ino == inode
    except OSError:
        return False
    if not same or old.absolute() == root.absolute() or not _is_same_vault(old, root):
        return False
    held = lock(old, sealed=True)
    try:
        if not gone_to(old):
            say_gone(Disk(old, calls), str(root.absolute()))
    finally:
        os.close(held)
    return True


def _is_same_vault(old: Path, root: Path) -> bool:
    """Whether `old` holds another copy of the vault at `root`. The path is not trusted: anybody may have written `local/home`."""
    try:
        return load_identity(old) == load_identity(root)
    except ConfigError:
        return False
