"""Grade of enforcement: how this host ensures that records are not overwritten, as one word and as a sentence."""

import sys
from dataclasses import dataclass

from protocol.schema.numbers import Grade
from totebox.cage import kernel, landlock, seccomp

LEAST_LANDLOCK = 2
"""The first usable ABI. ABI 1 refuses every link into another directory, and sealing a staged file makes one."""
NETWORK, SCOPES = 4, 6
"""The first ABIs that can refuse TCP, and that can refuse signals and abstract sockets."""
LOGGED = (
    "--cage-log is on: system calls that no profile names are allowed and written to the kernel's log, not refused; "
    "find what is missing and start again without it"
)


@dataclass(frozen=True, slots=True)
class EnforcedGrade:
    """A grade and the reason for it; `reason` is one sentence, shown beside the vault's name."""

    grade: Grade
    reason: str
    is_caged: bool = False
    """Whether processes enter a cage."""


def best() -> EnforcedGrade:
    """The grade that this kernel can give to a writer in a process of its own."""
    return judge(sys.platform, kernel.machine(), seccomp.available(), landlock.abi())


def judge(platform: str, machine: str, has_seccomp: bool, landlock_abi: int) -> EnforcedGrade:
    """The grade of a host with these features: KERNEL with seccomp and a usable Landlock, else PROCESS."""
    lack = _lack(platform, machine, has_seccomp, landlock_abi)
    if lack:
        return EnforcedGrade(Grade.PROCESS, f"{lack}; a process of its own writes the records")
    missing = landlock.missing(landlock_abi)
    features = f"seccomp and Landlock ABI {landlock_abi}" + (f" (seccomp covers {missing})" if missing else "")
    return EnforcedGrade(
        Grade.KERNEL, f"the kernel refuses every overwrite: {features}; {_signals(landlock_abi)}", is_caged=True
    )


def _signals(landlock_abi: int) -> str:
    """The part of the reason that says what refuses signals to other processes, and TCP through a socket that a process was given."""
    scoped = "seccomp and Landlock" if landlock_abi >= SCOPES else "seccomp"
    network = "seccomp and Landlock" if landlock_abi >= NETWORK else "seccomp"
    return f"signals to others are refused by {scoped}, TCP by {network}"


def _lack(platform: str, machine: str, has_seccomp: bool, landlock_abi: int) -> str:
    """The reason why a cage cannot be entered; '' when it can."""
    if platform != "linux":
        return f"{platform} has no seccomp and no Landlock"
    if not machine:
        return "the system calls of this machine are not known here"
    if not has_seccomp:
        return "this kernel has no seccomp filter"
    if not landlock_abi:
        return "this kernel has no Landlock, or it is switched off"
    return "" if landlock_abi >= LEAST_LANDLOCK else "Landlock in this kernel refuses to name finished files"


def settle(asked: Grade, *, log: bool = False) -> EnforcedGrade:
    """The grade to run with: the best one of the kernel, unless the operator asked for a lower one. `log` is --cage-log."""
    found = best()
    if log and asked is Grade.KERNEL and found.is_caged:
        return EnforcedGrade(Grade.PROCESS, LOGGED, is_caged=True)
    if asked is Grade.KERNEL or found.grade is asked:
        return found
    return EnforcedGrade(asked, f"asked for with --grade {asked.value}; this kernel could give {found.grade.value}")
