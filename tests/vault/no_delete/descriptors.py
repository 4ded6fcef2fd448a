"""What a descriptor that may only append, or a mapping of it, can still be made to do."""
# The calls themselves are the subject here.

import ctypes
import fcntl
import mmap
import os
import struct
from pathlib import Path

from tests.vault.no_delete.way import (
    APPEND,
    HERE,
    as_bytes,
    register,
    sealed,
    segment,
    way,
    write_here,
)
from totebox.cage import kernel


@way()
def take_append_off(vault: Path) -> str:
    """F_SETFL takes O_APPEND off, then a write at the start."""
    file = os.open(segment(vault), APPEND)
    fcntl.fcntl(file, fcntl.F_SETFL, 0)
    return write_here(file)


@way()
def write_without_append(vault: Path) -> str:
    """pwritev2 with RWF_NOAPPEND on an O_APPEND descriptor."""
    file, data = os.open(segment(vault), APPEND), as_bytes(HERE)
    vector = as_bytes(struct.pack("=QQ", ctypes.addressof(data), 1))
    return f"wrote {kernel.call('pwritev2', file, vector, 1, 0, 0, 0x20)}"


@way()
def ask_the_kernel_to_write(vault: Path) -> str:
    """io_submit with RWF_NOAPPEND on an O_APPEND descriptor."""
    file, data, context = os.open(segment(vault), APPEND), as_bytes(HERE), as_bytes(bytes(8))
    kernel.call("io_setup", 1, context)
    [ring] = struct.unpack("=Q", context.raw)
    control = struct.pack("=QIIHhIQQqQII", 0, 0, 0x20, 1, 0, file, ctypes.addressof(data), 1, 0, 0, 0, 0)
    block = as_bytes(control)
    return f"submitted {kernel.call('io_submit', ring, 1, as_bytes(struct.pack('=Q', ctypes.addressof(block))))}"


@way(door=True)
def ring(vault: Path) -> str:
    """io_uring, whose writes no filter sees."""
    return f"a ring {kernel.call('io_uring_setup', 1, as_bytes(bytes(120)))}"


@way()
def truncate_descriptor(vault: Path) -> str:
    """ftruncate on an O_APPEND descriptor."""
    os.ftruncate(os.open(segment(vault), APPEND), 0)
    return "truncated"


def change_range(vault: Path, mode: int) -> None:
    """fallocate, in this mode, on the first block of a sealed file."""
    kernel.call("fallocate", os.open(sealed(vault), APPEND), mode, 0, 4096)


@way()
def punch_hole(vault: Path) -> str:
    """fallocate punches a hole through an O_APPEND descriptor."""
    change_range(vault, 0x03)
    return "punched"


@way()
def collapse_range(vault: Path) -> str:
    """fallocate takes a block out of a file."""
    change_range(vault, 0x08)
    return "collapsed"


@way()
def zero_range(vault: Path) -> str:
    """fallocate zeroes a range."""
    change_range(vault, 0x10)
    return "zeroed"


@way()
def forge_a_nameless_file(vault: Path) -> str:
    """O_TMPFILE without O_APPEND: linked under a sealed name, then rewritten from its start."""
    folder = sealed(vault).parent
    file = os.open(folder, os.O_WRONLY | os.O_TMPFILE, 0o444)
    os.write(file, b"sealed")
    os.link(f"/proc/self/fd/{file}", f"forged-{os.getpid()}", dst_dir_fd=os.open(folder, os.O_RDONLY))
    os.lseek(file, 0, os.SEEK_SET)
    return write_here(file)


@way()
def clone_over(vault: Path) -> str:
    """FICLONE replaces the contents by those of another file."""
    other = os.open(register(vault), os.O_RDONLY)
    fcntl.ioctl(os.open(segment(vault), os.O_WRONLY), 0x40049409, other)
    return "cloned over"


@way()
def copy_into(vault: Path) -> str:
    """copy_file_range into the middle of a register."""
    return f"copied {os.copy_file_range(os.open('/proc/self/exe', 0), os.open(register(vault), os.O_WRONLY), 9, 0, 3)}"


@way()
def splice_into(vault: Path) -> str:
    """splice from a pipe to the start of a register."""
    reading, writing = os.pipe()
    os.write(writing, HERE)
    return f"spliced {os.splice(reading, os.open(register(vault), os.O_WRONLY), 1, offset_dst=0)}"


@way()
def map_shared(vault: Path) -> str:
    """A shared writable mapping of a register."""
    page = mmap.mmap(os.open(register(vault), os.O_RDWR), 0)
    page[0:1] = HERE
    return "wrote through the mapping"


@way()
def map_and_protect(vault: Path) -> str:
    """A shared read-only mapping of an O_RDWR descriptor, made writable by mprotect."""
    file = os.open(register(vault), os.O_RDWR)
    address = kernel.call("mmap", 0, 4096, mmap.PROT_READ, mmap.MAP_SHARED, file, 0)
    kernel.call("mprotect", address, 4096, mmap.PROT_READ | mmap.PROT_WRITE)
    ctypes.memset(address, HERE[0], 1)
    return "wrote through the mapping"


@way()
def remove_pages(vault: Path) -> str:
    """madvise(MADV_REMOVE) punches a hole through a shared mapping."""
    file = os.open(sealed(vault), os.O_RDWR)
    address = kernel.call("mmap", 0, 4096, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, file, 0)
    kernel.call("madvise", address, 4096, 9)
    return "punched"
