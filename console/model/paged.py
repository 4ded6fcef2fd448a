"""One table of one Totebox as a list that is asked for page by page. Pure: no Textual, no I/O.

Theory. A list is in one of four states, and says which (`why_empty`):

    not asked   nothing was asked of this Totebox yet: there is no link, or none yet
    asked       a page of it is on its way
    refused     the Totebox did not answer with rows, and said why
    answered    `rows` are what it has, as far as pages were asked for

Every question carries a serial number, and one question at most waits for its page: what answers another serial answers a question
that was given up (another query, another Totebox, a second reload) and changes nothing. `opened()` begins again for another Totebox
and never gives a serial twice, so that no answer of the first one can be taken for one of the second.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping
from dataclasses import field, replace
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar

from protocol.values import dataclass

R = TypeVar("R")


class Page(Enum):
    """Which page is asked for."""

    BEGIN = "begin"
    """The first one, in place of everything that is held."""
    RENEW = "renew"
    """The first one again: what is new stands first, the rest stays."""
    EXTEND = "extend"
    """The one behind what is held."""


@dataclass(frozen=True, slots=True)
class Question:
    """A page that is on its way. `cursor` is where it begins, as the Totebox named it."""

    serial: int
    page: Page
    cursor: str


def _no_rows() -> Mapping[Hashable, R]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Paged(Generic[R]):
    """What is held of one table under one query, in the Totebox's order; `more` waits behind `cursor`."""

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
    """What was known of the link and of the table when it was asked last: where that moved, it is asked again."""

    @property
    def is_waiting(self) -> bool:
        return self.question is not None

    def why_empty(self, link: str, empty: str) -> str:
        """Why no row is held. `link` is '' where there is a link, else how it stands; `empty` is said of a Totebox that has none."""
        return why_empty(link, empty, self.is_answered, self.is_waiting, self.refusal)


def why_empty(link: str, empty: str, is_answered: bool, is_waiting: bool, refusal: str = "") -> str:
    """Why a list holds no row, by the state that it is in; `link` and `empty` as for `Paged.why_empty`."""
    if is_answered:
        return empty
    if link:
        return f"not asked: {link}"
    if is_waiting:
        return "asked: the answer is on its way"
    return f"not answered: {refusal}" if refusal else "not asked yet"


def opened(before: Paged[R]) -> Paged[R]:
    """The list of another Totebox: nothing is held of it."""
    return Paged(serial=before.serial)


def sought(paged: Paged[R], query: str, as_of: str = "") -> Paged[R]:
    """The list under another query or as of another time: what is held does not answer it."""
    if (query, as_of) == (paged.query, paged.as_of):
        return paged
    return Paged(query, as_of, serial=paged.serial, heard=paged.heard)


def asked(paged: Paged[R], page: Page, heard: tuple[object, ...], cursor: str | None = None) -> Paged[R]:
    """`page` is asked for; `question` is what goes out. An older question is given up."""
    at = "" if page is not Page.EXTEND else paged.cursor if cursor is None else cursor
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
    """The page that was waited for. `gone` names the rows that the `fresh` ones take the place of; a log's rows stay for ever."""
    question = paged.question
    assert question is not None, "no page was asked for"
    paged = replace(paged, question=None, is_answered=True)
    if question.page is Page.RENEW:
        left = gone(fresh.values())
        kept = {key: row for key, row in paged.rows.items() if key not in left}
        if is_log or (paged.more and len(kept) > len(fresh)):
            rows = {**fresh, **{key: row for key, row in kept.items() if key not in fresh}}
            return replace(paged, rows=MappingProxyType(rows))
    rows = {**paged.rows, **fresh} if question.page is Page.EXTEND or is_log else dict(fresh)
    paged = replace(paged, rows=MappingProxyType(rows))
    if question.page is Page.EXTEND and question.cursor != paged.cursor:
        return paged  # a page from the middle: what lies behind the last row is where it was
    return replace(paged, cursor=cursor, more=more)


def refused(paged: Paged[R], reason: str) -> Paged[R]:
    """The page that was waited for did not come; what is held stays."""
    return replace(paged, question=None, refusal=reason)


def joined(paged: Paged[R], told: Mapping[Hashable, R]) -> Paged[R]:
    """Rows that came without being asked for."""
    new = {key: row for key, row in told.items() if key not in paged.rows}
    return replace(paged, rows=MappingProxyType({**paged.rows, **new})) if new else paged
