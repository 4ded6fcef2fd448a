"""Verify payload bytes: every range has its hash, and every byte has exactly one owner. Part of `fsck`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from typing import BinaryIO

from totebox.vault.api import Entry, Finding
from totebox.vault.files import PIECE_BYTES

RESTORE = "restore this file from a copy of the vault and verify again"
FOREIGN = "find out who put it there; move it elsewhere"
LEFT_OVER = "if a crash left it, start the Totebox once: it is kept and given an owner; else find out who put it there"
MANY_BYTES = 64 << 20
"""Below this, starting processes takes longer than hashing."""
SHARE = 2_048


@dataclass(frozen=True, slots=True)
class Owned:
    """A range that entry `index` owns."""

    index: int
    path: str
    offset: int
    length: int
    sha256: bytes


@dataclass(slots=True)
class Ownership:
    """Who owns which bytes, and in which order they were given away."""

    ends: dict[str, int] = field(default_factory=dict)
    ranges: list[Owned] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def begin(self, path: str, end: int) -> None:
        """The first `end` bytes of `path` are accounted for otherwise (rows of a register)."""
        self.ends[path] = end

    def add(self, entry: Entry) -> None:
        """`entry` owns its range; ranges of one file follow each other without gap or overlap."""
        if not entry.path:
            return
        end = self.ends.get(entry.path, 0)
        if entry.offset != end:
            said = f"offset {entry.offset}"
            self.findings.append(
                Finding("damage", entry.path, entry.index, entry.offset, f"offset {end}", said, RESTORE)
            )
        self.ends[entry.path] = entry.offset + entry.length
        self.ranges.append(Owned(entry.index, entry.path, entry.offset, entry.length, entry.sha256))


def check_ranges(root: Path, ranges: Sequence[Owned], total: int, moved: Callable[[int], None]) -> list[Finding]:
    """Hash every range; on every core when there is much to hash."""
    findings: list[Finding] = []
    workers = cpu_count() or 1
    if total < MANY_BYTES or workers == 1:
        for share in _shares(ranges):
            findings += _check_share(root, share)
            moved(sum(owned.length for owned in share))
        return findings
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        shares = list(_shares(ranges))
        for share, found in zip(shares, pool.map(_check_share, [root] * len(shares), shares), strict=True):
            findings += found
            moved(sum(owned.length for owned in share))
    return findings


def check_sizes(root: Path, ends: dict[str, int], *, live: bool) -> Iterator[Finding]:
    """Every owned file ends where its last owner ends. A live vault may grow meanwhile."""
    for path, end in ends.items():
        file = root / path
        if file.is_symlink() or not file.is_file():
            continue  # a missing file is found when its ranges are hashed
        size = file.stat().st_size
        if size > end and not live:
            yield Finding("foreign", path, None, end, f"{end} bytes", f"{size} bytes", LEFT_OVER)


def check_foreign(root: Path, ends: dict[str, int], newer: Callable[[str], bool]) -> Iterator[Finding]:
    """Files under `assets/` that nobody owns. `newer` says which were made after the head that is judged."""
    for path in sorted((root / "assets").rglob("*")):
        where = path.relative_to(root).as_posix()
        if path.is_dir() and not path.is_symlink():
            continue
        if path.is_symlink() or not path.is_file():
            yield Finding("foreign", where, None, None, "plain files alone", "a link or a special file", FOREIGN)
        elif where not in ends and not newer(path.name):
            yield Finding(
                "foreign",
                where,
                None,
                0,
                "an owner for every byte",
                f"{path.stat().st_size} bytes of nobody",
                LEFT_OVER,
            )


def _shares(ranges: Iterable[Owned]) -> Iterator[list[Owned]]:
    """Pieces of work of at most 2,048 ranges, and not much more than 64 MiB unless one range is larger."""
    rest = iter(ranges)
    share: list[Owned] = []
    weight = 0
    for owned in rest:
        share.append(owned)
        weight += owned.length
        if len(share) >= SHARE or weight >= MANY_BYTES:
            yield share
            share, weight = [], 0
    if share:
        yield share


def _check_share(root: Path, share: Sequence[Owned]) -> list[Finding]:
    findings: list[Finding] = []
    opened: tuple[str, BinaryIO] | None = None
    try:
        for owned in share:
            if opened is None or opened[0] != owned.path:
                if opened is not None:
                    opened[1].close()
                opened = _open(root, owned.path)
            if opened is None:
                findings.append(_finding(owned, "a plain file", "no plain file"))
            else:
                findings += _check_range(opened[1], owned)
    finally:
        if opened is not None:
            opened[1].close()
    return findings


def _open(root: Path, path: str) -> tuple[str, BinaryIO] | None:
    file = root / path
    if file.is_symlink() or not file.is_file():
        return None
    return path, file.open("rb")


def _check_range(stream: BinaryIO, owned: Owned) -> list[Finding]:
    digest, rest = sha256(), owned.length
    try:
        stream.seek(owned.offset)
        while rest and (piece := stream.read(min(rest, PIECE_BYTES))):
            digest.update(piece)
            rest -= len(piece)
    except OSError as error:
        return [_finding(owned, f"{owned.length} bytes", f"the disk failed: {error.strerror}")]
    if rest:
        return [_finding(owned, f"{owned.length} bytes", f"{owned.length - rest} bytes")]
    if digest.digest() != owned.sha256:
        return [_finding(owned, f"sha256 {owned.sha256.hex()}", f"sha256 {digest.hexdigest()}")]
    return []


def _finding(owned: Owned, expected: str, found: str) -> Finding:
    return Finding("damage", owned.path, owned.index, owned.offset, expected, found, RESTORE)
