"""Verify that batches are whole: an audit row authorises so many entries, and exactly so many, in a row, cite it. Part of `fsck`."""

from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.vault.api import Entry, Finding
from totebox.vault.journal import RECORDS
from totebox.vault.record import parse_row
from totebox.vault.register import list_files, scan

RESTORE = "restore this file from a copy of the vault and verify again"


class BatchCheck:
    """Fed with the audit log, then with the record log, each in order."""

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self._current: Entry | None = None
        self._seen = 0
        self._where = ("", 0)

    def add_audit(self, row: Entry) -> None:
        """Remember what the row authorises."""
        if row.length:
            self._counts[row.index] = row.length

    def add_record(self, entry: Entry, path: str, offset: int) -> list[Finding]:
        """Judge the batch that `entry` ends, if it begins another one."""
        if self._current is not None and self._current.audit == entry.audit:
            self._seen += 1
            return []
        found = self.end()
        self._current, self._seen, self._where = entry, 1, (path, offset)
        return found

    def end(self) -> list[Finding]:
        """Judge the last batch."""
        first = self._current
        if first is None:
            return []
        allowed = 0 if first.audit is None else self._counts.pop(first.audit, 0)
        if allowed == self._seen:
            return []
        path, offset = self._where
        expected = f"{allowed} entries that audit row {first.audit} authorised"
        return [Finding("damage", path, first.index, offset, expected, f"{self._seen} that cite it", RESTORE)]

    def standing(self, root: Path) -> int | None:
        """Where the record log ends when a crash cut its last batch off; None when the last batch is whole."""
        first, seen, audit = 0, 0, -1
        for _, leaf in scan(root, list_files(root, RECORDS.register)[-1], 1 << 62):
            try:
                entry = parse_row(leaf)
            except VaultDamaged:
                return None
            if entry.audit != audit:
                first, seen, audit = entry.index, 0, -1 if entry.audit is None else entry.audit
            seen += 1
        return first if seen and seen < self._counts.get(audit, 0) else None
