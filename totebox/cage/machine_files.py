"""What a program reads of the machine before it looks at anything of ours: its interpreter, its packages, its libraries.

    sys.base_prefix, sys.base_exec_prefix      the interpreter and its library
    each entry of sys.path that exists         packages; of the folder that our own packages were taken from, these alone
    folders of mapped libraries                what a library loads later lies beside it
    ld.so.cache, localtime, zoneinfo           the loader and the clock
    /dev/urandom, /dev/null, /proc/self        chance, nobody, oneself
    what a profile names of the machine        fonts for who measures text, the machine's id for who tells copies

Anything else is refused: another user's files, another vault, passwords of the machine.
"""

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from totebox.cage import landlock

PACKAGES = ("totebox", "protocol")
"""What processes that are shut in import of ours."""
FILES = ("/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/null")
FOLDERS = ("/usr/share/zoneinfo",)
IDENTITY = "totebox.yaml"
"""Where this lies is a vault."""


def system(secrets: Iterable[Path] = (), machine: Iterable[str] = ()) -> set[Path]:
    """Paths that may be read and listed. One that holds one of `secrets` is divided: what lies beside the way to it may be read, other
    vaults not."""
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
        # An empty entry is the folder that the program was started in.
        if entry and path.is_absolute() and not _is_source(path.resolve(), ours):
            yield path
    for name in PACKAGES:
        yield ours / name


def _is_source(path: Path, ours: Path) -> bool:
    """A folder that our packages lie in beside other things: a source tree, and not where packages are installed."""
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
