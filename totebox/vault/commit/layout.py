"""Where payloads go under `assets/`. Pure bookkeeping: it decides the places, `vault/disk/payloads.py` writes there.

    assets/<service>/<shelf>/<index>-<name>-<8 hash digits>.<suffix>     whole files; at most 1,024 a shelf (`00000`, `00001`, ...)
    assets/email/<shelf>/cur/<index>-<name>-<8 hash digits>.eml          whole files of service email: each shelf is a Maildir
    assets/<service>/<segment>/<first index>-<attempt>.csv               lines; a header line, then one line an entry

On a Maildir shelf `new/` and `tmp/` lie beside `cur/` and stay empty; each message is one whole file. A mail program reads such a shelf in
place, as a folder of its own.

A segment is open only while its newest line is among the newest 65,536 entries and the file is smaller than 16 MiB; after that, or when
a crash tore it, the next line opens another file. So a start finds every open segment in the newest 65,536 rows.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from totebox.errors import RecordRejected
from totebox.vault.api import Line
from totebox.vault.log.cells import Encode, encode_line
from totebox.vault.log.names import check_word, file_name

SHELF_FILES = 1_024
MAILDIRS = frozenset({"email"})
"""The services whose shelves are Maildirs."""
MESSAGES, EMPTY_FOLDERS = "cur", ("new", "tmp")
"""The folder of a Maildir shelf that holds the messages, and those beside it that hold nothing."""
_MESSAGE = re.compile(r"[0-9]{8,}-[a-z0-9][a-z0-9._-]*-[0-9a-f]{8}(?:-[0-9]+)?\.eml")
OPEN_ROWS = 65_536
SEGMENT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Shelf:
    """The newest shelf of a service: its number, and the number of files in it."""

    number: int
    files: int


class Segment(NamedTuple):
    """The newest file of a segment.

    Entries own its first `end` bytes; `header` is its header line with the LF; entry `last_index` owns the newest line; `closed` means
    that a crash tore it, so that no line may follow.
    """

    path: str
    end: int
    header: bytes
    last_index: int
    closed: bool


class LinePlace(NamedTuple):
    """Consecutive lines and their place: `data` (with the header line when it opens the file) goes to `offset` of `path`."""

    path: str
    offset: int
    data: bytes


class LineRun:
    """Consecutive lines of one segment in one file, written in one piece. `takes` says whether a further line can join."""

    def __init__(self, service: str, segment: str, columns: tuple[str, ...], path: str, offset: int) -> None:
        self.path, self.offset, self.end = path, offset, offset
        self._for = (service, segment, columns)
        self._header = _header_line(columns)
        self._width, self._lines = len(columns), list[bytes]()

    def takes(self, service: str, line: Line) -> bool:
        """Whether `line`, of the next entry, can join: same segment, same columns, and the file is not full."""
        return self.end < SEGMENT_BYTES and (service, line.segment, line.header) == self._for

    def add(self, cells: tuple[str, ...], encode: Encode) -> bytes:
        """Add one line at the end. Returns its bytes, with the header line before it when it opens the file.

        Raises:
            RecordRejected: the number of cells is not the number of columns, or a cell holds a line break.
        """
        data = encode(cells) + b"\n"
        if len(cells) != self._width:
            service, segment, _ = self._for
            raise RecordRejected(f"{len(cells)} cells for the {self._width} columns of {service}/{segment}")
        if not self.end:
            data = self._header + data
        self._lines.append(data)
        self.end += len(data)
        return data

    def place(self) -> LinePlace:
        """All lines that were added, and where they go."""
        return LinePlace(self.path, self.offset, b"".join(self._lines))

    def segment(self, last_index: int) -> tuple[tuple[str, str], "Segment"]:
        """The key of the segment ((service, segment)), and its state when entry `last_index` owns its newest line."""
        service, segment, _ = self._for
        return (service, segment), Segment(self.path, self.end, self._header, last_index, False)


class Layout:
    """The newest shelf of every service and the newest file of every segment."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}
        self.segments: dict[tuple[str, str], Segment] = {}
        self.taken: set[str] = set()
        """Paths of torn files; no new file may have one of these paths."""

    def copy(self) -> "Layout":
        """A copy. A planner decides places in the copy, and puts it in place of the original when the whole batch is accepted."""
        other = Layout()
        other.shelves, other.segments, other.taken = dict(self.shelves), dict(self.segments), self.taken
        return other

    def place_whole(self, service: str, kind: str, index: int, name: str, sha256: bytes) -> str:
        """Choose the path of a new whole file; opens another shelf when the newest is full."""
        shelf = self.shelves.get(service, Shelf(0, 0))
        if shelf.files >= SHELF_FILES:
            shelf = Shelf(shelf.number + 1, 0)
        self.shelves[service] = Shelf(shelf.number, shelf.files + 1)
        folder = f"{files_folder(service, f'{shelf.number:05d}')}/"
        hint = f"{name}.eml" if service in MAILDIRS and not name.lower().endswith(".eml") else name
        return folder + self._untaken(folder, file_name(index, hint, kind, sha256))

    def begin_run(self, service: str, line: Line, index: int) -> LineRun:
        """Begin a run of lines with `line`, of entry `index`. The layout changes only with `end_run`.

        Raises:
            RecordRejected: the segment is open and has other columns, or its name is not allowed.
        """
        check_word(line.segment, "a segment")
        segment = self.segments.get((service, line.segment))
        if segment is None or segment.closed or index - segment.last_index >= OPEN_ROWS or segment.end >= SEGMENT_BYTES:
            folder = f"assets/{service}/{line.segment}/"
            return LineRun(service, line.segment, line.header, folder + self._attempt(folder, index), 0)
        header = _header_line(line.header)
        if segment.header != header:
            raise RecordRejected(f"the columns of {segment.path} are {segment.header[:80]!r}, not {header[:80]!r}")
        return LineRun(service, line.segment, line.header, segment.path, segment.end)

    def end_run(self, run: LineRun, last_index: int) -> LinePlace:
        """Record `run` in the layout and return its place; entry `last_index` owns its last line."""
        key, self.segments[key] = run.segment(last_index)
        return run.place()

    def _attempt(self, folder: str, index: int) -> str:
        attempt = 1
        while folder + f"{index:08d}-{attempt}.csv" in self.taken:
            attempt += 1
        return f"{index:08d}-{attempt}.csv"

    def _untaken(self, folder: str, name: str) -> str:
        candidate, attempt = name, 2
        while folder + candidate in self.taken:
            stem, dot, suffix = name.partition(".") if "." in name[-11:] else (name, "", "")
            candidate, attempt = f"{stem}-{attempt}{dot}{suffix}", attempt + 1
        return candidate


@lru_cache(256)
def _header_line(columns: tuple[str, ...]) -> bytes:
    return encode_line(columns) + b"\n"


def is_shelf(name: str) -> bool:
    """Whether a folder under `assets/<service>/` is a shelf of whole files."""
    return name.isdecimal()


def files_folder(service: str, shelf: str) -> str:
    """The folder of the whole files on the shelf that is named `shelf`, a folder of digits."""
    return f"assets/{service}/{shelf}/{MESSAGES}" if service in MAILDIRS else f"assets/{service}/{shelf}"


def is_shelved(path: str) -> bool:
    """Whether `path` is the path of a whole file on a shelf of its service."""
    parts = path.split("/")
    if len(parts) < 4 or parts[0] != "assets" or not is_shelf(parts[2]):
        return False
    if parts[1] in MAILDIRS:
        return len(parts) == 5 and parts[3] == MESSAGES and is_message(parts[4])
    return len(parts) == 4


def is_message(name: str) -> bool:
    """Whether a file on a Maildir shelf can have this name."""
    return _MESSAGE.fullmatch(name) is not None


def empty_beside(folder: str) -> tuple[str, ...]:
    """The folders that lie beside `folder` and stay empty: those of a Maildir shelf, whose messages are in `folder`; else none."""
    parts = folder.split("/")
    if len(parts) == 4 and parts[1] in MAILDIRS and is_shelf(parts[2]) and parts[3] == MESSAGES:
        return tuple("/".join((*parts[:3], name)) for name in EMPTY_FOLDERS)
    return ()


def index_in(name: str) -> int:
    """The entry index at the start of a payload file's name; -1 for a name that the vault does not make."""
    head = name.partition("-")[0]
    return int(head) if head.isdecimal() and len(head) >= 8 else -1
