"""Opens files in a directory where another program may have put something else: a link, a FIFO, a device, a file
without end.

Law: no link below `root` is ever followed; nothing is opened but a plain file or a folder, and no call waits for
another program; every read has a stated bound. `root` itself is named by the caller and may be a link. Paths are
relative to `root`, with `/`. `totebox.files.drafts` writes such files.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

PRIVATE_MODE = 0o600
WHO_PUT_IT = "find out who put it there, and move it elsewhere"
_WAY: int = getattr(os, "O_PATH", os.O_RDONLY)
FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}


class Planted(OSError):
    """Something that this program never makes has the name of a file or a folder. It was not opened."""

    remedy = WHO_PUT_IT


class TooLarge(OSError):
    """A file is larger than any that this program writes there. It was not read to its end."""

    remedy = WHO_PUT_IT


def open_folder(root: Path, path: str = "", *, listed: bool = True) -> int:
    """A descriptor of the folder at `path`, to be closed by the caller; without `listed` one that serves only as a step
    of a path.

    Raises:
        Planted: a step of the path is a link, or no folder.
        OSError: FileNotFoundError and the like.
    """
    parts = _parts(path)
    descriptor = os.open(root, (os.O_RDONLY if listed and not parts else _WAY) | os.O_DIRECTORY | os.O_CLOEXEC)
    for place, part in enumerate(parts):
        access = os.O_RDONLY if listed and place == len(parts) - 1 else _WAY
        try:
            following = os.open(part, access | FOLDER, dir_fd=descriptor)
        except OSError as error:
            raise _folder_fault(error, descriptor, part, "/".join(parts[: place + 1])) from None
        finally:
            os.close(descriptor)
        descriptor = following
    return descriptor


def open_file(root: Path, path: str, flags: int = os.O_RDONLY, mode: int = PRIVATE_MODE) -> int:
    """A descriptor of the plain file at `path`, to be closed by the caller. Never waits.

    Raises:
        Planted: it is no plain file, or a step of the path is a link.
        OSError: FileNotFoundError and the like.
    """
    parent, _, name = path.rpartition("/")
    folder = open_folder(root, parent, listed=False)
    try:
        return open_in(folder, name, flags, mode, said=path)
    finally:
        os.close(folder)


def open_in(
    folder: int,
    name: str,
    flags: int = os.O_RDONLY,
    mode: int = PRIVATE_MODE,
    *,
    said: str = "",
    call: Callable[..., int] = os.open,
) -> int:
    """As `open_file`, for `name` in the open folder `folder`. Errors call it `said`; `call` opens as `os.open` does."""
    assert flags & (os.O_CREAT | os.O_EXCL) != os.O_CREAT, "a file that may be there is not made"
    where = said or name
    try:
        if not flags & os.O_CREAT:
            # The kind of file is checked first, because opening a device may already have an effect.
            _demand_plain(os.stat(name, dir_fd=folder, follow_symlinks=False), where)
        descriptor = call(name, flags | _FILE, mode, dir_fd=folder)
    except (Planted, FileNotFoundError, FileExistsError, PermissionError) as error:
        error.filename = where
        raise
    except OSError as error:
        raise OSError(error.errno, error.strerror, where) from None
    try:
        _demand_plain(os.fstat(descriptor), where)
    except Planted:
        os.close(descriptor)
        raise
    return descriptor


def stream(root: Path, path: str, *, buffering: int = -1) -> BinaryIO:
    """The plain file at `path`, open for reading, buffered as by `open`. Raises as `open_file`."""
    return os.fdopen(open_file(root, path), "rb", buffering)


def read_file(root: Path, path: str, most: int) -> bytes:
    """The contents of the plain file at `path`, at most `most` bytes.

    Raises:
        TooLarge: the file has more.
        OSError: as `open_file`.
    """
    descriptor = open_file(root, path)
    try:
        return read_all(descriptor, most, path)
    finally:
        os.close(descriptor)


def read_all(descriptor: int, most: int, said: str) -> bytes:
    """What the open file has from its position on, at most `most` bytes. Raises TooLarge."""
    size = os.fstat(descriptor).st_size
    if size > most:
        raise TooLarge(errno.EFBIG, f"holds {size} bytes; a file of its kind has at most {most}", said)
    data = bytearray()
    while piece := os.read(descriptor, min(1 << 20, most + 1 - len(data))):
        data += piece
        if len(data) > most:
            raise TooLarge(errno.EFBIG, f"holds more than the {most} bytes that a file of its kind may have", said)
    return bytes(data)


def read_given(path: Path, most: int = 1 << 20) -> bytes:
    """The contents of the file that an operator named, at most `most` bytes: a plain file, also behind a link, or a
    descriptor of this process in /dev.

    Raises:
        Planted: it is a FIFO, a socket or a device elsewhere: its reader could wait for ever.
        TooLarge, OSError: as `read_file`.
    """
    descriptor = open_given(path)
    try:
        return read_all(descriptor, most, os.fspath(path))
    finally:
        os.close(descriptor)


def open_given(path: Path) -> int:
    """A descriptor of the file that an operator named, as in `read_given`; to be closed by the caller."""
    if path.is_relative_to("/dev/fd") or path in (Path("/dev/stdin"), Path("/dev/null")):
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    place = Path(os.path.realpath(path))
    return open_file(place.parent, place.name)


class Way:
    """Opens plain files below `root` one after another, as `open_file`. The folder of the last one stays open for the
    next.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: tuple[str, int] | None = None

    def open(self, path: str) -> int:
        """A descriptor of the file, to be closed by the caller. Raises as `open_file`."""
        parent, _, name = path.rpartition("/")
        if self._known is None or self._known[0] != parent:
            self.close()
            self._known = (parent, open_folder(self._root, parent, listed=False))
        return open_in(self._known[1], name, said=path)

    def close(self) -> None:
        """Close the folder."""
        if self._known is not None:
            os.close(self._known[1])
            self._known = None


def stat_of(root: Path, path: str) -> os.stat_result | None:
    """The status of `path` itself (of a link, not of its target); None where there is nothing, or a step of the path is
    no folder.

    Raises:
        OSError: the status cannot be read.
    """
    parent, _, name = path.rpartition("/")
    try:
        folder = open_folder(root, parent, listed=False)
    except (FileNotFoundError, NotADirectoryError, Planted):
        return None
    try:
        return os.stat(name or ".", dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    finally:
        os.close(folder)


def is_file(root: Path, path: str) -> bool:
    """Whether a plain file stands at `path`, reached without a link."""
    found = stat_of(root, path)
    return found is not None and stat.S_ISREG(found.st_mode)


def is_folder(root: Path, path: str) -> bool:
    """Whether a folder stands at `path`, reached without a link."""
    found = stat_of(root, path)
    return found is not None and stat.S_ISDIR(found.st_mode)


def names_in(root: Path, path: str) -> list[str]:
    """The names in the folder at `path`. Raises as `open_folder`."""
    descriptor = open_folder(root, path)
    try:
        return names_of(descriptor)
    finally:
        os.close(descriptor)


def names_of(folder: int) -> list[str]:
    """The names in the open folder `folder`."""
    with os.scandir(folder) as found:
        return [item.name for item in found]


def _parts(path: str) -> list[str]:
    parts = path.split("/") if path else []
    if any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{path!r} is no path below a vault")
    return parts


def _demand_plain(found: os.stat_result, where: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
        raise Planted(errno.ELOOP, f"is {kind}, not a plain file", where)


def _folder_fault(error: OSError, folder: int, name: str, where: str) -> OSError:
    """What to raise where `name` in `folder` cannot be entered as a folder."""
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        with contextlib.suppress(OSError):
            kind = stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
            if kind != stat.S_IFDIR:
                return Planted(errno.ELOOP, f"is {_KINDS.get(kind, 'a file')}, not a folder", where)
    error.filename = where
    return error


def files_below(root: Path, path: str) -> Iterator[tuple[str, os.stat_result]]:
    """(path relative to `root`, status) of everything below the folder at `path` except folders, in order; links are
    listed, not followed.

    In memory are only the names in the folders along the present path. A folder deeper than DEEPEST is listed and not
    entered; the vault makes none so deep.
    """
    descriptor = open_folder(root, path)
    try:
        for name in sorted(names_of(descriptor)):
            with contextlib.suppress(FileNotFoundError):
                found, below = os.stat(name, dir_fd=descriptor, follow_symlinks=False), f"{path}/{name}"
                if stat.S_ISDIR(found.st_mode) and below.count("/") < DEEPEST:
                    yield from files_below(root, below)
                else:
                    yield below, found
    finally:
        os.close(descriptor)


DEEPEST = 8
"""The most nested folders that are entered; the vault makes four."""
