"""Attacks on files: what is read that is another's, what is written that is a record, and what is planted."""
# ruff: noqa: PTH101, PTH102, PTH106, PTH108, PTH208, PTH211, TID251

import fcntl
import os
import stat
from pathlib import Path

from tests.cage.attack.arena import Arena, simple
from totebox.cage import kernel

APPENDING = os.O_WRONLY | os.O_APPEND
FIRST = "000000000000-1.csv"


def _first(path: Path) -> bytes:
    return path.read_bytes()[:1] or b"empty"


def _linked(at: Arena, path: Path) -> bytes:
    """By an O_PATH descriptor that is opened again."""
    way = os.open(path, os.O_PATH)
    try:
        return _first(Path(f"/proc/self/fd/{way}"))
    finally:
        os.close(way)


def _opened(path: Path, flags: int) -> str:
    os.close(os.open(path, flags, 0o600))
    return "opened"


def _made(path: Path) -> str:
    _opened(path, APPENDING | os.O_CREAT | os.O_EXCL)
    path.unlink()
    return "made"


def _moved(source: Path, target: Path) -> str:
    source.rename(target)
    target.rename(source)
    return "moved"


def _linked_here(source: Path, target: Path) -> str:
    os.link(source, target)
    target.unlink()
    return "linked"


def _flagged(path: Path) -> str:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, 0x80086601, word := bytearray(8))
        fcntl.ioctl(descriptor, 0x40086602, bytes(word))
    finally:
        os.close(descriptor)
    return "attributes set"


def _punched(path: Path) -> str:
    descriptor = os.open(path, os.O_RDWR)
    try:
        kernel.call("fallocate", descriptor, 1, 0, 4096)
    finally:
        os.close(descriptor)
    return "allocated"


def _device(path: Path) -> str:
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    path.unlink()
    return "planted"


def _handle(path: Path) -> str:
    import ctypes

    buffer = ctypes.create_string_buffer((128).to_bytes(4, "little") + bytes(132), 136)
    mount = ctypes.create_string_buffer(8)
    kernel.call("name_to_handle_at", -100, ctypes.create_string_buffer(os.fsencode(path)), buffer, mount, 0)
    return "a handle"


simple(
    read_its_log_key=lambda at: _first(at.own / "secret/keys/log.key"),
    read_its_audit_key=lambda at: _first(at.own / "secret/keys/audit.key"),
    read_its_static_key=lambda at: _first(at.own / "secret/keys/static.key"),
    read_its_device_key=lambda at: _first(at.own / "secret/keys/device.key"),
    read_its_pairings=lambda at: _first(at.own / "secret/devices/pairings"),
    read_its_sealed_record=lambda at: _first(at.sealed),
    read_its_register=lambda at: _first(at.own / "ledger/register" / FIRST),
    read_its_audit_log=lambda at: _first(at.own / "ledger/audit/register" / FIRST),
    read_a_document_on_its_way=lambda at: _first(at.own / "cache/intake/other"),
    read_the_drop_folder=lambda at: _first(at.own / "app-console-input/dropped"),
    read_a_siblings_log_key=lambda at: _first(at.sibling / "secret/keys/log.key"),
    read_a_siblings_static_key=lambda at: _first(at.sibling / "secret/keys/static.key"),
    read_a_siblings_pairings=lambda at: _first(at.sibling / "secret/devices/pairings"),
    read_a_siblings_register=lambda at: _first(at.sibling / "ledger/register" / FIRST),
    read_a_siblings_record=lambda at: _first(at.sibling / "assets/minutebook/sealed"),
    read_a_sibling_by_proc_root=lambda at: _first(Path(f"/proc/self/root{at.sibling}/secret/keys/log.key")),
    read_a_sibling_by_its_path_descriptor=lambda at: _linked(at, at.sibling / "secret/keys/log.key"),
    list_a_siblings_records=lambda at: os.listdir(at.sibling / "assets"),
    read_a_persons_file=lambda at: _first(at.home / "secret"),
    list_a_persons_folder=lambda at: os.listdir(at.home),
    read_passwd=lambda at: _first(Path("/etc/passwd")),
    read_shadow=lambda at: _first(Path("/etc/shadow")),
    read_hosts=lambda at: _first(Path("/etc/hosts")),
    list_the_machine=lambda at: os.listdir("/"),
    list_tmp=lambda at: os.listdir("/tmp"),
    read_the_victims_environment=lambda at: _first(Path(f"/proc/{at.victim}/environ")),
    read_the_victims_command_line=lambda at: _first(Path(f"/proc/{at.victim}/cmdline")),
    open_the_victims_memory=lambda at: _opened(Path(f"/proc/{at.victim}/mem"), os.O_RDONLY),
    read_the_kernels_symbols=lambda at: _first(Path("/proc/kallsyms")),
    take_a_handle_of_a_sibling=lambda at: _handle(at.sibling / "totebox.yaml"),
    append_to_a_sealed_record=lambda at: _opened(at.sealed, APPENDING),
    overwrite_a_register=lambda at: _opened(at.own / "ledger/register" / FIRST, os.O_RDWR),
    append_to_a_register=lambda at: _opened(at.own / "ledger/register" / FIRST, APPENDING),
    truncate_a_register=lambda at: os.truncate(at.own / "ledger/register" / FIRST, 1 << 20) or "truncated",
    add_and_remove_a_record=lambda at: _made(at.own / "assets/minutebook/new"),
    move_a_record_away=lambda at: _moved(at.sealed, at.own / "cache/mine"),
    link_a_key_into_the_cache=lambda at: _linked_here(at.own / "secret/keys/log.key", at.own / "cache/k"),
    move_its_keys=lambda at: _moved(at.own / "secret/keys", at.own / "cache/k"),
    move_its_vault=lambda at: _moved(at.own, at.own.with_name("away")),
    write_its_identity=lambda at: _opened(at.own / "totebox.yaml", os.O_RDWR),
    write_its_key=lambda at: _opened(at.own / "secret/keys/static.key", os.O_RDWR),
    write_its_cache=lambda at: _made(at.own / "cache/new"),
    add_to_its_local_state=lambda at: _made(at.own / "local/new"),
    write_its_home=lambda at: _opened(at.own / "local/home", APPENDING),
    add_to_its_secrets=lambda at: _made(at.own / "secret/new"),
    write_to_a_sibling=lambda at: _made(at.sibling / "cache/new"),
    overwrite_a_siblings_register=lambda at: _opened(at.sibling / "ledger/register" / FIRST, os.O_RDWR),
    move_a_siblings_key=lambda at: _moved(at.sibling / "secret/keys/log.key", at.sibling / "secret/keys/x"),
    make_a_folder_in_a_sibling=lambda at: os.mkdir(at.sibling / "x") or os.rmdir(at.sibling / "x") or "made",
    rename_a_siblings_socket=lambda at: _moved(at.runtime / "sibling/s", at.runtime / "sibling/t"),
    take_a_siblings_socket_folder=lambda at: _moved(at.runtime / "sibling", at.runtime / "taken"),
    move_a_siblings_socket_to_its_own=lambda at: _moved(at.runtime / "sibling/s", at.runtime / "own/t"),
    write_in_tmp=lambda at: _made(Path(f"/tmp/attack-{os.getpid()}")),
    write_in_dev_shm=lambda at: _made(Path(f"/dev/shm/attack-{os.getpid()}")),
    make_a_nameless_file_in_tmp=lambda at: _opened(Path("/tmp"), os.O_TMPFILE | os.O_RDWR),
    write_a_persons_file=lambda at: _opened(at.home / "secret", APPENDING),
    plant_a_symbolic_link=lambda at: os.symlink("x", at.own / "cache/l") or os.unlink(at.own / "cache/l") or "planted",
    plant_a_fifo=lambda at: os.mkfifo(at.own / "cache/f") or os.unlink(at.own / "cache/f") or "planted",
    plant_a_socket=lambda at: os.mknod(at.own / "cache/s", stat.S_IFSOCK | 0o600) or os.unlink(at.own / "cache/s") or "planted",
    plant_a_device=lambda at: _device(at.own / "cache/d"),
    change_a_mode=lambda at: os.chmod(at.sealed, 0o644) or "changed",
    change_an_owner=lambda at: os.chown(at.sealed, os.getuid(), os.getgid()) or "changed",
    change_a_time=lambda at: os.utime(at.sealed) or "changed",
    tag_a_file=lambda at: os.setxattr(at.sealed, "user.x", b"1") or "tagged",
    set_attributes_of_a_record=lambda at: _flagged(at.sealed),
    punch_a_register=lambda at: _punched(at.own / "ledger/register" / FIRST),
)  # fmt: skip
