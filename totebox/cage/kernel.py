"""System calls of this machine: their numbers, and how to make one that Python has no function for."""

import csv
import ctypes
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""The AUDIT_ARCH words of the machines whose numbers are in `syscalls.csv`."""

UNKNOWN_FROM = 470
"""The first number that is newer than `syscalls.csv`."""


def machine() -> str:
    """`x86_64` or `aarch64` when this is 64-bit Linux on one of them, else ''."""
    name = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    known = sys.platform == "linux" and ctypes.sizeof(ctypes.c_void_p) == 8 and name in ARCHITECTURES
    return name if known else ""


@cache
def numbers(machine: str) -> Mapping[str, int]:
    """Map from name to number of each call that `machine` has. On aarch64 the older variants of some calls do not exist."""
    with (Path(__file__).parent / "syscalls.csv").open(newline="", encoding="ascii") as table:
        return {row["name"]: int(row[machine]) for row in csv.DictReader(table) if row[machine]}


def named(words: Iterable[str], numbers: Mapping[str, int]) -> list[int]:
    """The numbers of the calls named in lines of words; those that the machine does not have are left out."""
    names = [name for line in words for name in line.split()]
    return [numbers[name] for name in names if name in numbers]


def threads() -> int:
    """How many threads this process has."""
    return len(list(Path("/proc/self/task").iterdir()))


def is_filtered(pid: int) -> bool | None:
    """Whether system calls of process `pid` are filtered; None where /proc cannot be read."""
    with suppress(OSError):
        return b"\nSeccomp:\t2\n" in Path(f"/proc/{pid}/status").read_bytes()
    return None


def call(name: str, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make the system call `name`; pointers are ctypes buffers. Raises OSError with the kernel's errno."""
    libc = _libc()
    words = [_word(argument) for argument in arguments]
    result = int(libc.syscall(ctypes.c_long(numbers(machine())[name]), *words))
    if result < 0:
        errno = ctypes.get_errno()
        raise OSError(errno, f"{name}: {os.strerror(errno)}")
    return result


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def _word(argument: int | ctypes.Array[ctypes.c_char] | None) -> ctypes.c_long | ctypes.c_void_p:
    match argument:
        case None:
            return ctypes.c_void_p(None)
        case int():
            return ctypes.c_long(argument)
        case _:
            return ctypes.c_void_p(ctypes.addressof(argument))
