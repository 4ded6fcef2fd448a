"""Home of a vault: the place of the copy that takes writes. `local/home` states it; the last line is the valid one.

    <sha256 of the machine id, 32 hex digits> <inode of ledger/> <absolute path>

An old copy of a vault verifies without a finding. So a copy that is not at its home takes no writes, and two live copies never sign
under one origin. An image or snapshot of a disk keeps every inode: it counts as a copy when the vault itself can be reached at the path
that its home names. A machine that is cloned with its disk is not recognised here; a console or witness that saw both heads can tell.
The last line of `local/retired` is the path of the copy that took over; an empty one says that this copy was restored under another
origin and takes writes again.
"""

import contextlib
import fcntl
import os
import sys
import uuid
from hashlib import sha256
from pathlib import Path

from totebox.errors import AlreadyServed, ConfigError
from totebox.files.entrance import Planted, TooLarge, is_file, open_file, read_file, stat_of
from totebox.vault.disk.durable import Disk
from totebox.vault.log.identity import IDENTITY_FILE
from totebox.vault.places import HOME as HOME
from totebox.vault.places import LOCAL, SEALED
from totebox.vault.places import LOCK as LOCK
from totebox.vault.places import RETIRED as RETIRED

MOST_BYTES = 1 << 20
"""Most bytes of `local/home` and of `local/retired`; each move adds a line with a path."""


def machine_id() -> str:
    """A name for this machine, 32 hex digits: a hash of its id, the same after a reboot, from which the id cannot be computed."""
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            text = path.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text:
            return _digest(text)
    if sys.platform == "linux":
        # A container may have no id, and uuid.getnode() runs other programs or makes a random one. Here only the inode tells copies apart.
        name = "linux without a machine id"
    else:
        name = f"{sys.platform} {uuid.getnode():012x}"
    return _digest(name)


def home_line(root: Path, place: Path | None = None) -> str:
    """The line of `local/home` for the vault at `root`. `place` is its later path, where that differs."""
    inode = (root / "ledger").stat().st_ino
    # A path with a line break would split the line. Its encoded form names no existing place, and readers then find none.
    path = str((place or root).absolute()).replace("\n", "%0A")
    return f"{machine_id()} {inode} {path}\n"


def read_home(root: Path) -> tuple[str, int, str]:
    """Machine, inode and path of the last line of `local/home`; ("", 0, "") where there is no such line or file."""
    try:
        text = read_file(root, HOME, MOST_BYTES).decode("utf-8", "surrogateescape")
        machine, inode, path = text.removesuffix("\n").rpartition("\n")[2].split(" ", 2)
        return machine, int(inode), path
    except (OSError, ValueError, IndexError):
        return "", 0, ""


def take_home(disk: Disk) -> None:
    """Record in `local/home` that this copy is the home, and that it is not retired; durable when this returns."""
    disk.add(HOME, home_line(disk.root).encode("utf-8", "surrogateescape"))
    if gone_to(disk.root):
        say_gone(disk, "")


def gone_to(root: Path) -> str:
    """The path to which the vault was moved, when the copy at `root` is retired; '' when it is not."""
    try:
        lines = read_file(root, RETIRED, MOST_BYTES).decode("utf-8", "surrogateescape").split("\n")
    except FileNotFoundError:
        return ""
    except (Planted, TooLarge) as error:
        raise ConfigError(f"{root / RETIRED} {error.strerror}; {error.remedy}") from None
    # Bytes after the last LF are a line that a crash cut off.
    return (lines[:-1] or lines)[-1]


def say_gone(disk: Disk, place: str) -> None:
    """Record in `local/retired` that the vault was moved to `place` ('': it is here again); durable when this returns."""
    line = (place.replace("\n", "%0A") + "\n").encode("utf-8", "surrogateescape")
    disk.add(RETIRED, line)


def why_not_home(root: Path) -> str:
    """'' when this copy may take writes; else why not and what to do."""
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
    """Whether `root` is on an image or snapshot of the disk that holds the vault itself at `home`: same inode, another device."""
    try:
        here, there = (root / "ledger").stat(), (home / "ledger").stat()
    except OSError:
        return False
    return here.st_ino == there.st_ino and here.st_dev != there.st_dev


def check_open(root: Path) -> None:
    """Check that `secret/` is not sealed. Raises ConfigError."""
    if stat_of(root, SEALED) is not None:
        raise ConfigError(
            f"{root} is sealed: its keys are under a passphrase; run `os-totebox open-secret {root}` first"
        )


def lock(root: Path, *, sealed: bool = False) -> int:
    """Lock the vault for writing, until the returned descriptor is closed. In a backup without `local/` the lock file is made.

    `sealed` says that the vault may be sealed: the caller needs no key.

    Raises:
        AlreadyServed: another process holds the lock.
        ConfigError: not a vault, a sealed one, or its lock file cannot be opened.
    """
    if not sealed:
        check_open(root)
    try:
        if is_file(root, IDENTITY_FILE) and stat_of(root, LOCK) is None:
            with contextlib.suppress(FileExistsError):
                (root / LOCAL).mkdir(mode=0o700)
            with contextlib.suppress(FileExistsError):
                os.close(open_file(root, LOCK, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        descriptor = open_file(root, LOCK)
    except FileNotFoundError:
        raise ConfigError(f"{root} has no {IDENTITY_FILE} and no {LOCK}; is it a vault?") from None
    except Planted as error:
        raise ConfigError(f"{root / str(error.filename)} {error.strerror}; {error.remedy}") from None
    except OSError as error:
        raise ConfigError(f"{root / LOCK}: {error.strerror}; run as the owner of the vault") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise AlreadyServed(f"another daemon serves {root}; stop it first, or use that one") from None
    return descriptor


def lock_holder(path: Path) -> int:
    """The id of the process that holds the lock at `path`, from /proc/locks; 0 when there is none or it cannot be found out."""
    with contextlib.suppress(OSError):
        inode = path.lstat().st_ino
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            # 1: FLOCK  ADVISORY  WRITE 4711 fe:00:2762058 0 EOF
            words = line.split()
            if "FLOCK" in words and len(words) > 5 and words[5].rpartition(":")[2] == str(inode):
                return int(words[4])
    return 0


def _digest(text: str) -> str:
    return sha256(f"totebox home {text}".encode()).hexdigest()[:32]
