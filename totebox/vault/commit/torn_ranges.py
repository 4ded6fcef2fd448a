"""Torn ranges: the bytes that a crash left and that no row owns. This module finds them and only reads; `recover` adopts them.

They lie at four kinds of places: behind the end of a register, behind the end of an open segment, in a segment file that was just
begun, and in whole files that were just sealed. The name of a file begins with the index of the entry for which it was made, so the
names of unowned files have an index at or after the end of the log.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from totebox.errors import VaultDamaged
from totebox.files.entrance import is_file, is_folder, names_in, stat_of, stream
from totebox.vault.api import Entry
from totebox.vault.check.ownership import FOREIGN
from totebox.vault.commit.layout import OPEN_ROWS, Layout, Segment, Shelf, files_folder, index_in, is_shelf
from totebox.vault.commit.plan import Range
from totebox.vault.disk.payloads import hash_range
from totebox.vault.log.journal import Journal
from totebox.vault.log.record import parse_row
from totebox.vault.log.register import RegisterFile
from totebox.vault.log.rows import LONGEST_ROW_BYTES, mark
from totebox.vault.places import ASSETS

_SEGMENT = re.compile(rb",(assets/[a-z0-9-]+/[a-z][a-z0-9-]*/[0-9]+-[0-9]+\.csv),")
_TORN = b",fs,torn,"
MOST_TORN_BYTES = 8 << 30
"""Limit for one torn range. It is larger than the largest original, which a crash may leave complete and without an entry."""


@dataclass(slots=True)
class TornSearch:
    """The result of `look`: the newest places of payloads, and the torn ranges. `trouble` is '' or says why the vault takes no writes."""

    layout: Layout = field(default_factory=Layout)
    torn: list[Range] = field(default_factory=list)
    trouble: str = ""


def last_rows(root: Path, file: RegisterFile) -> Iterator[Entry]:
    """The valid rows of the last register file after its known ones (the first `rows`, up to byte `end`), in order.

    They end before the first row that cannot be parsed, has another index than the next one, or has no LF.
    """
    if not file.end:
        return
    with stream(root, file.path) as lines:
        lines.seek(file.end)
        rows = iter(lambda: lines.readline(LONGEST_ROW_BYTES), b"")
        for index, row in enumerate(rows, file.past):
            try:
                entry = parse_row(row[:-1])
            except Exception as error:  # noqa: BLE001 - torn bytes can be anything; the row is not valid, whatever the error
                assert not isinstance(error, AssertionError)
                return
            if entry.index != index or not row.endswith(b"\n"):
                return
            yield entry


def torn_rows(root: Path, files: list[RegisterFile]) -> list[Range]:
    """The torn ranges behind the last row of the register. `rows` and `end` of the last file must be known already."""
    found: list[Range] = []
    for file in reversed(files):
        size = size_of(root, file.path)
        if size > file.end or size == 0:
            found.append(range_of(root, file.path, file.end, size))
        if file.rows:
            break
    return list(reversed(found))


def end_of_rows(root: Path, file: RegisterFile) -> int:
    """The offset behind the known rows of `file`; 0 when its header is torn."""
    return mark(root, file.path, file.rows).end


def size_of(root: Path, path: str) -> int:
    """Size of the plain file at `path`, in bytes; 0 where there is none."""
    found = stat_of(root, path)
    return found.st_size if found is not None and S_ISREG(found.st_mode) else 0


def range_of(root: Path, path: str, start: int, size: int) -> Range:
    """The bytes of `path` from `start` to `size`, to be owned by a torn entry.

    Raises:
        VaultDamaged: they are more bytes than a crash leaves.
    """
    if size - start > MOST_TORN_BYTES:
        raise VaultDamaged(
            f"{path} holds {size - start} bytes that no entry owns, more than a crash leaves; {FOREIGN}, and verify"
        )
    return Range(path, start, size - start, hash_range(root, path, start, size - start)[0])


def look(root: Path, records: Journal, size: int) -> TornSearch:
    """Find the open segments, the newest shelves and the torn ranges. Reads the newest 65,536 rows and each service's newest shelves."""
    found = TornSearch()
    owned, torn = _newest_owners(records, size)
    for path, entry in owned.items():
        _judge_segment(root, path, entry, found)
    for service in _folders(root, ASSETS):
        _look_into(root, service, size, torn | set(owned), found)
    found.layout.taken = torn | {torn.path for torn in found.torn}
    return found


def _newest_owners(records: Journal, size: int) -> tuple[dict[str, Entry], set[str]]:
    """The newest entry of each segment file, and the paths that torn entries own, among the newest rows."""
    owned: dict[str, Entry] = {}
    torn: set[str] = set()
    for start in range(max(size - 1_024, 0), max(size - OPEN_ROWS, 0) - 1_024, -1_024):
        first = max(start, 0)
        leaves = records.register.leaves(first, start + 1_024 - first)
        together = b"\n".join(leaves)
        if {match.decode() for match in _SEGMENT.findall(together)} <= owned.keys() and _TORN not in together:
            continue
        for leaf in reversed(leaves):
            paths = {match.decode() for match in _SEGMENT.findall(leaf)}
            if paths <= owned.keys() and _TORN not in leaf:
                continue
            entry = parse_row(leaf)
            if entry.kind == "torn":
                torn.add(entry.path)
            if entry.path in paths and entry.index < size:
                owned.setdefault(entry.path, entry)
    return owned, torn


def _judge_segment(root: Path, path: str, entry: Entry, found: TornSearch) -> None:
    end, size = entry.offset + entry.length, size_of(root, path)
    if size < end:
        found.trouble = f"{path} is {size} bytes long and entry {entry.index} ends at {end}; run `os-totebox verify`"
        return
    closed = entry.kind == "torn"
    if size > end and not closed:
        found.torn.append(range_of(root, path, end, size))
        closed = True
    _, service, name, _ = path.split("/")
    known = found.layout.segments.get((service, name))
    if known is None or _order(known.path) < _order(path):
        with stream(root, path) as lines:
            header = lines.readline(LONGEST_ROW_BYTES)
        found.layout.segments[service, name] = Segment(path, end, header, entry.index, closed)


def _look_into(root: Path, service: str, size: int, owned: set[str], found: TornSearch) -> None:
    where = f"{ASSETS}/{service}"
    folders = _folders(root, where)
    shelves = [name for name in folders if is_shelf(name)]
    if shelves:
        found.layout.shelves[service] = Shelf(int(shelves[-1]), len(_names(root, files_folder(service, shelves[-1]))))
    for shelf in reversed(shelves):
        if not _unowned(root, files_folder(service, shelf), size, owned, found):
            break
    for folder in folders:
        if not is_shelf(folder):
            _unowned(root, f"{where}/{folder}", size, owned, found)


def _unowned(root: Path, folder: str, size: int, owned: set[str], found: TornSearch) -> bool:
    """Add the files of `folder` that no entry owns. Returns whether any of its files was made for an entry at or after `size`."""
    newer = [name for name in sorted(_names(root, folder)) if index_in(name) >= size]
    for name in newer:
        path = f"{folder}/{name}"
        if path not in owned and is_file(root, path):
            found.torn.append(range_of(root, path, 0, size_of(root, path)))
    return bool(newer)


def _names(root: Path, folder: str) -> list[str]:
    """The names in `folder`; none where a crash left a shelf without it."""
    return names_in(root, folder) if is_folder(root, folder) else []


def _folders(root: Path, path: str) -> list[str]:
    """The names of the folders in the folder at `path`, sorted. Symbolic links are left out."""
    return sorted(name for name in names_in(root, path) if is_folder(root, f"{path}/{name}"))


def _order(path: str) -> tuple[int, int]:
    first, attempt = path.rpartition("/")[2].removesuffix(".csv").split("-")
    return int(first), int(attempt)
