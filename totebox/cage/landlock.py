"""Landlock: restricts what this process can read and write, irrevocably. It has no append-only right; seccomp adds that.

Rights are bits of a word (<linux/landlock.h>); a kernel of ABI n knows those of `SINCE[1..n]`. A kernel does not refuse rights that it
does not know: `missing` names them, for the report to the operator.
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
    """An operation below a directory that Landlock can allow or refuse."""

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
"""All rights that change something on a disk."""

SINCE = {1: Right(0x1FFF), 2: Right.REFER, 3: Right.TRUNCATE, 5: Right.IOCTL_DEV}


def abi() -> int:
    """The ABI version of Landlock in this kernel; 0 when it has none, or it is switched off."""
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
    """The names of the rights that ABI `version` cannot refuse, separated by commas; '' when it can refuse all."""
    return ", ".join(right.name.lower() for right in Right if right not in known(version) and right.name)


def restrict(allowed: Mapping[Path, Right], handled: Right, *, network: int = 0, scopes: int = 0) -> None:
    """Refuse the rights `handled` everywhere, except below the paths of `allowed`. Binds this thread and its later children.

    Args:
        allowed: directories (or files) and the rights there. One that does not exist, or that this user cannot open, is left out.
        handled: the rights that are refused unless allowed; those that this kernel does not know are left out.
        network: 1 refuses binding TCP ports, 2 connecting to them (ABI 4).
        scopes: 1 refuses abstract Unix sockets of other processes, 2 signals to them (ABI 6).

    Raises:
        OSError: this kernel has no Landlock.
    """
    version = abi()
    handled &= known(version)
    words = struct.pack("=QQQ", handled, network if version >= 4 else 0, scopes if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = call("landlock_create_ruleset", ctypes.create_string_buffer(words, len(words)), size, 0)
    try:
        for path, rights in allowed.items():
            # Some paths of a machine belong to other users, or are on a share that is not reachable. This process needs none of them.
            with contextlib.suppress(OSError):
                _allow(ruleset, path, rights & handled)
        give_up_privileges()
        call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def beside(secret: Path, top: Path = Path("/")) -> Iterator[Path]:
    """Everything below `top` except `secret`, as few paths as possible: the entries beside each folder on the path to `secret`.

    When only these are granted, `secret` cannot be read, and neither can files that are made later in the folders on its path. Symbolic
    links are left out, since the file that one leads to has a path of its own.
    """
    step, top = secret.resolve(), top.resolve()
    while step not in (top, step.parent):
        # A folder that this user cannot list is left out with everything in it.
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
