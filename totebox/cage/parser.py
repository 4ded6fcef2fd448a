"""The cage of a process that reads one document: it reads what it was given, computes, and answers on the socket that it has.

A document may be made to take its reader over. So nothing is written, started, sent or dialled from here, whatever the document makes of
this process: Landlock refuses every write; seccomp refuses what it refuses to the service, and new sockets, other programs, other
processes, and signals to them. Of the vault it reads the one document alone.
"""

import errno
from collections.abc import Mapping
from pathlib import Path

from totebox.cage import kernel, landlock, seccomp, service
from totebox.cage.bpf import ALLOW, Check, Rule, refuse
from totebox.cage.landlock import Right
from totebox.errors import CageRefused

REFUSED = (*service.REFUSED, "execve execveat fork vfork socket socketpair kill")
THREAD = 0x10000


def rules(numbers: Mapping[str, int]) -> list[Rule]:
    """The policy over one machine's call numbers: refusals, everything else is allowed."""
    no = refuse(errno.EPERM)
    found = [Rule(number, no) for number in kernel.named(REFUSED, numbers)]
    found.append(Rule(numbers["ioctl"], ALLOW, (Check(1, 0xFF00, service.TERMINAL << 8),)))
    return [
        *found,
        Rule(numbers["ioctl"], no),
        Rule(numbers["clone"], ALLOW, (Check(0, THREAD, THREAD),)),
        Rule(numbers["clone"], no),
        Rule(numbers["clone3"], refuse(errno.ENOSYS)),
        Rule(numbers["pwritev2"], no, (Check(5, service.NO_APPEND, service.NO_APPEND),)),
        Rule(numbers["pwritev2"], ALLOW),
    ]


def program(machine: str) -> bytes:
    """The filter for `machine`: EPERM for what is refused, everything else passes."""
    return seccomp.program(machine, rules, ALLOW)


def enter(document: Path, vault: Path | None) -> None:
    """Shut this process in: below `vault` it reads `document` and nothing else.

    Raises:
        CageRefused: a thread from before would escape the cage.
        OSError: this kernel lacks what the cage needs.
    """
    if kernel.threads() != 1:
        raise CageRefused("the reader has more than one thread already; Landlock would not bind the others")
    handled = landlock.WRITING | Right.EXECUTE | Right.IOCTL_DEV
    allowed = {Path("/dev/null"): Right.WRITE_FILE}
    if vault is not None:
        handled |= Right.READ_FILE
        for path in (*landlock.beside(vault), document):
            allowed[path] = allowed.get(path, Right(0)) | Right.READ_FILE
    landlock.restrict(allowed, handled, network=landlock.ALL_NETWORK, scopes=landlock.ALL_SCOPES)
    seccomp.install(program(kernel.machine()))
