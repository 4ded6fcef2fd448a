"""Files of the machine that every program may read: its interpreter, its packages and its libraries.

    sys.base_prefix, sys.base_exec_prefix      the interpreter and its library
    each entry of sys.path that exists         packages; of a source tree of ours, our two packages alone
    folders of mapped libraries                a library loads further ones from its own folder
    ld.so.cache, localtime, zoneinfo           the loader and the clock
    /dev/urandom, /dev/null, /proc/self        random bytes, the null device, the process itself
    files that a profile names                 fonts to measure text, the machine's id to recognise copies of a vault

Everything else is refused: another user's files, another vault, passwords of the machine.
"""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from totebox.cage import landlock

PACKAGES = ("totebox", "protocol")
"""The packages of ours that caged processes import."""
FILES = ("/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/null")
FOLDERS = ("/usr/share/zoneinfo",)
IDENTITY = "totebox.yaml"
"""A folder with a file of this name is a vault."""


def system(secrets: Iterable[Path] = (), machine: Iterable[str] = ()) -> set[Path]:
    """Paths that may be read and listed. A path above one of `secrets` is replaced by the entries beside the way to it, without vaults."""
    wanted = {Path(sys.base_prefix), Path(sys.base_exec_prefix), *_packages(), *_libraries()}
    wanted |= {Path(name) for name in (*FILES, *FOLDERS, *machine)}
    found = {place for path in wanted if _exists(place := path.resolve()) and place != Path("/")}
    for secret in secrets:
        found = {part for path in found for part in _divided(path, secret.resolve())}
    return found


def _packages() -> Iterator[Path]:
    ours = Path(__file__).resolve().parents[2]
    for entry in sys.path:
        path = Path(entry)
        # An empty entry means the working directory.
        if entry and path.is_absolute() and not _is_source(path.resolve(), ours):
            yield path
    for name in PACKAGES:
        yield ours / name


def _is_source(path: Path, ours: Path) -> bool:
    """Whether `path` is a source tree with our packages, and not a folder of installed packages."""
    return path == ours and path.name not in ("site-packages", "dist-packages")


def _libraries() -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
            # 7f00-7f01 r-xp 00000000 fe:00 4711   /usr/lib/x86_64-linux-gnu/libc.so.6
            words = line.split(maxsplit=5)
            if len(words) == 6 and words[5].startswith("/") and ".so" in words[5].rpartition("/")[2]:
                yield Path(words[5]).parent


def _divided(path: Path, secret: Path) -> Iterator[Path]:
    if not secret.is_relative_to(path):
        yield path
        return
    for part in landlock.beside(secret, path):
        if not _exists(part / IDENTITY):
            yield part


def _exists(path: Path) -> bool:
    try:
        os.lstat(path)
    except OSError:
        return False
    return True
