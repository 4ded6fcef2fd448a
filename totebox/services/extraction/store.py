"""The index of decided claims: a SQLite file that can be thrown away and made again."""

import sqlite3
from collections.abc import Generator, Sequence
from pathlib import Path

from protocol.schema.table import Cell

COLUMNS = (
    "leaf", "anchor", "attribute", "value", "source", "line", "page", "first", "last", "excerpt", "status", "actor", "time", "rule",
)  # fmt: skip
SCHEMA = f"""
create table if not exists claim ({", ".join(f"{name} {'integer primary key' if name == 'leaf' else ''}" for name in COLUMNS)});
create table if not exists place (next integer not null);
"""
EXACT = {"anchor": "anchor", "source": "source", "index": "leaf", "status": "status", "attribute": "attribute"}


class ClaimStore:
    """Rows by leaf index, and `next`: the first record that is not folded in."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("pragma synchronous=off")
        self._database.executescript(SCHEMA)
        place = self._database.execute("select next from place").fetchone()
        if place is None:
            self._database.execute("insert into place values (0)")
        self.next = int(place[0]) if place else 0

    def add(self, rows: Sequence[tuple[Cell, ...]], following: int) -> None:
        """Keep `rows`; everything below `following` is folded in."""
        marks = ", ".join("?" * len(COLUMNS))
        self._database.execute("begin")
        self._database.executemany(f"insert or replace into claim values ({marks})", rows)
        self._database.execute("update place set next = ?", (following,))
        self._database.execute("commit")
        self.next = following

    def clear(self) -> None:
        """Forget everything; the records say it again."""
        self._database.executescript("delete from claim; update place set next = 0")
        self.next = 0

    def close(self) -> None:
        """Let the file go."""
        self._database.close()

    def rows(self, words: str, as_of: str, before: int | None) -> Generator[tuple[Cell, ...], None, None]:
        """Newest first; see `ExtractionService.claims` for the words."""
        tests, values = ["1"], list[Cell]()
        for word in words.split():
            name, colon, value = word.partition(":")
            if colon and name in EXACT:
                tests.append(f"cast({EXACT[name]} as text) = ?")
                values.append(value)
            else:
                tests.append("value like '%' || ? || '%'")
                values.append(word)
        if as_of:
            tests.append("time <= ?")
            values.append(as_of)
        if before is not None:
            tests.append("leaf < ?")
            values.append(before)
        query = f"select * from claim where {' and '.join(tests)} order by leaf desc"
        yield from self._database.execute(query, values)
