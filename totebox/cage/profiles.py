"""Profiles: what each kind of process of a Totebox may do, as values, one row for each kind.

    calls       system calls that are allowed with any arguments
    judged      system calls that are allowed in the ways that are listed, and refused (EPERM) in any other way
    network, scopes     what Landlock refuses besides files: TCP by any means; abstract sockets of other processes, signals to them
    limits      resource limits of the process

A call in `REFUSED` that the row does not allow fails with EPERM. A call in no list fails with ENOSYS, as if the kernel did not have it,
so that a C library falls back to one that is listed. The paths that may be read and written are given to `entry.enter`, each with an
`Access`.

The lists come from strace: each kind at work under Python 3.11 (two builds), 3.12 and 3.13 with glibc (`make trace` repeats it), and the
calls on other paths of the same libraries. The calls that musl makes instead are taken from its source, and were not traced:
`readv`, `writev`, `tkill` of the process itself, `clone`, `nanosleep`, `wait4`, `fcntl`.
"""

import resource
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from totebox.cage import landlock
from totebox.cage.bpf import Check
from totebox.cage.landlock import Right


class Access(Enum):
    """What a process may do below a path; the value is the Landlock rights."""

    READ = landlock.READING
    """Open and list."""
    LIST = Right.READ_DIR
    """List the names in the folder and in folders below it."""
    ADD = landlock.READING | Right.WRITE_FILE | Right.MAKE_REG | Right.MAKE_DIR
    """Read; make files and folders, write to files. Not remove, rename or truncate."""
    NAME = landlock.READING | Right.WRITE_FILE | Right.MAKE_REG | Right.MAKE_DIR | Right.REFER
    """As ADD, and a file can get its name in another folder than the one in which it was begun."""
    TAKE = landlock.READING | Right.REMOVE_FILE
    """Read and remove files."""
    KEEP = (
        landlock.READING | Right.WRITE_FILE | Right.MAKE_REG | Right.MAKE_DIR | Right.REMOVE_FILE | Right.REMOVE_DIR | Right.TRUNCATE
    )  # fmt: skip
    """Every operation on regular files and folders. No links, pipes, sockets or devices."""
    SINK = Right.WRITE_FILE | Right.READ_FILE
    """/dev/null."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A call that is allowed when all checks of one of `ways` hold."""

    call: str
    ways: tuple[tuple[Check, ...], ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of process."""

    kind: str
    calls: str
    judged: tuple[Judged, ...]
    machine: tuple[str, ...] = ()
    """Files of the machine that it reads besides its programs (`totebox.cage.machine_files`)."""
    network: int = landlock.ALL_NETWORK
    scopes: int = landlock.ALL_SCOPES
    limits: Mapping[int, int] = field(default_factory=lambda: {resource.RLIMIT_CORE: 0})


OWN = -1
"""In a check: the id of the process that enters the cage."""
WORD, POINTER = 0xFFFFFFFF, (1 << 64) - 1

REFUSED = """
    execve execveat fork vfork socket socketpair connect bind listen accept accept4 sendmmsg recvmmsg
    kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd process_mrelease
    mkdir mkdirat unlink unlinkat rename renameat renameat2 rmdir link linkat symlink symlinkat mknod mknodat creat openat2
    truncate ftruncate fallocate copy_file_range splice tee vmsplice sendfile pwrite64 pwritev pwritev2 remap_file_pages
    chmod fchmod fchmodat fchmodat2 chown lchown fchown fchownat utime utimes utimensat futimesat
    setxattr lsetxattr fsetxattr setxattrat removexattr lremovexattr fremovexattr removexattrat file_setattr
    open_by_handle_at name_to_handle_at io_uring_setup io_uring_enter io_uring_register io_setup io_submit memfd_create memfd_secret
    ptrace process_vm_readv process_vm_writev process_madvise kcmp userfaultfd perf_event_open pkey_mprotect
    mount umount2 pivot_root chroot move_mount open_tree open_tree_attr fsopen fsconfig fsmount fspick mount_setattr statmount listmount
    setns unshare bpf kexec_load kexec_file_load init_module finit_module delete_module lookup_dcookie
    swapon swapoff acct quotactl quotactl_fd reboot vhangup sethostname setdomainname syslog uselib
    settimeofday clock_settime clock_adjtime adjtimex fanotify_init fanotify_mark inotify_init inotify_init1 inotify_add_watch
    keyctl add_key request_key shmget shmat shmctl shmdt semget semctl semop semtimedop msgget msgsnd msgrcv msgctl
    mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify
    setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset setsid setpgid personality
    setpriority ioprio_set sched_setaffinity sched_setscheduler sched_setparam sched_setattr setrlimit
    migrate_pages move_pages mbind set_mempolicy iopl ioperm modify_ldt lsm_set_self_attr chdir fchdir
"""
"""Refused with EPERM where a row does not allow it."""

COMMON = """
    read readv pread64 preadv preadv2 write writev close close_range lseek dup dup2 dup3 pipe pipe2
    stat lstat fstat newfstatat statx statfs fstatfs getdents64 access faccessat faccessat2 readlink readlinkat getcwd
    umask fadvise64 readahead poll ppoll select pselect6 sendmsg recvmsg recvfrom getsockopt getsockname getpeername shutdown
    munmap mremap mprotect brk mincore futex futex_waitv set_robust_list rseq set_tid_address membarrier
    exit exit_group restart_syscall sigaltstack rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait rt_sigpending rt_sigsuspend
    getpid gettid getppid getuid geteuid getgid getegid getresuid getresgid getgroups getpgid getpgrp getsid
    uname sysinfo getrandom getrusage getrlimit getcpu times time gettimeofday
    clock_gettime clock_getres clock_nanosleep nanosleep getitimer setitimer alarm
    sched_yield sched_getaffinity sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
"""
"""Calls that a Python needs to compute, read files and answer on a descriptor. None of them opens anything, names another process, or
changes a file that was not opened for writing."""

DUPFD, GETFD, SETFD, GETFL, GETLK, SETLK, SETLKW, DUPFD_CLOEXEC = 0, 1, 2, 3, 5, 6, 7, 1030
OFD_GETLK, OFD_SETLK, OFD_SETLKW = 36, 37, 38
FIONREAD, FIONBIO, FIOCLEX, TCGETS, TCGETS2, TIOCGWINSZ, TIOCOUTQ = (
    0x541B,
    0x5421,
    0x5451,
    0x5401,
    0x802C542A,
    0x5413,
    0x5411,
)
MAP_SHARED, MADV_REMOVE, SET_NAME, GET_NAME = 0x1, 9, 15, 16
THREAD, NEW_SPACES, KIN, SHARED_MEMORY = 0x10000, 0x7E020000, 0xA000, 0x100
"""Flags of `clone`: CLONE_THREAD; all new namespaces; CLONE_PTRACE and CLONE_PARENT; CLONE_VM."""
UNIX, STREAM, SEQPACKET, SOCKET_TYPE = 1, 1, 5, 0xF
FASTOPEN, NO_APPEND = 0x20000000, 0x20
MADVICE = tuple(range(9)) + tuple(range(10, 22))
"""All values but MADV_REMOVE, which punches a hole, and those above 21, which are the kernel's tests of broken memory."""


def _words(call: str, position: int, *values: int) -> Judged:
    return Judged(call, tuple((Check(position, WORD, value),) for value in values))


ONESELF = (
    _words("kill", 0, OWN),
    _words("tkill", 0, OWN),
    _words("tgkill", 0, OWN),
    _words("rt_sigqueueinfo", 0, OWN),
    _words("rt_tgsigqueueinfo", 0, OWN),
)
"""Signals to the process itself. `raise` and `abort` of both C libraries need one of these calls."""
ASKING = (
    _words(
        "fcntl", 1, DUPFD, GETFD, SETFD, GETFL, GETLK, SETLK, SETLKW, OFD_GETLK, OFD_SETLK, OFD_SETLKW, DUPFD_CLOEXEC
    ),
    _words("ioctl", 1, FIONREAD, FIONBIO, FIOCLEX, TCGETS, TCGETS2, TIOCGWINSZ, TIOCOUTQ),
    _words("prctl", 0, SET_NAME, GET_NAME),
    _words("madvise", 2, *MADVICE),
    Judged("sendto", ((Check(4, POINTER, 0), Check(3, FASTOPEN, 0)),)),
)
"""`fcntl` without F_SETFL, which can remove O_APPEND, and without F_SETOWN, which signals other processes; `ioctl` for queries, FIONBIO and
FIOCLEX alone; `sendto` without an address."""
LIMITS_SEEN = Judged("prlimit64", ((Check(0, WORD, 0), Check(2, POINTER, 0)),))
LIMITS_SET = _words("prlimit64", 0, 0)
"""Limits of this process, never of another: read alone, and read or set."""
THREADS = Judged("clone", ((Check(0, THREAD | NEW_SPACES | KIN, THREAD),),))
PRIVATE_MAPS = Judged("mmap", ((Check(3, MAP_SHARED, 0),),))

WRITE_ONLY, APPEND, CREATE, EXCLUSIVE, TRUNCATE, NAMELESS = 0o1, 0o2000, 0o100, 0o200, 0o1000, 0o20000000
ACCESS = 0o3
OPENING = ACCESS | APPEND | CREATE | TRUNCATE | NAMELESS
OPENINGS = (
    (ACCESS | CREATE | TRUNCATE | NAMELESS, 0),
    (OPENING, WRITE_ONLY | APPEND),
    (OPENING | EXCLUSIVE, WRITE_ONLY | APPEND | CREATE | EXCLUSIVE),
    (OPENING, WRITE_ONLY | APPEND | NAMELESS),
)
"""(mask, required flags) of each allowed open: to read; to append; to create and append; a file without a name."""
READ_ONLY = (ACCESS | CREATE | TRUNCATE | NAMELESS, 0)
TO_NULL = (ACCESS | NAMELESS, WRITE_ONLY)
"""Opening to write. For a process that writes no file, Landlock allows it of /dev/null alone."""


def _pair(kind: int) -> tuple[Check, ...]:
    return Check(0, WORD, UNIX), Check(1, SOCKET_TYPE, kind)


def _openings(*ways: tuple[int, int]) -> tuple[Judged, Judged]:
    def at(position: int) -> tuple[tuple[Check, ...], ...]:
        return tuple((Check(position, mask, value),) for mask, value in ways)

    return Judged("open", at(1)), Judged("openat", at(2))


FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts", "/usr/X11R6/lib/X11/fonts")
MACHINE_ID = ("/etc/machine-id", "/var/lib/dbus/machine-id")
"""The machine's id, by which a vault recognises that it was copied to another machine."""

WRITER = Profile(
    "writer",
    COMMON
    + """
    mkdir mkdirat linkat fsync fdatasync syncfs sync_file_range flock eventfd2
    epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 setsockopt
    """,
    (*ONESELF, *ASKING, LIMITS_SEEN, THREADS, PRIVATE_MAPS, *_openings(*OPENINGS)),
    machine=MACHINE_ID,
)
"""Adds to the records. Opens for writing only to append (`totebox.cage.writer` says what each rule rests on)."""

DAEMON = Profile(
    "daemon",
    COMMON
    + """
    mmap open openat mkdir mkdirat unlink unlinkat rename renameat renameat2 rmdir ftruncate pwrite64 pwritev
    fsync fdatasync sync_file_range flock chdir fchdir msync
    listen accept accept4 setsockopt eventfd2 epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    inotify_init1 inotify_add_watch inotify_rm_watch timerfd_create timerfd_settime timerfd_gettime signalfd4 wait4 waitid
    """,
    (
        *ONESELF, *ASKING, LIMITS_SET, THREADS,
        Judged("socketpair", (_pair(STREAM),)),
    ),
)  # fmt: skip
"""Serves peers on sockets that were bound before, watches the drop folder, keeps its state. It opens no socket and starts no process."""

READER = Profile(
    "reader",
    COMMON + "flock",
    (
        *ONESELF,
        *ASKING,
        LIMITS_SET,
        THREADS,
        Judged("mmap", ((),)),
        *_openings(READ_ONLY, TO_NULL),
    ),
    machine=FONTS,
    limits={resource.RLIMIT_CORE: 0, resource.RLIMIT_FSIZE: 0},
)
"""Reads one document and answers on the socket that it was given."""

VERIFIER = Profile(
    "verifier",
    COMMON + "flock wait4 waitid eventfd2 epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2",
    (
        *ONESELF,
        *ASKING,
        LIMITS_SEEN,
        Judged("mmap", ((),)),
        *_openings(READ_ONLY, TO_NULL),
        Judged("clone", (*THREADS.ways, (Check(0, THREAD | NEW_SPACES | KIN | SHARED_MEMORY, 0),))),
        Judged("socketpair", (_pair(SEQPACKET), _pair(STREAM))),
    ),
    machine=MACHINE_ID,
)
"""Reads every byte of a vault, with worker processes that are forks of it and inherit its cage."""

PROFILES: Mapping[str, Profile] = {profile.kind: profile for profile in (WRITER, DAEMON, READER, VERIFIER)}


def calls(kind: str) -> frozenset[str]:
    """The names of the calls that processes of `kind` may make, with any or with some arguments."""
    profile = PROFILES[kind]
    return frozenset(profile.calls.split()) | {judged.call for judged in profile.judged}
