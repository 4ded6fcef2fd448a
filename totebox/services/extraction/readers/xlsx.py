"""Workbooks: each sheet a heading and a table of its values, as last calculated."""

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from totebox.errors import UnreadableDocument
from totebox.services.extraction.prose import Prose, clean_line, table_row, table_rule
from totebox.services.extraction.readers.archive import DAMAGED, guard

MAX_COLUMNS = 256


def read(path: Path, out: Prose, limit_bytes: int) -> int:
    """Add every visible sheet to `out`. Pages: 0.

    Raises:
        UnreadableDocument: a bomb, encrypted, or damaged.
    """
    guard(path)
    try:
        with path.open("rb") as file:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            for sheet in book.worksheets:
                if isinstance(sheet, ReadOnlyWorksheet):
                    sheet.reset_dimensions()
                    _sheet(sheet.title, sheet.iter_rows(), out)
    except (InvalidFileException, *DAMAGED) as error:
        raise UnreadableDocument("the workbook is damaged and cannot be read") from error
    return 0


def _sheet(title: str, rows: Iterable[Any], out: Prose) -> None:
    out.add(f"## {clean_line(title)}\n")
    width = 0
    for row in rows:
        cells = [_value(cell.value, getattr(cell, "number_format", "") or "") for cell in row[:MAX_COLUMNS]]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            continue
        if not width and len(cells) == 1:
            out.add(clean_line(cells[0]) + "\n")
            continue
        out.add(table_row(cells + [""] * (width - len(cells))))
        if not width:
            width = len(cells)
            out.add(table_rule(width))
    out.add("")


def _value(value: object, number_format: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime.datetime():
            return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
        case datetime.date() | datetime.time():
            return value.isoformat()
        case int():
            return str(value) + (".00" if "0.00" in number_format else "")
        case float():
            return _number(value, number_format)
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str:
    if "0.00" in number_format and "%" not in number_format:
        return f"{value:.2f}"
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
