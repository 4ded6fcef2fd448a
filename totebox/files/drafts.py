"""Small files beside the records, which are replaced and removed. No link is followed, as in `totebox.files.entrance`.

Law: a replacement is written under a random name, with O_EXCL, and renamed when it is durable. A crash leaves drafts
(`.NAME.<16 hex digits>.draft`, earlier `NAME.next`), which `sweep_drafts` removes. Nothing here touches a record.
"""

import contextlib
import os
import re
import stat
from pathlib import Path

from totebox.files.entrance import FOLDER, PRIVATE_MODE, names_of, open_file, open_folder, open_in


def append_file(root: Path, path: str, data: bytes) -> None:
    """Append `data` to the plain file at `path`, which is made with mode 0600 where it is missing; durable when this
    returns.

    Raises as `open_file`. A crash leaves any prefix of `data`.
    """
    flags, made = os.O_WRONLY | os.O_APPEND, False
    try:
        descriptor = open_file(root, path, flags)
    except FileNotFoundError:
        descriptor, made = open_file(root, path, flags | os.O_CREAT | os.O_EXCL), True
    try:
        _write(descriptor, data)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if made:
        sync_folder(root, path.rpartition("/")[0])


def replace_file(root: Path, path: str, data: bytes, mode: int = PRIVATE_MODE) -> None:
    """Make `data` the whole contents of the file at `path`. Whatever had that name is removed; if it was a link, its
    target is not touched.

    Durable when this returns. A crash before the rename leaves the old file, one after it `data`; a draft may stay.
    """
    parent, _, name = path.rpartition("/")
    folder = open_folder(root, parent)
    try:
        draft = f".{name}.{os.urandom(8).hex()}.draft"
        descriptor = open_in(folder, draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            _write(descriptor, data)
            os.fsync(descriptor)
            os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                _let_go(draft, folder)
            raise
        finally:
            os.close(descriptor)
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep_drafts(root: Path, path: str) -> int:
    """Remove the drafts that a crash left of the file at `path`. Returns how many there were. No reader ever used them.

    Call it when no other process replaces the file: under its lock, or before its one writer starts.
    """
    parent, _, name = path.rpartition("/")
    try:
        folder = open_folder(root, parent)
    except OSError:
        return 0
    draft, swept = re.compile(rf"\.{re.escape(name)}\.[0-9a-f]{{16}}\.draft|{re.escape(name)}\.next"), 0
    try:
        for found in names_of(folder):
            if draft.fullmatch(found):
                with contextlib.suppress(OSError):
                    _let_go(found, folder)
                    swept += 1
    finally:
        os.close(folder)
    return swept


def forget_file(root: Path, path: str) -> None:
    """Remove the name `path`, unless it is a folder's. Does nothing where there is no such name."""
    parent, _, name = path.rpartition("/")
    folder = open_folder(root, parent)
    try:
        with contextlib.suppress(FileNotFoundError):
            _let_go(name, folder)
    finally:
        os.close(folder)


def forget_tree(root: Path, path: str) -> None:
    """Remove `path` and all that is below it, however deep the folders lie; no link is followed.

    Each inner folder is first moved to a random name beside `path`: a crash leaves those folders there.
    """
    parent, _, name = path.rpartition("/")
    place, waiting = open_folder(root, parent), [name]
    try:
        while waiting:
            waiting += _empty(waiting.pop(), place)
    except FileNotFoundError:
        return
    finally:
        os.close(place)


def _empty(name: str, place: int) -> list[str]:
    """Remove `name` from the open folder `place`. Returns the new names, in `place`, of the folders that it
    contained.
    """
    if not stat.S_ISDIR(os.stat(name, dir_fd=place, follow_symlinks=False).st_mode):
        _let_go(name, place)
        return []
    taken: list[str] = []
    folder = os.open(name, os.O_RDONLY | FOLDER, dir_fd=place)
    try:
        for below in names_of(folder):
            if stat.S_ISDIR(os.stat(below, dir_fd=folder, follow_symlinks=False).st_mode):
                taken.append(f".{os.urandom(8).hex()}.draft")
                os.rename(below, taken[-1], src_dir_fd=folder, dst_dir_fd=place)
            else:
                _let_go(below, folder)
    finally:
        os.close(folder)
    os.rmdir(name, dir_fd=place)
    return taken


def _let_go(name: str, folder: int) -> None:
    # Path.unlink takes no descriptor of a folder.
    os.unlink(name, dir_fd=folder)  # noqa: TID251  a name of our own, no record


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync_folder(root: Path, path: str) -> None:
    """Make the names in the folder at `path` durable. Raises as `open_folder`."""
    descriptor = open_folder(root, path)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
