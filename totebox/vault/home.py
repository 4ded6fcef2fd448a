"""Which copy of a vault this is: `state/home` names the machine and the inode of `ledger/`. Its last line counts.

    <sha256 of the machine id, 32 hex digits> <inode of ledger/> <absolute path>

An old copy verifies perfectly, so a copy that is not at home takes no writes: two live copies never sign one origin. An image or
snapshot of a whole disk is a copy as well, where the place that its home names is in reach; cloned with its machine it is not told
apart here, but by whoever saw both. The file `state/retired` says where the vault went, in its last line; an empty one says that this
copy lives on, restored under another origin.
"""

import fcntl
import os
import sys
import uuid
from hashlib import sha256
from pathlib import Path

from totebox.errors import AlreadyServed, ConfigError
from totebox.vault.durable import PRIVATE_MODE, Disk
from totebox.vault.identity import IDENTITY_FILE

HOME = "state/home"
RETIRED = "state/retired"
LOCK = "state/lock"


def machine_id() -> str:
    """A name for this machine that survives reboots and gives away nothing: 32 hex digits."""
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text:
            return _digest(text)
    if sys.platform == "linux":
        # A container may have no id, and uuid.getnode() asks other programs or chance: here the inode alone tells copies apart.
        name = "linux without a machine id"
    else:
        name = f"{sys.platform} {uuid.getnode():012x}"
    return _digest(name)


def home_line(root: Path, place: Path | None = None) -> str:
    """What `state/home` says of the vault at `root` (which will be found at `place`)."""
    inode = (root / "ledger").stat().st_ino
    # A path that breaks lines would hide the line: whoever reads it knows that no such place is there.
    path = str((place or root).absolute()).replace("\n", "%0A")
    return f"{machine_id()} {inode} {path}\n"


def read_home(root: Path) -> tuple[str, int, str]:
    """Machine, inode and path of the last line; empty where there is none."""
    try:
        text = (root / HOME).read_bytes().decode("utf-8", "surrogateescape")
        machine, inode, path = text.removesuffix("\n").rpartition("\n")[2].split(" ", 2)
        return machine, int(inode), path
    except (OSError, ValueError, IndexError):
        return "", 0, ""


def take_home(disk: Disk) -> None:
    """Write down that the vault lives here; durable when this returns."""
    home = disk.root / HOME
    tail = disk.resume(HOME, home.stat().st_size) if home.exists() else disk.begin(HOME, PRIVATE_MODE)
    tail.append(home_line(disk.root).encode("utf-8", "surrogateescape"))
    tail.sync()
    tail.close()
    if gone_to(disk.root):
        say_gone(disk, "")


def gone_to(root: Path) -> str:
    """Where the vault went whose retired copy lies at `root`; '' where it is not retired."""
    try:
        lines = (root / RETIRED).read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    except FileNotFoundError:
        return ""
    # What follows the last line end is a line that a crash cut off.
    return (lines[:-1] or lines)[-1]


def say_gone(disk: Disk, place: str) -> None:
    """Write down that the vault lives at `place` now, '' for here; durable when this returns."""
    line = (place.replace("\n", "%0A") + "\n").encode("utf-8", "surrogateescape")
    if not (disk.root / RETIRED).exists():
        disk.seal(RETIRED, (line,), PRIVATE_MODE)
        return
    tail = disk.resume(RETIRED, (disk.root / RETIRED).stat().st_size)
    tail.append(line)
    tail.sync()
    tail.close()


def why_not_home(root: Path) -> str:
    """'' where this copy may write; else why not and what to do."""
    if where := gone_to(root):
        return (
            f"this copy was retired: the vault lives at {where} now, go on there; this one serves reads only. "
            "If that one is lost, `os-totebox restore` lets this one live on under another key and origin"
        )
    machine, inode, path = read_home(root)
    if machine == machine_id() and inode == (root / "ledger").stat().st_ino and not _is_twin(root, Path(path)):
        return ""
    return (
        f"this is a copy of the vault that lives at {path or 'another place'}; it serves reads only. "
        "If the other one is gone for good, run `os-totebox move` on this one, or `os-totebox restore` if it is an old copy"
    )


def _is_twin(root: Path, home: Path) -> bool:
    """Whether the vault itself lies at `home`, and at `root` only its like: the image or snapshot of a disk keeps every inode."""
    try:
        here, there = (root / "ledger").stat(), (home / "ledger").stat()
    except OSError:
        return False
    return here.st_ino == there.st_ino and here.st_dev != there.st_dev


def lock(root: Path) -> int:
    """Hold the vault for writing until the returned descriptor is closed. A backup without `state/` is given a lock file.

    Raises:
        AlreadyServed: another process holds it.
        ConfigError: there is no lock file.
    """
    try:
        if (root / IDENTITY_FILE).is_file() and not (root / LOCK).exists():
            (root / LOCK).parent.mkdir(exist_ok=True)
            (root / LOCK).touch(PRIVATE_MODE)
        descriptor = os.open(root / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise ConfigError(f"{root} has no {IDENTITY_FILE} and no {LOCK}; is it a vault?") from None
    except OSError as error:
        raise ConfigError(f"{root / LOCK}: {error.strerror}; run as the owner of the vault") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise AlreadyServed(f"another daemon serves {root}; stop it first, or use that one") from None
    return descriptor


def _digest(text: str) -> str:
    return sha256(f"totebox home {text}".encode()).hexdigest()[:32]
