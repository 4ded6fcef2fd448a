"""A query as typed terms, and the one parser that makes them from text.

    query  = [ item *( SPACE item ) ]
    item   = term / flag / word
    term   = field ":" value          field: a lower-case letter, then lower-case letters, digits and "_"
    flag   = "all:"
    value  = quoted / plain
    word   = quoted / plain           a plain word that looks like a term is one
    quoted = DQUOTE *any DQUOTE       as it stands, spaces and colons too; a quote that nothing closes is an ordinary character
    plain  = 1*( no space )

All terms and words of a query have to agree with a row. The capital letters of `SHA256:...` keep a fingerprint a word.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from protocol.schema import Cell
from protocol.schema.numbers import Op
from protocol.schema.terms import Term
from totebox.errors import ToteboxError
from totebox.service.table import ALL, Key, TableSpec

MAX_ITEMS_OF_QUERY = 64
MAX_NUMBER = (1 << 64) - 1
MAX_HELD = (1 << 63) - 1
"""The largest number that an index in SQLite holds. No row has a larger one, so a larger number in a query is replaced
by this one.
"""

_ITEM = re.compile(r'(?:([a-z][a-z0-9_]*):)?(?:"([^"]*)"(?= |$)|([^ ]*))(?: +|$)')
_NUMBER = re.compile(r"[0-9]{1,20}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class BadQuery(ToteboxError):
    """A query that its table does not take. `remedy` says what the table takes."""

    code = "bad-query"

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Query:
    """A query for one page of a table.

    `everything` includes rows that the table leaves out otherwise; `as_of` is a time in the form that rows hold (UTC,
    microseconds) or '' for the present; `cursor` continues a page, '' begins; `limit` is the most rows of the page.
    """

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    everything: bool = False
    as_of: str = ""
    cursor: int | None = None
    limit: int = 100

    def searches_beyond(self, terms: Sequence[Term]) -> bool:
        """Whether it tests anything besides `terms` and the index of entries: its answer may then reveal what rows and
        columns hold.
        """
        return bool(self.words) or any(term.field != "index" and term not in terms for term in self.terms)

    def without(self, field: str) -> "Query":
        """The same query without its terms about `field`, which the caller has tested."""
        return replace(self, terms=tuple(term for term in self.terms if term.field != field))

    def within(self, terms: Sequence[Term]) -> "Query":
        """The same of the rows that agree with `terms` as well."""
        held = (
            replace(term, value=min(term.value, MAX_HELD)) if isinstance(term.value, int) else term for term in terms
        )
        return replace(self, terms=(*self.terms, *held))

    def values(self, field: str, op: Op = Op.IS) -> tuple[str | int, ...]:
        """The values of its terms about `field`."""
        return tuple(term.value for term in self.terms if (term.field, term.op) == (field, op))


def parse(spec: TableSpec, text: str, as_of: str, cursor: str, limit: int) -> Query:
    """Parse `text` as a query to the table `spec`.

    Raises:
        BadQuery: an unknown field, a value that its field does not take, a control character, too many words, a missing
            key, or a bad `as_of` or `cursor`.
    """
    keys = {key.name: key for key in spec.keys}
    terms, words, everything = list[Term](), list[str](), False
    for field, value in _items(text):
        if field == ALL and not value:
            everything = True
        elif field == ALL:
            raise BadQuery("all: takes no value", f"write `all: {value}` to search for {value!r} everywhere")
        elif field:
            terms.append(_term(spec, keys.get(field), field, value))
        elif value:
            words.append(value)
    for key in spec.keys:
        if key.needed and not any(term.field == key.field for term in terms):
            raise BadQuery(
                f"table {spec.name} has to be asked with {key.name}:", f"write {key.name}:VALUE: {key.means}"
            )
    named = any(term.field == "index" and term.op is Op.IS for term in terms)
    moment = _moment(spec, as_of)
    return Query(tuple(terms), tuple(words), everything or named, moment, _cursor(cursor), limit)


def matcher(spec: TableSpec, query: Query) -> Callable[[Sequence[Cell]], bool]:
    """A function that says whether a row of `spec` agrees with every term, every word and the time of `query`."""
    terms = [(spec.place(term.field), term.op, term.value) for term in query.terms]
    searched = [spec.place(column) for column in spec.searched]
    words = [word.casefold() for word in query.words]
    dated = spec.place(spec.dated) if query.as_of else 0

    def holds(row: Sequence[Cell]) -> bool:
        if query.as_of and str(row[dated] or "") > query.as_of:
            return False
        if not all(agrees(row[place], op, value) for place, op, value in terms):
            return False
        text = " ".join(str(row[place]) for place in searched).casefold() if words else ""
        return all(word in text for word in words)

    return holds


def agrees(cell: Cell, op: Op, value: str | int) -> bool:
    """Whether a row whose cell this is agrees with a term."""
    if isinstance(value, int):
        number = isinstance(cell, int) and not isinstance(cell, bool)
        return number and (cell > value if op is Op.ABOVE else cell == value)  # type: ignore[operator]
    return str(cell).startswith(value) if op is Op.STARTS else cell == value


def _items(text: str) -> list[tuple[str, str]]:
    """The items of `text` as (field, value); the field of a word is ''."""
    plain = "".join(" " if _is_space(char) else char for char in text).strip(" ")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in plain):
        raise BadQuery("the query holds a control character", "take it out; spaces separate words")
    items, at = list[tuple[str, str]](), 0
    while at < len(plain):
        if len(items) == MAX_ITEMS_OF_QUERY:
            raise BadQuery(f"the query has more than {MAX_ITEMS_OF_QUERY} words", "ask with fewer of them")
        found = _ITEM.match(plain, at)
        assert found is not None and found.end() > at, "an item takes at least one character"
        items.append((found[1] or "", found[2] if found[2] is not None else found[3]))
        at = found.end()
    return items


def _is_space(char: str) -> bool:
    return char in "\t\n\r" or (char.isspace() and unicodedata.category(char) != "Cc")


def _term(spec: TableSpec, key: Key | None, field: str, value: str) -> Term:
    if key is None:
        raise BadQuery(f"table {spec.name} has no key {_shown(field)}", f"{_known(spec)}; {_quoted(field, value)}")
    if not value:
        raise BadQuery(f"{field}: stands without a value", f"write {field}:VALUE without a space: {key.means}")
    if not spec.is_number(key.field):
        return Term(key.field, key.op, key.written(value))
    if _NUMBER.fullmatch(value) is None or int(value) > MAX_NUMBER:
        raise BadQuery(
            f"{field}: takes a number, and {_shown(value)} is none", f"write {field}:N: {key.means}; {_known(spec)}"
        )
    return Term(key.field, key.op, min(int(value), MAX_HELD))


def _known(spec: TableSpec) -> str:
    return (
        f"{spec.name} can be asked by {', '.join(f'{key.name}:' for key in spec.keys)}{', ' if spec.keys else ''}{ALL}:"
    )


def _quoted(field: str, value: str) -> str:
    return f'to search for it as it stands write "{_shown(f"{field}:{value}", bare=True)}"'


def _moment(spec: TableSpec, as_of: str) -> str:
    """`as_of` in the form in which rows hold a time.

    Raises:
        BadQuery: it is no time, or the table shows the present alone.
    """
    if not as_of:
        return ""
    if not spec.dated:
        raise BadQuery(f"table {spec.name} shows the present alone", "ask without as_of")
    remedy = "write a time of RFC 3339, such as 2026-11-20T09:30:00Z, or '' for the present"
    if _TIME.fullmatch(as_of) is None:
        raise BadQuery(f"as_of is no time: {_shown(as_of)}", remedy)
    try:
        moment = datetime.fromisoformat(as_of.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadQuery(f"as_of is no time: {_shown(as_of)}", remedy) from error
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def _cursor(cursor: str) -> int | None:
    """The number in a page's cursor.

    Raises:
        BadQuery: it is no cursor of any table.
    """
    if not cursor:
        return None
    if _NUMBER.fullmatch(cursor) is None or int(cursor) > MAX_HELD:
        raise BadQuery(
            f"no table gave the cursor {_shown(cursor)}", "send the cursor of the last page as it came, or '' to begin"
        )
    return int(cursor)


def _shown(text: str, *, bare: bool = False) -> str:
    short = text if len(text) <= 60 else text[:59] + "…"
    return short if bare else repr(short)
