"""How hard this host enforces that nothing is overwritten, in one word and in a sentence."""

import sys
from dataclasses import dataclass

from protocol.schema.numbers import Grade
from totebox.cage import kernel, landlock, seccomp

LEAST_LANDLOCK = 2
"""ABI 1 refuses every link into another directory, which sealing a staged file is."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A grade and what it rests on; `reason` is one sentence, shown beside the vault's name."""

    grade: Grade
    reason: str


def best() -> Standing:
    """The grade that this kernel can give to a writer in a process of its own."""
    return judge(sys.platform, kernel.machine(), seccomp.available(), landlock.abi())


def judge(platform: str, machine: str, has_seccomp: bool, landlock_abi: int) -> Standing:
    """The grade of a host with these features. Anything less than both leaves the records to the process alone."""
    if platform != "linux":
        return Standing(
            Grade.PROCESS, f"{platform} has no seccomp and no Landlock; a process of its own writes the records"
        )
    if not machine:
        return Standing(
            Grade.PROCESS, "the system calls of this machine are not known here; a process of its own writes"
        )
    if not has_seccomp:
        return Standing(Grade.PROCESS, "this kernel has no seccomp filter; a process of its own writes the records")
    if not landlock_abi:
        return Standing(
            Grade.PROCESS, "this kernel has no Landlock, or it is switched off; a process of its own writes"
        )
    if landlock_abi < LEAST_LANDLOCK:
        return Standing(
            Grade.PROCESS, "this kernel's Landlock refuses to name finished files; a process of its own writes"
        )
    lacking = landlock.missing(landlock_abi)
    without = f", without {lacking}, which seccomp covers" if lacking else ""
    return Standing(
        Grade.KERNEL, f"the kernel refuses every overwrite: seccomp and Landlock ABI {landlock_abi}{without}"
    )


def settle(asked: Grade) -> Standing:
    """The grade to run with: what the kernel can do, unless the operator asked for less."""
    found = best()
    if asked is Grade.KERNEL or found.grade is asked:
        return found
    return Standing(asked, f"asked for with --grade {asked.value}; this kernel could give {found.grade.value}")
