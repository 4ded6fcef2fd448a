"""What a file is, by its content alone."""

import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest

from totebox.services.extraction.media_type import CSV, DOCX, EML, MARKDOWN, OTHER, PDF, PLAIN, XLSX, sniff, sniff_head


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"%PDF-1.7\n...", PDF),
        (b"junk before\n%PDF-1.4\n", PDF),
        (b"From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\n\r\nhello", EML),
        (b"Received: by mx\r\nFrom: a@b.example\r\n\r\nhello", EML),
        (b"# Title\n\nwords\n", MARKDOWN),
        (b"a,b,c\n1,2,3\n4,5,6\n", CSV),
        (b"a;b;c\n1,5;2;3\n", CSV),
        (b"Dear Sir, I write, as agreed, to you.\nYours, A. Person\n", PLAIN),
        ("Grüße".encode("cp1252"), PLAIN),
        ("Grüße\n".encode("utf-16"), PLAIN),
        (b"", PLAIN),
        (b"\x00\x01\x02", OTHER),
        (b"\x89PNG\r\n\x1a\n\x00\x00", OTHER),
        (b"{\\rtf1 hello}", OTHER),
    ],
)
def test_content_says_what_it_is(data: bytes, media: str) -> None:
    """Each kind is known by its bytes."""
    assert sniff_head(data) == media


def test_the_name_is_not_believed(tmp_path: Path) -> None:
    """A PDF called .txt is a PDF."""
    path = tmp_path / "harmless.txt"
    path.write_bytes(b"%PDF-1.4\n")
    assert sniff(path) == PDF


def test_office_files_are_told_from_other_zips(tmp_path: Path) -> None:
    """A ZIP is what its members make of it."""
    word, book, other, broken = (tmp_path / str(number) for number in range(4))
    docx.Document().save(str(word))
    openpyxl.Workbook().save(book)
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.txt", "a")
    broken.write_bytes(b"PK\x03\x04 and nothing more")
    assert [sniff(path) for path in (word, book, other, broken)] == [DOCX, XLSX, OTHER, OTHER]


def test_a_cut_off_zip_is_kept_unread(tmp_path: Path) -> None:
    """Half a Word file has no directory."""
    out = io.BytesIO()
    docx.Document().save(out)
    path = tmp_path / "half.docx"
    path.write_bytes(out.getvalue()[:5_000])
    assert sniff(path) == OTHER
