"""The line of a decided claim: what a spreadsheet joins, and what is safe to open in one."""

import csv
from dataclasses import replace

import pytest

from totebox.service.claim_line import COLUMNS, HEADER, claim_line, line_of, sign_of
from totebox.service.contract import Claim, Document, Sealing
from totebox.vault.api import Member, Own
from totebox.vault.log.cells import encode_line

CLAIM = Claim(0, "amount", "-12.50 EUR", "", 4, 2, 10, 20, "total ⟦-12,50 €⟧", "amount/1", role="total")
SEALING = Sealing(
    "=HYPERLINK(1).pdf", "1200", Document("application/pdf", "x", 2, ""), (CLAIM,), "2026-01-02T03:04:05.000006Z",
    sha256=b"\x01" * 32, account_name="Records / Minutes / Board",
)  # fmt: skip


def cells(claim: Claim = CLAIM, reason: str = "") -> dict[str, str]:
    line = claim_line("claims", SEALING, claim, "anchor", "rejected" if reason else "verified", reason)
    return dict(zip(line.header, line.cells, strict=True))


def test_a_line_names_document_account_role_and_sign() -> None:
    """The document by its name and hash, the account by number and name, the amount by its role, value and sign."""
    found = cells()
    assert (found["document"], found["document_sha256"]) == ("=HYPERLINK(1).pdf", "01" * 32)
    assert (found["account"], found["account_name"]) == ("1200", "Records / Minutes / Board")
    assert (found["role"], found["value"], found["sign"]) == ("total", "-12.50 EUR", "minus")


def test_a_line_cites_its_entry_its_document_and_its_audit_row() -> None:
    """Three columns are indices, which the planner of the batch fills in."""
    line = claim_line("claims", SEALING, CLAIM, "", "verified")
    cited = {line.header[column]: cite for column, cite in line.cites}
    assert cited == {"entry": Own.ENTRY, "audit": Own.AUDIT, "document_entry": Member(0)}


def test_a_line_about_an_older_document_names_its_entry() -> None:
    """A correction rests on an original that is an entry already: its index stands in the cell."""
    line = line_of("claims", {"value": "x"}, 17)
    assert line.cells[HEADER.index("document_entry")] == "17" and len(line.cites) == 2


def test_a_rejection_keeps_its_reason() -> None:
    """The word that the person chose, '' where none was chosen."""
    assert cells(reason="misread")["reason"] == "misread" and cells()["reason"] == ""


@pytest.mark.parametrize(
    ("attribute", "value", "sign"),
    [
        ("amount", "12.50 EUR", "plus"), ("amount", "-3 USD", "minus"), ("amount", "\u22123 USD", "minus"),
        ("date", "2026-01-31", ""), ("phone", "+49 30 1", ""),
    ],
)  # fmt: skip
def test_an_amount_has_a_sign(attribute: str, value: str, sign: str) -> None:
    """Plus or minus, whichever character writes it; nothing else has one."""
    assert sign_of(attribute, value) == sign


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+49 30 1234", "-2+3", "@SUM(A1)", "a\nb\0c"])
def test_a_hostile_value_is_safe_in_a_spreadsheet(text: str) -> None:
    """No cell of the line begins like a formula, and it is one line."""
    line = claim_line("claims", SEALING, replace(CLAIM, value=text, excerpt=text, anchor=text), text, "verified")
    (row,) = csv.reader([encode_line(line.cells).decode()], strict=True)
    assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_every_column_says_its_unit_and_meaning() -> None:
    """What the README of a vault prints of the segment."""
    assert all(column.unit and column.means for column in COLUMNS) and len(set(HEADER)) == len(HEADER)
