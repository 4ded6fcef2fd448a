"""Markdown and CSV."""

import csv
import io
from collections.abc import Sequence


def markdown(text: str) -> bytes:
    """`text` as a file: one LF at the end."""
    return (text.strip("\n") + "\n").encode()


def comma_separated(rows: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180 with CRLF, as spreadsheets write it."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()
