"""Ways that go by names: removing, renaming, covering, and the attributes of a file."""
# ruff: noqa: PTH101, PTH102, PTH104, PTH108, TID251
# The calls themselves are the subject here.

import fcntl
import os
import shutil
import struct
from pathlib import Path

from tests.vault.no_delete.way import (
    APPEND,
    as_text,
    register,
    sealed,
    way,
    write_here,
)
from totebox.cage import kernel

AT_FDCWD = -100


@way()
def unlink(vault: Path) -> str:
    """unlink a sealed file."""
    os.unlink(sealed(vault))
    return "gone"


@way()
def rename_away(vault: Path) -> str:
    """rename a sealed file out of the records."""
    os.rename(sealed(vault), vault / f"cache/mine-{os.getpid()}")
    return "moved"


@way()
def rename_over(vault: Path) -> str:
    """rename a new file over a sealed one."""
    mine = vault / f"cache/forged-{os.getpid()}"
    os.close(os.open(mine, APPEND | os.O_CREAT | os.O_EXCL, 0o444))
    os.rename(mine, sealed(vault))
    return "replaced"


@way()
def exchange(vault: Path) -> str:
    """renameat2(RENAME_EXCHANGE) swaps two records."""
    kernel.call("renameat2", AT_FDCWD, as_text(sealed(vault)), AT_FDCWD, as_text(register(vault)), 2)
    return "swapped"


@way()
def rename_the_parent(vault: Path) -> str:
    """rename the folder of the records, and make another in its place."""
    os.rename(vault / "assets", vault / "cache/assets")
    os.mkdir(vault / "assets")
    return "an empty archive"


@way()
def rename_the_vault(vault: Path) -> str:
    """rename the whole vault."""
    os.rename(vault, vault.with_name(vault.name + "-away"))
    return "moved"


@way()
def remove_the_tree(vault: Path) -> str:
    """shutil.rmtree over the records."""
    shutil.rmtree(vault / "assets")
    return "gone"


@way()
def write_through_an_alias(vault: Path) -> str:
    """A hard link of a register in cache/, opened there and written."""
    os.link(register(vault), f"alias-{os.getpid()}", dst_dir_fd=os.open(vault / "cache", os.O_RDONLY))
    return write_here(os.open(vault / f"cache/alias-{os.getpid()}", os.O_WRONLY))


@way()
def truncate(vault: Path) -> str:
    """truncate by path."""
    os.truncate(register(vault), 0)
    return "truncated"


@way()
def hide(vault: Path) -> str:
    """chmod 0 on a sealed file."""
    os.chmod(sealed(vault), 0)
    return "unreadable"


@way()
def make_writable(vault: Path) -> str:
    """fchmod gives everybody the right to write."""
    os.fchmod(os.open(sealed(vault), os.O_RDONLY), 0o666)
    return "writable"


@way()
def date(vault: Path) -> str:
    """utime moves a record into another year."""
    os.utime(sealed(vault), (0, 0))
    return "dated 1970"


@way()
def give_away(vault: Path) -> str:
    """chown gives a record to somebody else."""
    os.chown(sealed(vault), 65534, 65534)
    return "given away"


@way()
def tag(vault: Path) -> str:
    """setxattr hangs an attribute on a record."""
    os.setxattr(sealed(vault), "user.seal", b"broken")
    return "tagged"


@way(door=True)
def flags_of_the_inode(vault: Path) -> str:
    """FS_IOC_SETFLAGS, which takes off what chattr put on (here it sets `d`, which harms nobody)."""
    file = os.open(sealed(vault), os.O_RDONLY)
    [flags] = struct.unpack("=q", fcntl.ioctl(file, 0x80086601, bytes(8)))
    fcntl.ioctl(file, 0x40086602, struct.pack("=q", flags | 0x40))
    return "flags set"
