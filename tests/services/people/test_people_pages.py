"""Pages of F2's tables, over one connection, and the index that a label is set by."""

import sqlite3

import pytest

from totebox.service.query import parse
from totebox.services.minutebook import labels, shelf
from totebox.services.minutebook.tables import SEGMENT
from totebox.services.people import ledger
from totebox.services.people.ledger import HEADER
from totebox.services.people.tables import ANCHORS, CLAIMS
from totebox.vault.log.record import make_entry


@pytest.fixture
def database():
    made = sqlite3.connect(":memory:")
    made.executescript(ledger.SCHEMA + shelf.SCHEMA)
    for index, name in enumerate(("Ann", "Bea", "Cay", "Dee", "Eve"), 2):
        told = {"anchor": f"a{name}", "attribute": "person", "value": name}
        line = ",".join(told.get(column, "") for column in HEADER)
        entry = make_entry(
            index, f"2026-01-{index:02}T00:00:00.000000Z", "me", "people", "claim", "x", b"\0" * 32, source=1
        )
        ledger.fold(made, entry, f"{line}\n".encode())
    yield made
    made.close()


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 9])
@pytest.mark.parametrize(("table", "read", "shown"), [(ANCHORS, ledger.anchors, 1), (CLAIMS, ledger.claims, 3)])
def test_pages_join_by_their_cursors(database, table, read, shown: int, limit: int) -> None:
    """Each row once, in order; one row more than the limit says that there are more."""
    seen, cursor = [], ""
    while True:
        rows = read(database, parse(table, "", "", cursor, limit))
        assert len(rows) <= limit + 1
        seen += [row[shown] for _, row in rows[:limit]]
        if len(rows) <= limit:
            break
        cursor = rows[limit - 1][0]
    assert seen == ["Ann", "Bea", "Cay", "Dee", "Eve"]


def test_a_document_is_found_by_the_entry_of_any_version(database) -> None:
    """With its first version, its own bytes and name, and the labels that hold now; other entries are none."""
    for index, service, supersedes in ((20, "minutebook", None), (25, "minutebook", 20), (30, "mail", None)):
        entry = make_entry(
            index, f"t{index}", "me", service, "original", f"deed {index}", bytes((index,)) * 32, supersedes=supersedes
        )
        shelf.fold(database, entry, b"")
    for at, (word, change) in enumerate((("board", "set"), ("tax", "set"), ("board", "lifted")), 40):
        entry = make_entry(at, f"t{at}", "me", "minutebook", "label", "x", b"\0" * 32, source=20)
        cells = {"label": "label", "value": word, "change": change}
        line = ",".join(cells.get(column, "") for column in SEGMENT.header)
        shelf.fold(database, entry, f"{line}\n".encode())
    first, second = labels.find(database, 20), labels.find(database, 25)
    assert first is not None and second is not None and first.root == second.root == 20
    assert (second.sha256, second.name, second.standing) == (b"\x19" * 32, "deed 25", (("label", "tax"),))
    assert labels.find(database, 30) is None and labels.find(database, 21) is None
