"""Texts of F2: names, claims, where a claim stands, what differs; and the form that corrects one."""

from dataclasses import replace

import pytest

from console.cartridges.people.correction import correction_form, correction_of, outcome
from console.cartridges.people.sheets import claim_row, facts, name_row, side_by_side, source
from console.chassis.facts import Line
from console.model.identity import Anchor, Conflict, Statement
from protocol.schema import CorrectClaim, Proof, Receipt
from protocol.schema.numbers import Severity

TIME = "2026-11-22T02:31:40.000000Z"
JANE = Anchor("an-id", "Jane Doe", "Person", 3, TIME, "2026-11-23T02:31:40.000000Z", False)
CLAIM = Statement(
    1_412, "an-id", "person", "Jane Doe", 1_400, 12, 3, "Chair: ⟦Jane Doe⟧ signs", "verified", "SHA256:me", TIME
)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for _, text in line).rstrip() for line in lines]


def test_a_name_is_a_row() -> None:
    """On a screen of its own with its newest day; beside its claims with the sign of a conflict alone."""
    odd = replace(JANE, conflict=True)
    assert (
        name_row(JANE, False).cells == ("Jane Doe", "Person", 3, "", JANE.last) and name_row(JANE, True).cells[3] == ""
    )
    assert name_row(odd, False).cells[3] == "≠ conflict" and name_row(odd, True).cells == ("Jane Doe", "Person", 3, "≠")


@pytest.mark.parametrize(
    ("status", "word", "tone"),
    [
        ("verified", "✓ verified", "good"),
        ("stated", "✎ stated", "notice"),
        ("rejected", "✗ rejected", "bad"),
        ("odd", "? odd", "warn"),
    ],
)
def test_a_claim_has_its_status_in_a_word(status: str, word: str, tone: str) -> None:
    """A word that this console does not know is shown as it is."""
    row = claim_row(replace(CLAIM, status=status))
    assert (row.id, row.cells[1], row.tones) == (1_412, word, ("", tone))


def test_a_claim_without_a_line_shows_none() -> None:
    """Line 0 is no line."""
    assert claim_row(CLAIM).cells[5] == 12 and claim_row(replace(CLAIM, line=0)).cells[5] is None


def test_who_it_is_stands_in_few_facts() -> None:
    """A narrow screen has the most important; a view of the past and a conflict say so."""
    told = [fact.label for fact in facts(JANE, "", False)]
    assert told == ["name", "sovereign-id", "known"] and [fact.label for fact in facts(JANE, "", True)] == told[:2]
    odd = facts(replace(JANE, conflict=True, type=""), TIME, True)
    assert [fact.label for fact in odd][2:] == ["as of", "conflict"] and odd[0].value == "Jane Doe · unknown"


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({}, "entry 1,400, page 3, line 12 · sealed as entry 1,412, verified"),
        ({"page": 0}, "entry 1,400, line 12 · sealed as entry 1,412, verified"),
        ({"line": 0, "page": 0}, "entry 1,400 · sealed as entry 1,412, verified"),
        ({"source": None}, "no source · sealed as entry 1,412, verified"),
    ],
)
def test_a_claim_says_where_it_stands(changes: dict[str, object], where: str) -> None:
    """Document, page, line; the words of the source with the claim marked."""
    lines = source(replace(CLAIM, **changes), 60)  # type: ignore[arg-type]  # fields by name
    assert texts(lines)[1] == where and texts(lines)[-1] == "│ Chair: Jane Doe signs"
    assert [text for tone, text in lines[-1] if tone == "mark"] == ["Jane Doe"]


def test_without_a_claim_there_is_no_source() -> None:
    """An empty panel."""
    assert source(None, 60) == []


def test_what_differs_stands_side_by_side() -> None:
    """As many values as the width has room for, each with its source and time; how many there are is said."""
    sides = tuple(replace(CLAIM, index=n, value=value) for n, value in enumerate(("Jane Doe", "Jane Roe", "J. Doe")))
    wide, narrow = (texts(side_by_side([Conflict("person", sides)], width)) for width in (100, 30))
    assert wide[0] == narrow[0] == "≠ person: 3 values"
    assert all(name in wide[1] for name in ("Jane Doe", "Jane Roe", "J. Doe")) and "Jane Roe" not in narrow[1]
    assert wide[2].count("entry 1400 line 12") == 3 and "⟦" not in "".join(wide)
    assert len({line.rfind("│") for line in wide[1:5]}) == 1


def test_where_nothing_differs_it_is_said() -> None:
    """And what x does again."""
    assert texts(side_by_side([], 60))[0] == "✓ no claims differ"


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("Jane Roe", "1400"), ""),
        (("x" * 1_024, "0"), ""),
        (("", "1400"), "nothing is stated"),
        (("é" * 513, "1400"), "at most 1,024 bytes"),
        (("Jane", ""), "is no entry"),
        (("Jane", "12a"), "'12a' is no entry"),
        (("Jane", "-1"), "is no entry"),
        (("Jane", "²"), "is no entry"),
        (("Jane", "1" * 18), ""),
        (("Jane", "1" * 19), "is no entry"),
    ],
)
def test_a_correction_is_checked_before_it_is_sent(words: tuple[str, str], fault: str) -> None:
    """A value, and the number of a sealed document."""
    said = correction_form(CLAIM)._check(words)
    assert said.startswith(fault) or fault in said
    assert bool(said) is bool(fault)


def test_a_filled_form_is_a_command() -> None:
    """About the claim's own entry; the form begins with what stands there now."""
    assert correction_of(CLAIM, ("Jane Roe", "1400")) == CorrectClaim(1_412, "Jane Roe", 1_400)
    assert [field.text for field in correction_form(CLAIM)._entries] == ["Jane Doe", "1400"]
    assert correction_form(replace(CLAIM, source=None))._entries[1].text == ""


RECEIPT = Receipt(0, 1_500, Proof(1_500, 1_501, b"leaf", ()), b"note")


@pytest.mark.parametrize(
    ("answer", "trouble", "severity", "says"),
    [
        (RECEIPT, "", Severity.NOTICE, "claim 1,412 is corrected by entry 1,500: its receipt holds"),
        (RECEIPT, "another key signed it", Severity.ALARM, "does not hold: another key"),
    ],
)
def test_the_answer_is_a_notice(answer, trouble, severity, says) -> None:
    """A receipt that does not hold is an alarm."""
    text, told, detail = outcome(1_412, answer, trouble)
    assert says in text and told is severity and detail
