"""Cage of the writer: the process can add to the records and cannot change them.

Its row is `WRITER` in `totebox.cage.profiles`. The reason for each rule:

    open      for writing: O_WRONLY|O_APPEND, of a file that exists or with O_CREAT|O_EXCL or O_TMPFILE for one that does
              not. Without O_APPEND an O_TMPFILE descriptor could seek back into the file after it was linked; O_RDONLY with
              O_TRUNC would truncate. openat2 hides its flags behind a pointer: refused.
    fcntl     not F_SETFL: it can remove O_APPEND.
    write     only write and writev, which obey O_APPEND; pwritev2, io_submit and io_uring have RWF_NOAPPEND, and pwrite is
              not used.
    mmap      never MAP_SHARED, so no mapping writes to a file, even after mprotect. Since O_RDWR is refused, no descriptor
              opened in the cage could back one; those opened before are checked on entering.
    clone     threads only. No exec, no ptrace, no namespace, no mount, no new socket.
    before    one descriptor opened before the cage may be written anywhere: that of the write-ahead log, which holds copies of
              bytes that were just acknowledged, and no record.
    ioctl     queries of terminals and pipes, FIONBIO and FIOCLEX: not FS_IOC_SETFLAGS, not the calls of single file systems.
    others    calls that destroy (unlink, rename, truncate, fallocate, chmod, utime, setxattr, ...) are in REFUSED, or in no list.

Landlock restricts where: only below the given places of one vault. A file can get its name in another directory than the one in which
it was begun only below assets/, so no sealed file gets a second name where other processes may write.
"""

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from totebox.cage import entry as entering
from totebox.cage.profiles import ACCESS, APPEND, WRITE_ONLY, WRITER, Access, Profile
from totebox.errors import CageRefused


def enter(
    vault: Path,
    places: Mapping[Path, Access],
    overwriting: int | None = None,
    *,
    profile: Profile = WRITER,
    log: bool = False,
) -> None:
    """Put this process into the writer's cage, for good: it may add to `places`, which are below `vault`, and change nothing.

    Call it with one thread and everything imported. No descriptor may be open for writing, except appending ones and `overwriting`, that
    of the write-ahead log.

    Raises:
        CageRefused: an open descriptor or another thread would escape the cage.
        OSError: this kernel lacks what the cage needs; call `totebox.cage.grade` first.
    """
    escapes = [f"{number} ({where})" for number, where in _overwriting(vault) if number != overwriting]
    if escapes:
        raise CageRefused(f"descriptors opened before the cage could overwrite a file: {', '.join(escapes)}")
    entering.enter(profile, places, secrets=(vault,), log=log)


def _overwriting(vault: Path) -> Iterator[tuple[int, str]]:
    """Open descriptors of regular files or block devices that could write anywhere but at the end: (number, path).

    Descriptors 0 to 2 may be such a file outside the vault, such as a log.
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
