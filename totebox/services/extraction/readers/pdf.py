"""PDF text, page by page: pdfium first, pypdf where pdfium finds no text."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2

from totebox.errors import UnreadableDocument
from totebox.services.extraction.prose import Prose

if TYPE_CHECKING:
    from pypdf import PageObject

MAX_PAGES = 5_000
PASSWORD_ERRORS = (4,)
"""FPDF_ERR_PASSWORD."""


def page_marker(number: int) -> str:
    """The line that begins page `number` in the extracted text."""
    return f"<!-- page {number} -->"


def read(path: Path, out: Prose, limit_bytes: int) -> int:
    """Add every page's text to `out`, each under its marker; returns the number of pages.

    Raises:
        UnreadableDocument: encrypted or damaged.
    """
    count = _add(_with_pdfium(path), out)
    if not out.pages:
        count = _add(_with_pypdf(path), out) or count
    if count is None:
        raise UnreadableDocument("the PDF is damaged and neither reader can open it")
    return count


def _add(pages: Iterator[str] | None, out: Prose) -> int | None:
    """Add `pages` one by one, from the first that has words on. Returns how many pages there are, None where they
    cannot be read.
    """
    if pages is None:
        return None
    number = 0
    for number, page in enumerate(pages, 1):
        if not out.pages and not page.strip():
            continue
        for earlier in range(out.pages + 1, number):
            out.add(page_marker(earlier) + "\n")
        out.pages = number
        out.add(page_marker(number))
        out.add(_forge_proof(page) + "\n")
    return number


def _forge_proof(text: str) -> str:
    return text.replace("<!--", "<! --")


def _with_pdfium(path: Path) -> Iterator[str] | None:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in PASSWORD_ERRORS or "password" in str(error).lower():
            raise UnreadableDocument("the PDF is encrypted; its text cannot be read without the password") from error
        return None
    return _pdfium_pages(document)


def _pdfium_pages(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for number in range(min(len(document), MAX_PAGES)):
        try:
            text = document[number].get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError:
            text = ""
        yield text


def _with_pypdf(path: Path) -> Iterator[str] | None:
    import pypdf
    from pypdf.errors import FileNotDecryptedError, PyPdfError

    broken = (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError)
    try:
        pages = list(pypdf.PdfReader(path).pages)[:MAX_PAGES]
        first = [page.extract_text() for page in pages[:1]]
    except FileNotDecryptedError as error:
        raise UnreadableDocument("the PDF is encrypted; its text cannot be read without the password") from error
    except broken:
        return None
    return chain(first, (_page_text(page, broken) for page in pages[1:]))


def _page_text(page: "PageObject", broken: tuple[type[Exception], ...]) -> str:
    try:
        return page.extract_text()
    except broken:
        return ""
