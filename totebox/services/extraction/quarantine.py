"""The index of every claim that was ever decided, and the line that seals a rejected claim. Pure SQL over one
connection.
"""

import sqlite3

from protocol.schema import Cell
from totebox.service.claim_line import HEADER, claim_line
from totebox.service.clauses import clauses
from totebox.service.contract import Claim, Sealing
from totebox.service.lines import last_line, one_line
from totebox.service.query import Query
from totebox.services.extraction.tables import CLAIMS, SEGMENT
from totebox.vault.api import Draft, Entry, Member

SCHEMA = """
create table if not exists claim (
    leaf integer primary key, anchor text, attribute text, value text, source integer, line integer, page integer,
    first integer, last integer, excerpt text, status text, actor text, time text, rule text
);
create index if not exists claim_source on claim (source);
"""
DECIDED = {("people", "claim"), ("extraction", "rejected")}


def reads(entry: Entry) -> bool:
    """Whether the index needs the payload: lines of decided claims."""
    return (entry.service, entry.kind) in DECIDED


def draft(sealing: Sealing, claim: Claim) -> Draft:
    """The line that seals one rejected claim."""
    reason = sealing.reasons.get(claim.number, "")
    line = claim_line(SEGMENT.name, sealing, claim, claim.anchor, "rejected", reason)
    return Draft("extraction", "rejected", f"{claim.attribute} {one_line(claim.value)}"[:400], line, source=Member(0))


def fold(database: sqlite3.Connection, entry: Entry, payload: bytes) -> bool:
    """Fold one entry. Returns whether the table has changed."""
    if not reads(entry):
        return False
    cells = dict(zip(HEADER, last_line(payload), strict=False))
    numbers = [_number(cells.get(name, "")) for name in ("line", "page", "start", "end")]
    row = (
        entry.index, cells.get("anchor", ""), cells.get("attribute", ""), cells.get("value", ""), entry.source, *numbers,
        cells.get("excerpt", ""), cells.get("status", ""), entry.actor, entry.time, cells.get("rule", ""),
    )  # fmt: skip
    database.execute("insert or replace into claim values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return True


def claims(database: sqlite3.Connection, query: Query) -> list[tuple[str, tuple[Cell, ...]]]:
    """Rows of `extraction.claims`, newest first, each with the cursor that continues after it."""
    tests, values = clauses(CLAIMS, query, {"index": "leaf"})
    if query.cursor is not None:
        tests, values = f"{tests} and leaf < ?", (*values, query.cursor)
    rows = database.execute(f"select * from claim where {tests} order by leaf desc limit ?", (*values, query.limit + 1))
    return [(str(row[0]), row) for row in rows]


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None
