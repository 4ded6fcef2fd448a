"""Ways that open a record anew: with other flags, by other calls, through /proc."""
# ruff: noqa: PTH115
# The calls themselves are the subject here.

import os
import struct
from pathlib import Path

from tests.vault.no_delete.way import (
    APPEND,
    Lacking,
    as_bytes,
    as_text,
    register,
    sealed,
    segment,
    victim,
    way,
    write_here,
)
from totebox.cage import kernel

AT_FDCWD = -100


@way()
def open_and_truncate(vault: Path) -> str:
    """O_WRONLY | O_TRUNC on a sealed file."""
    os.close(os.open(sealed(vault), os.O_WRONLY | os.O_TRUNC))
    return "truncated"


@way()
def read_and_truncate(vault: Path) -> str:
    """O_RDONLY | O_TRUNC on the register."""
    os.close(os.open(register(vault), os.O_RDONLY | os.O_TRUNC))
    return "truncated"


@way()
def append_and_truncate(vault: Path) -> str:
    """O_WRONLY | O_APPEND | O_TRUNC on a segment."""
    os.close(os.open(segment(vault), APPEND | os.O_TRUNC))
    return "truncated"


@way()
def overwrite(vault: Path) -> str:
    """O_WRONLY without O_APPEND, and a write at the start."""
    return write_here(os.open(register(vault), os.O_WRONLY))


@way()
def open_read_write(vault: Path) -> str:
    """O_RDWR, and a write at the start."""
    return write_here(os.open(segment(vault), os.O_RDWR))


@way()
def creat(vault: Path) -> str:
    """creat() over a segment."""
    if "creat" not in kernel.numbers(kernel.machine()):
        raise Lacking("this machine has no creat()")
    os.close(kernel.call("creat", as_text(segment(vault)), 0o644))
    return "truncated"


@way()
def openat2(vault: Path) -> str:
    """openat2, whose flags a filter cannot see."""
    how = struct.pack("=QQQ", os.O_RDWR, 0, 0)
    return write_here(kernel.call("openat2", AT_FDCWD, as_text(register(vault)), as_bytes(how), len(how)))


@way()
def open_by_handle(vault: Path) -> str:
    """open_by_handle_at, which names no path."""
    handle, mount = as_bytes(struct.pack("=Ii", 128, 0) + bytes(128)), as_bytes(bytes(4))
    kernel.call("name_to_handle_at", AT_FDCWD, as_text(register(vault)), handle, mount, 0)
    place = os.open(vault, os.O_RDONLY | os.O_DIRECTORY)
    return write_here(kernel.call("open_by_handle_at", place, handle, os.O_RDWR))


@way()
def reopen_through_proc(vault: Path) -> str:
    """/proc/self/fd of a descriptor opened for reading, opened again for writing."""
    reading = os.open(register(vault), os.O_RDONLY)
    return write_here(os.open(f"/proc/self/fd/{reading}", os.O_RDWR))


@way()
def truncate_through_proc(vault: Path) -> str:
    """/proc/self/fd of an O_PATH descriptor, opened with O_TRUNC."""
    place = os.open(register(vault), os.O_PATH)
    os.close(os.open(f"/proc/self/fd/{place}", APPEND | os.O_TRUNC))
    return "truncated"


@way()
def memory_of_another(vault: Path) -> str:
    """Another process's descriptor, reached through /proc/PID/fd."""
    held = [link for link in Path(f"/proc/{victim()}/fd").iterdir() if "register" in os.readlink(link)]
    return write_here(os.open(held[0], os.O_RDWR))
