"""Blocks as a PDF on A4, with a letterhead and numbered pages. Needs fpdf2: the extra `pdf`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, XPos, YPos

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

INK = (28, 32, 40)
SOFT = (110, 116, 128)
ACCENT = (20, 70, 110)
MARGIN = 22


class _Paper(FPDF):
    def __init__(self, letterhead: str, footer: str) -> None:
        super().__init__(format="A4")
        self.letterhead, self.foot = letterhead, footer
        self.set_margins(MARGIN, 20)
        self.set_auto_page_break(True, margin=22)
        self.set_creation_date(datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
        self.set_producer("paper")

    def header(self) -> None:
        self.set_font("Helvetica", "B", 10)
        self.set_text_color(*ACCENT)
        self.cell(0, 5, self.letterhead, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(*ACCENT)
        self.line(MARGIN, self.get_y() + 1, self.w - MARGIN, self.get_y() + 1)
        self.ln(8)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("Helvetica", "", 8)
        self.set_text_color(*SOFT)
        self.cell(0, 5, f"{self.foot} - {self.page_no()}/{{nb}}", align="C")


def press(letterhead: str, blocks: Sequence[Block], *, title: str, footer: str = "") -> bytes:
    """The document's bytes: the same for the same blocks."""
    paper = _Paper(letterhead, footer or title)
    paper.set_title(title)
    paper.add_page()
    for block in blocks:
        _draw(paper, block)
    return bytes(paper.output())


def _draw(paper: FPDF, block: Block) -> None:
    paper.set_text_color(*INK)
    match block:
        case Heading():
            if paper.will_page_break(24):
                paper.add_page()
            paper.set_font("Helvetica", "B", 17 if block.level == 1 else 11)
            paper.multi_cell(
                0, 8 if block.level == 1 else 6, block.text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
            paper.ln(2)
        case Para():
            _text(paper, block.text)
            paper.ln(2.5)
        case FixedLines():
            for line in block.lines:
                _text(paper, line)
            paper.ln(3)
        case Bullets():
            for item in block.items:
                _text(paper, f"- {item}")
            paper.ln(2.5)
        case PaperTable():
            _table(paper, block)
        case HorizontalRule():
            paper.set_draw_color(*SOFT)
            paper.line(MARGIN, paper.get_y(), paper.w - MARGIN, paper.get_y())
            paper.ln(4)
        case SignatureGap():
            paper.ln(14)


def _text(paper: FPDF, text: str) -> None:
    paper.set_font("Times", "", 11)
    paper.multi_cell(0, 5.4, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _table(paper: FPDF, block: PaperTable) -> None:
    paper.set_font("Helvetica", "", 9)
    paper.set_draw_color(*SOFT)
    align = tuple("RIGHT" if column in block.right else "LEFT" for column in range(len(block.rows[0])))
    with paper.table(
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        col_widths=block.widths or None,
        text_align=align,
        line_height=6,
        first_row_as_headings=True,
    ) as table:
        for row in block.rows:
            table.row(row)
    paper.ln(4)
