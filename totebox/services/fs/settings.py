"""The index of the operator's files: the newest record of each. Pure SQL over one connection."""

import sqlite3

from totebox.service.contract import SealedSetting
from totebox.vault.api import Entry, LeafIndex

KIND = "setting"
"""The kind of the records of service fs that hold a file of the operator's; their subject is the file's name."""
SCHEMA = """
create table if not exists setting (name text primary key, leaf integer, sha256 blob);
"""


def fold(database: sqlite3.Connection, entry: Entry) -> None:
    """Fold one entry."""
    if entry.service == "fs" and entry.kind == KIND:
        database.execute("insert or replace into setting values (?, ?, ?)", (entry.subject, entry.index, entry.sha256))


def newest(database: sqlite3.Connection, name: str) -> SealedSetting | None:
    """The newest record of the file `name`, or None."""
    row = database.execute("select leaf, sha256 from setting where name = ?", (name,)).fetchone()
    return None if row is None else SealedSetting(LeafIndex(int(row[0])), bytes(row[1]))
