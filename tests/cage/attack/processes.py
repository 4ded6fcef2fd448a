"""Attacks on other processes, on privileges and on namespaces."""

import ctypes
import errno
import fcntl
import os
import resource
import signal
import struct

from tests.cage.attack.arena import Arena, simple
from totebox.cage import bpf, kernel, seccomp

NEW_USER, NEW_SPACE, NEW_HOST, NEW_NET, NEW_PID = 0x10000000, 0x20000, 0x04000000, 0x40000000, 0x20000000


def _buffer(data: bytes) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(data, len(data))


CAPABILITIES = _buffer(struct.pack("=Ii", 0x20080522, 0))


def _forked(act: object = None) -> str:
    child = os.fork()
    if not child:
        try:
            status = 0 if act is None or act() is not None else 1  # type: ignore[operator]
        except OSError as error:
            status = error.errno or 1
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise OSError(status, os.strerror(status))
    return "a child"


def _in_child(name: str, *arguments: object) -> object:
    """Of calls that change the process for good: in a child where one can be had, here where not."""

    def act() -> str:
        kernel.call(name, *arguments)  # type: ignore[arg-type]
        return "done"

    try:
        os_fork = _forked(act)
    except PermissionError:
        return act()
    return os_fork


def _executed(at: Arena) -> str:
    """A file that is no program: whoever may start programs is told just that."""
    try:
        os.execv(at.home / "program", ["program"])
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            return "looked at"
        raise
    raise AssertionError


def _from_memory(at: Arena) -> str:
    descriptor = os.memfd_create("x")
    os.close(descriptor)
    return "a file in memory"


def _owned(at: Arena) -> str:
    reading, writing = os.pipe()
    try:
        fcntl.fcntl(reading, fcntl.F_SETOWN, at.victim)
    finally:
        os.close(reading)
        os.close(writing)
    return "signals go there"


def _seized(at: Arena) -> str:
    kernel.call("ptrace", 0x4206, at.victim, 0, 0)
    kernel.call("ptrace", 0x4207, at.victim, 0, 0)
    return "traced"


def _memory(at: Arena) -> str:
    here = ctypes.create_string_buffer(8)
    piece = _buffer(struct.pack("=QQ", ctypes.addressof(here), 8))
    there = _buffer(struct.pack("=QQ", 0x400000, 8))
    try:
        kernel.call("process_vm_readv", at.victim, piece, 1, there, 1, 0)
    except OSError as error:
        if error.errno != errno.EFAULT:
            raise
    return "looked at"


def _limited(at: Arena) -> str:
    resource.prlimit(at.victim, resource.RLIMIT_CPU, resource.prlimit(at.victim, resource.RLIMIT_CPU))
    return "limited"


def _queued(at: Arena) -> str:
    kernel.call(
        "rt_sigqueueinfo", at.victim, signal.SIGCONT, _buffer(struct.pack("=iii", signal.SIGCONT, 0, -1) + bytes(116))
    )
    return "queued"


def _permissive(at: Arena) -> str:
    def act() -> str:
        seccomp.install(struct.pack("=HBBI", 6, 0, 0, bpf.ALLOW))
        os.kill(at.victim, 0)
        return "lifted"

    try:
        return _forked(act)
    except PermissionError:
        return act()


def _pidfd(at: Arena) -> str:
    os.close(os.pidfd_open(at.victim))
    return "a descriptor"


def _dumpable(at: Arena) -> str:
    kernel.call("prctl", 4, 1, 0, 0, 0)
    return "dumpable"


simple(
    ask_whether_the_victim_is_there=lambda at: os.kill(at.victim, 0) or "it is",
    wake_the_victim=lambda at: os.kill(at.victim, signal.SIGCONT) or "signalled",
    signal_its_group=lambda at: os.kill(0, 0) or "signalled",
    signal_a_thread=lambda at: kernel.call("tgkill", at.victim, at.victim, 0) or "signalled",
    signal_a_thread_by_tkill=lambda at: kernel.call("tkill", at.victim, 0) or "signalled",
    queue_a_signal=_queued,
    take_a_descriptor_of_the_victim=_pidfd,
    have_a_pipe_signal_the_victim=_owned,
    limit_the_victim=_limited,
    read_the_victims_limits=lambda at: resource.prlimit(at.victim, resource.RLIMIT_CPU),
    make_the_victim_nice=lambda at: os.setpriority(os.PRIO_PROCESS, at.victim, 5) or "nice",
    pin_the_victim=lambda at: os.sched_setaffinity(at.victim, os.sched_getaffinity(at.victim)) or "pinned",
    schedule_the_victim=lambda at: os.sched_setscheduler(at.victim, os.SCHED_OTHER, os.sched_param(0)) or "scheduled",
    rank_the_victims_disk=lambda at: kernel.call("ioprio_set", 1, at.victim, 0x6000) or "ranked",
    trace_the_victim=_seized,
    read_the_victims_bytes=_memory,
    compare_with_the_victim=lambda at: str(kernel.call("kcmp", os.getpid(), at.victim, 1, 0, 0)),
    fork=lambda at: _forked(),
    start_a_program=_executed,
    make_a_file_in_memory=_from_memory,
    make_a_user_namespace=lambda at: _in_child("unshare", NEW_USER),
    make_a_mount_namespace=lambda at: _in_child("unshare", NEW_SPACE),
    make_a_network_namespace=lambda at: _in_child("unshare", NEW_NET),
    join_a_namespace=lambda at: _in_child("setns", os.open("/proc/self/ns/uts", os.O_RDONLY), 0),
    become_another_user=lambda at: _in_child("setresuid", 12_345, 12_345, 12_345),
    become_root=lambda at: _in_child("setresuid", 0, 0, 0),
    join_a_group=lambda at: _in_child("setgroups", 0, None),
    raise_capabilities=lambda at: _in_child("capset", CAPABILITIES, _buffer(b"\xff\xff\xff\xff" * 2 + bytes(16))),
    be_debugged=_dumpable,
    be_traced_by_anybody=lambda at: kernel.call("prctl", 0x59616D61, -1, 0, 0, 0) or "traced",
    change_its_personality=lambda at: _in_child("personality", 0x0040000),
    begin_a_session=lambda at: _in_child("setsid"),
    lay_a_filter_on_top=_permissive,
)  # fmt: skip
