"""Documents made by code: the same blocks as PDF, Word or mail, the same bytes every time."""

from console.demo.paper.blocks import Block, Bullets, Gap, Heading, Lines, Para, Rule, Table
from console.demo.paper.mail import mail
from console.demo.paper.pdf import pdf
from console.demo.paper.plain import comma_separated, markdown
from console.demo.paper.sheet import Sheet, workbook
from console.demo.paper.word import word

__all__ = [
    "Block",
    "Bullets",
    "Gap",
    "Heading",
    "Lines",
    "Para",
    "Rule",
    "Sheet",
    "Table",
    "comma_separated",
    "mail",
    "markdown",
    "pdf",
    "word",
    "workbook",
]
