"""One table of one Totebox as a list that is read page by page. Pure: no Textual, no I/O.

Theory. A list is in one of four states, and says which (`why_empty`):

    not asked   this Totebox was not asked yet: there is no link, or none yet
    asked       a question for a page was sent
    refused     the Totebox answered with a refusal
    answered    `rows` are the rows of the Totebox, as far as pages were read

Every question has a serial number, and at most one question is open. An answer with another serial belongs to a
question that was given up (another query, another Totebox, a second reload) and changes nothing. `opened()` begins
again for another Totebox and never uses a serial twice, so that no answer of the first Totebox is taken for one of the
second.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import field, replace
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar

from protocol.values import dataclass

R = TypeVar("R")


class PageRequest(Enum):
    """Which page is read."""

    BEGIN = "begin"
    """The first page; it replaces all rows."""
    RENEW = "renew"
    """The first page again: new rows are put first, the others stay."""
    EXTEND = "extend"
    """The page after the last row."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question for a page. `cursor` is where the page begins, as the Totebox named it."""

    serial: int
    page: PageRequest
    cursor: str


def _no_rows() -> Mapping[Hashable, R]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Paged(Generic[R]):
    """The rows of one table under one query, in the Totebox's order; with `more`, further rows follow at `cursor`."""

    query: str = ""
    as_of: str = ""
    rows: Mapping[Hashable, R] = field(default_factory=_no_rows)
    cursor: str = ""
    more: bool = False
    question: Question | None = None
    serial: int = 0
    is_answered: bool = False
    refusal: str = ""
    heard: tuple[object, ...] = ()
    """The state of the link and of the table when the question was sent: when it changes, the table is asked again."""

    @property
    def is_waiting(self) -> bool:
        return self.question is not None

    def why_empty(self, link: str, empty: str) -> str:
        """Why there is no row. `link` is '' where there is a link, else its state; `empty` is the text for a Totebox
        that has none.
        """
        return why_empty(link, empty, self.is_answered, self.is_waiting, self.refusal)


def why_empty(link: str, empty: str, is_answered: bool, is_waiting: bool, refusal: str = "") -> str:
    """Why a list has no row, by its state; `link` and `empty` as for `Paged.why_empty`."""
    if is_answered:
        return empty
    if link:
        return f"not asked: {link}"
    if is_waiting:
        return "asked: the answer is on its way"
    return f"not answered: {refusal}" if refusal else "not asked yet"


def opened(before: Paged[R]) -> Paged[R]:
    """The list for another Totebox, without rows."""
    return Paged(serial=before.serial)


def sought(paged: Paged[R], query: str, as_of: str = "") -> Paged[R]:
    """The list under another query or for another time, without the rows of the old one."""
    if (query, as_of) == (paged.query, paged.as_of):
        return paged
    return Paged(query, as_of, serial=paged.serial, heard=paged.heard)


def asked(paged: Paged[R], page: PageRequest, heard: tuple[object, ...], cursor: str | None = None) -> Paged[R]:
    """A question for `page` is sent: `question` of the result. An older question is given up."""
    at = "" if page is not PageRequest.EXTEND else paged.cursor if cursor is None else cursor
    question = Question(paged.serial + 1, page, at)
    return replace(paged, question=question, serial=question.serial, heard=heard, refusal="")


def answered(
    paged: Paged[R],
    fresh: Mapping[Hashable, R],
    cursor: str,
    more: bool,
    gone: Callable[[Iterable[R]], Collection[Hashable]] = lambda fresh: (),
    *,
    is_log: bool = False,
) -> Paged[R]:
    """Apply the page that was asked for. `gone` names the rows that the `fresh` ones replace; rows of a log always
    stay.
    """
    question = paged.question
    assert question is not None, "no page was asked for"
    paged = replace(paged, question=None, is_answered=True)
    if question.page is PageRequest.RENEW:
        left = gone(fresh.values())
        kept = {key: row for key, row in paged.rows.items() if key not in left}
        if is_log or (paged.more and len(kept) > len(fresh)):
            rows = {**fresh, **{key: row for key, row in kept.items() if key not in fresh}}
            return replace(paged, rows=MappingProxyType(rows))
    rows = {**paged.rows, **fresh} if question.page is PageRequest.EXTEND or is_log else dict(fresh)
    paged = replace(paged, rows=MappingProxyType(rows))
    if question.page is PageRequest.EXTEND and question.cursor != paged.cursor:
        return paged  # a page from the middle: what follows the last row has not changed
    return replace(paged, cursor=cursor, more=more)


def refused(paged: Paged[R], reason: str) -> Paged[R]:
    """Apply a refusal of the page that was asked for. The rows stay."""
    return replace(paged, question=None, refusal=reason)


def joined(paged: Paged[R], told: Mapping[Hashable, R]) -> Paged[R]:
    """Add rows that came without a question."""
    new = {key: row for key, row in told.items() if key not in paged.rows}
    return replace(paged, rows=MappingProxyType({**paged.rows, **new})) if new else paged
