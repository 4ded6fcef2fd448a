"""Word documents: headings, paragraphs, lists and tables, in the order of the document."""

import re
from collections.abc import Iterator
from pathlib import Path

import docx
from docx.document import Document
from docx.opc.exceptions import OpcError
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from totebox.errors import UnreadableDocument
from totebox.services.extraction.prose import Prose, table_row, table_rule
from totebox.services.extraction.readers.archive import DAMAGED, guard

HEADING = re.compile(r"^heading ([1-6])$")

SHOWN_RUNS = ".//w:r[not(ancestor::w:del or ancestor::w:moveFrom or ancestor::w:txbxContent)]"
"""The runs of a paragraph as Word shows them: tracked insertions and inline content controls too, deletions not."""


def read(path: Path, out: Prose, limit_bytes: int) -> int:
    """Add the document to `out`. Pages: 0, because Word does not store them.

    Raises:
        UnreadableDocument: a bomb, encrypted, or damaged.
    """
    guard(path)
    try:
        document = docx.Document(str(path))
        for block in _blocks(document):
            out.add(block + "\n")
    except (OpcError, *DAMAGED) as error:
        raise UnreadableDocument("the Word document is damaged and cannot be read") from error
    return 0


def _blocks(document: Document) -> Iterator[str]:
    yield from _letterhead(document)
    bullets: list[str] = []
    for item in document.iter_inner_content():
        line = _table(item) if isinstance(item, Table) else _paragraph(item)
        if line.startswith(("- ", "1. ")):
            bullets.append(line)
            continue
        if bullets:
            yield "\n".join(bullets)
            bullets = []
        if line.strip():
            yield line
    if bullets:
        yield "\n".join(bullets)


def _letterhead(document: Document) -> Iterator[str]:
    for section in list(document.sections)[:1]:
        lines = [_shown(paragraph).strip() for paragraph in section.header.paragraphs]
        if any(lines):
            yield "\n".join(line for line in lines if line)


def _shown(paragraph: Paragraph) -> str:
    return "".join(Run(run, paragraph).text for run in paragraph._p.xpath(SHOWN_RUNS))


def _paragraph(paragraph: Paragraph) -> str:
    text = _shown(paragraph).strip()
    style = (paragraph.style.name if paragraph.style is not None else "") or ""
    word = style.lower()
    heading = HEADING.match(word)
    if not text:
        return ""
    if heading:
        return "#" * int(heading[1]) + " " + " ".join(text.split())
    if word == "title":
        return "# " + " ".join(text.split())
    if word.startswith("list number"):
        return "1. " + " ".join(text.split())
    return "- " + " ".join(text.split()) if word.startswith("list") else text


def _table(table: Table) -> str:
    rows = [_cells(row.cells) for row in table.rows]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    lines = [table_row(row + [""] * (width - len(row))) for row in rows]
    return "\n".join([lines[0], table_rule(width), *lines[1:]])


def _cells(cells: tuple[_Cell, ...]) -> list[str]:
    seen: list[object] = []
    texts: list[str] = []
    for cell in cells:
        element = cell._tc
        if any(element is other for other in seen):
            continue
        seen.append(element)
        texts.append("\n".join(_shown(paragraph) for paragraph in cell.paragraphs))
    return texts
