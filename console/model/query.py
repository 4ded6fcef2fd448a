"""The `/` grammar of every list: `acme state!=up age>60`. All words must hold. Pure."""

import re
from collections.abc import Mapping, Sequence

from protocol.schema import Cell
from protocol.values import dataclass

_TERM = re.compile(r"^([a-z_][a-z0-9_.]*)(!=|>=|<=|=|>|<|~)(.*)$")
_SIZED = re.compile(r"^(-?\d+(?:\.\d+)?)([kmgt]?)b?$")
_SCALE = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; `column` '' is free text that any column may hold."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What a filter line says; no terms let everything through."""

    terms: tuple[Term, ...] = ()
    unknown: tuple[str, ...] = ()
    """Columns that were named and do not exist."""

    def holds(self, cells: Sequence[Cell], drawn: Sequence[str], places: Mapping[str, int]) -> bool:
        """Whether a row passes. `drawn` are its cells as text, `places` where each column is."""
        return all(_holds(term, cells, drawn, places) for term in self.terms)


def parse(text: str, columns: Sequence[str]) -> Filter:
    """The filter that `text` says over `columns`; a column may be cut short (`st=up`) when it stays unambiguous."""
    terms, unknown = [], []
    for word in text.split():
        match = _TERM.match(word.lower())
        if match is None:
            terms.append(Term("", "~", word.lower()))
            continue
        column = _column(match[1], columns)
        if column is None:
            unknown.append(match[1])
        elif match[3]:
            terms.append(Term(column, match[2], match[3]))
    return Filter(tuple(terms), tuple(unknown))


def _column(word: str, columns: Sequence[str]) -> str | None:
    if word in columns:
        return word
    found = [column for column in columns if column.startswith(word)]
    return found[0] if len(found) == 1 else None


def _holds(term: Term, cells: Sequence[Cell], drawn: Sequence[str], places: Mapping[str, int]) -> bool:
    if not term.column:
        return any(term.value in text.lower() for text in drawn)
    place = places[term.column]
    cell, text = cells[place], drawn[place].lower()
    number = _number(term.value)
    if isinstance(cell, int) and not isinstance(cell, bool) and number is not None and term.operator != "~":
        return _compare(term.operator, float(cell), number)
    match term.operator:
        case "=":
            return term.value in (text, _bare(text))
        case "!=":
            return term.value not in (text, _bare(text))
        case "~":
            return term.value in text
        case _:
            return bool(text) and _compare_text(term.operator, str(cell).lower(), term.value)


def _bare(text: str) -> str:
    """`text` without the sign before its first word: `✗ refused` is `refused`."""
    return text[2:] if len(text) > 2 and text[1] == " " and not text[0].isalnum() else text


def _number(text: str) -> float | None:
    match = _SIZED.match(text.replace(",", ""))
    return float(match[1]) * _SCALE[match[2]] if match else None


def _compare(operator: str, left: float, right: float) -> bool:
    match operator:
        case "=":
            return left == right
        case "!=":
            return left != right
        case ">":
            return left > right
        case "<":
            return left < right
        case ">=":
            return left >= right
        case _:
            return left <= right


def _compare_text(operator: str, left: str, right: str) -> bool:
    match operator:
        case ">":
            return left > right
        case "<":
            return left < right
        case ">=":
            return left >= right
        case _:
            return left <= right
