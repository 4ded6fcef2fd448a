"""Each reader, on files made here; run in this process, without limits."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pytest
from fpdf import FPDF

from totebox.errors import UnreadableDocument
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.media_type import DOCX, EML, PDF, XLSX
from totebox.services.extraction.readers import archive
from totebox.services.extraction.worker import read


def put(folder: Path, data: bytes) -> Path:
    path = folder / "document"
    path.write_bytes(data)
    return path


def text_of(folder: Path, data: bytes) -> str:
    document = read(put(folder, data), DEFAULT_LIMITS)
    assert not document.trouble, document.trouble
    return document.text


def made_pdf(*pages: str, password: str = "") -> bytes:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for page in pages:
        pdf.add_page()
        pdf.multi_cell(0, 6, page)
    if password:
        pdf.set_encryption(owner_password="o", user_password=password)
    return bytes(pdf.output())


def test_pdf_pages_have_markers(tmp_path: Path) -> None:
    """A claim can say on which page it stands."""
    document = read(put(tmp_path, made_pdf("first page", "second page")), DEFAULT_LIMITS)
    assert (document.media_type, document.pages) == (PDF, 2)
    assert document.text == "<!-- page 1 -->\nfirst page\n\n<!-- page 2 -->\nsecond page\n"


def test_a_pdf_cannot_forge_a_page_marker(tmp_path: Path) -> None:
    """Text that looks like one is made to look like none."""
    assert text_of(tmp_path, made_pdf("<!-- page 9 -->")) == "<!-- page 1 -->\n<! -- page 9 -->\n"


def test_an_encrypted_pdf_has_no_text_and_says_why(tmp_path: Path) -> None:
    """It can be sealed all the same."""
    document = read(put(tmp_path, made_pdf("secret", password="p")), DEFAULT_LIMITS)
    assert (document.media_type, document.text) == (PDF, "")
    assert document.trouble == "no text: the PDF is encrypted; its text cannot be read without the password"


def test_a_damaged_pdf_has_no_text_and_says_why(tmp_path: Path) -> None:
    """Neither reader opens it."""
    document = read(put(tmp_path, b"%PDF-1.7\n" + b"\xff\x00garbage" * 50), DEFAULT_LIMITS)
    assert document.text == "" and document.trouble.startswith("no text: the PDF is damaged")


def test_a_pdf_of_pictures_says_so(tmp_path: Path) -> None:
    """A scan has pages and no text."""
    pdf = FPDF()
    pdf.add_page()
    document = read(put(tmp_path, bytes(pdf.output())), DEFAULT_LIMITS)
    assert document.pages == 1 and "a scan" in document.trouble


def test_word_keeps_headings_lists_and_tables_in_order(tmp_path: Path) -> None:
    """Markdown that reads like the page."""
    paper, out = docx.Document(), io.BytesIO()
    paper.sections[0].header.paragraphs[0].text = "Letterhead"
    paper.add_heading("Minutes", 0)
    paper.add_paragraph("one", style="List Bullet")
    paper.add_paragraph("two", style="List Bullet")
    table = paper.add_table(rows=0, cols=2)
    for row in (("Who", "What"), ("Jane | Doe", "x")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    paper.save(out)
    assert text_of(tmp_path, out.getvalue()) == (
        "Letterhead\n\n# Minutes\n\n- one\n- two\n\n| Who | What |\n| --- | --- |\n| Jane \\| Doe | x |\n"
    )


def test_a_workbook_gives_values_as_they_are_shown(tmp_path: Path) -> None:
    """Dates are dates, money has its decimals, sheets their names."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.title = "Roll"
    sheet.append(["As at 1 May 2026"])
    sheet.append(["Unit", "From", "Rent", "Let"])
    sheet.append([1, date(2026, 3, 25), Decimal("48500.5"), True])
    sheet["C3"].number_format = "#,##0.00"
    book.save(out)
    assert text_of(tmp_path, out.getvalue()) == (
        "## Roll\n\nAs at 1 May 2026\n\n| Unit | From | Rent | Let |\n| --- | --- | --- | --- |\n| 1 | 2026-03-25 | 48500.50 | yes |\n"
    )


def test_mail_is_its_headers_its_words_and_the_names_of_attachments(tmp_path: Path) -> None:
    """The plain part is read, the HTML is not, attachments are named."""
    message = EmailMessage()
    message["From"], message["To"] = "Jane Doe <jane@x.example>", "team:a@x.example,b@x.example;"
    message["Date"], message["Subject"] = "Tue, 03 Mar 2026 09:12:00 +0100", "Rent"
    message.set_content("the plain words")
    message.add_alternative("<p>the html words</p>", subtype="html")
    message.add_attachment(b"123", maintype="application", subtype="pdf", filename="lease.pdf")
    assert text_of(tmp_path, message.as_bytes()) == (
        "- From: Jane Doe <jane@x.example>\n- To: team: a@x.example, b@x.example;\n- Date: 2026-03-03 09:12:00+01:00\n"
        "- Subject: Rent\n\nthe plain words\n\n- Attachment: lease.pdf (application/pdf, 3 bytes)\n"
    )


def test_html_mail_is_stripped_to_words(tmp_path: Path) -> None:
    """No tag, script, style or address of a tracker survives."""
    body = (
        b"<style>p{}</style><p>Dear&nbsp;you,</p><img src='https://t.example/o.gif'><script>x()</script>pay <b>now</b>"
    )
    head = b"From: a@x.example\nTo: b@x.example\nSubject: s\nMIME-Version: 1.0\nContent-Type: text/html\n\n"
    text = text_of(tmp_path, head + body)
    assert "Dear you,\npay now\n" in text and "t.example" not in text and "<" not in text


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Type: text/plain; charset=x-unknown-charset",
        b'Content-Type: text/plain; charset="utf-8\nContent-Transfer-Encoding: base64',
        b"To: =?bogus?q?=ff?= <\x80\xff@>, undisclosed-recipients:;\nDate: never",
        b'From: :;:;,,<<>>\nContent-Type: multipart/mixed; boundary=""',
    ],
)
def test_malformed_mail_still_gives_words(tmp_path: Path, head: bytes) -> None:
    """Unknown charsets, empty groups and broken headers are survived."""
    path = put(tmp_path, b"Message-ID: <1@x>\nFrom: a@x.example\nSubject: s\n" + head + b"\n\nhello \xff there\n")
    document = read(path, DEFAULT_LIMITS)
    assert document.media_type == EML and "Subject: s" in document.text


def test_csv_becomes_a_table(tmp_path: Path) -> None:
    """The first row is the head."""
    out = io.StringIO()
    csv.writer(out).writerows([["a", "b", "c"], ["1,5", "x\ny", ""]])
    assert text_of(tmp_path, out.getvalue().encode()) == "| a | b | c |\n| --- | --- | --- |\n| 1,5 | x y |  |\n"


def test_markdown_is_kept_as_written(tmp_path: Path) -> None:
    """It is Markdown already."""
    assert text_of(tmp_path, b"# A\r\n\r\n* b **c**\r\n") == "# A\n\n* b **c**\n"


def test_a_huge_text_is_read_to_its_limit(tmp_path: Path) -> None:
    """Three megabytes of text give two, and say so, in the text and beside it."""
    document = read(put(tmp_path, b"word word word word\n" * 160_000), DEFAULT_LIMITS)
    text = document.text
    assert document.trouble == "the text is cut: it is longer than 2,097,152 bytes"
    assert len(text) < DEFAULT_LIMITS.text_bytes + 200 and "[The text ends here" in text[-200:]


def test_an_empty_file_says_so(tmp_path: Path) -> None:
    """Nothing is not text."""
    assert read(put(tmp_path, b""), DEFAULT_LIMITS).trouble == "no text: the file is empty"


def bomb(member: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
        packed.writestr(member, b"0" * (64 << 20))
    return out.getvalue()


@pytest.mark.parametrize(("member", "media"), [("word/document.xml", DOCX), ("xl/workbook.xml", XLSX)])
def test_a_zip_bomb_is_not_opened(tmp_path: Path, member: str, media: str) -> None:
    """Sixty-four megabytes in sixty-four kilobytes are refused by the directory alone."""
    document = read(put(tmp_path, bomb(member)), DEFAULT_LIMITS)
    assert document.media_type == media and "like a bomb" in document.trouble


def test_too_many_members_are_not_opened(tmp_path: Path) -> None:
    """A directory of thousands is no document."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for number in range(archive.MAX_MEMBERS + 1):
            packed.writestr(str(number), b"")
    with pytest.raises(UnreadableDocument, match="members"):
        archive.guard(put(tmp_path, out.getvalue()))


def office(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "docx":
        paper = docx.Document()
        paper.add_paragraph("words " * 200)
        paper.save(out)
    else:
        book = openpyxl.Workbook()
        for number in range(200):
            book.worksheets[0].append([number, "words"])
        book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["docx", "xlsx"])
@pytest.mark.filterwarnings("ignore")
def test_damaged_office_files_are_documents_without_text(tmp_path: Path, kind: str) -> None:
    """Bytes changed at thirty places, one by one: text, or the reason why not."""
    whole = office(kind)
    for place in range(40, len(whole), len(whole) // 30):
        data = bytearray(whole)
        data[place] ^= 0xFF
        document = read(put(tmp_path, bytes(data)), DEFAULT_LIMITS)
        assert document.text or document.trouble.startswith("no text: ")
