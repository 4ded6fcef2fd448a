"""The cage of the process that writes the records: it can add to them and nothing else.

Its row is `WRITER` in `totebox.cage.profiles`. What each rule rests on:

    open      for writing: O_WRONLY|O_APPEND, of a file that exists or with O_CREAT|O_EXCL or O_TMPFILE for one that does
              not. Without O_APPEND an O_TMPFILE descriptor could seek back into the file after it was linked; O_RDONLY with
              O_TRUNC would truncate. openat2 hides its flags behind a pointer: refused.
    fcntl     not F_SETFL: it takes O_APPEND off.
    write     only write and writev, which O_APPEND binds; pwritev2 has RWF_NOAPPEND, io_submit and io_uring have it too,
              and pwrite is used by nobody.
    mmap      never MAP_SHARED, so no mapping leads to a file, whatever mprotect makes of it later. O_RDWR being
              refused, no descriptor opened here could back one; those opened before are looked at on entering.
    clone     threads only. No exec, no ptrace, no namespace, no mount, no new socket.
    before    one descriptor opened before the cage may be written anywhere: the write-ahead log's, which holds copies of what was
              acknowledged a moment ago and no record.
    ioctl     questions about terminals and pipes: not FS_IOC_SETFLAGS, not the calls of single file systems.
    the rest  of what destroys (unlink, rename, truncate, fallocate, chmod, utime, setxattr, ...) is refused by name, or absent.

Landlock adds where: below the places of one vault that it is given, in no other place. A file gets its name in another directory
than it was begun in only below assets/: no sealed file gets a second name where others may write.
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
    """Shut this process in, for good: it may add to `places`, which lie below `vault`, and change nothing.

    Call it with one thread, everything imported, and no descriptor open for writing but appending ones, and `overwriting`, that of
    the write-ahead log.

    Raises:
        CageRefused: a descriptor or a thread from before would escape the cage.
        OSError: this kernel lacks what the cage needs; ask `totebox.cage.grade` first.
    """
    escapes = [f"{number} ({where})" for number, where in _overwriting(vault) if number != overwriting]
    if escapes:
        raise CageRefused(f"descriptors opened before the cage could overwrite a file: {', '.join(escapes)}")
    entering.enter(profile, places, secrets=(vault,), log=log)


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
