"""Finds written numbers and judges their grouping and decimal mark, in one pass over the text.

A number is taken whole or not at all: `1.2.3` and `31.01.2026` are no numbers, and neither is a part of them. Grouping is of
three digits (`1,250,000`), or of lakh and crore (`12,34,567`). Digits of every script count.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

DIGITS = re.compile(r"\d+")
THIN = "\u2009\u00a0\u202f\u2007"
"""Blanks that only stand inside a number: thin, no-break, narrow no-break and figure space."""
MARKS = ".,'’\u066b\u066c" + THIN
SAME = {"’": "'", **dict.fromkeys(THIN, "_"), "\u066b": "D", "\u066c": "G"}
MOST_DIGITS = 15
GROUP = 3


class Number(NamedTuple):
    """`text[start:end]` is the number `whole`.`cents`; `whole` is '' where it cannot be told which number it is.

    `cents` has two digits, '' where none are written. `one_mark` is `,` or `.` where three digits follow a single mark: a
    thousand, or a number with three decimals. `spaced` says that plain blanks stand in it (`2 150,00`): one number with
    groups, or two numbers side by side. `mark` is its decimal mark, '' where it has none.
    """

    start: int
    end: int
    whole: str
    cents: str = ""
    one_mark: str = ""
    spaced: bool = False
    mark: str = ""


class NumberScanner:
    """Reads the numbers of one text. `steps` counts the digit runs and marks that were looked at."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.steps = 0

    def numbers(self) -> Iterator[Number]:
        """Every number, in reading order; those that cannot be told too."""
        row: list[Number] = []
        for number in self._written():
            if row and not self._may_join(row[-1], number, leads=len(row) == 1):
                yield self._joined(row)
                row = []
            row.append(number)
        if row:
            yield self._joined(row)

    def _written(self) -> Iterator[Number]:
        """The numbers between plain blanks."""
        text, runs, marks = self._text, list[str](), list[str]()
        start = end = 0
        for found in DIGITS.finditer(text):
            self.steps += 1
            if runs and found.start() == end + 1 and text[end] in MARKS:
                marks.append(SAME.get(text[end], text[end]))
            else:
                if runs:
                    yield self._judged(start, end, runs, marks)
                runs, marks, start = [], [], found.start()
            runs.append(found[0])
            end = found.end()
        if runs:
            yield self._judged(start, end, runs, marks)

    def _judged(self, start: int, end: int, runs: list[str], marks: list[str]) -> Number:
        self.steps += len(runs)
        unknown = Number(start, end, "")
        if sum(map(len, runs)) > MOST_DIGITS:
            return unknown
        runs = ["".join(str(int(digit)) for digit in run) for run in runs]
        if not marks:
            return Number(start, end, runs[0])
        last, tail = marks[-1], runs[-1]
        if last in ".,D" and len(tail) < GROUP and last not in marks[:-1]:
            if _grouped(runs[:-1], marks[:-1], last):
                return Number(start, end, "".join(runs[:-1]), tail.ljust(2, "0"), mark="." if last == "D" else last)
            return unknown
        if last == "D" or not _grouped(runs, marks, ""):
            return unknown
        one_mark = last if len(marks) == 1 and last in ".," else ""
        return Number(start, end, "".join(runs), one_mark=one_mark)

    def _may_join(self, left: Number, right: Number, *, leads: bool) -> bool:
        """Whether a plain blank between two numbers may be a grouping mark; `leads` says that `left` is the first group."""
        self.steps += 1
        text = self._text
        if right.start != left.end + 1 or text[left.end] != " " or not left.whole or not right.whole:
            return False
        return _is_group(text[left.start : left.end], leads=leads) and right.end - right.start - _tail(right) == GROUP

    def _joined(self, row: list[Number]) -> Number:
        first, last = row[0], row[-1]
        if len(row) == 1:
            return first
        self.steps += len(row)
        written = [self._text[number.start : number.end] for number in row]
        fits = all(len(group) == GROUP for group in written[1:-1])
        whole = "".join(number.whole for number in row) if fits and len(row) * GROUP <= MOST_DIGITS else ""
        return Number(first.start, last.end, whole, last.cents, spaced=True, mark=last.mark)


def _is_group(written: str, *, leads: bool) -> bool:
    return written.isdecimal() and (len(written) <= GROUP and int(written[0]) > 0 if leads else len(written) == GROUP)


def _tail(number: Number) -> int:
    """How many characters of a number without grouping belong to its decimals."""
    return number.end - number.start - len(number.whole) if number.mark else 0


def _grouped(runs: list[str], marks: list[str], decimal: str) -> bool:
    """Whether `marks` group the digits `runs`: one and the same mark, which is not the decimal mark."""
    if not marks:
        return True
    if len(set(marks)) > 1 or marks[0] in (decimal, "D") or runs[0].startswith("0") or len(runs[-1]) != GROUP:
        return False
    threes = len(runs[0]) <= GROUP and all(len(run) == GROUP for run in runs[1:-1])
    lakhs = marks[0] == "," and len(runs) > 2 and len(runs[0]) < GROUP and all(len(run) == 2 for run in runs[1:-1])
    return threes or lakhs
