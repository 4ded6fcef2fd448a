"""The cells of sealed lines: text is written on one line, and a line is read by its format alone (RFC 4180, the guard taken away)."""

import csv


def last_line(payload: bytes) -> tuple[str, ...]:
    """The cells of a line record. The entry that opens a segment contains the header too: the record is its last line.

    Args:
        payload: the record's bytes, as the vault reads them; each line ends in LF.
    """
    line = payload.removesuffix(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace")
    cells = next(csv.reader([line]), [])
    return tuple(cell.removeprefix("'") for cell in cells)


def one_line(text: str) -> str:
    """`text` on one line, as a cell keeps it."""
    return " ".join(text.replace("\0", " ").encode("utf-8", "replace").decode().split())
