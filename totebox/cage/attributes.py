"""File attributes of `chattr`: append-only and immutable.

Both bind every process, also root's, until one with CAP_LINUX_IMMUTABLE lifts them.

    append      of a file: it can only grow at its end; it cannot be removed, renamed, linked, or given another owner
                of a directory: names can be added; none can be removed or changed
    immutable   nothing about it can change

A file system without them fails with ENOTTY or EOPNOTSUPP; a process that may not set them gets EPERM. Files that are made later
inherit neither.
"""

import fcntl
import os
import struct
import sys
from enum import IntFlag
from pathlib import Path

GET, SET = 0x80086601, 0x40086602
"""FS_IOC_GETFLAGS and FS_IOC_SETFLAGS of 64-bit Linux; both move an unsigned int."""


class Attribute(IntFlag):
    """Bits of the word that the file system keeps for an inode (<linux/fs.h>)."""

    IMMUTABLE = 0x10
    APPEND = 0x20


BOTH = Attribute.IMMUTABLE | Attribute.APPEND


def attributes(path: Path | str) -> Attribute:
    """The attributes of `path`, of these two; none where the file system does not know them.

    Raises:
        OSError: it does not exist, or may not be read.
    """
    descriptor = _open(path)
    try:
        return attributes_open(descriptor)
    finally:
        os.close(descriptor)


def attributes_open(descriptor: int) -> Attribute:
    """As `attributes`, of an open file."""
    try:
        return Attribute(_word(descriptor) & BOTH)
    except OSError:
        return Attribute(0)


def change(path: Path | str, attribute: Attribute, *, sync: bool = False) -> bool:
    """Give `path` exactly `attribute` of the two. Returns whether that changed anything. With `sync` the file is synced before.

    Raises:
        OSError: EPERM, ENOTTY or EOPNOTSUPP as above; or it does not exist.
    """
    descriptor = _open(path)
    try:
        return change_open(descriptor, attribute, sync=sync)
    finally:
        os.close(descriptor)


def change_open(descriptor: int, attribute: Attribute, *, sync: bool = False) -> bool:
    """As `change`, of an open file."""
    word = _word(descriptor)
    wanted = word & ~int(BOTH) | int(attribute)
    if wanted == word:
        return False
    if sync:
        os.fsync(descriptor)
    fcntl.ioctl(descriptor, SET, struct.pack("=Ii", wanted, 0))
    return True


def _open(path: Path | str) -> int:
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)


def _word(descriptor: int) -> int:
    if sys.platform != "linux":
        raise OSError(f"{sys.platform} has no such attributes")
    found: tuple[int, int] = struct.unpack("=Ii", fcntl.ioctl(descriptor, GET, bytes(8)))
    return found[0]
