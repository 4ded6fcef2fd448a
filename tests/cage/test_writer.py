"""What the writer can do inside its cage, and what it cannot, tried for real."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S

SEALED = "vault / 'assets/minutebook/sealed'"
SEGMENT = "vault / 'assets/people/segment'"
APPEND = "os.O_WRONLY | os.O_APPEND"
NEW = f"{APPEND} | os.O_CREAT | os.O_EXCL"
NAMELESS = f"{APPEND} | os.O_TMPFILE"

ADDS = {
    "append": f"os.write(os.open({SEGMENT}, {APPEND}), b'x')",
    "create a file": f"os.write(os.open(vault / 'ledger/register/new', {NEW}, 0o644), b'x')",
    "create a nameless file": f"os.fsync(os.open(vault / 'assets', {NAMELESS}, 0o444))",
    "read": f"({SEALED}).read_bytes()",
    "list": "os.listdir(vault)",
    "make a shelf": "os.mkdir(vault / 'assets/people/shelf')",
    "sync a directory": "os.fsync(os.open(vault / 'ledger', os.O_RDONLY | os.O_DIRECTORY))",
    "drop the page cache": f"os.posix_fadvise(os.open({SEALED}, os.O_RDONLY), 0, 0, os.POSIX_FADV_DONTNEED)",
    "run threads": "__import__('concurrent.futures').futures.ThreadPoolExecutor(4).submit(int).result()",
    "import late": "__import__('decimal')",
    "lock": f"__import__('fcntl').flock(os.open({SEALED}, os.O_RDONLY), 2)",
    "measure": "os.statvfs(vault)",
    "allocate": "len(bytes(1 << 26))",
}

REFUSED = {
    "open read-write": f"os.open({SEALED}, os.O_RDWR)",
    "open without append": f"os.open({SEALED}, os.O_WRONLY)",
    "open and truncate": f"os.open({SEALED}, {APPEND} | os.O_TRUNC)",
    "read and truncate": f"os.open({SEALED}, os.O_RDONLY | os.O_TRUNC)",
    "create without exclusive": f"os.open({SEALED}, {APPEND} | os.O_CREAT)",
    "nameless without append": "os.open(vault / 'assets', os.O_WRONLY | os.O_TMPFILE)",
    "openat2": "kernel.call('openat2', -100, None, None, 24)",
    "set flags": f"__import__('fcntl').fcntl(os.open({SEGMENT}, {APPEND}), 4, 0)",
    "set attributes": f"__import__('fcntl').ioctl(os.open({SEALED}, os.O_RDONLY), 0x40086602, bytes(8))",
    "unlink": f"os.unlink({SEALED})",
    "rename": f"os.rename({SEALED}, vault / 'assets/other')",
    "truncate": f"os.truncate({SEALED}, 0)",
    "change the mode": f"os.chmod({SEALED}, 0)",
    "fork": "os.fork()",
    "exec": "os.execv('/bin/true', ['true'])",
    "symlink": "os.symlink('x', vault / 'assets/link')",
    "open a socket": "__import__('socket').socket()",
    "lower a limit of another": "__import__('resource').prlimit(os.getppid(), 7, (9, 9))",
    "map shared": f"__import__('mmap').mmap(os.open({SEALED}, os.O_RDONLY), 0, prot=1)",
}


@pytest.mark.parametrize("what", ADDS)
def test_the_writer_can(caged: Callable[[str, str], str], what: str) -> None:
    """Everything that adding, reading and answering need works."""
    assert caged("writer", ADDS[what]) == "done"


@pytest.mark.parametrize("what", REFUSED)
def test_the_writer_cannot(caged: Callable[[str, str], str], vault: Path, what: str) -> None:
    """The kernel refuses with EPERM, and the file is as it was; without the cage it would not have refused."""
    assert caged("writer", REFUSED[what]) == "EPERM"
    assert (vault / "assets/minutebook/sealed").read_bytes() == b"sealed"


@pytest.mark.parametrize(
    "place", ["app-console-input", ".", "..", "secret/keys", "secret/devices", "local", "cache", "/tmp", "/dev"]
)
def test_the_writer_adds_nowhere_else(caged: Callable[[str, str], str], vault: Path, place: str) -> None:
    """Outside the records and the tiles not even a new file can be made."""
    attempt = f"os.open(vault / {place!r} / f'new-{{os.getpid()}}', {NEW})"
    assert caged("writer", attempt) == "EACCES"


def test_a_nameless_file_gets_its_name_below_assets_only(caged: Callable[[str, str], str]) -> None:
    """A staged file is linked into any shelf; a sealed one gets no second name in cache/, where the daemon writes."""
    into = (
        "os.link('/proc/self/fd/%d' % os.open(vault / 'assets', {}, 0o444), 'n', dst_dir_fd=os.open(vault / {!r}, 0))"
    )
    assert caged("writer", into.format(NAMELESS, "assets/people")) == "done"
    alias = f"os.link({SEALED}, 'alias', dst_dir_fd=os.open(vault / 'cache', 0))"
    assert caged("writer", alias) == "EACCES"
    assert caged("none", alias) == "done"


@pytest.mark.parametrize("flags", ["os.O_RDWR", "os.O_WRONLY"])
def test_a_descriptor_from_before_is_found(vault: Path, flags: str) -> None:
    """The writer does not enter while something opened earlier could overwrite."""
    code = f"held = os.open({SEALED}, {flags})"
    ended = _enter(vault, code)
    assert "could overwrite a file" in ended.stderr
    assert "assets/minutebook/sealed" in ended.stderr


def test_a_thread_from_before_is_found(vault: Path) -> None:
    """Landlock binds the thread that asks, so there must be one."""
    ended = _enter(vault, "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()")
    assert "more than one thread" in ended.stderr


def test_a_foreign_call_table_ends_the_process(vault: Path) -> None:
    """unlink by the 32-bit table's number is killed by the architecture word, not judged by the 64-bit one."""
    code = """
import ctypes, mmap
def call32(number, pointer):
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
    page.write(b'\\x53\\xb8' + number.to_bytes(4, 'little') + b'\\xbb' + pointer.to_bytes(4, 'little') + b'\\xcd\\x80\\x5b\\xc3')
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
if kernel.machine() != 'x86_64': sys.exit('only x86_64 has it')
if len(sys.argv) > 2: sys.exit(0 if call32(20, 0) == os.getpid() else 'not compiled in')
"""
    control = _enter(vault, code, "", "control")
    if control.returncode:
        pytest.skip(f"no 32-bit calls here: {control.stderr or control.returncode}")
    assert _enter(vault, code, "call32(20, 0)").returncode == -31, "SIGSYS"


def _enter(vault: Path, before: str, after: str = "", *more: str) -> subprocess.CompletedProcess[str]:
    program = (
        "import os, sys; from pathlib import Path; from totebox.cage import grade, kernel, writer\n"
        "from totebox.process.grants import granted; from totebox.vault.places import Process\n"
        f"vault = Path(sys.argv[1])\n{before}\nwriter.enter(vault, granted(vault, Process.WRITER))\n{after}"
    )
    return subprocess.run(
        [sys.executable, "-c", program, str(vault), *more],
        capture_output=True,
        text=True,
        timeout=PROGRAM_S,
        check=False,
    )
