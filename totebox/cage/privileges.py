"""Privileges: a process gives up its capabilities, groups and other users, and can leave no core file and have no debugger."""

import contextlib
import ctypes
import os
import resource
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

from totebox.cage.kernel import call
from totebox.cage.seccomp import give_up_privileges
from totebox.errors import CageRefused

SET_DUMPABLE, BOUNDING_DROP, AMBIENT, AMBIENT_CLEAR = 4, 24, 47, 4
CAPABILITY_VERSION_3 = 0x20080522
LAST = Path("/proc/sys/kernel/cap_last_cap")


def drop(limits: Mapping[int, int]) -> None:
    """Give up every capability, for good; set `limits`; forbid core files and debuggers.

    Args:
        limits: map from RLIMIT to the most that the process may use.

    Raises:
        OSError: the kernel refused; the process should not serve then.
    """
    for what, value in limits.items():
        hard = resource.getrlimit(what)[1]
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))
    give_up_privileges()
    call("prctl", AMBIENT, AMBIENT_CLEAR, 0, 0, 0)
    for capability in range(_last() + 1):
        # Without CAP_SETPCAP the bounding set stays. It gives nothing to a process that cannot gain privileges by exec.
        with contextlib.suppress(OSError):
            call("prctl", BOUNDING_DROP, capability, 0, 0, 0)
    _set_none()
    call("prctl", SET_DUMPABLE, 0, 0, 0, 0)


def become_owner(vault: Path) -> None:
    """Change from root to the owner of `vault`, for good. Does nothing for another user, or when root owns the vault.

    Raises:
        CageRefused: the owner cannot read this program.
    """
    owner = vault.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    _check_readable(vault, owner.st_uid, owner.st_gid)
    os.setgroups([])
    os.setresgid(owner.st_gid, owner.st_gid, owner.st_gid)
    os.setresuid(owner.st_uid, owner.st_uid, owner.st_uid)


@contextlib.contextmanager
def as_owner(vault: Path) -> Iterator[None]:
    """Within this context, root acts as the owner of `vault` when it makes and moves files. Does nothing for another user."""
    owner, user, group = vault.stat(), os.geteuid(), os.getegid()
    if user != 0 or owner.st_uid == 0:
        yield
        return
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(user)
        os.setegid(group)


def _check_readable(vault: Path, user: int, group: int) -> None:
    """Check that the owner of `vault` can read Python and this package, since modules are imported later.

    Raises:
        CageRefused: the owner cannot.
    """
    groups = os.getgroups()
    os.setgroups([])
    try:
        with as_owner(vault):
            for path in (Path(os.__file__), Path(__file__)):
                if not os.access(path, os.R_OK, effective_ids=True):
                    raise CageRefused(
                        f"{vault} belongs to user {user}, who cannot read {path}; install os-totebox where that user can, "
                        f"or run it as that user, or give the vault to root (chown -R root {vault})"
                    )
    finally:
        os.setgroups(groups)


def _set_none() -> None:
    header, none = struct.pack("=Ii", CAPABILITY_VERSION_3, 0), bytes(24)
    call("capset", ctypes.create_string_buffer(header, len(header)), ctypes.create_string_buffer(none, len(none)))


def _last() -> int:
    with contextlib.suppress(OSError, ValueError):
        return int(LAST.read_text())
    return 63
