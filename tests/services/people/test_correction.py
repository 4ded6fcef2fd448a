"""Correcting a claim: what it needs, what the line says, and what the ledger shows afterwards."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from protocol.schema import CorrectClaim
from protocol.schema.numbers import RefusalCode
from totebox.service.claim_line import HEADER
from totebox.service.contract import Claim, Declined, Drafted
from totebox.service.query import parse
from totebox.services.people import ledger
from totebox.services.people.correction import corrected
from totebox.services.people.ledger import CorrectableClaim
from totebox.services.people.sovereign import anchor_of, sovereign_id, type_of
from totebox.services.people.tables import ANCHORS, CLAIMS
from totebox.vault.api import Entry
from totebox.vault.log.record import make_entry

NOW = "2026-01-31T12:00:00.000000Z"
JANE = CorrectableClaim("an-anchor", "person", "Jane Doe", None)
ASKED = CorrectClaim(7, "Jane Roe", 3)


def record(index: int, kind: str = "original", source: int | None = None, service: str = "minutebook") -> Entry:
    return make_entry(index, f"t{index}", "SHA256:me", service, kind, "deed.md", b"\x02" * 32, source=source)


def declined(asked: CorrectClaim, known: CorrectableClaim | None, source: Entry | None) -> Declined:
    answer = corrected(asked, known, source, NOW)
    assert isinstance(answer, Declined), answer
    return answer


def test_a_correction_is_a_claim_that_rests_on_a_document() -> None:
    """The same anchor and attribute, the new value on one line, stated by an operator; it supersedes the old claim."""
    answer = corrected(replace(ASKED, value="  Jane\n Roe "), JANE, record(3), NOW)
    assert isinstance(answer, Drafted)
    [draft] = answer.drafts
    cells = dict(zip(HEADER, draft.payload.cells, strict=True))
    assert (cells["anchor"], cells["attribute"], cells["value"]) == ("an-anchor", "person", "Jane Roe")
    assert (cells["document_sha256"], cells["status"], cells["rule"], cells["time"]) == (
        "02" * 32,
        "stated",
        "operator",
        NOW,
    )
    assert (draft.service, draft.kind, draft.subject) == ("people", "claim", "person Jane Roe")
    assert (draft.source, draft.supersedes) == (3, 7)


@pytest.mark.parametrize(
    ("asked", "known", "source", "code", "says"),
    [
        (ASKED, None, record(3), RefusalCode.NOT_FOUND, "entry 7 is no claim"),
        (ASKED, replace(JANE, superseded_by=9), record(3), RefusalCode.CONFLICT, "corrected by entry 9 already"),
        (ASKED, JANE, None, RefusalCode.BAD_ARGUMENTS, "there is no record 3"),
        (ASKED, JANE, record(3, "text"), RefusalCode.BAD_ARGUMENTS, "record 3 is no original"),
        (replace(ASKED, value=" \n "), JANE, record(3), RefusalCode.BAD_ARGUMENTS, "the value is empty"),
        (replace(ASKED, value="Jane  Doe"), JANE, record(3), RefusalCode.BAD_ARGUMENTS, "says 'Jane Doe' already"),
    ],
)
def test_what_cannot_be_corrected_is_declined(asked, known, source, code, says) -> None:
    """With what is in the way, and a way on."""
    answer = declined(asked, known, source)
    assert answer.code is code and says in answer.reason and answer.remedy


def test_the_original_of_a_derived_record_is_named() -> None:
    """Whoever named a text meant the document that it was read from; where there is none, none is named."""
    assert "or record 2, from which it was derived" in declined(ASKED, JANE, record(3, "text", source=2)).remedy
    assert "derived" not in declined(ASKED, JANE, record(3, "text")).remedy


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:")
    made.executescript(ledger.SCHEMA)
    yield made
    made.close()


def fold(database: sqlite3.Connection, index: int, value: str, supersedes: int | None = None, **cells: str) -> bool:
    """Fold the claim of entry `index` about one anchor."""
    told = {"anchor": "a", "attribute": "person", "value": value, **cells}
    line = ",".join(told.get(name, "") for name in HEADER)
    entry = make_entry(
        index, f"2026-01-{index:02}T00:00:00.000000Z", "me", "people", "claim", "x", b"\x00" * 32, source=1,
        supersedes=supersedes,
    )  # fmt: skip
    return ledger.fold(database, entry, f"{line}\n".encode())


def claims(database: sqlite3.Connection, text: str = "", as_of: str = "") -> list[tuple[object, object]]:
    """Index and value of the claims that are shown."""
    return [(row[0], row[3]) for _, row in ledger.claims(database, parse(CLAIMS, text, as_of, "", 100))]


def test_a_corrected_claim_is_shown_no_more(database: sqlite3.Connection) -> None:
    """Its correction is; with `all:` both are, and at an earlier time the old one alone."""
    fold(database, 2, "Jane Doe")
    fold(database, 5, "Jane Roe", supersedes=2)
    assert claims(database) == [(5, "Jane Roe")] and claims(database, "all:") == [(2, "Jane Doe"), (5, "Jane Roe")]
    assert claims(database, as_of="2026-01-04T00:00:00Z") == [(2, "Jane Doe")]
    assert (
        ledger.claim(database, 2) == CorrectableClaim("a", "person", "Jane Doe", 5)
        and ledger.claim(database, 3) is None
    )


def test_the_first_correction_of_a_claim_counts(database: sqlite3.Connection) -> None:
    """A second one of the same claim leaves it corrected by the first."""
    fold(database, 2, "Jane Doe")
    for index in (5, 6):
        fold(database, index, f"Jane {index}", supersedes=2)
    known = ledger.claim(database, 2)
    assert known is not None and known.superseded_by == 5


def test_an_anchor_with_a_corrected_name_conflicts_no_more(database: sqlite3.Connection) -> None:
    """It did before, and still does in a view of that time."""
    fold(database, 2, "Jane Doe")
    fold(database, 3, "Jane Smith")
    fold(database, 5, "Jane Doe", supersedes=3)

    def conflicts(as_of: str = "") -> list[tuple[object, object]]:
        rows = ledger.anchors(database, parse(ANCHORS, "", as_of, "", 100))
        return [(row[1], row[6]) for _, row in rows]

    assert conflicts() == [("Jane Doe", False)] and conflicts("2026-01-04T00:00:00Z") == [("Jane Smith", True)]


def test_records_of_others_are_not_folded(database: sqlite3.Connection) -> None:
    """Neither another kind of people, nor a claim of another service."""
    for entry in (record(2, "label", service="people"), record(3, "claim", service="extraction")):
        assert not ledger.fold(database, entry, b"a,person,x\n")
    assert claims(database, "all:") == []


def test_a_damaged_line_is_a_claim_with_what_it_has(database: sqlite3.Connection) -> None:
    """Places that are no numbers are none."""
    assert fold(database, 2, "Jane Doe", line="four", page="-1", start="10", end="")
    [(_, row)] = ledger.claims(database, parse(CLAIMS, "", "", "", 100))
    assert row[5:9] == (None, None, 10, None)


@pytest.mark.parametrize(
    ("attribute", "value", "anchor", "identifier", "kind"),
    [
        ("email", "Jane@X.example", "", "mailto:jane@x.example", "Person"),
        ("person", " Jane  Doe", "", "person:jane doe", "Person"),
        ("organisation", "Acme LTD", "", "org:acme ltd", "Company"),
        ("iban", "gb29 NWBK", "", "iban:GB29NWBK", "Account"),
        ("date", "2026-01-31", "Jane Doe", "person:jane doe", ""),
        ("amount", "5.00 GBP", "Jane@X.example", "mailto:jane@x.example", ""),
    ],
)
def test_an_anchor_is_the_strongest_identifier(attribute, value, anchor, identifier, kind) -> None:
    """Whatever its spaces and case; what the claim hangs on goes before its value."""
    claim = Claim(0, attribute, value, anchor, 1, 0, 0, 1, "x", "r")
    assert anchor_of(claim) == sovereign_id(identifier) and type_of(attribute) == kind


@pytest.mark.parametrize("attribute", ["date", "amount", "phone"])
def test_what_is_about_its_document_alone_has_no_anchor(attribute: str) -> None:
    """A date is nobody's."""
    assert anchor_of(Claim(0, attribute, "x", "", 1, 0, 0, 1, "x", "r")) == ""
