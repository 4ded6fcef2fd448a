"""The index of decided claims, over one connection: which lines count, what damaged ones are, and what is searched."""

import sqlite3
from collections.abc import Iterator

import pytest

from totebox.service.claim_line import HEADER
from totebox.service.contract import Claim, Document, Sealing
from totebox.service.query import parse
from totebox.services.extraction import quarantine
from totebox.services.extraction.tables import CLAIMS
from totebox.vault.api import Entry
from totebox.vault.log.record import make_entry

PHONE = Claim(1, "phone", "+44\0\n20", "=Jane\tDoe", 5, 2, 30, 46, "ring ⟦+44⟧,\nnow", "phone/1")
SEALING = Sealing("a.md", "1200", Document("text/plain", "x", 0, ""), (), "t0", (PHONE,), b"\x01" * 32)


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    made.executescript(quarantine.SCHEMA)
    yield made
    made.close()


def entry(index: int, service: str = "extraction", kind: str = "rejected") -> Entry:
    return make_entry(index, f"t{index}", "SHA256:me", service, kind, "x", b"\x00" * 32, source=1)


def line(**cells: str) -> bytes:
    return (",".join(cells.get(name, "") for name in HEADER) + "\n").encode()


def listed(database: sqlite3.Connection, text: str = "", cursor: str = "", limit: int = 9) -> list[int]:
    return [int(row[0]) for _, row in quarantine.claims(database, parse(CLAIMS, text, "", cursor, limit))]


def test_a_rejected_claim_is_drafted_on_one_line() -> None:
    """With its place, rule and the hash of its document; its words on one line each."""
    draft = quarantine.draft(SEALING, PHONE)
    cells = dict(zip(HEADER, draft.payload.cells, strict=True))
    assert (cells["value"], cells["anchor"], cells["excerpt"]) == ("+44 20", "=Jane Doe", "ring ⟦+44⟧, now")
    assert [cells[name] for name in ("page", "line", "start", "end")] == ["2", "5", "30", "46"]
    assert (cells["document_sha256"], cells["status"], cells["rule"], cells["time"]) == (
        "01" * 32,
        "rejected",
        "phone/1",
        "t0",
    )
    assert (draft.service, draft.kind, draft.subject) == ("extraction", "rejected", "phone +44 20")


@pytest.mark.parametrize(
    ("service", "kind", "counts"),
    [
        ("people", "claim", True),
        ("extraction", "rejected", True),
        ("extraction", "claim", False),
        ("people", "rejected", False),
        ("minutebook", "original", False),
    ],
)
def test_decided_claims_alone_are_folded(database: sqlite3.Connection, service: str, kind: str, counts: bool) -> None:
    """What is not read needs no payload, and changes no table."""
    made = entry(2, service, kind)
    assert quarantine.reads(made) is counts and quarantine.fold(database, made, line(value="x")) is counts
    assert listed(database) == ([2] if counts else [])


def test_a_row_is_what_the_line_says(database: sqlite3.Connection) -> None:
    """In the order of the table's columns; what is no number is none."""
    told = {"anchor": "a", "attribute": "phone", "value": "+44", "excerpt": "e", "status": "rejected", "rule": "r"}
    quarantine.fold(database, entry(2), line(**told, line="5", page="two", start="30", end=""))
    [(cursor, row)] = quarantine.claims(database, parse(CLAIMS, "", "", "", 9))
    assert dict(zip([column.name for column in CLAIMS.columns], row, strict=True)) == {
        "index": 2, "anchor": "a", "attribute": "phone", "value": "+44", "source": 1, "line": 5, "page": None, "start": 30,
        "end": None, "excerpt": "e", "status": "rejected", "actor": "SHA256:me", "time": "t2", "rule": "r",
    }  # fmt: skip
    assert cursor == "2"


def test_pages_go_on_behind_the_cursor(database: sqlite3.Connection) -> None:
    """Newest first; one row more than the limit says that there are more."""
    for index in (2, 3, 4, 5):
        quarantine.fold(database, entry(index), line(value="x"))
    assert listed(database, limit=2) == [5, 4, 3] and listed(database, cursor="4") == [3, 2]
    assert listed(database, cursor="2") == []


def test_a_claim_that_is_folded_twice_stands_once(database: sqlite3.Connection) -> None:
    """A crash between folding and saying so repeats it."""
    for _ in range(2):
        quarantine.fold(database, entry(2), line(value="x"))
    assert listed(database) == [2]
