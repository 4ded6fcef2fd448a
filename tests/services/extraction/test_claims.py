"""Claims: where they stand, once each, the same every time."""

from totebox.service.contract import Document
from totebox.services.extraction.claims import claims, excerpt
from totebox.services.extraction.dictionary import Dictionary, DictionaryTerm
from totebox.services.extraction.flow import flow
from totebox.services.extraction.media_type import MARKDOWN, PDF


def of(text: str, media: str = MARKDOWN) -> Document:
    return Document(media, text, 0, "")


def test_a_claim_points_at_its_words() -> None:
    """Span, line and excerpt lead back to the source."""
    text = "# A\n\nDue on 3 March 2026.\n"
    (claim,) = claims(of(text))
    assert (claim.value, claim.line, text[claim.start : claim.end]) == ("2026-03-03", 3, "3 March 2026")
    assert claim.excerpt == "Due on ⟦3 March 2026⟧."


def test_pages_are_counted_in_a_pdf_only() -> None:
    """A page marker means a page where the reader writes it."""
    text = "<!-- page 1 -->\na\n<!-- page 2 -->\n2026-03-03\n"
    assert claims(of(text, PDF))[0].page == 2
    assert claims(of(text))[0].page == 0


def test_each_value_is_asked_about_once_where_it_first_stands() -> None:
    """Twice in the text is one question."""
    (claim,) = claims(of("GBP 5.00 on one line\nand £5.00 on another\n"))
    assert claim.line == 1


def test_a_later_anchor_is_kept_with_the_first_hit() -> None:
    """The address by which a person is known may stand below the name."""
    person = claims(of("Chair: Jane Doe\n\nJane Doe <jane@x.example>\n"))[0]
    assert (person.value, person.line, person.anchor) == ("Jane Doe", 1, "jane@x.example")


def test_a_surname_alone_is_not_asked_about_beside_the_full_name() -> None:
    """Mr Doe is Jane Doe's business."""
    found = claims(of("Chair: Jane Doe\n\nMr Doe and Mr Roe spoke.\n"))
    assert [claim.value for claim in found] == ["Jane Doe", "Mr Roe"]


def test_a_name_that_the_page_broke_in_two_is_one() -> None:
    """Wrapped lines are read as they were written; offsets stay."""
    first = "The works were carried out in the spring of last year by Alder & Finch"
    text = f"{first}\nSurveyors LLP and accepted without any reserve by the employer.\n"
    assert [claim.value for claim in claims(of(text))] == ["Alder & Finch Surveyors LLP"]
    assert len(flow(text)) == len(text)


def test_short_lines_are_not_joined() -> None:
    """An address block is not a sentence."""
    assert [claim.value for claim in claims(of("9 Thistle Lane\nHarbour Row Ltd\n"))] == ["Harbour Row Ltd"]


def test_the_dictionary_knows_what_rules_do_not() -> None:
    """Whole words of the operator's file, under its digest."""
    known = Dictionary((DictionaryTerm("HMRC", "organisation", "HM Revenue & Customs"),), "0a1b2c3d")
    (claim,) = claims(of("HMRC, not HMRCX\n"), known)
    assert (claim.value, claim.rule) == ("HM Revenue & Customs", "dictionary@0a1b2c3d")


def test_an_excerpt_of_a_long_line_holds_the_hit() -> None:
    """At most about two hundred characters, with dots where it was cut."""
    line = "x" * 500 + " 2026-03-03 " + "y" * 500
    shown = excerpt(line, 501, 511, 0)
    assert shown.startswith("…x") and shown.endswith("y…") and "⟦2026-03-03⟧" in shown and len(shown) < 210


def test_the_most_is_the_most() -> None:
    """A register of a thousand addresses does not ask a thousand questions where fewer are allowed."""
    text = "\n".join(f"a{number}@b.example" for number in range(50))
    assert len(claims(of(text), most=7)) == 7
