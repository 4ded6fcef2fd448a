"""The minute book's rows: how many are read for a page, and which page counts they may hold."""

import sqlite3

import pytest

from totebox.service.query import Query
from totebox.services.minutebook.shelf import SCHEMA, fold, history
from totebox.vault.api import Entry, LeafIndex
from totebox.vault.log.record import make_entry

TIME = "2026-01-31T12:00:00.000000Z"
NOBODY = bytes(32)


def entry(index: int, kind: str, note: str = "", source: int | None = None) -> Entry:
    found = None if source is None else LeafIndex(source)
    return make_entry(index, TIME, "local", "minutebook", kind, "deed", NOBODY, note=note, source=found)


def shelf(*entries: Entry) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.executescript(SCHEMA)
    for one in entries:
        fold(database, one, b"words")
    return database


@pytest.mark.parametrize(("limit", "read"), [(1, 2), (2, 3), (3, 3), (4, 3)])
def test_one_row_more_than_a_page_is_read(limit: int, read: int) -> None:
    """Of three. That row says that there is a further page; more are not read."""
    database = shelf(entry(0, "original"), *(entry(index, "original") for index in (1, 2)))
    assert len(history(database, Query(limit=limit))) == read
    database.close()


def test_a_history_begins_with_entry_0() -> None:
    """Without a cursor the first entry of the vault is in it; the cursor after it leads on."""
    database = shelf(entry(0, "original"), entry(1, "original"))
    assert [row[0] for row in history(database, Query())] == ["0", "1"]
    assert [row[0] for row in history(database, Query(cursor=0))] == ["1"]
    database.close()


@pytest.mark.parametrize(("said", "pages"), [("999999999", 999_999_999), ("1000000000", 0), ("-1", 0), ("٣", 0)])
def test_a_page_count_has_nine_digits_at_most(said: str, pages: int) -> None:
    """Whatever else a note says is no number of pages."""
    database = shelf(entry(0, "original"), entry(1, "text", f"v=2; pages={said}", source=0))
    assert database.execute("select pages from document").fetchall() == [(pages,)]
    database.close()
