"""PDF text, page by page: pdfium first, pypdf where pdfium gives nothing."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2

from totebox.errors import UnreadableDocument
from totebox.services.extraction.prose import Prose

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
    pages = _with_pdfium(path)
    if pages is None or not any(page.strip() for page in pages):
        pages = _with_pypdf(path) or pages
    if pages is None:
        raise UnreadableDocument("the PDF is damaged and neither reader can open it")
    if any(page.strip() for page in pages):
        for number, page in enumerate(pages, 1):
            out.add(page_marker(number))
            out.add(_forge_proof(page) + "\n")
    return len(pages)


def _forge_proof(text: str) -> str:
    return text.replace("<!--", "<! --")


def _with_pdfium(path: Path) -> list[str] | None:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in PASSWORD_ERRORS or "password" in str(error).lower():
            raise UnreadableDocument("the PDF is encrypted; its text cannot be read without the password") from error
        return None
    return list(_pdfium_pages(document))


def _pdfium_pages(document: pypdfium2.PdfDocument) -> Iterator[str]:
    for number in range(min(len(document), MAX_PAGES)):
        try:
            yield document[number].get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError:
            yield ""


def _with_pypdf(path: Path) -> list[str] | None:
    import pypdf
    from pypdf.errors import FileNotDecryptedError, PyPdfError

    try:
        reader = pypdf.PdfReader(path)
        return [page.extract_text() for page in list(reader.pages)[:MAX_PAGES]]
    except FileNotDecryptedError as error:
        raise UnreadableDocument("the PDF is encrypted; its text cannot be read without the password") from error
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        return None
