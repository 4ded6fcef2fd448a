"""Says below which directories this process may write, and what it may read, for good. Landlock has no append-only right: seccomp adds it.

Rights are bits of a word (<linux/landlock.h>); a kernel of ABI n knows those of `SINCE[1..n]`. What an older kernel does
not know, it does not refuse: the caller says so (`missing`).
"""

import contextlib
import ctypes
import os
import stat
import struct
from collections.abc import Iterator, Mapping
from enum import IntFlag
from pathlib import Path

from totebox.cage.kernel import call, machine
from totebox.cage.seccomp import give_up_privileges

VERSION = 1
PATH_BENEATH = 1
ALL_NETWORK = 0b11
ALL_SCOPES = 0b11


class Right(IntFlag):
    """What may be done below a directory."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


READING = Right.READ_FILE | Right.READ_DIR
WRITING = ~(Right.EXECUTE | READING | Right.IOCTL_DEV)
"""Every right that changes something on a disk."""

SINCE = {1: Right(0x1FFF), 2: Right.REFER, 3: Right.TRUNCATE, 5: Right.IOCTL_DEV}


def abi() -> int:
    """The version of Landlock in this kernel; 0 when it has none, or it is switched off."""
    if not machine():
        return 0
    try:
        return call("landlock_create_ruleset", None, 0, VERSION)
    except OSError:
        return 0


def known(version: int) -> Right:
    """The rights that Landlock ABI `version` can refuse."""
    found = Right(0)
    for since, rights in SINCE.items():
        found |= rights if version >= since else Right(0)
    return found


def missing(version: int) -> str:
    """What ABI `version` cannot refuse, in words; '' when it can refuse all that we ask of it."""
    return ", ".join(right.name.lower() for right in Right if right not in known(version) and right.name)


def restrict(allowed: Mapping[Path, Right], handled: Right, *, network: int = 0, scopes: int = 0) -> None:
    """Refuse `handled` everywhere but below the paths of `allowed`. Binds this thread and its later children.

    Args:
        allowed: directories (or files) and what may be done there; one that does not exist is left out.
        handled: the rights that are refused unless allowed; what this kernel does not know is left out.
        network: 1 refuses binding TCP ports, 2 connecting to them (ABI 4).
        scopes: 1 refuses abstract Unix sockets of others, 2 signals to others (ABI 6).

    Raises:
        OSError: this kernel has no Landlock. A path that is out of this user's reach is left out.
    """
    version = abi()
    handled &= known(version)
    words = struct.pack("=QQQ", handled, network if version >= 4 else 0, scopes if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = call("landlock_create_ruleset", ctypes.create_string_buffer(words, len(words)), size, 0)
    try:
        for path, rights in allowed.items():
            # Of what lies on a machine some is another user's, or on a share that is away: it is out of reach, and nothing more.
            with contextlib.suppress(OSError):
                _allow(ruleset, path, rights & handled)
        give_up_privileges()
        call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def beside(secret: Path, top: Path = Path("/")) -> Iterator[Path]:
    """Everything below `top` but `secret`, as few paths as possible: what lies beside each step of the way to it.

    Where those may be read, `secret` may not, and neither may what is made in the folders on the way later. A link on the way is left
    out: what it leads to has a place of its own.
    """
    step, top = secret.resolve(), top.resolve()
    while step not in (top, step.parent):
        # Who may not list a folder has no use for what lies in it.
        with contextlib.suppress(PermissionError), os.scandir(step.parent) as entries:
            for entry in entries:
                if entry.name != step.name and not entry.is_symlink():
                    yield Path(entry.path)
        step = step.parent


def _allow(ruleset: int, path: Path, rights: Right) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= Right.EXECUTE | Right.WRITE_FILE | Right.READ_FILE | Right.TRUNCATE | Right.IOCTL_DEV
        beneath = struct.pack("=Qi", rights, place)
        call("landlock_add_rule", ruleset, PATH_BENEATH, ctypes.create_string_buffer(beneath, len(beneath)), 0)
    finally:
        os.close(place)
