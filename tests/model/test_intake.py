"""What a document says of itself, and what it is."""

import pytest

from console.model.input.intake import Intake

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("name", "media", "said"),
    [
        ("letter.docx", "text/csv", "its name ends in .docx, its content is text/csv"),
        ("list.CSV", "application/octet-stream", "its name ends in .csv, its content is no known type"),
        ("letter.docx", WORD, ""),
        ("note.txt", "text/markdown", ""),
        ("photo.jpg", "application/octet-stream", ""),
        ("no ending", "application/pdf", ""),
        ("new.pdf", "", ""),
    ],
)
def test_a_name_that_promises_something_else_is_told(name: str, media: str, said: str) -> None:
    """The content decides; an ending that disagrees with it is said, one that promises nothing is not."""
    assert Intake("1", name, media, 1, b"", None, "", "", "", "", "route", "").disguise == said
