"""Reading a sealed line by its format alone: RFC 4180, and one apostrophe before a cell that a spreadsheet would take
for a formula.
"""

import csv


def last_line(payload: bytes) -> tuple[str, ...]:
    """The cells of a line record. The entry that opens a segment contains the header too: the record is its last line.

    Args:
        payload: the record's bytes, as the vault reads them; each line ends in LF.
    """
    line = payload.removesuffix(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace")
    cells = next(csv.reader([line]), [])
    return tuple(cell.removeprefix("'") for cell in cells)
