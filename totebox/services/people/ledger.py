"""The index of the identity ledger: claims as they were sealed. Anchors are computed from them. Pure SQL over one
connection.
"""

import sqlite3
from dataclasses import dataclass, replace

from protocol.schema import Cell
from protocol.schema.numbers import Op
from totebox.service.claim_line import HEADER, claim_line
from totebox.service.clauses import clauses
from totebox.service.contract import Claim, Sealing
from totebox.service.lines import last_line, one_line
from totebox.service.query import Query
from totebox.services.people.sovereign import anchor_of, type_of
from totebox.services.people.tables import ANCHORS, CLAIMS, SEGMENT
from totebox.vault.api import Draft, Entry, Member

SCHEMA = """
create table if not exists claim (
    leaf integer primary key, anchor text, attribute text, value text, source integer, line integer, page integer,
    first integer, last integer, excerpt text, status text, actor text, time text, type text,
    supersedes integer, superseded_by integer, superseded_at text
);
create index if not exists claim_anchor on claim (anchor);
"""
NAMING = "('person', 'organisation')"
SHOWN = "(superseded_by is null or (? <> '' and superseded_at > ?))"
"""Tests whether a claim is shown at a time: claims that were corrected by then are not. The time is given twice; '' is
the present.
"""
SHOWN_OF_N = SHOWN.replace("superseded", "n.superseded")


@dataclass(frozen=True, slots=True)
class CorrectableClaim:
    """A claim that may be corrected."""

    anchor: str
    attribute: str
    value: str
    superseded_by: int | None


def reads(entry: Entry) -> bool:
    """Whether the index needs the payload: the ledger's own lines."""
    return entry.service == "people" and entry.kind == "claim"


def draft(sealing: Sealing, claim: Claim) -> Draft:
    """The line that seals one verified claim."""
    line = claim_line(SEGMENT.name, sealing, claim, anchor_of(claim), "verified")
    return Draft("people", "claim", f"{claim.attribute} {one_line(claim.value)}"[:400], line, source=Member(0))


def fold(database: sqlite3.Connection, entry: Entry, payload: bytes) -> bool:
    """Fold one entry. Returns whether a table of the ledger has changed."""
    if not reads(entry):
        return False
    cells = dict(zip(HEADER, last_line(payload), strict=False))
    numbers = [_number(cells.get(name, "")) for name in ("line", "page", "start", "end")]
    database.execute(
        "insert or replace into claim values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, null, null)",
        (
            entry.index, cells.get("anchor", ""), cells.get("attribute", ""), cells.get("value", ""), entry.source,
            *numbers, cells.get("excerpt", ""), cells.get("status", ""), entry.actor, entry.time,
            type_of(cells.get("attribute", "")), entry.supersedes,
        ),
    )  # fmt: skip
    if entry.supersedes is not None:
        database.execute(
            "update claim set superseded_by = ?, superseded_at = ? where leaf = ? and superseded_by is null",
            (entry.index, entry.time, entry.supersedes),
        )
    return True


def claim(database: sqlite3.Connection, index: int) -> CorrectableClaim | None:
    """The claim of entry `index`; None where the entry is no claim."""
    row = database.execute(
        "select anchor, attribute, value, superseded_by from claim where leaf = ?", (index,)
    ).fetchone()
    return None if row is None else CorrectableClaim(*row)


def anchors(database: sqlite3.Connection, query: Query) -> list[tuple[str, tuple[Cell, ...]]]:
    """Rows of `people.anchors` by name. An anchor conflicts where its claims give it different names."""
    tests, values = clauses(ANCHORS, replace(query, as_of=""), {}, skip=frozenset({("anchor", Op.IS)}))
    only = query.values("anchor")
    as_of, done = query.as_of, query.cursor or 0
    rows = database.execute(
        f"""
        select anchor, name, type, claims, first, last, conflict from (
            select anchor,
                coalesce(
                    (select value from claim n where n.anchor = c.anchor and n.attribute in {NAMING}
                        and (? = '' or n.time <= ?) and {SHOWN_OF_N} order by n.leaf desc limit 1), min(value)) as name,
                coalesce(max(nullif(type, '')), '') as type, count(*) as claims, min(time) as first, max(time) as last,
                count(distinct case when attribute in {NAMING} then lower(value) end) > 1 as conflict
            from claim c where anchor <> '' and (? = '' or time <= ?) and {SHOWN}{" and anchor = ?" * len(only)}
            group by anchor
        ) where {tests} order by name collate nocase, anchor limit ? offset ?
        """,
        (*[as_of] * 8, *only, *values, query.limit + 1, done),
    )
    return [(str(number), (*row[:-1], bool(row[-1]))) for number, row in enumerate(rows, done + 1)]


def claims(database: sqlite3.Connection, query: Query) -> list[tuple[str, tuple[Cell, ...]]]:
    """Rows of `people.claims` in the order in which they were sealed."""
    tests, values = clauses(CLAIMS, query, {"index": "leaf"})
    if not query.everything:
        tests, values = f"{tests} and {SHOWN}", (*values, query.as_of, query.as_of)
    rows = database.execute(
        "select leaf, anchor, attribute, value, source, line, page, first, last, excerpt, status, actor, time, supersedes, "
        "superseded_by from claim "
        f"where {tests} and leaf > ? order by leaf limit ?",
        (*values, -1 if query.cursor is None else query.cursor, query.limit + 1),
    )
    return [(str(row[0]), row) for row in rows]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
