"""Attacks by way of the network and of the kernel itself."""

import ctypes
import errno
import os
import socket
import struct
import time

from tests.cage.attack.arena import Arena, Attack, simple
from totebox.cage import kernel


def _buffer(data: bytes) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(data, len(data))


def _socket(*words: int) -> Attack:
    def act(at: Arena) -> str:
        socket.socket(*words).close()
        return "a socket"

    return act


def _connected(at: Arena) -> str:
    with socket.create_connection(("127.0.0.1", at.port), timeout=5):
        return "connected"


def _dialled(at: Arena) -> str:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(str(at.runtime / "sibling/s"))
    return "connected"


def _abstract(at: Arena) -> str:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(f"\0attack-{at.port}")
    return "connected"


def _bound(at: Arena) -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        one.listen()
    return "listens"


def _bound_unix(at: Arena) -> str:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(at.runtime / "own/new"))
    (at.runtime / "own/new").unlink()
    return "bound"


def _datagram(at: Arena) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", ("127.0.0.1", at.port))
    return "sent"


def _asked(name: str, *arguments: object, harmless: int = 0) -> Attack:
    """One call; `harmless` is the error that says that it was looked at and came to nothing."""

    def act(at: Arena) -> str:
        try:
            found = kernel.call(name, *arguments)  # type: ignore[arg-type]
        except OSError as error:
            if error.errno == harmless:
                return "looked at"
            raise
        return f"{found}"

    return act


def _closed(name: str, *arguments: object) -> Attack:
    def act(at: Arena) -> str:
        os.close(kernel.call(name, *arguments))  # type: ignore[arg-type]
        return "a descriptor"

    return act


def _hostname(at: Arena) -> str:
    socket.sethostname(socket.gethostname())
    return "named"


def _clock(at: Arena) -> str:
    time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME))
    return "set"


def _shared(at: Arena) -> str:
    kernel.call("shmctl", kernel.call("shmget", 0, 4096, 0o1600), 0, None)
    return "shared memory"


def _mounted(at: Arena) -> str:
    kernel.call("mount", _buffer(b"none\0"), _buffer(os.fsencode(at.home) + b"\0"), _buffer(b"tmpfs\0"), 0, None)
    kernel.call("umount2", _buffer(os.fsencode(at.home) + b"\0"), 2)
    return "mounted"


def _watched(at: Arena) -> str:
    watcher = kernel.call("inotify_init1", 0)
    try:
        kernel.call("inotify_add_watch", watcher, _buffer(os.fsencode(at.sibling) + b"\0"), 2)
    finally:
        os.close(watcher)
    return "watched"


BPF_MAP = struct.pack("=IIII", 2, 4, 4, 1) + bytes(56)
simple(
    open_a_tcp_socket=_socket(socket.AF_INET, socket.SOCK_STREAM),
    open_a_datagram_socket=_socket(socket.AF_INET, socket.SOCK_DGRAM),
    open_a_unix_socket=_socket(socket.AF_UNIX, socket.SOCK_STREAM),
    open_a_netlink_socket=_socket(socket.AF_NETLINK, socket.SOCK_RAW),
    open_a_packet_socket=_socket(17, socket.SOCK_RAW),
    open_a_virtual_machines_socket=_socket(40, socket.SOCK_STREAM),
    dial_tcp=_connected,
    dial_a_siblings_socket=_dialled,
    dial_an_abstract_socket=_abstract,
    listen_on_a_port=_bound,
    bind_a_unix_socket=_bound_unix,
    send_a_datagram=_datagram,
    watch_a_sibling=_watched,
    watch_with_fanotify=_closed("fanotify_init", 0x4, 0),
    judge_opens_with_fanotify=_closed("fanotify_init", 0x8, 0),
    mount=_mounted,
    clone_a_mount=_closed("open_tree", -100, _buffer(b"/\0"), 1),
    open_a_file_system=_closed("fsopen", _buffer(b"tmpfs\0"), 0),
    change_root=_asked("chroot", _buffer(b"/\0")),
    pivot_root=_asked("pivot_root", _buffer(b"/\0"), _buffer(b"/\0"), harmless=errno.EBUSY),
    unmount=_asked("umount2", _buffer(b"/nowhere\0"), 0, harmless=errno.ENOENT),
    load_a_kernel_map=_closed("bpf", 0, _buffer(BPF_MAP), 72),
    count_the_kernels_events=_asked("perf_event_open", None, 0, -1, -1, 0, harmless=errno.EFAULT),
    handle_page_faults=_closed("userfaultfd", 1),
    make_a_ring=_asked("io_uring_setup", 1, None, harmless=errno.EFAULT),
    make_an_old_ring=_asked("io_setup", 0, None, harmless=errno.EFAULT),
    read_the_kernels_keyring=_asked("keyctl", 0, -3, 0),
    add_a_key=_asked("add_key", _buffer(b"user\0"), _buffer(b"attack\0"), _buffer(b"x"), 1, -2),
    read_the_kernels_log=_asked("syslog", 10, None, 0),
    set_the_clock=_clock,
    bend_the_clock=_asked("adjtimex", _buffer(bytes(208))),
    set_the_time_of_day=_asked("settimeofday", None, None),
    name_the_host=_hostname,
    name_the_domain=_asked("setdomainname", _buffer(b"(none)\0"), 6),
    share_memory=_shared,
    make_semaphores=_asked("semctl", -1, 0, 0, 0, harmless=errno.EINVAL),
    make_a_queue=_asked("msgctl", -1, 0, None, harmless=errno.EINVAL),
    open_a_message_queue=_asked("mq_open", _buffer(b"nobody-made-it\0"), 0, 0, None, harmless=errno.ENOENT),
    swap=_asked("swapoff", _buffer(b"/nowhere\0"), harmless=errno.ENOENT),
    ask_for_quotas=_asked("quotactl", 0, None, 0, None, harmless=errno.ENODEV),
    account_processes=_asked("acct", _buffer(b"/nowhere/x\0"), harmless=errno.ENOENT),
    restart_the_machine=_asked("reboot", 0, 0, 0, None, harmless=errno.EINVAL),
    load_a_module=_asked("init_module", None, 0, None, harmless=errno.EFAULT),
    load_another_kernel=_asked("kexec_load", 0, 0, None, 1 << 20, harmless=errno.EINVAL),
    change_its_descriptor_table=_asked("modify_ldt", 0, None, 0),
    move_its_pages=_asked("move_pages", 0, 0, None, None, None, 0),
    reach_for_ports=_asked("iopl", 0),
)  # fmt: skip


def text(word: str) -> "ctypes.Array[ctypes.c_char]":
    """A word as the kernel takes it."""
    return _buffer(word.encode() + b"\0")
