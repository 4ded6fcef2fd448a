"""Verification of batches: each audit row is cited by exactly as many consecutive entries as it authorises."""

from collections.abc import Iterator
from pathlib import Path

from totebox.errors import VaultDamaged
from totebox.vault.api import Entry, Finding
from totebox.vault.check.findings import RESTORE
from totebox.vault.disk.spool import Spool
from totebox.vault.log.journal import RECORDS
from totebox.vault.log.record import parse_row
from totebox.vault.log.register import list_files
from totebox.vault.log.rows import last_rows


class BatchCheck:
    """Compares the audit log with the record log. Add the rows of the audit log first, then those of the record log, each in order."""

    def __init__(self) -> None:
        self._counts = Spool()
        self._judged = -1
        self._current: tuple[int | None, int] | None = None
        """Of the present batch: the audit row that it cites, and its first entry."""
        self._seen = 0
        self._where = ("", 0)

    def add_audit(self, index: int, length: int) -> None:
        """Note that audit row `index` authorises `length` entries."""
        if length:
            self._counts.add(index, length)

    def add_record(self, entry: Entry, path: str, offset: int) -> list[Finding]:
        """Add one entry, whose row is at `offset` of `path`. If it begins another batch, check the batch before it."""
        return self.add_run(entry.audit, 1, entry.index, path, offset)

    def add_run(self, audit: int | None, count: int, first: int, path: str, offset: int) -> list[Finding]:
        """Add `count` entries from `first` on, which cite `audit`. If they begin another batch, check the batch before them."""
        if self._current is not None and self._current[0] == audit:
            self._seen += count
            return []
        found = self.end()
        self._current, self._seen, self._where = (audit, first), count, (path, offset)
        return found

    def end(self) -> list[Finding]:
        """Check the last batch."""
        if self._current is None:
            return []
        audit, first = self._current
        allowed = self._allowed(audit)
        if allowed == self._seen:
            return []
        path, offset = self._where
        expected = f"{allowed} entries that audit row {audit} authorised"
        return [Finding("damage", path, first, offset, expected, f"{self._seen} that cite it", RESTORE)]

    def standing(self, root: Path) -> int | None:
        """The index of the first entry of an incomplete last batch, which a crash cut off; None when the last batch is complete."""
        first, seen, audit = 0, 0, -1
        try:
            for entry in _last_batch(root):
                first, seen, audit = entry.index, seen + 1, -1 if entry.audit is None else entry.audit
        except VaultDamaged:
            return None
        known = self._counts.find(audit) if audit >= 0 else None
        return first if seen and known is not None and seen < known else None

    def close(self) -> None:
        self._counts.close()

    def _allowed(self, audit: int | None) -> int:
        """How many entries may cite `audit`. An audit row authorises one batch: 0 when a batch cited it, or a later row, before."""
        known = None if audit is None or audit <= self._judged else self._counts.find(audit)
        if audit is not None and known is not None:
            self._judged = audit
        return known or 0


def _last_batch(root: Path) -> Iterator[Entry]:
    """The entries at the end of the record log that cite one audit row, the newest first."""
    files, newest = list_files(root, RECORDS.register), None
    if not files:
        return
    for leaf in last_rows(root, files[-1].path):
        entry = parse_row(leaf)
        if newest is not None and entry.audit != newest.audit:
            return
        newest = entry
        yield entry
