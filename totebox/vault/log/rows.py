"""Where the rows of a register file begin, found in large pieces: no object is made for a row.

header line LF | row LF | row LF | ... | what a crash tore
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
"""What a crash tears has at most so many bytes without an LF; where more follow one another, no row is looked for any more."""


@dataclass(slots=True)
class Marks:
    """`offsets[k]` is where row `k * STRIDE` begins; `rows` whole rows end at byte `end` (0: the header is torn)."""

    offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    rows: int = 0
    end: int = 0


def mark(root: Path, path: str, most: int) -> Marks:
    """The marks of up to `most` whole rows of the register file at `path`; a row that is longer than any ends them."""
    marks, rest = Marks(), b""
    with stream(root, path) as file:
        if file.read(len(HEADER)) != HEADER:
            return marks
        marks.end = len(HEADER)
        while marks.rows < most and len(rest) <= LONGEST_GAP_BYTES and (piece := file.read(PIECE_BYTES)):
            rest = _mark_piece(rest + piece, most, marks)
    return marks


def _mark_piece(data: bytes, most: int, marks: Marks) -> bytes:
    """Take the whole rows of `data`; what is left of it."""
    begin, done, rows, find = marks.end, 0, marks.rows, data.find
    while rows < most and (end := find(b"\n", done)) >= 0:
        if rows % STRIDE == 0:
            marks.offsets.append(begin + done)
        done, rows = end + 1, rows + 1
    marks.rows, marks.end = rows, begin + done
    return data[done:]


def header_end(root: Path, path: str) -> int:
    """Where the rows of the register file at `path` begin; 0 when its header is torn."""
    with stream(root, path) as file:
        return len(HEADER) if file.read(len(HEADER)) == HEADER else 0


def end_of(data: bytes, rows: int) -> int:
    """Where row number `rows` of `data`, which begins with a row, ends."""
    end = 0
    for _ in range(rows):
        end = data.index(b"\n", end) + 1
    return end


def last_rows(root: Path, path: str) -> Iterator[bytes]:
    """The whole rows of the register file at `path`, the last one first, without their LF. Read from its end.

    They end where more bytes than any row has follow one another without an LF.
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
            # What follows the last LF of the file is no whole row.
            yield from reversed(rows if whole else rows[:-1])
            whole = whole or bool(rows)
        if whole:
            yield rest
