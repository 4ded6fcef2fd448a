"""Policy: turns a profile into a seccomp filter for one machine. Pure: nothing here makes a system call."""

import errno
from collections.abc import Iterator, Mapping
from dataclasses import replace

from totebox.cage import kernel
from totebox.cage.bpf import ALLOW, Check, Rule, assemble, refuse
from totebox.cage.profiles import OWN, REFUSED, Profile

LOG = 0x7FFC0000
"""The verdict that allows the call and writes it to the kernel's log (Linux 4.14)."""


def rules(profile: Profile, numbers: Mapping[str, int], own: int) -> list[Rule]:
    """The rules of `profile` with one machine's call numbers, for the process with the id `own`."""
    return list(_rules(profile, numbers, own))


def _rules(profile: Profile, numbers: Mapping[str, int], own: int) -> Iterator[Rule]:
    no = refuse(errno.EPERM)
    passing = set(kernel.named((profile.calls,), numbers))
    for number in sorted(passing):
        yield Rule(number, ALLOW)
    judged = {numbers[row.call]: row for row in profile.judged if row.call in numbers}
    for number, row in judged.items():
        for way in row.ways:
            yield Rule(number, ALLOW, tuple(_bound(check, own) for check in way))
        yield Rule(number, no)
    for number in kernel.named((REFUSED,), numbers):
        if number not in passing and number not in judged:
            yield Rule(number, no)


def program(profile: Profile, machine: str, own: int, *, log: bool = False) -> bytes:
    """The filter of `profile` for `machine`.

    A call that no list names fails with ENOSYS; with `log` it is allowed and logged by the kernel.
    """
    unlisted = LOG if log else refuse(errno.ENOSYS)
    return assemble(
        kernel.ARCHITECTURES[machine],
        rules(profile, kernel.numbers(machine), own),
        unlisted,
        unknown_from=kernel.UNKNOWN_FROM,
        unknown=refuse(errno.ENOSYS),
    )


def _bound(check: Check, own: int) -> Check:
    return replace(check, value=own) if check.value == OWN else check
