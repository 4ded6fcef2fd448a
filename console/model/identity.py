"""People and organisations: anchors, the claims about them, and conflicts between claims. Pure."""

from collections.abc import Iterable, Sequence

from console.model.tables import Record
from protocol.values import dataclass

ONE_VALUE = frozenset({"person", "organisation"})
"""Attributes of which an anchor has one value: two verified ones are a conflict."""
COUNTED = frozenset({"verified", "stated"})
"""Claims that a person accepted or stated."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One person, organisation or account, by its Sovereign-ID."""

    id: str
    name: str
    type: str
    claims: int
    first: str
    last: str
    conflict: bool


@dataclass(frozen=True, slots=True)
class Statement:
    """One claim as it was sealed: entry `index`, read in line `line` of the document that is entry `source`."""

    index: int
    anchor: str
    attribute: str
    value: str
    source: int | None
    line: int
    page: int
    excerpt: str
    status: str
    actor: str
    time: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """Verified claims of one attribute that give different values. The newest claim of each value represents it."""

    attribute: str
    sides: tuple[Statement, ...]


def read_anchor(row: Record) -> Anchor:
    """A row of `people.anchors`."""
    return Anchor(
        id=row.text("anchor"),
        name=row.text("name"),
        type=row.text("type"),
        claims=row.count("claims"),
        first=row.text("first"),
        last=row.text("last"),
        conflict=row.flag("conflict"),
    )


def read_statement(row: Record) -> Statement:
    """A row of `people.claims`."""
    return Statement(
        index=row.count("index"),
        anchor=row.text("anchor"),
        attribute=row.text("attribute"),
        value=row.text("value"),
        source=row.number("source"),
        line=row.count("line"),
        page=row.count("page"),
        excerpt=row.text("excerpt"),
        status=row.text("status"),
        actor=row.text("actor"),
        time=row.text("time"),
    )


def conflicts(statements: Sequence[Statement], *, every: bool) -> tuple[Conflict, ...]:
    """Attributes whose counted claims differ: those that can have one value only, or with `every` each attribute with
    several values.
    """
    found = []
    for attribute in dict.fromkeys(statement.attribute for statement in statements):
        if attribute in ONE_VALUE or every:
            sides = _newest(s for s in statements if s.attribute == attribute and s.status in COUNTED)
            if len(sides) > 1:
                found.append(Conflict(attribute, sides))
    return tuple(found)


def _newest(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    by_value: dict[str, Statement] = {}
    for statement in statements:
        by_value[" ".join(statement.value.casefold().split())] = statement
    return tuple(sorted(by_value.values(), key=lambda statement: statement.index))


def as_of(text: str) -> str | None:
    """`2026`, `2026-11` or `2026-11-20` as its last moment, or a time, as RFC 3339 in UTC; '' for the present; None
    where it is no time.
    """
    from calendar import monthrange
    from datetime import UTC, datetime

    typed = text.strip().upper()
    if not typed or typed in ("NOW", "TODAY"):
        return ""
    try:
        match typed.count("-"), len(typed):
            case 0, 4:
                datetime(int(typed), 1, 1)
                return f"{typed}-12-31T23:59:59.999999Z"
            case 1, 7:
                days = monthrange(int(typed[:4]), int(typed[5:]))[1]
                return f"{typed}-{days:02}T23:59:59.999999Z"
            case 2, 10:
                datetime.fromisoformat(typed)
                return f"{typed}T23:59:59.999999Z"
            case _:
                told = datetime.fromisoformat(typed)
                moment = told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC)
                return moment.isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError):
        return None
