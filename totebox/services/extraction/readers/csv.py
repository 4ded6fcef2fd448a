"""Delimited tables, as a Markdown table: the first row is the head."""

import csv
import io
from pathlib import Path

from totebox.services.extraction.media_type import delimiter_of
from totebox.services.extraction.prose import Prose, table_row, table_rule
from totebox.services.extraction.readers.plain import load


def read(path: Path, out: Prose, limit_bytes: int) -> int:
    """Add the table to `out`. Where the file stops being a table, the rest is added as text. Pages: 0."""
    text = load(path, limit_bytes)
    delimiter = delimiter_of(text) or ","
    csv.field_size_limit(limit_bytes + 8)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    first = True
    try:
        for row in rows:
            if not any(cell.strip() for cell in row):
                continue
            out.add(table_row(row))
            if first:
                out.add(table_rule(len(row)))
                first = False
    except csv.Error:
        out.add(text)
    return 0
