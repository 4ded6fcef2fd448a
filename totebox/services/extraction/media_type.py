"""The media type of a file, from its content; the name is not used."""

import csv
import re
import zipfile
from pathlib import Path

from totebox.services.extraction.prose import decode

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EML = "message/rfc822"
MARKDOWN = "text/markdown"
CSV = "text/csv"
PLAIN = "text/plain"
OTHER = "application/octet-stream"
MEDIA_TYPES = frozenset({PDF, DOCX, XLSX, EML, MARKDOWN, CSV, PLAIN, OTHER})

HEAD_BYTES = 65_536
HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*):", re.MULTILINE)
MAIL_WORDS = {"from", "to", "cc", "subject", "date", "reply-to", "sender"}
MAIL_PROOF = {"message-id", "received", "mime-version", "return-path", "delivered-to", "dkim-signature"}
MARKS = (
    re.compile(r"^#{1,6} +\S", re.MULTILINE),
    re.compile(r"^```", re.MULTILINE),
    re.compile(r"^\|?(?: *:?-{3,}:? *\|)+ *(?::?-{3,}:?)? *$", re.MULTILINE),
    re.compile(r"\*\*[^*\n]+\*\*"),
    re.compile(r"\[[^\]\n]+\]\([^)\n]+\)"),
    re.compile(r"^(?:[-*+]|\d+\.) +\S.*\n(?:[-*+]|\d+\.) +\S", re.MULTILINE),
)


def sniff(path: Path) -> str:
    """The media type of the file at `path`. Reads 64 KiB, and a ZIP's directory."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _office(path)
    return sniff_head(head)


def sniff_head(head: bytes) -> str:
    """The media type that the first 64 KiB show; a ZIP is `application/octet-stream` here."""
    if b"%PDF-" in head[:1024]:
        return PDF
    text = None if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) else decode(head)
    if text is None or text.startswith("{\\rtf"):
        return OTHER
    return _kind_of_text(text, whole=len(head) < HEAD_BYTES)


def _office(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError):
        return OTHER
    if "[Content_Types].xml" not in names:
        return OTHER
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else OTHER


def _kind_of_text(text: str, *, whole: bool) -> str:
    if _is_mail(text):
        return EML
    if _is_markdown(text):
        return MARKDOWN
    return CSV if delimiter_of(text, whole=whole) else PLAIN


def _is_mail(text: str) -> bool:
    block = re.split(r"\r?\n\r?\n", text.lstrip("\r\n"), maxsplit=1)[0]
    first = block.split("\n", 1)[0]
    if not HEADER.match(first) and not first.startswith("From "):
        return False
    words = {name.lower() for name in HEADER.findall(block)}
    if words & MAIL_PROOF:
        return bool(words & MAIL_WORDS)
    return "from" in words and len(words & MAIL_WORDS) >= 3


def _is_markdown(text: str) -> bool:
    hits = [bool(mark.search(text)) for mark in MARKS]
    return hits[0] or sum(hits) >= 2


def delimiter_of(text: str, *, whole: bool = True) -> str:
    """The delimiter of a delimited table (`,` `;` tab or `|`), or '' when the lines do not agree on one."""
    for delimiter in ",;\t|":
        rows = _rows(text, delimiter, whole=whole)
        if len(rows) < 2:
            continue
        width = len(rows[0])
        agreeing = sum(len(row) == width for row in rows)
        wide_enough = width >= 3 or (width == 2 and len(rows) >= 3)
        if wide_enough and agreeing * 10 >= len(rows) * 9 and all(len(cell) <= 64 for cell in rows[0]):
            return delimiter
    return ""


def _rows(text: str, delimiter: str, *, whole: bool) -> list[list[str]]:
    lines = text.splitlines()[:200]
    if not whole and len(lines) < 200:
        lines = lines[:-1]
    try:
        return [row for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []
