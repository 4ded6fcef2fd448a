"""Columns of register rows, hundreds of rows at a time: they are accepted when the vault would write them, else `Unsound` is raised.

Checking a whole column costs a fraction of checking each of its cells, and most columns repeat one cell.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, groupby
from typing import cast

from totebox.vault.log.cells import line_cells
from totebox.vault.log.record import COLUMNS, LARGEST, TIME

WIDTH = len(COLUMNS)
DIFFER = 8
"""When this many cells at the top of a column all differ, the rest of the column is taken to differ too."""
_PLAIN = bytes(set(range(32, 127)) - set(b"\"'"))
_FORMULA = bytes.maketrans(b"+-@", b"===")
_NUMERALS = b"0123456789,"
_SMALL = {b"%d" % number: number for number in range(1 << 11)}
_LAST_DIGITS = [b"%03d" % number for number in range(1_000)]
_FREE, _CITED = (2, 3, 4, 5, 6, 13, 14), (10, 11, 12)
"""Columns of free text, and those that cite another row or nothing; every other column has one possible form."""

Column = list[bytes]


class Unsound(Exception):
    """The rows are not accepted as a whole, and have to be checked row by row."""


def demand(claim: bool) -> None:
    """Raises Unsound unless `claim`."""
    if not claim:
        raise Unsound


def columns_of(data: bytes, rows: Sequence[bytes], first: int) -> list[Column]:
    """The cells of `rows` by column. `data` holds the same rows with an LF after each; the first has index `first`.

    Index, time and citations of the result are well formed. Offset, length and hash are not checked here.

    Raises:
        Unsound, ValueError, VaultDamaged: a row is not one that the vault writes, or not in its place.
    """
    columns = _plain_columns(data, len(rows), first)
    if columns is None:
        columns = [list(column) for column in zip(*map(_cells, rows), strict=True)]
        demand(len(columns) == WIDTH)
        demand(columns[0] == [b"%d" % index for index in range(first, first + len(rows))])
    demand(all(TIME.fullmatch(time.decode()) for time in _distinct(columns[1])))
    for place in _CITED:
        numbers([cell for cell in _distinct(columns[place]) if cell])
    return columns


def _plain_columns(data: bytes, rows: int, first: int) -> list[Column] | None:
    """The columns, when no cell needs a quote or an apostrophe; None when one may need it, or the rows are not as expected.

    A comma is added before each LF, so an LF begins a cell. There are as many LFs as rows, and the column of indices, which is
    as expected, holds all but the last of them: so each row has exactly the right number of cells.
    """
    if not data.isascii() or b'"' in data or b"'" in data:
        return None
    cells = data.replace(b"\n", b",\n").split(b",")
    if len(cells) != WIDTH * rows + 1 or b"".join(cells[:-1:WIDTH]) != _indices(first, first + rows):
        return None
    columns = [cells[place:-1:WIDTH] for place in range(WIDTH)]
    text = b"," + b",".join(chain.from_iterable([_distinct(columns[place]) for place in _FREE]))
    return None if text.translate(None, _PLAIN) or b",=" in text.translate(_FORMULA) else columns


def _indices(first: int, past: int) -> bytes:
    """The numbers from `first` to `past` - 1 as text, with an LF between them."""
    size = len(_LAST_DIGITS)
    if first < size:
        return b"\n".join([b"%d" % number for number in range(first, past)])
    blocks = range(first // size * size, past, size)
    lasts = (_LAST_DIGITS[max(first - block, 0) : past - block] for block in blocks)
    return b"".join(
        [(b"\n%d" % (block // size)).join([b"", *last]) for block, last in zip(blocks, lasts, strict=True)]
    )[1:]


def _distinct(column: Column) -> Collection[bytes]:
    """The cells of `column`, without repetitions where removing them is likely to save time."""
    some = column[0]
    if some == column[-1] and column.count(some) == len(column):
        return (some,)
    return column if len({some, *column[1:DIFFER]}) == min(DIFFER, len(column)) else set(column)


def _cells(line: bytes) -> list[bytes]:
    return [cell.encode() for cell in line_cells(line)]


def numbers(column: Sequence[bytes]) -> list[int]:
    """The numbers in `column`. Each must be written as the vault writes it: digits alone and no leading zero (as JSON requires).

    Raises:
        Unsound, ValueError: a cell is not such a number.
    """
    small = list(map(_SMALL.get, column))
    if None not in small:
        return cast(list[int], small)
    text = b",".join(column)
    demand(not text.translate(None, _NUMERALS))
    values: list[int] = json.loads(b"[%b]" % text)
    demand(len(values) == len(column) and max(values, default=0) <= LARGEST)
    return values


def runs(cells: Column) -> Iterator[tuple[bytes, int, int]]:
    """(cell, begin, end) of each run of equal cells."""
    begin = 0
    if cells[0] == cells[-1] and cells.count(cells[0]) == len(cells):
        yield cells[0], 0, len(cells)
        return
    for cell, run in groupby(cells):
        end = begin + len(list(run))
        yield cell, begin, end
        begin = end
