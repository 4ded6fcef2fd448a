"""The one door of every cage: a process gives up its privileges, its places and its calls, in this order, and never gets them back."""

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
"""Folders of /proc that may be read: a grant is the inode's, and the kernel forgets inodes of /proc that nobody holds."""


def enter(
    profile: Profile,
    places: Mapping[Path, Access],
    *,
    secrets: Iterable[Path] = (),
    processes: Iterable[int] = (),
    log: bool = False,
) -> None:
    """Shut this process and its later children in, as `profile` says.

    Args:
        places: paths of its own and what it may do below them. One that is not there is left out.
        secrets: folders of which nothing may be read by way of what every program reads of the machine (`totebox.cage.machine_files`).
        processes: others of which it may ask /proc what they use.
        log: calls that nobody names pass, and the kernel's log tells of them.

    Call it with one thread, after everything is bound and opened that lies outside `places`.

    Raises:
        CageRefused: a thread from before would escape the cage.
        OSError: this kernel lacks what the cage needs; ask `totebox.cage.grade` first.
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
