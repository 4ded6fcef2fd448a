"""Verification of the write-ahead log of a vault that no process serves: its records must be in their files too."""

from collections.abc import Iterator
from pathlib import Path

from totebox.files.entrance import WHO_PUT_IT
from totebox.vault.api import Finding
from totebox.vault.disk.payloads import read_range
from totebox.vault.disk.write_ahead import AHEAD, held

START = "start the vault once: it puts back what a power loss took"


def check_ahead(root: Path) -> Iterator[Finding]:
    """One finding for each file whose end is in the write-ahead log alone: nothing is lost, and the next start writes it back.

    Also a finding when the file at its place is not a write-ahead log.
    """
    behind: dict[str, int] = {}
    try:
        pieces = list(held(root))
    except OSError as error:
        yield Finding("foreign", AHEAD, None, None, "a write-ahead log", error.strerror or str(error), WHO_PUT_IT)
        return
    for path, offset, data in pieces:
        if path not in behind and read_range(root, path, offset, len(data)) != data:
            behind[path] = offset
    for path, offset in sorted(behind.items()):
        yield Finding(
            "doubt", path, None, offset, "what was acknowledged before power was lost", f"it is in {AHEAD}", START
        )
