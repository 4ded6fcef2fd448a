"""The cage of everything else in the daemon: no write access to the records, and no word to anybody unasked.

Landlock says where it may write (never assets/ or ledger/); seccomp refuses what Landlock does not see: changes of mode,
owner, time and attributes, calls that name files by handle, rings, mounts, modules, other processes' memory, and
every way to speak first (connect, datagrams, fast open), and every way to become or start another program. Whoever must be started (the
writer, the readers of documents, a verification) is started from outside (`totebox.services.fs.starter`).
"""

import errno
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from totebox.cage import kernel, landlock, seccomp
from totebox.cage.bpf import ALLOW, Check, Rule, refuse
from totebox.cage.landlock import Right
from totebox.errors import CageRefused

REFUSED = (
    "connect sendmmsg",
    "truncate chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat utime utimes utimensat futimesat",
    "setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat file_setattr fallocate",
    "open_by_handle_at io_uring_setup io_uring_enter io_uring_register io_setup io_submit",
    "ptrace process_vm_readv process_vm_writev pidfd_getfd process_madvise userfaultfd perf_event_open",
    "mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick mount_setattr",
    "setns unshare bpf kexec_load kexec_file_load init_module finit_module delete_module",
    "swapon swapoff acct quotactl quotactl_fd reboot",
)
STARTING = ("execve execveat",)

WORD, POINTER = 0xFFFFFFFF, (1 << 64) - 1
UNIX, INET, INET6, STREAM = 1, 2, 10, 1
SOCKET_TYPE = 0xF
FASTOPEN, SETFL, NO_APPEND = 0x20000000, 4, 0x20
TERMINAL, NETWORK = 0x54, 0x89
"""The ioctl families it may ask; those of disks and file systems are not among them."""
TIOCSTI, TIOCLINUX = 0x5412, 0x541C

KEEPING = landlock.WRITING & ~(Right.MAKE_BLOCK | Right.MAKE_CHAR)
"""What it may do with its own files. A device node would be a door to the disk below the records."""


def rules(numbers: Mapping[str, int], *, starts: bool = False) -> list[Rule]:
    """The policy over one machine's call numbers: refusals, everything else is allowed. `starts` lets it start other programs."""
    no = refuse(errno.EPERM)
    found = [Rule(number, no) for number in kernel.named(REFUSED if starts else REFUSED + STARTING, numbers)]
    found += [Rule(numbers["ioctl"], no, (Check(1, WORD, command),)) for command in (TIOCSTI, TIOCLINUX)]
    found += [Rule(numbers["ioctl"], ALLOW, (Check(1, 0xFF00, family << 8),)) for family in (TERMINAL, NETWORK)]
    found.append(Rule(numbers["ioctl"], no))
    for family in (UNIX, INET, INET6):
        found.append(Rule(numbers["socket"], ALLOW, (Check(0, WORD, family), Check(1, SOCKET_TYPE, STREAM))))
    return [
        *found,
        Rule(numbers["socket"], no),
        Rule(numbers["sendto"], ALLOW, (Check(4, POINTER, 0), Check(3, FASTOPEN, 0))),
        Rule(numbers["sendto"], no),
        Rule(numbers["sendmsg"], no, (Check(2, FASTOPEN, FASTOPEN),)),
        Rule(numbers["sendmsg"], ALLOW),
        Rule(numbers["fcntl"], no, (Check(1, WORD, SETFL),)),
        Rule(numbers["fcntl"], ALLOW),
        Rule(numbers["pwritev2"], no, (Check(5, NO_APPEND, NO_APPEND),)),
        Rule(numbers["pwritev2"], ALLOW),
    ]


def program(machine: str, *, starts: bool = False) -> bytes:
    """The filter for `machine`: EPERM for what is refused, everything else passes."""
    return seccomp.program(machine, partial(rules, starts=starts), ALLOW)


def enter(
    writable: Iterable[Path],
    records: Iterable[Path] = (),
    *,
    starts: bool = False,
    secret: Path | None = None,
    shown: Iterable[Path] = (),
) -> None:
    """Shut this process and its later children in: they write below `writable` and in /dev/null, nowhere else.

    A place that holds one of `records` may get new sockets, and nothing more. With `starts` it may start programs, which
    inherit the cage: so does a verification, whose processes are many. Below `secret` nothing is read but the files `shown`;
    nor is what is made later in the folders on the way to it (`totebox.cage.landlock.beside`).

    Call it with one thread, after the writer was started and everything listens that must.

    Raises:
        CageRefused: a thread from before would escape the cage.
        OSError: this kernel lacks what the cage needs, or a path does not exist.
    """
    if kernel.threads() != 1:
        raise CageRefused("the daemon has more than one thread already; Landlock would not bind the others")
    kept = [path.resolve() for path in records]
    allowed = {path: _rights(path.resolve(), kept) for path in writable} | {Path("/dev/null"): Right.WRITE_FILE}
    handled = landlock.WRITING | Right.IOCTL_DEV
    if secret is not None:
        handled |= Right.READ_FILE
        for path in (*landlock.beside(secret), *shown):
            allowed[path] = allowed.get(path, Right(0)) | Right.READ_FILE
    landlock.restrict(allowed, handled, network=2, scopes=1)
    seccomp.install(program(kernel.machine(), starts=starts))


def _rights(place: Path, records: Iterable[Path]) -> Right:
    return Right.MAKE_SOCK if any(path.is_relative_to(place) for path in records) else KEEPING
