"""Verification of payload bytes: each range has the hash that its entry states. Runs in worker processes."""

import os
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from totebox.files.entrance import Planted, stream
from totebox.vault.api import Finding
from totebox.vault.check.findings import RESTORE
from totebox.vault.check.ownership import LEFT_OVER, Owned

PIECE_BYTES = 1 << 18
MANY_BYTES = 64 << 20
SHARE = 2_048
READABLE = (
    "verify as the owner of the vault; where the disk itself fails, copy the vault to another one and restore this file"
)


def shares(ranges: Iterable[Owned]) -> Iterator[list[Owned]]:
    """Shares of work: at most 2,048 ranges each, and a share ends with the range that brings it to 64 MiB or more."""
    share: list[Owned] = []
    weight = 0
    for owned in ranges:
        share.append(owned)
        weight += owned.length
        if len(share) >= SHARE or weight >= MANY_BYTES:
            yield share
            share, weight = [], 0
    if share:
        yield share


def check_share(root: Path, share: Sequence[Owned]) -> list[Finding]:
    """Hash each range of `share`. Returns findings for those that differ, are too short or cannot be read."""
    findings: list[Finding] = []
    opened: tuple[str, BinaryIO] | None = None
    try:
        for owned in share:
            if opened is None or opened[0] != owned.path:
                if opened is not None:
                    opened[1].close()
                try:
                    opened = _open(root, owned.path)
                except OSError as error:
                    opened = None
                    findings.append(_unreadable(owned, error))
                    continue
            if opened is None:
                findings.append(_finding(owned, "a plain file", "no plain file"))
            else:
                findings += _check_range(opened[1], owned)
    finally:
        if opened is not None:
            opened[1].close()
    return findings


def _open(root: Path, path: str) -> tuple[str, BinaryIO] | None:
    try:
        return path, stream(root, path, buffering=0)
    except (Planted, FileNotFoundError, NotADirectoryError):
        return None


def _check_range(file: BinaryIO, owned: Owned) -> list[Finding]:
    digest, rest = sha256(), owned.length
    room = memoryview(bytearray(min(PIECE_BYTES, max(rest, 1))))
    try:
        file.seek(owned.offset)
        while rest and (count := file.readinto(room[: min(rest, PIECE_BYTES)])):  # type: ignore[attr-defined]
            digest.update(room[:count])
            rest -= count
        size = os.fstat(file.fileno()).st_size
    except OSError as error:
        return [_unreadable(owned, error)]
    findings: list[Finding] = []
    if rest:
        findings.append(_finding(owned, f"{owned.length} bytes", f"{owned.length - rest} bytes"))
    elif digest.digest() != owned.sha256:
        findings.append(_finding(owned, f"sha256 {owned.sha256.hex()}", f"sha256 {digest.hexdigest()}"))
    if owned.alone and size > owned.length:
        expected, found = f"{owned.length} bytes", f"{size} bytes"
        findings.append(Finding("foreign", owned.path, None, owned.length, expected, found, LEFT_OVER))
    return findings


def _finding(owned: Owned, expected: str, found: str, remedy: str = RESTORE) -> Finding:
    return Finding("damage", owned.path, owned.index, owned.offset, expected, found, remedy)


def _unreadable(owned: Owned, error: OSError) -> Finding:
    return _finding(owned, f"{owned.length} bytes that can be read", error.strerror or str(error), READABLE)
