"""An index that can be made again: a SQLite file folded from the record log, for searching.

Law: an index holds nothing that is not in the records. It identifies the log from which it was folded by the log's
origin and by the last leaf that it folded. Where either differs, where its schema is another, or where SQLite finds it
damaged, it is made again. The column `stale` of its table `place` is 0 in a file that was closed with every record of its log in it.
"""

import contextlib
import hashlib
import os
import sqlite3
from pathlib import Path

from totebox.files.drafts import forget_file
from totebox.files.entrance import is_file, open_file, stat_of
from totebox.vault.api import Entry

SUFFIXES = ("", "-wal", "-shm", "-journal")
_OWN = """
create table if not exists place (
    only integer primary key check (only = 1), origin text, next integer, last blob, version text,
    stale integer not null default 1
)
"""


class Index:
    """The database at `path` with the tables of `schema`, for the log `origin`. Blocking; opened when first used."""

    def __init__(self, path: Path, schema: str) -> None:
        self._path = path
        self._schema = schema
        self._version = hashlib.sha256(schema.encode()).hexdigest()[:16]
        self._open: sqlite3.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether the database was opened and not closed yet."""
        return self._open is not None

    @property
    def database(self) -> sqlite3.Connection:
        """The open database."""
        if self._open is None:
            try:
                self._open = self._connect()
            except sqlite3.DatabaseError:
                self._start_again()
        assert self._open is not None
        return self._open

    def next(self, origin: str) -> int:
        """The first entry that is not folded in. An index of another log is emptied first."""
        row = self.database.execute("select origin, next, version from place").fetchone()
        if row is None or row[0] != origin or row[2] != self._version:
            self.clear(origin)
            return 0
        return int(row[1])

    def agrees(self, last: Entry | None) -> bool:
        """Whether `last`, the entry that the log has just below `next`, is the leaf that was folded in there."""
        row = self.database.execute("select last from place").fetchone()
        return last is not None and row is not None and row[0] == hashlib.sha256(last.leaf).digest()

    def reached(self, entry: Entry) -> None:
        """Record that everything up to `entry` is folded in; part of the caller's transaction."""
        leaf = hashlib.sha256(entry.leaf).digest()
        self.database.execute("update place set next = ?, last = ?", (entry.index + 1, leaf))

    def clear(self, origin: str) -> None:
        """Empty the index. It can be folded from the records again."""
        self._start_again()
        self.database.execute("insert or replace into place values (1, ?, 0, x'', ?, 1)", (origin, self._version))
        self.database.commit()

    def mark_complete(self) -> None:
        """Record in the file that the index has every record of its log. It holds until the file is opened again."""
        self.database.execute("update place set stale = 0")
        self.database.commit()

    def close(self) -> None:
        """Close the database. SQLite then moves its journal into the file and removes `-wal` and `-shm`."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _connect(self) -> sqlite3.Connection:
        self._make_plain()
        database = sqlite3.connect(self._path, check_same_thread=False)
        try:
            database.execute("pragma journal_mode = wal")
            database.execute("pragma synchronous = normal")
            database.execute("pragma cache_size = -512")
            database.execute(_OWN)
            database.executescript(self._schema)
            # Until it is closed with every record in it, the file says that it may lack some.
            database.execute("update place set stale = 1 where stale = 0")
            database.commit()
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database

    def _make_plain(self) -> None:
        """Remove whatever is not a plain file under the index's name, because SQLite follows links and waits on FIFOs.
        A new file is private.

        Raises:
            OSError: there is a folder.
        """
        folder, name = self._path.parent, self._path.name
        for suffix in SUFFIXES:
            if stat_of(folder, name + suffix) is not None and not is_file(folder, name + suffix):
                forget_file(folder, name + suffix)
        with contextlib.suppress(FileExistsError):
            os.close(open_file(folder, name, os.O_WRONLY | os.O_CREAT | os.O_EXCL))

    def _start_again(self) -> None:
        self.close()
        for suffix in SUFFIXES:
            forget_file(self._path.parent, self._path.name + suffix)
        self._open = self._connect()


def damaged(error: Exception) -> bool:
    """Whether SQLite reports that the file is damaged, and not that the question is wrong."""
    return isinstance(error, sqlite3.DatabaseError) and not isinstance(
        error, sqlite3.ProgrammingError | sqlite3.IntegrityError
    )
