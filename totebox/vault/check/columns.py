"""Register rows by column, hundreds at a time: they are what the vault writes, or nothing is said. Part of `fsck`.

A look at a whole column costs a fraction of a look at each of its cells, and most columns hold one cell over and over.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, groupby
from typing import cast

from totebox.vault.log.cells import line_cells
from totebox.vault.log.record import COLUMNS, LARGEST, TIME

WIDTH = len(COLUMNS)
DIFFER = 8
"""Where so many cells at the top of a column all differ, the others will."""
_PLAIN = bytes(set(range(32, 127)) - set(b"\"'"))
_FORMULA = bytes.maketrans(b"+-@", b"===")
_NUMERALS = b"0123456789,"
_SMALL = {b"%d" % number: number for number in range(1 << 11)}
_LAST_DIGITS = [b"%03d" % number for number in range(1_000)]
_FREE, _CITED = (2, 3, 4, 5, 6, 13, 14), (10, 11, 12)
"""Columns of free text, and those that cite another row or nothing; every other column has one possible form."""

Column = list[bytes]


class Unsound(Exception):
    """Something that has to be looked at row by row."""


def demand(claim: bool) -> None:
    """Raises Unsound unless `claim`."""
    if not claim:
        raise Unsound


def columns_of(data: bytes, rows: Sequence[bytes], first: int) -> list[Column]:
    """The cells by column of `rows`, which `data` holds with a LF behind each: they are what the vault writes, in their place.

    Index, time and citations are well formed then; whether offset, length and hash are is for whoever uses them to judge.

    Raises:
        Unsound, ValueError, VaultDamaged: it is not.
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
    """The columns where no cell needs a quote or an apostrophe; None where one may, or the rows are not what they should be.

    A LF is given a comma of its own, so it begins a cell. There are as many LF as rows, and the column of indices, which is
    as expected, has all but the last: so every row has all its cells, and no more.
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
    """The numbers from `first` up to `past`, with a LF between."""
    size = len(_LAST_DIGITS)
    if first < size:
        return b"\n".join([b"%d" % number for number in range(first, past)])
    blocks = range(first // size * size, past, size)
    lasts = (_LAST_DIGITS[max(first - block, 0) : past - block] for block in blocks)
    return b"".join(
        [(b"\n%d" % (block // size)).join([b"", *last]) for block, last in zip(blocks, lasts, strict=True)]
    )[1:]


def _distinct(column: Column) -> Collection[bytes]:
    """The cells of `column`, each once where that is likely to be worth the search."""
    some = column[0]
    if some == column[-1] and column.count(some) == len(column):
        return (some,)
    return column if len({some, *column[1:DIFFER]}) == min(DIFFER, len(column)) else set(column)


def _cells(line: bytes) -> list[bytes]:
    return [cell.encode() for cell in line_cells(line)]


def numbers(column: Sequence[bytes]) -> list[int]:
    """The numbers in `column`, each written as the vault writes it: digits alone, no zero in front (JSON has none either).

    Raises:
        Unsound, ValueError: one is not.
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
