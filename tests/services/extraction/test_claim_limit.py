"""How many claims of one document are kept."""

from dataclasses import replace

from totebox.service.contract import Claim
from totebox.services.extraction.answer import ReaderAnswer
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.worker import AnswerWriter

JANE = Claim(0, "person", "Jane Doe", "", 1, 0, 0, 8, "⟦Jane Doe⟧ signs.", "label/1")


def said_of(count: int) -> tuple[int, str]:
    """How many of `count` claims arrive under the limits of every document, and what is said of the others."""
    made = ReaderAnswer(DEFAULT_LIMITS)
    say = AnswerWriter(made.feed)
    say.media("text/plain")
    say.text("Jane Doe signs.\n")
    say.document(replace(made.result("")[0], trouble=""))
    say.claims((JANE for _ in range(count)), DEFAULT_LIMITS.claims)
    document, claims = made.result("")
    return len(claims), document.trouble


def test_two_thousand_claims_are_kept() -> None:
    """A document may have 2,000 claims, and nothing is said then."""
    assert said_of(2_000) == (2_000, "")


def test_the_claims_after_two_thousand_are_counted_aloud() -> None:
    """The 2,001st is left out, and the document says so."""
    assert said_of(2_001) == (2_000, "claims cut at 2,000 of 2,001")
