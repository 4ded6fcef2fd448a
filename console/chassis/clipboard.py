"""Copying and exporting from the screen: the list as files, the row to the clipboard. A notice says where it is."""

from collections.abc import Callable
from pathlib import Path

from textual.widget import Widget

from console.chassis.cartridge import Cartridge
from console.chassis.export import as_csv, as_json
from console.chassis.facts import Facts, Lines
from console.chassis.table import LedgerTable
from console.model.cells import draw
from console.model.safe_text import safe_copy
from protocol.schema.numbers import Severity
from protocol.values import dataclass

MOST_COPIED = 65_536
"""The most bytes for OSC 52: terminals cut longer texts without saying so."""


@dataclass(frozen=True, slots=True)
class TakeawayNotice:
    """The notice about a copy or an export. `was_tried` is False where there was nothing to take."""

    text: str
    severity: Severity = Severity.NOTICE
    detail: str = ""
    was_tried: bool = True


class Takeaway:
    """Takes from the list with the focus, else from the pane's first list."""

    def __init__(self, folder: Path, copy: Callable[[str], None], stamp: Callable[[], str]) -> None:
        self.folder, self._copy, self._stamp = folder, copy, stamp

    def export(self, pane: Cartridge | None, focused: Widget | None) -> TakeawayNotice:
        """Write the rows that are shown, in their order, as CSV and JSON."""
        table = _table(pane, focused)
        if table is None or pane is None:
            return TakeawayNotice("there is no list here to export", was_tried=False)
        names, rows = table.exported()
        stamp = "".join(c for c in self._stamp() if c.isdigit() or c == "T")
        base = self.folder / f"{pane.spec.id}-{stamp}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            csv_path = _write(base, ".csv", as_csv(names, rows))
            _write(base, ".json", as_json(names, rows))
        except OSError as error:
            return TakeawayNotice(f"not exported: {error}", Severity.WARNING)
        return TakeawayNotice(f"{len(rows):,} rows written to {csv_path} and .json", detail=str(csv_path))

    def copy(self, pane: Cartridge | None, focused: Widget | None) -> TakeawayNotice:
        """The row under the cursor, with tabs between its cells; for a panel of lines, all of it."""
        text = _copied(pane, focused)
        if not text:
            return TakeawayNotice("there is nothing under the cursor to copy", was_tried=False)
        if len(text.encode()) <= MOST_COPIED:
            self._copy(text)
            return TakeawayNotice(f"{len(text):,} characters copied to the clipboard")
        stamp = "".join(c for c in self._stamp() if c.isdigit() or c == "T")
        try:
            path = _write(self.folder / f"copy-{stamp}", ".txt", (safe_copy(text) + "\n").encode())
        except OSError as error:
            return TakeawayNotice(f"not copied: {error}", Severity.WARNING)
        return TakeawayNotice(f"too long for the clipboard: written to {path}", detail=str(path))


def _table(pane: Cartridge | None, focused: Widget | None) -> LedgerTable | None:
    if isinstance(focused, LedgerTable):
        return focused
    return pane.query(LedgerTable).first() if pane is not None and pane.query(LedgerTable) else None


def _copied(pane: Cartridge | None, focused: Widget | None) -> str:
    if isinstance(focused, Lines):
        return "\n".join("".join(text for _, text in line) for line in focused.lines)
    if isinstance(focused, Facts):
        return "\n".join(f"{fact.label}\t{fact.value}" for fact in focused.facts)
    table = _table(pane, focused)
    row = table.cursor_row if table is not None else None
    if row is None or table is None:
        return ""
    return "\t".join(draw(cell, column.kind) for cell, column in zip(row.cells, table.columns, strict=True))


def _write(base: Path, suffix: str, data: bytes) -> Path:
    """A new file; a number is added where the name exists."""
    for number in range(1, 100):
        path = base.with_name(base.name + (f"-{number}" if number > 1 else "") + suffix)
        try:
            with path.open("xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{base}{suffix} and 98 more exist already")
