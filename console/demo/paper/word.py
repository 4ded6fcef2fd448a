"""Blocks as a Word document."""

import io
from collections.abc import Sequence

import docx
from docx.document import Document
from docx.shared import Pt, RGBColor

from console.demo.paper.archive import settled
from console.demo.paper.blocks import (
    Block,
    Bullets,
    FixedLines,
    Heading,
    HorizontalRule,
    PaperTable,
    Para,
    SignatureGap,
)


def word(letterhead: str, blocks: Sequence[Block], *, title: str) -> bytes:
    """The document's bytes: the same for the same blocks."""
    document = docx.Document()
    document.core_properties.title = title
    document.core_properties.author = letterhead
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(11)
    head = document.sections[0].header.paragraphs[0]
    run = head.add_run(letterhead)
    run.bold, run.font.color.rgb = True, RGBColor(20, 70, 110)
    for block in blocks:
        _write(document, block)
    out = io.BytesIO()
    document.save(out)
    return settled(out.getvalue())


def _write(document: Document, block: Block) -> None:
    match block:
        case Heading():
            document.add_heading(block.text, 0 if block.level == 1 else block.level - 1)
        case Para():
            document.add_paragraph(block.text)
        case FixedLines():
            paragraph = document.add_paragraph()
            for number, line in enumerate(block.lines):
                if number:
                    paragraph.add_run().add_break()
                paragraph.add_run(line)
        case Bullets():
            for item in block.items:
                document.add_paragraph(item, style="List Bullet")
        case PaperTable():
            _table(document, block)
        case HorizontalRule() | SignatureGap():
            document.add_paragraph()


def _table(document: Document, block: PaperTable) -> None:
    table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light Grid Accent 1")
    for row in block.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph()
