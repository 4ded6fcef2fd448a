"""The index of all originals: which bytes are an original already, and which original supersedes another. Pure SQL over one
connection.
"""

import sqlite3

from totebox.vault.api import Entry

SCHEMA = """
create table if not exists original (leaf integer primary key, sha256 blob);
create index if not exists original_sha256 on original (sha256);
create table if not exists superseded (leaf integer primary key, successor integer);
"""


def reads(entry: Entry) -> bool:
    """Whether the index needs the payload: never, because the row states the hash."""
    return False


def fold(database: sqlite3.Connection, entry: Entry, payload: bytes) -> bool:
    """Fold one entry, of any service. Returns False, because no table shows it."""
    if entry.kind == "original":
        database.execute("insert or replace into original values (?, ?)", (entry.index, entry.sha256))
        if entry.supersedes is not None:
            database.execute("insert or replace into superseded values (?, ?)", (entry.supersedes, entry.index))
    return False


def sealed(database: sqlite3.Connection, sha256: bytes) -> int | None:
    """The first original with these bytes, or None."""
    row = database.execute("select min(leaf) from original where sha256 = ?", (sha256,)).fetchone()
    return None if row[0] is None else int(row[0])


def superseded_by(database: sqlite3.Connection, leaf: int) -> int | None:
    """The newest original that supersedes original `leaf`, or None."""
    row = database.execute("select successor from superseded where leaf = ?", (leaf,)).fetchone()
    return None if row is None else int(row[0])
