"""Seccomp: puts a filter on this process. Neither the process nor its children can remove it."""

import ctypes
import errno
import struct

from totebox.cage.kernel import call, machine

SET_MODE_FILTER, GET_ACTION_AVAILABLE = 1, 2
EVERY_THREAD = 1
SET_NO_NEW_PRIVS = 38


def available() -> bool:
    """Whether this kernel's filters can end a process (Linux 4.14), on a machine whose call numbers are known."""
    if not machine():
        return False
    try:
        call("seccomp", GET_ACTION_AVAILABLE, 0, ctypes.create_string_buffer(struct.pack("=I", 0x80000000), 4))
    except OSError:
        return False
    return True


def give_up_privileges() -> None:
    """Set no_new_privs: exec can give no privilege that this process does not have. Seccomp and Landlock require it."""
    call("prctl", SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def install(program: bytes) -> None:
    """Apply the filter `program` (see `totebox.cage.bpf`) to every later system call of every thread.

    Raises:
        OSError: the kernel refused the program, or a thread has another filter.
    """
    give_up_privileges()
    instructions = ctypes.create_string_buffer(program, len(program))
    layout = struct.pack("=H6xQ", len(program) // 8, ctypes.addressof(instructions))
    thread = call("seccomp", SET_MODE_FILTER, EVERY_THREAD, ctypes.create_string_buffer(layout, len(layout)))
    if thread:
        raise OSError(errno.EBUSY, f"thread {thread} has another filter")
