"""Texts of F5 about one document: its row, its facts, its history, its labels, and its text as lines."""

from dataclasses import replace

import pytest

from console.cartridges.minutebook.labels import label_form, outcome
from console.cartridges.minutebook.sheets import facts, history_row, list_row
from console.cartridges.minutebook.text import numbered
from console.model.minutebook.documents import Document
from console.model.tables import records
from protocol.schema import Cell, Proof, Receipt
from protocol.schema.numbers import Severity
from tests.chassis.declared import table_of

TIME = "2026-11-22T02:31:40.000000Z"
LEASE = Document(
    1_400, TIME, "lease.pdf", "application/pdf", 1_234, b"\x01" * 32, "1200", 3, 2, 1_300, None, 1_401, 5, "pay ⟦rent⟧"
)
OLD = replace(LEASE, superseded_by=1_500)


def test_a_document_is_a_row() -> None:
    """Its version says whether it is the present one; pages that are not known are none."""
    assert list_row(LEASE, found=False).cells == (1_400, TIME, "lease.pdf", "1200", "v2", 1_234, 3, 5)
    old = list_row(replace(OLD, pages=0), found=False)
    assert (old.cells[4], old.cells[6], old.tone) == ("v2 old", None, "stale")


@pytest.mark.parametrize("found", [True, False])
def test_a_list_with_labels_has_one_column_more(found: bool) -> None:
    """The last one; a hit is marked by signs that a terminal shows."""
    bare, labelled = (
        list_row(replace(LEASE, labels="hold A"), found=found, labelled=each).cells for each in (False, True)
    )
    assert labelled == (*bare, "hold A")
    assert list_row(LEASE, found=True).cells == (1_400, TIME, "lease.pdf", "pay ‹rent›")


@pytest.mark.parametrize(
    ("document", "entry", "tone"),
    [
        (LEASE, "1,400 · version 2, supersedes entry 1,300", ""),
        (replace(LEASE, supersedes=None, version=1), "1,400 · version 1", ""),
        (OLD, "1,400 · version 2, superseded by entry 1,500", "warn"),
    ],
)
def test_a_version_says_what_came_before_and_after(document: Document, entry: str, tone: str) -> None:
    """An old one says where the present one is."""
    told = {fact.label: fact for fact in facts(document, 120)}
    assert (told["entry"].value, told["entry"].tone) == (entry, tone)


@pytest.mark.parametrize(
    ("changes", "label", "value"),
    [
        ({}, "bytes", "1,234 · application/pdf, 3 pages"),
        ({"pages": 1}, "bytes", "1,234 · application/pdf, 1 page"),
        ({"pages": 0}, "bytes", "1,234 · application/pdf"),
        ({}, "claims", "5 verified · text is entry 1,401"),
        ({"text": None}, "claims", "5 verified · no text could be read"),
        ({"account": ""}, "sealed", "2026-11-22 02:31:40Z · account none"),
        ({"labels": "hold A"}, "labels", "hold A"),
    ],
)
def test_a_fact_says_what_is_known(changes: dict[str, object], label: str, value: str) -> None:
    """And what is not."""
    told = {fact.label: fact.value for fact in facts(replace(LEASE, **changes), 120)}  # type: ignore[arg-type]
    assert told[label] == value


def test_a_hash_is_never_cut() -> None:
    """On a narrow panel it stands on two lines; without labels there is no line of them."""
    digest = LEASE.sha256.hex()
    wide, narrow = (facts(LEASE, width) for width in (len(digest) + 14, len(digest) + 13))
    assert [fact.value for fact in wide if fact.tone == "notice"] == [digest]
    assert [fact.value for fact in narrow if fact.tone == "notice"] == [digest[:32], digest[32:]]
    assert "labels" not in [fact.label for fact in wide]


HISTORY: dict[str, Cell] = {
    "index": 1_401, "time": TIME, "kind": "text", "actor": "SHA256:me", "note": "v=2; pages=3", "source": 1_400, "supersedes": None,
    "audit": 9,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "relation"),
    [
        ({}, "from 1,400"),
        ({"source": None}, "first version"),
        ({"supersedes": 1_300}, "corrects 1,300"),
        ({"source": None, "supersedes": 0}, "corrects 0"),
    ],
)
def test_an_entry_of_the_history_says_how_it_belongs(told: dict[str, Cell], relation: str) -> None:
    """The first version is marked."""
    row_ = {**HISTORY, **told}
    [record] = records(table_of("minutebook.history", [row_]))
    assert history_row(record, 7).cells[3] == relation and history_row(record, 7).tone == ""
    assert history_row(record, 1_401).tone == "title" and history_row(record, 7).cells[6] == 9


@pytest.mark.parametrize(
    ("words", "is_fault"),
    [("hold", False), ("hold Matter 7", False), ("until 2031-12-31", False), ("board papers", False), ("lift board", False),
     ("until soon", True), ("until", True), ("", True)],
)  # fmt: skip
def test_a_label_is_checked_before_it_is_sent(words: str, is_fault: bool) -> None:
    """The form lists what stands now."""
    form = label_form(replace(LEASE, labels="hold A"))
    assert bool(form._check((words,))) is is_fault and "Its labels: hold A." in form._text
    assert "Its labels: none." in label_form(LEASE)._text


RECEIPT = Receipt(0, 1_500, Proof(1_500, 1_501, b"leaf", ()), b"note")


@pytest.mark.parametrize(
    ("answer", "trouble", "severity", "says"),
    [
        (RECEIPT, "", Severity.NOTICE, "document 1,400: the label is entry 1,500, its receipt holds"),
        (RECEIPT, "another key", Severity.ALARM, "does not hold: another key"),
        (None, "", Severity.ALARM, "does not hold"),
    ],
)
def test_the_answer_is_a_notice(answer, trouble, severity, says) -> None:
    """A receipt that does not hold is an alarm."""
    text, told, detail = outcome(1_400, answer, trouble)
    assert says in text and told is severity and detail


def test_marks_of_the_text_have_their_tones() -> None:
    """Headings and page markers; words that were searched are marked, also beside each other and over the whole line."""
    paged = numbered("# A\n<!-- page 1 -->\nrent rent\n\nrent", 40, words=["rent", ""])
    assert [line[1][0] for line in paged.lines] == ["notice", "muted", "mark", "", "mark"]
    assert [text for tone, text in paged.lines[2] if tone == "mark"] == ["rent", "rent"]
    assert paged.starts == (0, 1, 2, 3, 4) and [paged.row_of(line) for line in (-1, 0, 1, 5, 9)] == [0, 0, 0, 4, 4]


def test_signs_of_a_search_are_signs() -> None:
    """Nothing in the words is a pattern."""
    paged = numbered("a.c abc (x)", 40, words=["a.c", "(x)"])
    assert [text for tone, text in paged.lines[0] if tone == "mark"] == ["a.c", "(x)"]
