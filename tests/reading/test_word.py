"""The text of a Word document is what Word shows."""

from pathlib import Path

from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.worker import read

HERE = Path(__file__).resolve().parent


def test_tracked_insertions_are_read_and_deletions_are_not() -> None:
    """The rent that was put in, not the one that was struck out."""
    text = read(HERE / "word-tracked.docx", DEFAULT_LIMITS).text
    assert "The rent is 950.00 GBP a month." in text and "Ask rob.tan@acme.example from 1 April 2026." in text
    assert "900.00" not in text
