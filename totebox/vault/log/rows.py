"""Offsets of the rows of a register file. The file is searched in large pieces, and no object is made for a row.

header line LF | row LF | row LF | ... | torn bytes
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import SEEK_END
from pathlib import Path

from totebox.files.entrance import stream
from totebox.vault.log.record import HEADER, MAX_LEAF_BYTES

STRIDE = 32
TAIL_BYTES = 1 << 16
PIECE_BYTES = 1 << 19
LONGEST_ROW_BYTES = MAX_LEAF_BYTES + 1
LONGEST_GAP_BYTES = 8 << 20
"""A crash leaves at most this many bytes without an LF. After a longer run the search for rows ends."""


@dataclass(slots=True)
class Marks:
    """Row `k * STRIDE` begins at byte `offsets[k]`; the first `rows` complete rows end at byte `end` (0: the header is torn)."""

    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    rows: int = 0
    end: int = 0


def mark(root: Path, path: str, most: int) -> Marks:
    """The marks of up to `most` complete rows of the register file at `path`.

    They end before a run of bytes that is too long to be a row.
    """
    marks, rest = Marks(), b""
    with stream(root, path) as file:
        if file.read(len(HEADER)) != HEADER:
            return marks
        marks.end = len(HEADER)
        while marks.rows < most and len(rest) <= LONGEST_GAP_BYTES and (piece := file.read(PIECE_BYTES)):
            rest = _mark_piece(rest + piece, most, marks)
    return marks


def _mark_piece(data: bytes, most: int, marks: Marks) -> bytes:
    """Add the complete rows of `data` to `marks`. Returns the rest of `data`."""
    begin, done, rows, find = marks.end, 0, marks.rows, data.find
    while rows < most and (end := find(b"\n", done)) >= 0:
        if rows % STRIDE == 0:
            marks.offsets.append(begin + done)
        done, rows = end + 1, rows + 1
    marks.rows, marks.end = rows, begin + done
    return data[done:]


def header_end(root: Path, path: str) -> int:
    """Offset of the first row of the register file at `path`; 0 when its header is torn."""
    with stream(root, path) as file:
        return len(HEADER) if file.read(len(HEADER)) == HEADER else 0


def end_of(data: bytes, rows: int) -> int:
    """Offset behind the first `rows` rows of `data`, which begins with a row."""
    end = 0
    for _ in range(rows):
        end = data.index(b"\n", end) + 1
    return end


def last_rows(root: Path, path: str) -> Iterator[bytes]:
    """The complete rows of the register file at `path`, the last one first, without their LF. The file is read from its end.

    They end at a run of more than `LONGEST_GAP_BYTES` without an LF.
    """
    begin = header_end(root, path)
    with stream(root, path, buffering=0) as file:
        place, rest = file.seek(0, SEEK_END), b""
        whole = False
        while begin and place > begin:
            size = min(TAIL_BYTES, place - begin)
            place -= size
            file.seek(place)
            rest, *rows = (file.read(size) + rest).split(b"\n")
            if len(rest) > LONGEST_GAP_BYTES:
                return
            # The bytes after the last LF of the file are not a complete row.
            yield from reversed(rows if whole else rows[:-1])
            whole = whole or bool(rows)
        if whole:
            yield rest
