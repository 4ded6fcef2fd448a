"""The `/` grammar of every list: `acme state!=up age>60 sort:-entries`. A row must agree with all words. Pure."""

import re
from collections.abc import Mapping, Sequence

from protocol.schema import Cell
from protocol.values import dataclass

_TERM = re.compile(r"^([^\s!<>=~]+)(!=|>=|<=|=|>|<|~)(.*)$")
_SORT = "sort:"
_SIZED = re.compile(r"^(-?\d+(?:\.\d+)?)([kmgt]?)b?$")
_SCALE = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; a `column` of '' is free text, which any column may contain."""

    column: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; without terms every row passes."""

    terms: tuple[Term, ...] = ()
    unknown: tuple[str, ...] = ()
    """Columns in the text that do not exist."""
    sort: tuple[str, bool] | None = None
    """The column of `sort:entries`, and whether the largest comes first (`sort:-entries`)."""

    def holds(self, cells: Sequence[Cell], drawn: Sequence[str], places: Mapping[str, int]) -> bool:
        """Whether a row passes. `drawn` are its cells as text, `places` the position of each column."""
        return all(_holds(term, cells, drawn, places) for term in self.terms)


def parse(text: str, titles: Mapping[str, str]) -> Filter:
    """Parse the filter `text`. `titles` gives the title on the screen of each column, by name.

    A column is named by its title or its name, without regard to case, blanks and signs (`grantedby`), and may be
    abbreviated (`st=up`) where only one begins so.
    """
    terms: list[Term] = []
    unknown: list[str] = []
    sort: tuple[str, bool] | None = None
    for word in text.split():
        if word.startswith(_SORT):
            wanted = word[len(_SORT) :]
            if column := column_of(wanted, titles):
                sort = (column, wanted.startswith("-"))
            elif wanted.strip("-"):
                unknown.append(wanted.strip("-"))
            continue
        match = _TERM.match(word.lower())
        if match is None:
            terms.append(Term("", "~", word.lower()))
            continue
        column = column_of(match[1], titles)
        if column is None:
            unknown.append(match[1])
        elif match[3]:
            terms.append(Term(column, match[2], match[3]))
    return Filter(tuple(terms), tuple(unknown), sort)


def column_of(word: str, titles: Mapping[str, str]) -> str | None:
    """The column that `word` names. A column without a title cannot be named."""
    low = _plain(word)
    known = {name: (_plain(title), _plain(name)) for name, title in titles.items() if title}
    for place in (0, 1):  # the title on the screen takes precedence over the name in the table
        for name, words in known.items():
            if words[place] == low:
                return name
    found = [name for name, words in known.items() if low and any(each.startswith(low) for each in words)]
    return found[0] if len(found) == 1 else None


def complete(text: str, titles: Mapping[str, str]) -> tuple[str, ...]:
    """The titles with which the last word of `text` can be completed."""
    word = text.rpartition(" ")[2].removeprefix(_SORT)
    low = _plain(word)
    if not low or _TERM.match(word):
        return ()
    return tuple(_plain(title) for title in titles.values() if _plain(title).startswith(low))


def completed(text: str, offered: Sequence[str]) -> str:
    """`text` with its last word completed as far as all of `offered` agree."""
    before, blank, word = text.rpartition(" ")
    head = _SORT if word.startswith(_SORT) else ""
    minus = "-" if word.removeprefix(_SORT).startswith("-") else ""
    return f"{before}{blank}{head}{minus}{_shared(offered)}"


def _shared(words: Sequence[str]) -> str:
    """The longest common beginning of `words`."""
    first = min(words, key=len)
    return next((first[:n] for n in range(len(first), 0, -1) if all(word.startswith(first[:n]) for word in words)), "")


def _plain(word: str) -> str:
    """A title as it is typed: lower-case letters and digits alone."""
    return "".join(letter for letter in word.lower() if letter.isalnum())


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
