"""Checks that a ZIP is safe to open: members and uncompressed sizes are counted before anything is unpacked."""

import zipfile
import zlib
from pathlib import Path

from totebox.errors import UnreadableDocument

MAX_MEMBERS = 4_096
MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_RATIO = 200
RATIO_FROM_BYTES = 4 * 1024 * 1024
DAMAGED = (
    zipfile.BadZipFile, zlib.error, SyntaxError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, OSError, EOFError,
)  # fmt: skip
"""What libraries raise on Office files whose members are broken."""


def guard(path: Path) -> None:
    """Refuse a ZIP that would unpack to too much.

    Raises:
        UnreadableDocument: too many members, too many bytes, too high a ratio, encrypted, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
        raise UnreadableDocument("the file is damaged: its ZIP directory cannot be read") from error
    if len(members) > MAX_MEMBERS:
        raise UnreadableDocument(f"the archive has {len(members):,} members, more than {MAX_MEMBERS:,}")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnreadableDocument(f"it would unpack to {unpacked:,} bytes, more than {MAX_UNPACKED_BYTES:,}")
    for member in members:
        if member.flag_bits & 0x1:
            raise UnreadableDocument("it is encrypted; its text cannot be read without the password")
        if member.file_size > RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise UnreadableDocument("a member is packed more than 200 to 1, like a bomb, and was not opened")
