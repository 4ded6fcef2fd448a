"""Rules at their edges: the sign before, the sign behind, the number one too large. Missing a claim is better than inventing one."""

import pytest

from totebox.service.contract import Document
from totebox.services.extraction import patterns
from totebox.services.extraction.amounts import amounts
from totebox.services.extraction.claims import claims, excerpt
from totebox.services.extraction.dictionary import EMPTY, Dictionary, DictionaryTerm, known, load_dictionary
from totebox.services.extraction.flow import flow
from totebox.services.extraction.hit import Hit
from totebox.services.extraction.media_type import MARKDOWN, PDF
from totebox.services.extraction.names import looks_like_person, organisations, people


def values(hits: object) -> list[str]:
    return [hit.value for hit in sorted(hits)]  # type: ignore[call-overload]  # any iterable of hits


def found(text: str, dictionary: Dictionary = EMPTY, media: str = MARKDOWN) -> list[tuple[str, str]]:
    return [(each.attribute, each.value) for each in claims(Document(media, text, 0, ""), dictionary)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1250", "1250.00"),
        ("1,250", "1250.00"),
        ("1.250,5", "1250.50"),
        ("1,250.05", "1250.05"),
        ("1'250'000", "1250000.00"),
        ("1.250.000", "1250000.00"),
        ("0.5", "0.50"),
        ("1.250", ""),
        ("1,250,00", ""),
        ("1.250,000.00", ""),
    ],
)
def test_a_number_is_read_where_it_has_one_meaning(written: str, read: str) -> None:
    """`1.250` may be a thousand or one and a quarter: it is not read."""
    assert values(amounts(f"EUR {written}")) == ([f"{read} EUR"] if read else [])


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("£0.05", ["0.05 GBP"]),
        ("£1.5 million", ["1500000.00 GBP"]),
        ("EUR 2m and €3bn", ["2000000.00 EUR", "3000000000.00 EUR"]),
        ("£2 billion", ["2000000000.00 GBP"]),
        ("£2 metres", ["2.00 GBP"]),
        ("£007", ["7.00 GBP"]),
        ("5 % of 20 EURO, GBP5x, x£5", []),
    ],
)
def test_a_scale_is_part_of_an_amount(text: str, read: list[str]) -> None:
    """Where it stands by itself; zeros before a number are none."""
    assert values(amounts(text)) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2024-02-29 2023-02-29", ["2024-02-29"]),
        ("1800-01-01 1799-12-31 2199-12-31 2200-01-01", ["1800-01-01", "2199-12-31"]),
        ("2026-00-10 2026-13-10 2026-10-00 2026-10-32", []),
        ("1 Jan 2026, 2 FEBRUARY 2026, 3rd of Sept 2026", ["2026-01-01", "2026-02-02", "2026-09-03"]),
        ("May 5th 2026, December 31, 2026", ["2026-05-05", "2026-12-31"]),
        ("Mayor 5 2026, 5 Mays 2026", []),
    ],
)
def test_a_date_is_in_the_calendar(text: str, read: list[str]) -> None:
    """Written in one of its ways."""
    assert values(patterns.dates(text)) == read


def test_every_month_has_its_number() -> None:
    """By its whole name and its short ones."""
    months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    text = " ".join(f"1 {month} 2026" for month in months)
    assert values(patterns.dates(text)) == [f"2026-{number:02}-01" for number in range(1, 13)]


def test_check_digits_tell_a_wrong_iban() -> None:
    """One digit changed, or two exchanged, is another remainder."""
    good = "GB29NWBK60161331926819"
    assert patterns.mod97(good) == 1
    changed = [good[:at] + str((int(sign) + 1) % 10) + good[at + 1 :] for at, sign in enumerate(good) if sign.isdigit()]
    assert all(patterns.mod97(each) != 1 for each in changed) and patterns.mod97("GB29NWBK60161331926891") != 1


def test_an_iban_ends_where_its_country_says() -> None:
    """Words behind it are not part of it; one that is too short is none."""
    [hit] = patterns.ibans("to GB29 NWBK 6016 1331 9268 19 THE BANK")
    assert (hit.start, hit.end, hit.value) == (3, 30, "GB29NWBK60161331926819")
    assert values(patterns.ibans("GB29 NWBK 6016 1331 9268 1")) == []


@pytest.mark.parametrize("text", ["x@y.example", "(x@y.example)", "mail: x@y.example; or ring"])
def test_an_address_stands_where_it_was_written(text: str) -> None:
    """The span is the address alone."""
    [hit] = patterns.emails(text)
    assert text[hit.start : hit.end] == hit.value == "x@y.example"


def test_a_text_without_a_plus_has_no_phone() -> None:
    """And one of too few digits has none."""
    assert values(patterns.phones("0044 20 7946 0123")) == [] and values(patterns.phones("+44 20")) == []


def test_of_hits_that_overlap_the_stronger_kind_is_kept() -> None:
    """An address is not a company, and a name within a company is no person."""
    assert found("Chair: Jane Doe Holdings Ltd\n") == [("organisation", "Jane Doe Holdings Ltd")]
    assert found("jane.doe@2026-03-03.example\n") == [("email", "jane.doe@2026-03-03.example")]


def test_the_dictionary_is_stronger_than_rules() -> None:
    """What the operator knows is claimed as it is written there."""
    own = Dictionary((DictionaryTerm("Acme Widgets Ltd", "organisation", "Acme Widgets Limited"),), "d")
    assert found("by Acme Widgets Ltd\n", own) == [("organisation", "Acme Widgets Limited")]


def test_the_longest_term_of_the_dictionary_is_found() -> None:
    """A term within another is not found beside it, and one within a word not at all."""
    terms = (DictionaryTerm("Quay", "organisation", "Quay"), DictionaryTerm("Quay House", "organisation", "Quay House"))
    hits = list(known("Quay House, Quayside, xQuay, Quay_1, Quay", Dictionary(terms, "d")))
    assert [(hit.value, hit.start) for hit in hits] == [("Quay House", 0), ("Quay", 37)]
    assert list(known("Quay", EMPTY)) == []


def test_values_of_another_case_are_one_claim() -> None:
    """An address is asked about once."""
    assert found("a@b.example and A@B.EXAMPLE\n") == [("email", "a@b.example")]


def test_a_surname_with_a_title_is_kept_where_nobody_else_has_it() -> None:
    """Another family's full name says nothing about it."""
    assert found("Chair: Jane Doe\n\nMs Roe spoke.\n") == [("person", "Jane Doe"), ("person", "Ms Roe")]


def test_lines_and_pages_are_counted_from_one() -> None:
    """At the first and last sign of a line too; before the first marker there is no page."""
    text = "1.00 EUR\n2.00 EUR\n<!-- page 1 -->\n3.00 EUR\n<!-- page 2 -->\n\n4.00 EUR"
    told = [(each.value[0], each.line, each.page) for each in claims(Document(PDF, text, 2, ""))]
    assert told == [("1", 1, 0), ("2", 2, 0), ("3", 4, 1), ("4", 7, 2)]


@pytest.mark.parametrize(
    ("text", "start", "end", "shown"),
    [
        ("pay 5 now", 4, 5, "pay ⟦5⟧ now"),
        ("⟦5⟧", 1, 2, "[[⟦5⟧]]"),
        ("a\npay 5", 6, 7, "pay ⟦5⟧"),
        ("5", 0, 1, "⟦5⟧"),
    ],
)
def test_an_excerpt_marks_the_hit_alone(text: str, start: int, end: int, shown: str) -> None:
    """Signs of the text that look like the mark are written in another way."""
    assert excerpt(text, start, end, text.rfind("\n", 0, start) + 1) == shown


def test_an_excerpt_of_a_hit_over_two_lines_is_one_line() -> None:
    """A name that was broken by the page."""
    assert excerpt("by Alder\nLtd now", 3, 12, 0) == "by ⟦Alder Ltd⟧ now"


FULL = "The works were carried out in the spring of last year by the whole company"


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        (FULL, "and accepted", True),
        (FULL + ".", "And accepted", False),
        (FULL, "- and accepted", False),
        (FULL, "2. and accepted", False),
        (FULL, "Chair: accepted", False),
        ("Short", "and accepted", False),
        ("| " + FULL, "and accepted", False),
        ("- " + FULL, "and accepted", True),
    ],
)
def test_a_line_goes_on_where_it_was_wrapped(first: str, second: str, joined: bool) -> None:
    """After a full line that ends no sentence, and before nothing that begins one; each offset stays."""
    text = f"{first}\n{second}\n{FULL}\n{FULL}\n"
    assert flow(text)[len(first)] == (" " if joined else "\n") and len(flow(text)) == len(text)


@pytest.mark.parametrize("text", ["", "\n\n", "| a | b |\n"])
def test_a_text_without_lines_stays(text: str) -> None:
    """There is nothing to measure."""
    assert flow(text) == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Dear Sir,\n\nKind regards,\nJane Doe, Partner\n", ["Jane Doe"]),
        ("Signed by: **Jane Doe**\n", ["Jane Doe"]),
        ("1. Chair: Jane Doe and John Roe\n", ["Jane Doe", "John Roe"]),
        ("Contact | Jane Doe (till noon) |\n", ["Jane Doe"]),
        ("From: Desk <jane@x.example>\n", []),
        ("(Jane Doe, the Managing Director)\n", ["Jane Doe"]),
        ("Judge Jane Doe’s order, Dr Doe's note\n", ["Dr Doe", "Jane Doe"]),
        ("Dear Mr. and Mrs. Doe\n", ["Mrs. Doe"]),
    ],
)
def test_a_rule_knows_a_person_by_what_stands_beside(text: str, names: list[str]) -> None:
    """A closing, a label, a role, a title."""
    assert sorted({hit.value for hit in people(text)}) == names


def test_a_person_stands_where_the_name_is_written() -> None:
    """Without title, marks and brackets."""
    text = 'Chair: "Dr Jane Doe" (in person)\n'
    [hit] = [hit for hit in people(text) if hit.rule.startswith("label")]
    assert text[hit.start : hit.end] == hit.value == "Jane Doe"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Jane Doe", True),
        ("Jane B. Doe", True),
        ("Ana de la Cruz", True),
        ("JANE DOE", True),
        ("Jane", False),
        ("Jane doe", False),
        ("Jane THOMAS", False),
        ("Jane D.", False),
        ("One Two Three Four Five", True),
        ("A. " * 5 + "Doe", False),
        ("Jane " + "D" + "o" * 76, False),
        ("Jane Doe2", False),
        ("Finance Committee", False),
    ],
)
def test_a_name_has_a_shape(text: str, is_one: bool) -> None:
    """Two to five capitalised words, none of them a word of business paper, none shouted, the last no initial."""
    assert looks_like_person(text) is is_one


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Harbour Row, Ltd.", ["Harbour Row Ltd"]),
        ("with Acme Inc. of Bath", ["Acme Inc"]),
        ("messrs Doe & Roe LLP", ["Doe & Roe LLP"]),
        ("HARBOUR ROW LTD and ABC LTD", []),
        ("The New Company Limited", []),
        ("Trust Foundation", []),
    ],
)
def test_a_legal_form_makes_an_organisation(text: str, names: list[str]) -> None:
    """Behind a name of its own."""
    assert [hit.value for hit in organisations(text)] == names


def test_hits_are_in_reading_order() -> None:
    """By their place, whatever their kind."""
    assert sorted([Hit(5, 6, "amount", "x", "r"), Hit(1, 9, "person", "x", "r")])[0].start == 1


@pytest.mark.parametrize(
    "line", ["person,Jane", "colour,Red,", "person, ,x", "person,Jane,x,y"], ids=["short", "unknown", "empty", "long"]
)
def test_a_wrong_line_of_a_dictionary_is_named(tmp_path, line: str) -> None:
    """By its number; notes and the head of the table are no terms, and neither is an empty alias."""
    path = tmp_path / "dictionary.csv"
    good = "# note\nattribute,value,aliases\n\nperson,Jane Doe,J. Doe| |JD\n"
    path.write_text(good)
    assert [(term.written, term.value) for term in load_dictionary(path).terms] == [
        ("Jane Doe", "Jane Doe"), ("J. Doe", "Jane Doe"), ("JD", "Jane Doe"),
    ]  # fmt: skip
    path.write_text(f"{good}{line}\n")
    with pytest.raises(Exception, match=r"dictionary\.csv:5: expected"):
        load_dictionary(path)


def test_without_a_dictionary_of_their_own_there_is_ours(tmp_path) -> None:
    """Its digest says which one a claim came from."""
    shipped = load_dictionary(tmp_path / "none.csv")
    assert shipped == load_dictionary(None) and shipped.terms and len(shipped.digest) == 8
