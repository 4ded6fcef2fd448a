"""Reading a sealed line as any stranger would: RFC 4180, and one apostrophe before what a spreadsheet would take for a formula."""

import csv


def last_line(payload: bytes) -> tuple[str, ...]:
    """The cells of a line record. The entry that opens a segment owns its header as well: the record is the last line.

    Args:
        payload: the record's bytes, as the vault reads them; each line ends in LF.
    """
    line = payload.removesuffix(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace")
    cells = next(csv.reader([line]), [])
    return tuple(cell.removeprefix("'") for cell in cells)
