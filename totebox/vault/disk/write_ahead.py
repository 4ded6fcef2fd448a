"""Write-ahead log: one sync of one file makes durable what a group appended to many files.

A group is written to the files that it grows, and then once more, as one record, to `local/write-ahead`. That file has a fixed size and is
overwritten from its beginning again and again, so that a sync of it needs no write to the file system's own journal. When it is full, and
in quiet moments, the files themselves are synced and the log starts over. Its records are copies of acknowledged bytes; they are the only
ones after a power loss alone, and the next start writes them back to their files before it reads anything else.

    record := "ahead " generation " " sequence " " bytes of the body " " hash LF body, then zeros up to a multiple of 4,096
    body   := of each file: path " " offset " " bytes LF, those bytes, LF

The generation is 32 hex digits, new each time the log starts over; the sequence counts from 0; the hash is the SHA-256, in hex, of the
record without it: `ahead generation sequence bytes` LF body. The valid records are those of one generation that follow one another from
the beginning of the file without a gap.
"""

import errno
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from totebox.files.entrance import TooLarge, read_all, stream
from totebox.vault.disk.durable import PAGE, Disk, Slate, Tail
from totebox.vault.places import AHEAD as AHEAD

AHEAD_BYTES = 1 << 20
MOST_BYTES = 64 << 20
"""A larger file was not made by this program, and is not read."""
PARTS = 4
"""A group that needs more than 1/PARTS of the log is synced in its own files instead."""

_HEAD = re.compile(rb"(ahead ([0-9a-f]{32}) (0|[1-9][0-9]{0,8}) ([1-9][0-9]{0,8})) ([0-9a-f]{64})\n")
_PIECE = re.compile(
    rb"((?:assets|ledger)(?:/[a-z0-9][a-z0-9._-]{0,254}){2,4}) (0|[1-9][0-9]{0,18}) ([1-9][0-9]{0,8})\n"
)
_LONGEST_HEAD = 160

Piece = tuple[str, int, bytes]
"""(path, offset, bytes) of an append to one file."""


class WriteAhead:
    """Records groups in `slate`. One thread uses it."""

    def __init__(self, slate: Slate) -> None:
        self._slate = slate
        self._ahead: list[Tail] = []
        self._generation, self._sequence, self._end = _new_generation(), 0, 0

    @property
    def descriptor(self) -> int:
        """The descriptor of the log: the only one through which a caged process may overwrite bytes."""
        return self._slate.descriptor

    def takes(self, size: int) -> bool:
        """Whether a group of `size` bytes fits this log; a larger one is better synced in its own files."""
        return size + PAGE <= self._slate.size // PARTS

    def put(self, tails: Iterable[Tail]) -> None:
        """Make the waiting bytes of `tails` durable, as one record of this log.

        Raises:
            OSError: the disk failed; nothing may be written any more.
        """
        waiting = [tail for tail in tails if tail.waiting_bytes]
        record = self._record(waiting)
        if self._end + len(record) > self._slate.size:
            self.start_over()
            waiting = [tail for tail in waiting if tail.waiting_bytes]
            record = self._record(waiting)
        if not waiting:
            return
        # A crash before it is down leaves a record whose hash is wrong, and of the group what the files themselves kept of it: torn,
        # or whole. Nobody was told yet, so either is true.
        self._slate.put(self._end, record)
        self._end += len(record)
        self._sequence += 1
        for tail in waiting:
            if not tail.is_ahead:
                self._ahead.append(tail)
            tail.put_ahead()

    def start_over(self) -> None:
        """Make the files themselves durable, so that every record here may be overwritten.

        A crash in here, or before the first new record is whole, leaves the old records: what they put back is there already.
        """
        for tail in self._ahead:
            if tail.is_ahead:
                tail.sync()
        self._ahead = []
        self._generation, self._sequence, self._end = _new_generation(), 0, 0

    def rest(self) -> None:
        """Start over, and erase the first record, so that the next start finds none.

        The erasure needs no sync: if a crash undoes it, the next start writes the same bytes to the files once more.
        """
        if self._end:
            self.start_over()
            self._slate.jot(0, bytes(PAGE))

    def close(self) -> None:
        """Close the log. Bytes that are durable in it alone are written back by the next start."""
        self._slate.close()

    def _record(self, tails: Sequence[Tail]) -> bytes:
        parts: list[bytes] = []
        for tail in tails:
            size = tail.waiting_bytes
            parts += (f"{tail.path} {tail.end - size} {size}\n".encode(), tail.waiting(), b"\n")
        body = b"".join(parts)
        start = b"ahead %s %d %d" % (self._generation, self._sequence, len(body))
        record = b"%s %s\n%s" % (start, _hash(start, body), body)
        return record + bytes(-len(record) % PAGE)


@dataclass(frozen=True, slots=True)
class Prepared:
    """The result of `open_ahead`.

    `ahead` is the log, ready for new groups; None where it cannot be opened (no space, a read-only disk): groups are then synced in
    their own files. `trouble` is '' unless acknowledged bytes could not be written back: it then says which, and nothing may be written
    to the vault.
    """

    ahead: WriteAhead | None
    trouble: str


def open_ahead(disk: Disk, size: int = AHEAD_BYTES) -> Prepared:
    """Write back the acknowledged bytes that a power loss took, and open the log for new groups."""
    try:
        trouble = _put_back(disk)
    except OSError as error:
        trouble = f"{AHEAD} holds acknowledged bytes that cannot be put back into their files: {error.strerror}; mend that, then restart"
    if trouble:
        return Prepared(None, trouble)
    try:
        return Prepared(WriteAhead(disk.slate(AHEAD, size)), "")
    except OSError:
        return Prepared(None, "")


def held(root: Path) -> Iterator[Piece]:
    """The pieces in the valid records of the log of the vault at `root`, oldest first."""
    return (piece for record in records(_read(root)) for piece in record)


def records(data: bytes) -> Iterator[list[Piece]]:
    """The valid records in `data`, each as its pieces."""
    place, generation, sequence = 0, b"", 0
    while head := _HEAD.match(data, place, place + _LONGEST_HEAD):
        start, of, number, length, stated = head.groups()
        body = data[head.end() : head.end() + int(length)]
        if of != (generation or of) or int(number) != sequence or _hash(start, body) != stated:
            return
        yield list(_pieces(body))
        generation, sequence = of, sequence + 1
        place += -(-(head.end() - place + len(body)) // PAGE) * PAGE


def _pieces(body: bytes) -> Iterator[Piece]:
    place = 0
    while piece := _PIECE.match(body, place):
        path, offset, length = piece.groups()
        place = piece.end() + int(length) + 1
        yield path.decode(), int(offset), body[piece.end() : place - 1]


def _put_back(disk: Disk) -> str:
    """Write every piece of the valid records back to its file, durably; the records may then be overwritten.

    Returns '' or what is wrong.
    """
    chunks: list[tuple[str, int, bytearray]] = []
    newest: dict[str, tuple[str, int, bytearray]] = {}
    for path, offset, data in held(disk.root):
        chunk = newest.get(path)
        if chunk is None or chunk[1] + len(chunk[2]) != offset:
            # A larger group was synced where it lies between the two.
            chunk = newest[path] = (path, offset, bytearray())
            chunks.append(chunk)
        chunk[2].extend(data)
    for path, offset, whole in chunks:
        if not disk.mend(path, offset, bytes(whole)):
            return f"{path} ends before byte {offset}, behind which entries were acknowledged; restore it from a copy"
    return ""


def _read(root: Path) -> bytes:
    try:
        with stream(root, AHEAD, buffering=0) as file:
            if (size := os.fstat(file.fileno()).st_size) > MOST_BYTES:
                raise TooLarge(errno.EFBIG, f"holds {size} bytes; a write-ahead log has at most {MOST_BYTES}", AHEAD)
            # After a clean stop the first page is zeros: there is no need to read the rest.
            start = file.read(PAGE)
            return start + read_all(file.fileno(), MOST_BYTES, AHEAD) if _HEAD.match(start) else b""
    except FileNotFoundError:
        return b""


def _hash(start: bytes, body: bytes) -> bytes:
    return sha256(b"%s\n%s" % (start, body)).hexdigest().encode()


def _new_generation() -> bytes:
    return os.urandom(16).hex().encode()
