"""Ways to change or lose a byte of a record. Each is a function of the vault; its docstring says what it tries.

A way returns what it did, or lets the OSError of the refusal through. It is tried inside a cage, and once without one on a
copy, where it must succeed: so a refusal means something. `door` marks a way that opens a door and stops there, because
behind it lies more than the vault.
"""
# ruff: noqa: PTH101, PTH102, PTH104, PTH108, PTH115, TID251, T201
# The calls themselves are the subject here, and this file is also the program that makes them.

import ctypes
import fcntl
import mmap
import os
import platform
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from totebox.cage import kernel

APPEND = os.O_WRONLY | os.O_APPEND
AT_FDCWD, HERE = -100, b"!"


@dataclass(frozen=True)
class Way:
    """`act(vault)` tries it; `door` says that it changes nothing by itself; `cages` where it is tried."""

    act: Callable[[Path], str]
    door: bool
    cages: tuple[str, ...]

    @property
    def claim(self) -> str:
        return (self.act.__doc__ or "").rstrip(".")


WAYS: dict[str, Way] = {}


def way(
    *, door: bool = False, cages: tuple[str, ...] = ("writer", "service")
) -> Callable[[Callable[[Path], str]], Callable[[Path], str]]:
    def register(act: Callable[[Path], str]) -> Callable[[Path], str]:
        WAYS[act.__name__] = Way(act, door, cages)
        return act

    return register


def sealed(vault: Path) -> Path:
    """The largest whole file: more than two blocks."""
    return max((path for path in (vault / "assets").rglob("*") if path.is_file()), key=lambda p: p.stat().st_size)


def segment(vault: Path) -> Path:
    """A file that still grows."""
    return next(
        path for path in sorted((vault / "assets").rglob("*")) if path.is_file() and path.stat().st_mode & 0o200
    )


def register(vault: Path) -> Path:
    """The newest register file: the source of truth."""
    return max(path for path in (vault / "ledger/register").iterdir())


def victim() -> int:
    """A process outside every cage that holds the register open for appending."""
    return int(os.environ["VICTIM"])


# --- opens


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
    return _write(os.open(register(vault), os.O_WRONLY))


@way()
def open_read_write(vault: Path) -> str:
    """O_RDWR, and a write at the start."""
    return _write(os.open(segment(vault), os.O_RDWR))


@way()
def creat(vault: Path) -> str:
    """creat() over a segment."""
    if "creat" not in kernel.numbers(kernel.machine()):
        raise NotImplementedError("this machine has no creat()")
    os.close(kernel.call("creat", _text(segment(vault)), 0o644))
    return "truncated"


@way()
def openat2(vault: Path) -> str:
    """openat2, whose flags a filter cannot see."""
    how = struct.pack("=QQQ", os.O_RDWR, 0, 0)
    return _write(kernel.call("openat2", AT_FDCWD, _text(register(vault)), _bytes(how), len(how)))


@way()
def open_by_handle(vault: Path) -> str:
    """open_by_handle_at, which names no path."""
    handle, mount = _bytes(struct.pack("=Ii", 128, 0) + bytes(128)), _bytes(bytes(4))
    kernel.call("name_to_handle_at", AT_FDCWD, _text(register(vault)), handle, mount, 0)
    place = os.open(vault, os.O_RDONLY | os.O_DIRECTORY)
    return _write(kernel.call("open_by_handle_at", place, handle, os.O_RDWR))


@way()
def reopen_through_proc(vault: Path) -> str:
    """/proc/self/fd of a descriptor opened for reading, opened again for writing."""
    reading = os.open(register(vault), os.O_RDONLY)
    return _write(os.open(f"/proc/self/fd/{reading}", os.O_RDWR))


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
    return _write(os.open(held[0], os.O_RDWR))


# --- what an appending descriptor can still be made to do


@way()
def take_append_off(vault: Path) -> str:
    """F_SETFL takes O_APPEND off, then a write at the start."""
    file = os.open(segment(vault), APPEND)
    fcntl.fcntl(file, fcntl.F_SETFL, 0)
    return _write(file)


@way()
def write_without_append(vault: Path) -> str:
    """pwritev2 with RWF_NOAPPEND on an O_APPEND descriptor."""
    file, data = os.open(segment(vault), APPEND), _bytes(HERE)
    vector = _bytes(struct.pack("=QQ", ctypes.addressof(data), 1))
    return f"wrote {kernel.call('pwritev2', file, vector, 1, 0, 0, 0x20)}"


@way()
def ask_the_kernel_to_write(vault: Path) -> str:
    """io_submit with RWF_NOAPPEND on an O_APPEND descriptor."""
    file, data, context = os.open(segment(vault), APPEND), _bytes(HERE), _bytes(bytes(8))
    kernel.call("io_setup", 1, context)
    [ring] = struct.unpack("=Q", context.raw)
    control = struct.pack("=QIIHhIQQqQII", 0, 0, 0x20, 1, 0, file, ctypes.addressof(data), 1, 0, 0, 0, 0)
    block = _bytes(control)
    return f"submitted {kernel.call('io_submit', ring, 1, _bytes(struct.pack('=Q', ctypes.addressof(block))))}"


@way(door=True)
def ring(vault: Path) -> str:
    """io_uring, whose writes no filter sees."""
    return f"a ring {kernel.call('io_uring_setup', 1, _bytes(bytes(120)))}"


@way()
def truncate_descriptor(vault: Path) -> str:
    """ftruncate on an O_APPEND descriptor."""
    os.ftruncate(os.open(segment(vault), APPEND), 0)
    return "truncated"


@way()
def punch_hole(vault: Path) -> str:
    """fallocate punches a hole through an O_APPEND descriptor."""
    kernel.call("fallocate", os.open(sealed(vault), APPEND), 0x03, 0, 4096)
    return "punched"


@way()
def collapse_range(vault: Path) -> str:
    """fallocate takes a block out of a file."""
    kernel.call("fallocate", os.open(sealed(vault), APPEND), 0x08, 0, 4096)
    return "collapsed"


@way()
def zero_range(vault: Path) -> str:
    """fallocate zeroes a range."""
    kernel.call("fallocate", os.open(sealed(vault), APPEND), 0x10, 0, 4096)
    return "zeroed"


@way()
def forge_a_nameless_file(vault: Path) -> str:
    """O_TMPFILE without O_APPEND: linked under a sealed name, then rewritten from its start."""
    folder = sealed(vault).parent
    file = os.open(folder, os.O_WRONLY | os.O_TMPFILE, 0o444)
    os.write(file, b"sealed")
    os.link(f"/proc/self/fd/{file}", f"forged-{os.getpid()}", dst_dir_fd=os.open(folder, os.O_RDONLY))
    os.lseek(file, 0, os.SEEK_SET)
    return _write(file)


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


# --- memory


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


# --- names


@way()
def unlink(vault: Path) -> str:
    """unlink a sealed file."""
    os.unlink(sealed(vault))
    return "gone"


@way()
def rename_away(vault: Path) -> str:
    """rename a sealed file out of the records."""
    os.rename(sealed(vault), vault / f"state/mine-{os.getpid()}")
    return "moved"


@way()
def rename_over(vault: Path) -> str:
    """rename a new file over a sealed one."""
    mine = vault / f"state/forged-{os.getpid()}"
    os.close(os.open(mine, APPEND | os.O_CREAT | os.O_EXCL, 0o444))
    os.rename(mine, sealed(vault))
    return "replaced"


@way()
def exchange(vault: Path) -> str:
    """renameat2(RENAME_EXCHANGE) swaps two records."""
    kernel.call("renameat2", AT_FDCWD, _text(sealed(vault)), AT_FDCWD, _text(register(vault)), 2)
    return "swapped"


@way()
def rename_the_parent(vault: Path) -> str:
    """rename the folder of the records, and make another in its place."""
    os.rename(vault / "assets", vault / "state/assets")
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
    """A hard link of a register in state/, opened there and written."""
    os.link(register(vault), f"alias-{os.getpid()}", dst_dir_fd=os.open(vault / "state", os.O_RDONLY))
    return _write(os.open(vault / f"state/alias-{os.getpid()}", os.O_WRONLY))


@way()
def truncate(vault: Path) -> str:
    """truncate by path."""
    os.truncate(register(vault), 0)
    return "truncated"


# --- attributes


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


# --- other processes, other programs, other views


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
        kernel.call("mount", None, _text(Path("/")), None, 0x40000 | 0x4000, None)
    kernel.call("mount", _text("none"), _text(vault / "assets"), _text("tmpfs"), 0, None)
    return "covered"


@way(door=True)
def raw_disk(vault: Path) -> str:
    """The block device below the file system."""
    device = vault.stat().st_dev
    block = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/uevent").read_text()
    [name] = [line.removeprefix("DEVNAME=") for line in block.splitlines() if line.startswith("DEVNAME=")]
    os.open(f"/dev/{name}", os.O_RDWR)
    return "opened"


@way(door=True)
def node_of_the_disk(vault: Path) -> str:
    """mknod of that block device inside the vault."""
    os.mknod(vault / f"state/disk-{os.getpid()}", 0o060600, vault.stat().st_dev)
    return "a device node"


@way(door=True)
def command_the_disk(vault: Path) -> str:
    """An ioctl to a block device that was opened for reading."""
    device = vault.stat().st_dev
    block = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/uevent").read_text()
    [name] = [line.removeprefix("DEVNAME=") for line in block.splitlines() if line.startswith("DEVNAME=")]
    fcntl.ioctl(os.open(f"/dev/{name}", os.O_RDONLY), 0x1272, bytes(8))
    return "answered"


@way(door=True)
def program_the_kernel(vault: Path) -> str:
    """bpf() loads a map: the first step of a program inside the kernel."""
    return f"a map {kernel.call('bpf', 0, _bytes(struct.pack('=IIII', 2, 4, 4, 1) + bytes(56)), 72)}"


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
        raise NotImplementedError("only x86_64 has another table")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(0x40000000 + 87), _text(sealed(vault))):
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


def _write(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, HERE)
    return "wrote at 0"


def _text(path: Path | str) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(os.fsencode(path))


def _bytes(data: bytes) -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(data, len(data))


def main(cage: str, vault: Path, name: str) -> int:
    """Enter `cage` ('' for none), try one way, print what came of it: `done`, `refused ERRNO`, `lacking`, `failed`."""
    import errno

    from totebox.cage import service, writer
    from totebox.vault.recover import prepare

    match cage:
        case "writer":
            # With the one descriptor that may overwrite, as the writer has it.
            opened = prepare(vault).ahead
            writer.enter(vault, None if opened is None else opened.descriptor)
        case "service":
            service.enter([vault / "state", vault / "app-console-input"])
    try:
        print("done", WAYS[name].act(vault))
    except NotImplementedError as error:
        print("lacking", error)
    except OSError as error:
        print("refused", errno.errorcode.get(error.errno or 0, error.errno))
    except subprocess.CalledProcessError as error:
        print("refused", f"status {error.returncode}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
