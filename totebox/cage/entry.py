"""Entry of every cage: a process gives up its privileges, then its access to files, then its system calls, and cannot get them back."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from totebox.cage import kernel, landlock, policy, privileges, seccomp
from totebox.cage import machine_files as readable
from totebox.cage.landlock import Right
from totebox.cage.profiles import Access, Profile
from totebox.errors import CageRefused

HANDLED = landlock.WRITING | landlock.READING | Right.EXECUTE | Right.IOCTL_DEV
_pinned: list[int] = []
"""Open folders of /proc that may be read. A grant belongs to an inode, and the kernel drops inodes of /proc that are not open."""


def enter(
    profile: Profile,
    places: Mapping[Path, Access],
    *,
    secrets: Iterable[Path] = (),
    processes: Iterable[int] = (),
    log: bool = False,
) -> None:
    """Put this process and its later children into the cage of `profile`.

    Args:
        places: the paths that this process may use, and what it may do below each. One that does not exist is left out.
        secrets: folders that are taken out of the files of the machine that every program may read (`totebox.cage.machine_files`).
        processes: other processes whose folder in /proc it may read.
        log: system calls that no profile names are allowed and written to the kernel's log.

    Call it with one thread, when every socket is bound and every file outside `places` is open.

    Raises:
        CageRefused: another thread would stay outside the cage.
        OSError: this kernel lacks what the cage needs; call `totebox.cage.grade` first.
    """
    if kernel.threads() != 1:
        raise CageRefused(f"the {profile.kind} has more than one thread already; Landlock would not bind the others")
    allowed = dict.fromkeys(readable.system(secrets, profile.machine), landlock.READING)
    for pid in (os.getpid(), *processes):
        if path := _pin(pid):
            allowed[path] = landlock.READING
    for path, access in {Path("/dev/null"): Access.SINK, **places}.items():
        allowed[path] = allowed.get(path, Right(0)) | access.value
    privileges.drop(profile.limits)
    landlock.restrict(allowed, HANDLED, network=profile.network, scopes=profile.scopes)
    seccomp.install(policy.program(profile, kernel.machine(), os.getpid(), log=log))


def _pin(pid: int) -> Path | None:
    path = Path(f"/proc/{pid}")
    try:
        _pinned.append(os.open(path, os.O_PATH | os.O_CLOEXEC))
    except OSError:
        return None
    return path
