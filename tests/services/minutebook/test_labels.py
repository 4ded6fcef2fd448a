"""Labels of documents: what may be set and lifted, what the line says, and what holds when."""

import sqlite3
from collections.abc import Iterator

import pytest

from protocol.schema import LabelDocument
from protocol.schema.numbers import LabelKind, RefusalCode
from totebox.service.contract import Declined, Drafted
from totebox.services.minutebook import labels
from totebox.services.minutebook.labels import LIFTED, SET, Labelled, labelled, said
from totebox.services.minutebook.tables import SEGMENT
from totebox.vault.api import Line, Own
from totebox.vault.log.record import make_entry

HOLD, RETAIN, FREE = LabelKind.HOLD, LabelKind.RETAIN, LabelKind.FREE
NOW = "2026-01-31T12:00:00.000000Z"
ROOT = 5


def document(*standing: tuple[str, str]) -> Labelled:
    return Labelled(ROOT, b"\x01" * 32, "lease.md", standing)


def drafted(kind: LabelKind, value: str, *standing: tuple[str, str], is_set: bool = True) -> Drafted:
    answer = labelled(LabelDocument(7, kind, value, is_set), document(*standing), NOW)
    assert isinstance(answer, Drafted), answer
    return answer


def declined(kind: LabelKind, value: str, *standing: tuple[str, str], is_set: bool = True) -> Declined:
    answer = labelled(LabelDocument(7, kind, value, is_set), document(*standing), NOW)
    assert isinstance(answer, Declined), answer
    return answer


@pytest.mark.parametrize(
    ("kind", "value", "cells", "subject"),
    [
        (HOLD, "Matter 7", ("hold", "Matter 7"), "hold Matter 7: set, lease.md"),
        (HOLD, "", ("hold", ""), "hold: set, lease.md"),
        (RETAIN, "2031-12-31", ("until", "2031-12-31"), "until 2031-12-31: set, lease.md"),
        (FREE, "  for  the\tboard ", ("label", "for the board"), "for the board: set, lease.md"),
    ],
)
def test_a_label_is_a_line_about_the_bytes(kind, value, cells, subject) -> None:
    """It names the document by its hash, rests on the version that was named, and its words stand on one line."""
    [draft] = drafted(kind, value).drafts
    assert isinstance(draft.payload, Line)
    assert draft.payload.cells == ("", "lease.md", "7", "01" * 32, *cells, SET, "", NOW)
    assert draft.payload.header == SEGMENT.header
    assert draft.payload.cites == ((0, Own.ENTRY), (7, Own.AUDIT))
    assert (draft.service, draft.kind, draft.subject, draft.source) == ("minutebook", "label", subject, 7)


def test_what_is_no_document_is_not_found() -> None:
    """The refusal says how documents are listed."""
    answer = labelled(LabelDocument(7, HOLD, "", True), None, NOW)
    assert isinstance(answer, Declined) and answer.code is RefusalCode.NOT_FOUND
    assert "entry 7 is no document" in answer.reason and "minutebook.documents" in answer.remedy


@pytest.mark.parametrize(
    "value", ["", "soon", "2031-02-30", "2031-13-01", "31-12-2031", "2031-12-31T00:00", "20311231", "２０３１-12-31"]
)
def test_a_retention_needs_a_day_of_the_calendar(value: str) -> None:
    """Written as 2031-12-31 and no other way."""
    answer = declined(RETAIN, value)
    assert answer.code is RefusalCode.BAD_ARGUMENTS and "2031-12-31" in answer.remedy


def test_a_leap_day_is_a_day() -> None:
    """In its year."""
    assert drafted(RETAIN, "2028-02-29") and declined(RETAIN, "2027-02-29")


@pytest.mark.parametrize(
    ("value", "says"), [("", "no words"), ("   ", "no words"), ("hold on", "'hold'"), ("Until then", "'Until'")]
)
def test_a_free_label_looks_like_no_other_kind(value: str, says: str) -> None:
    """Whoever reads `hold X` reads a legal hold."""
    assert says in declined(FREE, value).reason
    assert drafted(FREE, "holdings") and drafted(FREE, "on hold")


@pytest.mark.parametrize("kind", [HOLD, FREE])
def test_a_label_holds_nothing_that_does_not_show(kind: LabelKind) -> None:
    """No escape and no mark that turns the line round."""
    assert "does not show" in declined(kind, "a\u202eb").reason


@pytest.mark.parametrize(
    ("kind", "value", "stands"),
    [(HOLD, "A", ("hold", "A")), (RETAIN, "2031-12-31", ("until", "2031-12-31")), (FREE, "board", ("label", "board"))],
)
def test_what_stands_is_not_set_again(kind: LabelKind, value: str, stands: tuple[str, str]) -> None:
    """The refusal lists the labels that hold; another value of the kind can be set."""
    answer = declined(kind, value, stands, ("label", "x"))
    assert answer.code is RefusalCode.CONFLICT and answer.remedy.endswith(f"{labels.shown(*stands)}, x")
    assert drafted(kind, "2032-01-01", stands)


@pytest.mark.parametrize("kind", [HOLD, RETAIN, FREE])
def test_what_does_not_stand_is_not_lifted(kind: LabelKind) -> None:
    """A document without labels says `none`."""
    answer = declined(kind, "2031-12-31", is_set=False)
    assert answer.code is RefusalCode.NOT_FOUND and answer.remedy == "its labels: none"


def test_a_retention_is_lifted_without_its_day() -> None:
    """There is one at the most, and the line says which it was; a hold is lifted by its matter alone."""
    [draft] = drafted(RETAIN, "", ("hold", "A"), ("until", "2031-12-31"), is_set=False).drafts
    assert draft.payload.cells[4:7] == ("until", "2031-12-31", LIFTED)
    assert declined(HOLD, "", ("hold", "A"), is_set=False).code is RefusalCode.NOT_FOUND
    assert declined(RETAIN, "2030-01-01", ("until", "2031-12-31"), is_set=False).code is RefusalCode.NOT_FOUND


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    made.executescript(labels.SCHEMA)
    yield made
    made.close()


def day(at: int) -> str:
    return f"2026-01-{at:02}T00:00:00.000000Z"


def fold(database: sqlite3.Connection, at: int, kind: str, value: str, change: str, root: int = ROOT) -> str:
    """Fold the label of entry `at`, written on day `at`."""
    entry = make_entry(at, day(at), "SHA256:me", "minutebook", "label", "x", b"\x00" * 32)
    return labels.fold(database, entry, f"{at},a.md,1,01,{kind},{value},{change},{at},t\n".encode(), root)


def standing(database: sqlite3.Connection, moment: str = labels.FAR, root: int = ROOT) -> list[str]:
    query = f"with {labels.STANDING} select shown from standing where root = ? order by leaf"
    return [row[0] for row in database.execute(query, (moment, moment, root))]


def test_each_matter_and_word_stands_for_itself(database: sqlite3.Connection) -> None:
    """And of each document; lifting one leaves the others."""
    for at, (kind, value) in enumerate([("hold", "A"), ("hold", "B"), ("label", "A"), ("label", "x")], 1):
        assert fold(database, at, kind, value, SET) == said(kind, value, SET)
    fold(database, 5, "hold", "A", SET, root=6)
    fold(database, 6, "hold", "A", LIFTED)
    assert standing(database) == ["hold B", "A", "x"] and standing(database, root=6) == ["hold A"]


def test_of_retentions_the_newest_counts(database: sqlite3.Connection) -> None:
    """The one before it is lifted by it, and none stands after it is lifted."""
    fold(database, 1, "until", "2031-12-31", SET)
    fold(database, 2, "until", "2030-12-31", SET)
    assert standing(database) == ["until 2030-12-31"]
    fold(database, 3, "until", "2030-12-31", LIFTED)
    assert standing(database) == []


def test_a_label_holds_from_its_row_to_the_row_that_lifts_it(database: sqlite3.Connection) -> None:
    """At the time of its row it holds, at the time of the other it does not."""
    fold(database, 2, "hold", "A", SET)
    fold(database, 4, "hold", "A", LIFTED)
    assert [standing(database, day(at)) for at in (1, 2, 3, 4, 5)] == [[], ["hold A"], ["hold A"], [], []]


def test_a_label_that_is_set_twice_stands_once(database: sqlite3.Connection) -> None:
    """Since its first row; two operators may have set it at once."""
    fold(database, 1, "hold", "A", SET)
    fold(database, 2, "hold", "A", SET)
    assert standing(database) == standing(database, day(1)) == ["hold A"]
