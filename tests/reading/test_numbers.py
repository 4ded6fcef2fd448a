"""Amounts: that number or nothing, whatever stands around it."""

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from totebox.service.claim_line import sign_of
from totebox.service.contract import Document
from totebox.services.extraction.amounts import amounts
from totebox.services.extraction.answer import ReaderAnswer, claim_frame
from totebox.services.extraction.claims import claims
from totebox.services.extraction.hit import AMOUNT_ROLES
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.numbers import NumberScanner
from totebox.services.extraction.worker import AnswerWriter, read

HERE = Path(__file__).resolve().parent
with (HERE / "number_formats.csv").open(encoding="utf-8", newline="") as table:
    FORMATS = list(csv.DictReader(table))
BEFORE = (
    "", "Rent ", "Widget blue 2 ", "Pos. 1 ", "Hours 37 ", "Invoice 2026-118 ", "on 31.01.2026 ", "12 March 2026 ", "Total: ", "| ",
    "(see ", "and ", "of 5 ", "x ", "\n", "7, ", "GBP 5.00 and ", "1,250 ", "0.5 ", "No. 3: ", "Dr ", "2 x ", "12 345 ", "Q1 ", "a-b ",
)  # fmt: skip
BEHIND = (
    "", ".", ", please", " a month", " 2 pieces", " 200 widgets", " 10,00", " on 3 March 2026", " |", ")", "\n", " DR", " per day", "; 5",
    " 1.5", "/day", " million", " hundred", " x 2", " (net)", " - 3", " 200",
)  # fmt: skip


def values(text: str) -> list[str]:
    return [hit.value for hit in sorted(amounts(text))]


def test_most_forms_are_read_where_they_stand_alone() -> None:
    """Each row alone gives its value or nothing; nine of ten whose grouping can be told give it."""
    told = [
        row for row in FORMATS if row["grouping"] != "blank" and (row["grouping"], row["decimal"]) != ("dot", "none")
    ]
    found = [row for row in told if values(row["written"]) == [row["value"]]]
    assert all(values(row["written"]) in ([], [row["value"]]) for row in FORMATS)
    assert len(found) * 10 >= len(told) * 9


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("behind", BEHIND)
def test_an_amount_is_read_whole_or_not_at_all(before: str, behind: str) -> None:
    """In any of these surroundings each row of the table gives its value or nothing, beside what the surroundings give."""
    own = {*values(before), *values(behind), "5.00 GBP"}
    scaled = {"million"} & set(behind.split())
    for row in FORMATS:
        found = set(values(f"{before}{row['written']}{behind}")) - own
        if not scaled:
            assert found <= {row["value"]}, row
        else:
            assert all(value.split(".")[0].endswith("0000") for value in found), row


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(FORMATS),
    st.text("abc QZäñ .,:;|\n", max_size=20),
    st.text("abc QZäñ .,:;|\n", max_size=20),
)
def test_words_around_an_amount_do_not_change_it(row: dict[str, str], before: str, behind: str) -> None:
    """Letters and marks of any kind before and behind it: that number or nothing."""
    assert set(values(f"{before} {row['written']} {behind}")) <= {row["value"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Widget blue 2 150.00 EUR", []),
        ("Widget red 12 500.00 EUR", []),
        ("Pos. 1 250,00 EUR Cleaning", []),
        ("Hours 37 120.00 GBP", []),
        ("Hours 1200 120.00 GBP", ["120.00 GBP"]),
        ("Widgets 2  150.00 EUR", ["150.00 EUR"]),
        ("in 2026 £500 and invoice 2026-118 £20", ["500.00 GBP", "20.00 GBP"]),
        ("EUR 2026-118, 50-60 EUR, 12:30 EUR, 1/2 EUR, 1.2.3 EUR", []),
    ],
)
def test_a_quantity_a_year_and_a_reference_are_not_joined(text: str, found: list[str]) -> None:
    """A plain blank between two numbers may separate them: such an amount is not claimed."""
    assert values(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("-£50.00, EUR -42.79, £-5.00, −£6.00", ["-50.00 GBP", "-42.79 EUR", "-5.00 GBP", "-6.00 GBP"]),
        ("In brackets (£1,250.00) means negative.", ["-1250.00 GBP"]),
        ("| Fees | (£1,250.00) |", ["-1250.00 GBP"]),
        ("The rent (£950.00) is due.", []),
        ("Payment - $220.00 and refund + $15.00.", ["-220.00 $", "15.00 $"]),
        ("Rent - £950.00 a month", []),
        ("Rent – £950.00 a month", ["950.00 GBP"]),
        ("- £950.00 for the rent", ["950.00 GBP"]),
        ("£50-£60", ["50.00 GBP", "60.00 GBP"]),
        ("EUR 42.79- and 50.00- EUR", ["-42.79 EUR", "-50.00 EUR"]),
        ("£50.00 DR, £20.00 CR", []),
        ("EUR-42.79", []),
    ],
)
def test_a_sign_is_kept(text: str, found: list[str]) -> None:
    """Before or behind, as a bracket of bookkeeping; an amount whose sign cannot be told is not claimed."""
    assert values(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("₹1,00,000.00 and INR 12,34,567.00", ["100000.00 INR", "1234567.00 INR"]),
        (
            "R$ 1.234,56 | 1250 euros and 20 pounds | 1.250 €",
            ["1234.56 BRL", "1250.00 EUR", "20.00 GBP", "1250.00 EUR"],
        ),
        ("GBP1,250.00", ["1250.00 GBP"]),
        ("20 pounds of flour", []),
        ("| 1 234,50 kr |", ["1234.50 kr"]),
        ("1.459 €/l, 1,459 EUR, £1.459", []),
        ("5 EUR 10.00", []),
        ("2 EUR 10.00\n3 EUR 4.00\nTotal EUR 14.00", ["10.00 EUR", "4.00 EUR", "14.00 EUR"]),
        ("Qty 5 £10.00 £50.00", ["10.00 GBP", "50.00 GBP"]),
        ("US$50.00 USD, EUR 5.00 USD", ["50.00 USD"]),
        ("£5 hundred thousand", []),
    ],
)
def test_a_unit_belongs_to_one_number(text: str, found: list[str]) -> None:
    """The side on which it stands is judged by this text; where it does not tell there is no claim."""
    assert values(text) == found


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("Total: £120.00", "total"),
        ("Total incl. VAT: £120.00", "total"),
        ("| Total excl. VAT | £100.00 |", "net"),
        ("VAT at £20.00 and VAT £20.00", ""),
        ("VAT £20.00", "tax"),
        ("Balance due: £20.00", "balance"),
        ("The rent is 950.00 GBP", "rent"),
        ("The total is large. £5.00 stays.", ""),
        ("Subtotal £5.00, sub total £6.00", ""),
    ],
)
def test_an_amount_says_what_it_is_where_the_text_says_so(text: str, role: str) -> None:
    """By the words directly before it, in its line; the role reaches the claim."""
    assert claims(Document("text/plain", text, 0, ""))[0].role == role


def test_every_role_passes_from_the_reader_to_the_daemon() -> None:
    """The role of an amount is part of the reader's answer, and the sign is read from its value."""
    text = "The rent is -950.00 GBP\n"
    document = Document("text/plain", text, 0, "")
    sent: list[bytes] = []
    writer = AnswerWriter(sent.append)
    writer.media("text/plain")
    writer.text(text)
    writer.document(document)
    [claim] = claims(document)
    answer = ReaderAnswer(DEFAULT_LIMITS)
    answer.feed(b"".join(sent) + claim_frame(claim))
    assert answer.result("")[1] == (claim,) and claim.role == "rent" in AMOUNT_ROLES
    assert (claim.value, sign_of(claim.attribute, claim.value)) == ("-950.00 GBP", "minus")


@pytest.mark.parametrize("piece", ["123 ", "123,", "1.", "£1 ", "1 250,00 EUR ", "1'"])
def test_the_steps_of_the_scanner_are_linear(piece: str) -> None:
    """Twice the text takes at most twice the steps, and no more steps than it has characters times three."""

    def steps(times: int) -> int:
        scanner = NumberScanner(piece * times)
        list(scanner.numbers())
        return scanner.steps

    once = steps(20_000)
    assert steps(40_000) <= 2 * once + 8 and once <= 3 * 20_000 * len(piece)


def test_fifty_thousand_groups_of_digits_leave_the_claim(tmp_path: Path) -> None:
    """A run of groups costs neither the text nor the claims."""
    path = tmp_path / "groups.txt"
    path.write_text("Readings in groups of three digits. The rent is 950.00 GBP.\n" + "737 361 " * 25_000)
    document = read(path, DEFAULT_LIMITS)
    assert not document.trouble and [claim.value for claim in claims(document)] == ["950.00 GBP"]
