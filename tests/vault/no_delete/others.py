"""Ways by other processes, other programs, other views of the disk, and the kernel itself."""
# ruff: noqa: PTH108, PTH115, TID251
# The calls themselves are the subject here.

import ctypes
import fcntl
import os
import platform
import socket
import struct
import subprocess
from pathlib import Path

from tests.vault.no_delete.way import (
    APPEND,
    Lacking,
    as_bytes,
    as_text,
    register,
    sealed,
    victim,
    way,
)
from totebox.cage import kernel


@way()
def exec_rm(vault: Path) -> str:
    """exec of another program that removes."""
    subprocess.run(["/bin/rm", "-rf", vault / "assets"], check=True, capture_output=True)
    return "gone"


@way()
def child_process(vault: Path) -> str:
    """A child process that unlinks."""
    child = os.fork()
    if not child:
        try:
            os.unlink(sealed(vault))
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    errno = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if errno:
        raise OSError(errno, "the child was refused")
    return "gone"


@way(door=True)
def trace_another(vault: Path) -> str:
    """ptrace a process outside the cage, to act through it."""
    kernel.call("ptrace", 0x4206, victim(), 0, 0)
    return "seized"


@way(door=True)
def write_anothers_memory(vault: Path) -> str:
    """/proc/PID/mem of a process outside the cage."""
    os.open(f"/proc/{victim()}/mem", APPEND)
    return "opened"


@way()
def steal_a_descriptor(vault: Path) -> str:
    """pidfd_getfd takes the writer's own descriptor, ftruncate does the rest."""
    held = [link for link in Path(f"/proc/{victim()}/fd").iterdir() if "register" in os.readlink(link)]
    stolen = kernel.call("pidfd_getfd", os.pidfd_open(victim()), int(held[0].name), 0)
    os.ftruncate(stolen, 0)
    return "truncated"


@way(door=True)
def own_namespace(vault: Path) -> str:
    """unshare: a mount namespace of one's own."""
    kernel.call("unshare", 0x00020000)
    return "unshared"


@way(door=True)
def mount_over(vault: Path) -> str:
    """A file system mounted over the records."""
    if not os.environ.get("CAGE"):
        kernel.call("unshare", 0x00020000)
        kernel.call("mount", None, as_text(Path("/")), None, 0x40000 | 0x4000, None)
    kernel.call("mount", as_text("none"), as_text(vault / "assets"), as_text("tmpfs"), 0, None)
    return "covered"


def disk_of(vault: Path) -> str:
    """The block device below its file system."""
    device = vault.stat().st_dev
    block = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/uevent").read_text()
    [name] = [line.removeprefix("DEVNAME=") for line in block.splitlines() if line.startswith("DEVNAME=")]
    return f"/dev/{name}"


@way(door=True)
def raw_disk(vault: Path) -> str:
    """The block device below the file system."""
    os.open(disk_of(vault), os.O_RDWR)
    return "opened"


@way(door=True)
def node_of_the_disk(vault: Path) -> str:
    """mknod of that block device inside the vault."""
    os.mknod(vault / f"cache/disk-{os.getpid()}", 0o060600, vault.stat().st_dev)
    return "a device node"


@way(door=True)
def command_the_disk(vault: Path) -> str:
    """An ioctl to a block device that was opened for reading."""
    fcntl.ioctl(os.open(disk_of(vault), os.O_RDONLY), 0x1272, bytes(8))
    return "answered"


@way(door=True)
def program_the_kernel(vault: Path) -> str:
    """bpf() loads a map: the first step of a program inside the kernel."""
    return f"a map {kernel.call('bpf', 0, as_bytes(struct.pack('=IIII', 2, 4, 4, 1) + bytes(56)), 72)}"


@way()
def filter_on_top(vault: Path) -> str:
    """A permissive seccomp filter laid over the cage, then unlink."""
    from totebox.cage import seccomp
    from totebox.cage.bpf import ALLOW

    permissive = struct.pack("=HBBI", 6, 0, 0, ALLOW)
    try:
        seccomp.install(permissive)
    except OSError:
        if not os.environ.get("CAGE"):
            raise
    os.unlink(sealed(vault))
    return "gone"


@way()
def foreign_table(vault: Path) -> str:
    """unlink by its number in the x32 table."""
    if platform.machine() != "x86_64":
        raise Lacking("only x86_64 has another table")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(0x40000000 + 87), as_text(sealed(vault))):
        raise OSError(ctypes.get_errno(), "x32 unlink")
    return "gone"


@way(cages=("writer",), door=True)
def dial(vault: Path) -> str:
    """A socket to somebody who may do it."""
    with socket.socket() as end:
        return f"a socket {end.fileno()}"


@way()
def shell(vault: Path) -> str:
    """A shell that overwrites the register."""
    subprocess.run(["/bin/sh", "-c", ': > "$0"', str(register(vault))], check=True, capture_output=True)
    return "emptied"


@way()
def threads_before_the_filter(vault: Path) -> str:
    """A thread that the filter might have missed."""
    from threading import Thread

    raised: list[OSError] = []

    def attempt() -> None:
        try:
            os.unlink(sealed(vault))
        except OSError as error:
            raised.append(error)

    thread = Thread(target=attempt)
    thread.start()
    thread.join()
    if raised:
        raise raised[0]
    return "gone"
