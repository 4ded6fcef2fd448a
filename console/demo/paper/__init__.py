"""Documents made by code: the same blocks as PDF, Word or mail, the same bytes every time."""

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
from console.demo.paper.mail import mail
from console.demo.paper.pdf import pdf
from console.demo.paper.plain import comma_separated, markdown
from console.demo.paper.sheet import WorkbookSheet, workbook
from console.demo.paper.word import word

__all__ = [
    "Block",
    "Bullets",
    "FixedLines",
    "Heading",
    "HorizontalRule",
    "PaperTable",
    "Para",
    "SignatureGap",
    "WorkbookSheet",
    "comma_separated",
    "mail",
    "markdown",
    "pdf",
    "word",
    "workbook",
]
