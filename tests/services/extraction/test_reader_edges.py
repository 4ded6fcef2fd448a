"""What each reader makes of what documents seldom have: odd cells, styles, parts, pages; and the bounds of archives."""

import datetime
import io
import zipfile
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pytest
from fpdf import FPDF

from totebox.errors import UnreadableDocument
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.media_type import EML, OTHER, PDF, PLAIN
from totebox.services.extraction.readers import archive
from totebox.services.extraction.readers.eml import MAX_PARTS, strip_html
from totebox.services.extraction.worker import read


def put(folder: Path, data: bytes) -> Path:
    path = folder / "document"
    path.write_bytes(data)
    return path


def text_of(folder: Path, data: bytes) -> str:
    return read(put(folder, data), DEFAULT_LIMITS).text


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (True, "General", "yes"),
        (False, "General", "no"),
        (3, "General", "3"),
        (3, "0.00", "3.00"),
        (2.0, "General", "2"),
        (2.5, "General", "2.5"),
        (2.5, "#,##0.00", "2.50"),
        (0.25, "0.00%", "0.25"),
        (2.5e15, "General", "2500000000000000"),
        (datetime.datetime(2026, 3, 25), "yyyy-mm-dd", "2026-03-25"),
        (datetime.datetime(2026, 3, 25, 9, 30), "yyyy-mm-dd hh:mm", "2026-03-25 09:30"),
        (datetime.time(9, 30), "hh:mm", "09:30:00"),
        ("a | b", "General", "a \\| b"),
    ],
)
def test_a_cell_is_read_as_it_is_shown(tmp_path: Path, value: object, number_format: str, shown: str) -> None:
    """Money with its decimals, a whole number without, a day without its midnight."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(["x", value])
    sheet["B1"].number_format = number_format
    book.save(out)
    assert text_of(tmp_path, out.getvalue()).splitlines()[2] == f"| x | {shown} |"


def test_a_sheet_is_a_table_from_its_first_wide_row(tmp_path: Path) -> None:
    """Single cells above it are lines; empty rows and cells behind the last one are left out; short rows are filled."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    rows = (["Title"], [], ["a", "b", None, None], [None, None], ["1"], [None, "2"], ["3", "4", "5"])
    for row in rows:
        book.worksheets[0].append(row)
    book.create_sheet("Other").append(["x", "y"])
    book.save(out)
    assert text_of(tmp_path, out.getvalue()) == (
        "## Sheet\n\nTitle\n\n| a | b |\n| --- | --- |\n| 1 |  |\n|  | 2 |\n| 3 | 4 | 5 |\n\n"
        "## Other\n\n| x | y |\n| --- | --- |\n"
    )


def test_a_sheet_of_many_columns_is_cut(tmp_path: Path) -> None:
    """At 256."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.worksheets[0].append(list(range(300)))
    book.save(out)
    assert text_of(tmp_path, out.getvalue()).splitlines()[2].endswith("| 255 |")


def paper_text(folder: Path, *blocks: tuple[str, str]) -> str:
    """The text of a Word document with paragraphs of (style, text)."""
    paper, out = docx.Document(), io.BytesIO()
    for style, text in blocks:
        paper.add_paragraph(text, style=style)
    paper.save(out)
    return text_of(folder, out.getvalue())


@pytest.mark.parametrize(
    ("style", "line"),
    [("Heading 1", "# a b"), ("Heading 6", "###### a b"), ("Title", "# a b"), ("List Number", "1. a b"), ("List Bullet 2", "- a b"),
     ("Normal", "a  b"), ("Quote", "a  b"), ("Heading 7", "a  b")],
)  # fmt: skip
def test_a_style_is_a_mark(tmp_path: Path, style: str, line: str) -> None:
    """Of headings to the sixth and of lists; any other is a paragraph as it was written."""
    assert paper_text(tmp_path, (style, " a  b ")) == f"{line}\n"


def test_items_of_a_list_stand_together(tmp_path: Path) -> None:
    """Also at the document's end; empty paragraphs between blocks are none, and words that look like an item are one."""
    blocks = (
        ("List Bullet", "one"),
        ("List Bullet", "two"),
        ("Normal", ""),
        ("Normal", "para"),
        ("List Number", "last"),
    )
    assert paper_text(tmp_path, *blocks) == "- one\n- two\n\npara\n\n1. last\n"


def test_a_merged_cell_is_one_cell(tmp_path: Path) -> None:
    """Rows of a table are as wide as the widest; a table without rows is none."""
    paper, out = docx.Document(), io.BytesIO()
    table = paper.add_table(rows=2, cols=3)
    for row, texts in zip(table.rows, (("a", "b", "c"), ("d", "e", "f")), strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.rows[1].cells[0].merge(table.rows[1].cells[1])
    paper.add_table(rows=0, cols=2)
    paper.save(out)
    assert text_of(tmp_path, out.getvalue()) == "| a | b | c |\n| --- | --- | --- |\n| d e | f |  |\n"


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["Message-ID"] = "a@x.example", "<1@x.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    return message


def test_headers_stand_in_one_order(tmp_path: Path) -> None:
    """Those that say who and what, each on one line; UTC says so, and others are left out."""
    message = mail(
        Subject="s", Date="Tue, 03 Mar 2026 09:12:00 +0000", Cc="c@x.example", Reply_To="r@x.example", X_Other="o"
    )
    message.set_content("words")
    assert text_of(tmp_path, message.as_bytes()).splitlines() == [
        "- From: a@x.example", "- Cc: c@x.example", "- Reply-To: r@x.example", "- Date: 2026-03-03 09:12:00 UTC",
        "- Subject: s", "", "words",
    ]  # fmt: skip


def test_a_long_header_is_cut(tmp_path: Path) -> None:
    """At 4,096 characters: a subject is no text."""
    message = mail(Subject="s" * 5_000)
    message.set_content("words")
    [line] = [line for line in text_of(tmp_path, message.as_bytes()).splitlines() if line.startswith("- Subject")]
    assert len(line) == len("- Subject: ") + 4_096


def test_every_plain_part_is_read(tmp_path: Path) -> None:
    """Also where an empty one stands before it; HTML only where no plain part has words."""
    message = mail()
    message.set_content(" ")
    message.add_alternative("<p>the html words</p>", subtype="html")
    assert "the html words" in text_of(tmp_path, message.as_bytes())
    message.add_attachment("attached words", filename="note.txt")
    text = text_of(tmp_path, message.as_bytes())
    assert "- Attachment: note.txt (text/plain, 15 bytes)" in text and "attached words" not in text


def test_an_attachment_without_a_name_says_so(tmp_path: Path) -> None:
    """Its type and size are told."""
    message = mail()
    message.set_content("words")
    message.add_attachment(b"x" * 1_234, maintype="image", subtype="png")
    assert text_of(tmp_path, message.as_bytes()).endswith("- Attachment: without a name (image/png, 1,234 bytes)\n")


def test_a_mail_of_many_parts_is_read_to_its_bound(tmp_path: Path) -> None:
    """256 parts, the whole counted as one."""
    message = mail()
    message.set_content("words")
    for number in range(MAX_PARTS + 10):
        message.add_attachment(b"x", maintype="image", subtype="png", filename=f"{number}.png")
    document = read(put(tmp_path, message.as_bytes()), DEFAULT_LIMITS)
    assert document.media_type == EML and document.text.count("- Attachment: ") == MAX_PARTS - 2


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>a</p><p>b</p>", "a\nb"),
        ("a<br>b", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<style>x</style>a<script>y</script>b", "ab"),
        ("<svg><title>x</title></svg>a", "a"),
        ("</script>a<script>b", "a"),
        ("a &amp; b&nbsp;c", "a & b c"),
        ("  a \n\t b  ", "a b"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<a href='https://t.example'>a</a>", "a"),
        ("<p>R&D", "R&D"),
        ("", ""),
    ],
)
def test_html_is_stripped_to_its_words(html: str, words: str) -> None:
    """A block is a line, a cell a blank; what is hidden stays hidden, and an end without a beginning hides nothing."""
    assert strip_html(html) == words


def made_pdf(*pages: str) -> bytes:
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for page in pages:
        pdf.add_page()
        if page:
            pdf.multi_cell(0, 6, page)
    return bytes(pdf.output())


def test_a_page_without_words_has_its_marker(tmp_path: Path) -> None:
    """Pages keep their numbers: also those before the first that has words."""
    document = read(put(tmp_path, made_pdf("", "two", "", "four", "")), DEFAULT_LIMITS)
    assert document.media_type == PDF and document.pages == 5
    markers = [line for line in document.text.splitlines() if line.startswith("<!--")]
    assert markers == [f"<!-- page {number} -->" for number in (1, 2, 3, 4, 5)]
    assert document.text.index("page 2") < document.text.index("two") < document.text.index("page 3")


def zipped(*members: tuple[str, bytes], encrypted: bool = False) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(name, data)
    data = bytearray(out.getvalue())
    if encrypted:
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def test_an_encrypted_archive_is_not_opened(tmp_path: Path) -> None:
    """It says that a password is missing."""
    with pytest.raises(UnreadableDocument, match="encrypted"):
        archive.guard(put(tmp_path, zipped(("a", b"x"), encrypted=True)))


def test_a_small_member_may_be_packed_tightly(tmp_path: Path) -> None:
    """From four megabytes on the ratio counts; what is no archive is damaged."""
    archive.guard(put(tmp_path, zipped(("a", bytes(archive.RATIO_FROM_BYTES)))))
    with pytest.raises(UnreadableDocument, match="like a bomb"):
        archive.guard(put(tmp_path, zipped(("a", bytes(archive.RATIO_FROM_BYTES + 1)))))
    with pytest.raises(UnreadableDocument, match="ZIP directory"):
        archive.guard(put(tmp_path, b"PK\x03\x04 and nothing more"))


def test_as_many_members_as_are_allowed_are(tmp_path: Path) -> None:
    """4,096 of them."""
    archive.guard(put(tmp_path, zipped(*((str(number), b"") for number in range(archive.MAX_MEMBERS)))))


def test_a_document_that_is_too_large_is_not_parsed(tmp_path: Path) -> None:
    """With both figures; a plain text is read to its limit instead."""
    data = made_pdf("words")
    exact, less = (replace(DEFAULT_LIMITS, input_bytes=len(data) - short) for short in (0, 1))
    assert read(put(tmp_path, data), exact).text
    document = read(put(tmp_path, data), less)
    assert document.text == "" and f"{len(data):,} bytes are more than the {len(data) - 1:,}" in document.trouble
    assert read(put(tmp_path, b"words"), replace(less, input_bytes=1)).text == "words\n"


def test_what_no_reader_knows_is_kept(tmp_path: Path) -> None:
    """As it is; and a file of blanks has no text."""
    document = read(put(tmp_path, b"\x00\x01"), DEFAULT_LIMITS)
    assert (
        document.media_type == OTHER and document.trouble == "no text: this kind of file is kept as it is and not read"
    )
    blank = read(put(tmp_path, b" \n \n"), DEFAULT_LIMITS)
    assert (blank.media_type, blank.text) == (PLAIN, "") and "nothing in it can be read" in blank.trouble


def test_a_delimited_table_has_no_empty_rows(tmp_path: Path) -> None:
    """Whatever parts its cells; what stops being a table goes on as text."""
    assert text_of(tmp_path, b"a;b;c\n;;\n1;2;3\n") == "| a | b | c |\n| --- | --- | --- |\n| 1 | 2 | 3 |\n"


def test_only_a_pdf_has_pages(tmp_path: Path) -> None:
    """Word, workbooks, mail and text store none."""
    paper, book, out, sheets = docx.Document(), openpyxl.Workbook(), io.BytesIO(), io.BytesIO()
    paper.add_paragraph("words")
    paper.save(out)
    book.worksheets[0].append(["a", "b"])
    book.save(sheets)
    message = mail(Subject="s")
    message.set_content("words")
    for data in (out.getvalue(), sheets.getvalue(), message.as_bytes(), b"a,b,c\n1,2,3\n", b"words\n"):
        document = read(put(tmp_path, data), DEFAULT_LIMITS)
        assert document.text and document.pages == 0
