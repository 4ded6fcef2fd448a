"""What of a keyword and of the hits counts in a suggestion."""

from pathlib import Path

from protocol.schema.chart import Account
from totebox.reference.chart import Chart
from totebox.service.contract import Document
from totebox.services.extraction.suggest import suggest


def reason(keywords: tuple[str, ...], text: str) -> str:
    chart = Chart("own", Path("own.csv"), (Account("7", "P", "D", "S", keywords, "Sage"),))
    return suggest(chart, Document("text/plain", text, 0, ""), "x").reason


def test_a_keyword_has_at_most_four_words() -> None:
    """One of four is found; one of five is not looked for."""
    assert reason(("deed of the house",), "the deed of the house today") == "P / D / S: deed of the house"
    assert reason(("deed of the house today",), "deed of the house today") == "no keyword of the chart stands in it"


def test_a_reason_names_six_keywords() -> None:
    """The six with most hits; a seventh is left out."""
    keywords = ("oak", "elm", "ash", "fir", "yew", "bay", "fig")
    assert reason(keywords, "oak elm ash fir yew bay fig oak") == "P / D / S: oak ×2, elm, ash, fir, yew, bay"
