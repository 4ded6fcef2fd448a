"""Workbooks with values as an office keeps them: dates are dates, money has two decimals."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import openpyxl
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from console.demo.paper.archive import settled

Value = str | int | Decimal | date | None


@dataclass(frozen=True, slots=True)
class WorkbookSheet:
    """One sheet: its title, lines above the table, and rows of which the first is the head."""

    title: str
    rows: tuple[tuple[Value, ...], ...]
    above: tuple[str, ...] = ()


def workbook(sheets: Sequence[WorkbookSheet]) -> bytes:
    """The workbook's bytes: the same for the same sheets."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for sheet in sheets:
        page = book.create_sheet(sheet.title)
        for line in sheet.above:
            page.append([line])
        head = len(sheet.above) + 1
        for row in sheet.rows:
            page.append(list(row))
        for cell in page[head]:
            cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="14466E")
        for line in page.iter_rows(min_row=head + 1):
            for cell in line:
                if isinstance(cell.value, Decimal):
                    cell.number_format = "#,##0.00"
                if isinstance(cell.value, date):
                    cell.number_format = "yyyy-mm-dd"
        for number in range(1, len(sheet.rows[0]) + 1):
            page.column_dimensions[get_column_letter(number)].width = 22
        page.freeze_panes = f"A{head + 1}"
    out = io.BytesIO()
    book.save(out)
    return settled(out.getvalue())
