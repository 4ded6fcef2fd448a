"""The cage of the process that writes the records: it can add to them and nothing else.

Calls are refused unless named here. What each rule rests on:

    open      for writing: O_WRONLY|O_APPEND, of a file that exists or with O_CREAT|O_EXCL or O_TMPFILE for one that does
              not. Without O_APPEND an O_TMPFILE descriptor could seek back into the file after it was linked; O_RDONLY with
              O_TRUNC would truncate. openat2 hides its flags behind a pointer: refused.
    fcntl     not F_SETFL: it takes O_APPEND off.
    write     only write and writev, which O_APPEND binds; pwritev2 has RWF_NOAPPEND, io_submit and io_uring have it too,
              and pwrite is used by nobody.
    mmap      never MAP_SHARED, so no mapping leads to a file, whatever mprotect makes of it later. O_RDWR being
              refused, no descriptor opened here could back one; those opened before are looked at on entering.
    clone     threads only. No exec, no ptrace, no namespace, no mount, no new socket but a socketpair.
    before    one descriptor opened before the cage may be written anywhere: the write-ahead log's, which holds copies of what was
              acknowledged a moment ago and no record.
    ioctl     five questions about terminals and pipes: not FS_IOC_SETFLAGS, not the calls of single file systems.
    the rest  of what destroys (unlink, rename, truncate, fallocate, chmod, utime, setxattr, ...) is not named, so refused.

Landlock adds where: below assets/, ledger/ and state/ of one vault, in no other place. A file gets its name in another directory
than it was begun in only below assets/: no sealed file gets a second name where others may write.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from totebox.cage import kernel, landlock, seccomp
from totebox.cage.bpf import ALLOW, Check, Rule, refuse
from totebox.cage.landlock import Right
from totebox.errors import CageRefused

ALLOWED = (
    "read readv pread64 preadv preadv2 write writev close close_range lseek",
    "stat lstat fstat newfstatat statx statfs fstatfs getdents64 access faccessat faccessat2 readlink readlinkat getcwd",
    "mkdir mkdirat linkat umask fsync fdatasync syncfs sync_file_range fadvise64 flock",
    "dup dup2 dup3 pipe pipe2 poll ppoll select pselect6 eventfd2",
    "epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2",
    "socketpair sendmsg sendto recvmsg recvfrom getsockopt setsockopt getsockname getpeername shutdown",
    "munmap mremap mprotect brk futex set_robust_list get_robust_list rseq set_tid_address membarrier",
    "exit exit_group tgkill restart_syscall sigaltstack",
    "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait rt_sigpending rt_sigsuspend",
    "getpid gettid getppid getuid geteuid getgid getegid getpgid getpgrp getsid getgroups",
    "uname sysinfo getrandom getrusage getrlimit getcpu times time gettimeofday",
    "clock_gettime clock_getres clock_nanosleep nanosleep getitimer setitimer",
    "sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min",
    "landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp",
)

WRITE_ONLY, APPEND, CREATE, EXCLUSIVE, TRUNCATE, NAMELESS = 0o1, 0o2000, 0o100, 0o200, 0o1000, 0o20000000
ACCESS = 0o3
OPENING = ACCESS | APPEND | CREATE | TRUNCATE | NAMELESS
OPENINGS = (
    (ACCESS | CREATE | TRUNCATE | NAMELESS, 0),
    (OPENING, WRITE_ONLY | APPEND),
    (OPENING | EXCLUSIVE, WRITE_ONLY | APPEND | CREATE | EXCLUSIVE),
    (OPENING, WRITE_ONLY | APPEND | NAMELESS),
)
"""(flags looked at, what they must be): read; append; create and append; a file without a name yet."""

DUPFD, GETFD, SETFD, GETFL, GETLK, SETLK, SETLKW, DUPFD_CLOEXEC = 0, 1, 2, 3, 5, 6, 7, 1030
FIONREAD, FIONBIO, FIOCLEX, TCGETS, TIOCGWINSZ = 0x541B, 0x5421, 0x5451, 0x5401, 0x5413
MAP_SHARED, MADV_REMOVE, SET_NAME, THREAD = 0x1, 9, 15, 0x10000
WORD = 0xFFFFFFFF

ADDING = Right.WRITE_FILE | Right.MAKE_REG | Right.MAKE_DIR
PLACES = {"assets": ADDING | Right.REFER, "ledger": ADDING, "state": ADDING}


def rules(numbers: Mapping[str, int]) -> list[Rule]:
    """The policy over one machine's call numbers (`totebox.cage.kernel.numbers`)."""
    found = [Rule(number, ALLOW) for number in kernel.named(ALLOWED, numbers)]
    for name, position in (("open", 1), ("openat", 2)):
        if name in numbers:
            found += [Rule(numbers[name], ALLOW, (Check(position, mask, value),)) for mask, value in OPENINGS]
    for command in (DUPFD, GETFD, SETFD, GETFL, GETLK, SETLK, SETLKW, DUPFD_CLOEXEC):
        found.append(Rule(numbers["fcntl"], ALLOW, (Check(1, WORD, command),)))
    for command in (FIONREAD, FIONBIO, FIOCLEX, TCGETS, TIOCGWINSZ):
        found.append(Rule(numbers["ioctl"], ALLOW, (Check(1, WORD, command),)))
    return [
        *found,
        Rule(numbers["mmap"], ALLOW, (Check(3, MAP_SHARED, 0),)),
        Rule(numbers["madvise"], refuse(errno.EPERM), (Check(2, WORD, MADV_REMOVE),)),
        Rule(numbers["madvise"], ALLOW),
        Rule(numbers["prctl"], ALLOW, (Check(0, WORD, SET_NAME),)),
        Rule(numbers["prlimit64"], ALLOW, (Check(2, (1 << 64) - 1, 0),)),
        Rule(numbers["clone"], ALLOW, (Check(0, THREAD, THREAD),)),
        Rule(numbers["clone3"], refuse(errno.ENOSYS)),
    ]


def program(machine: str) -> bytes:
    """The filter for `machine`: EPERM for what is refused."""
    return seccomp.program(machine, rules, refuse(errno.EPERM))


def enter(vault: Path, overwriting: int | None = None) -> None:
    """Shut this process in, for good: it may add below the records of `vault` and change nothing.

    Call it with one thread, everything imported, and no descriptor open for writing but appending ones, and `overwriting`, that of
    the write-ahead log.

    Raises:
        CageRefused: a descriptor or a thread from before would escape the cage.
        OSError: this kernel lacks what the cage needs; ask `totebox.cage.grade` first.
    """
    if kernel.threads() != 1:
        raise CageRefused("the writer has more than one thread already; Landlock would not bind the others")
    escapes = [f"{number} ({where})" for number, where in _overwriting(vault) if number != overwriting]
    if escapes:
        raise CageRefused(f"descriptors opened before the cage could overwrite a file: {', '.join(escapes)}")
    handled = landlock.WRITING | Right.EXECUTE | Right.IOCTL_DEV
    allowed = {vault / name: rights for name, rights in PLACES.items() if (vault / name).is_dir()}
    landlock.restrict(allowed, handled, network=landlock.ALL_NETWORK, scopes=landlock.ALL_SCOPES)
    seccomp.install(program(kernel.machine()))


def _overwriting(vault: Path) -> Iterator[tuple[int, str]]:
    """Open descriptors of regular files that could write elsewhere than at the end.

    The standard three may be a log somewhere else, as long as it lies outside the vault.
    """
    root = os.path.realpath(vault)
    for link in list(Path("/proc/self/fd").iterdir()):
        number = int(link.name)
        try:
            mode, flags = os.fstat(number).st_mode, fcntl.fcntl(number, fcntl.F_GETFL)
            where = str(link.readlink())
        except OSError:
            continue
        harmless = flags & ACCESS == os.O_RDONLY or flags & (ACCESS | APPEND) == WRITE_ONLY | APPEND
        elsewhere = number <= 2 and not where.startswith(root + "/")
        if not (harmless or elsewhere) and (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
            yield number, where
