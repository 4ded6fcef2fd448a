"""Store: an open vault. It commits planned groups and reads what is acknowledged, of both logs and of the payload files."""

from collections.abc import Sequence
from pathlib import Path
from stat import S_ISREG

from protocol.schema.numbers import Grade, Log
from totebox.files.entrance import files_below
from totebox.vault.api import Appended, Checkpoint, Entry, Proven, VaultHead
from totebox.vault.commit.plan import Outcome, Planner
from totebox.vault.disk.durable import Disk, Tail, Unnamed
from totebox.vault.disk.parallel_sync import run_together
from totebox.vault.disk.payloads import Files
from totebox.vault.disk.write_ahead import WriteAhead
from totebox.vault.log.identity import VaultIdentity
from totebox.vault.log.journal import TILES_TOGETHER, Journal
from totebox.vault.places import ASSETS


class Store:
    """An open vault, as recovery returns it. One thread commits; any thread may read at the same time.

    `read_only` is '' while the vault takes writes, else the reason why not; `grade` says what keeps this process from overwriting;
    `payload_bytes` is the size of all payloads; `turns` are the entries of each log that name the key which signs after them.
    """

    def __init__(self, disk: Disk, identity: VaultIdentity, records: Journal, audit: Journal, planner: Planner) -> None:
        self.disk, self.identity, self.planner = disk, identity, planner
        self.files = Files(disk)
        self.logs = {Log.RECORDS: records, Log.AUDIT: audit}
        self.read_only = ""
        self.grade = Grade.PROCESS
        self.payload_bytes = 0
        self.ahead: WriteAhead | None = None
        """The write-ahead log; None where there is none: every group is then synced in its own files."""
        self.owns_ahead = True
        self.turns: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
        self._unsynced: list[Entry] = []
        """Audit rows that were written and become durable with the next sync."""

    def commit(self, outcomes: Sequence[Outcome], prepared: dict[str, Unnamed]) -> None:
        """Make `outcomes` (planned in this order) durable and acknowledged, all of them together.

        Raises:
            OSError: the disk failed or is full. Nothing may be written through this store again: recover another one.
        """
        records, audit = self.logs[Log.RECORDS], self.logs[Log.AUDIT]
        rows = [outcome.audit for outcome in outcomes]
        entries = [entry for outcome in outcomes for entry in outcome.entries]
        if self.files.is_crowded:
            self._rest()
            self.files.close()

        # 1. Payloads and audit rows. A crash in here leaves audit rows whose entries are missing (their command was
        #    not done, and may be repeated) and payload bytes that no row owns (torn: recovery gives them an owner).
        audit.write(rows)
        payloads = self.files.write([place for outcome in outcomes for place in outcome.places], prepared)
        grown = [*audit.register.take_unsynced(), *payloads.tails]
        ahead = self._ahead_for(
            sum([tail.waiting_bytes for tail in grown]) + sum([len(entry.leaf) + 1 for entry in entries])
        )
        try:
            # Whole files are durable, with their names, before a row may survive that cites them. So is what grew, where it is
            # too much for the write-ahead log.
            run_together([*payloads.jobs, *([] if ahead else [tail.sync for tail in grown])])
            run_together(payloads.syncs)
        finally:
            payloads.close()

        # 2. Register rows. A crash in here leaves a prefix of the rows, and without a whole record in the write-ahead log
        #    any part of what they cite: whole batches whose payloads verify become entries, the rest is torn. Nobody was told
        #    yet, so either is true. With the record, the next start puts back what is missing of all three.
        records.write(entries)
        self._make_durable([*(grown if ahead else []), *records.register.take_unsynced()], ahead)

        # 3. The rows survive: advance both trees and sign. From here on the caller may be told.
        audit.head.advance([*self._unsynced, *rows])
        self._unsynced = []
        records.head.advance(entries)
        self.payload_bytes += sum([entry.length for entry in entries])
        self._acknowledge()

    def write_waiting(self, outcome: Outcome) -> None:
        """Write the audit row of a command that only read; it becomes durable with the next group, or by `sync_waiting`."""
        self.logs[Log.AUDIT].write([outcome.audit])
        self._unsynced.append(outcome.audit)

    @property
    def has_waiting(self) -> bool:
        """Whether audit rows wait for a sync."""
        return bool(self._unsynced)

    def sync_waiting(self) -> None:
        """Make waiting audit rows durable and acknowledged."""
        audit = self.logs[Log.AUDIT]
        tails = audit.register.take_unsynced()
        self._make_durable(tails, self._ahead_for(sum(tail.waiting_bytes for tail in tails)))
        audit.head.advance(self._unsynced)
        self._unsynced = []

    def appended(self, outcome: Outcome) -> Appended:
        """The answer to a committed outcome."""
        return self._answer(outcome.audit, outcome.entries, repeated=False)

    def repeated(self, audit_index: int) -> Appended:
        """The answer to a repeated command, whose audit row is `audit_index`."""
        return self._answer(self.logs[Log.AUDIT].entry(audit_index), self.entries_of(audit_index), repeated=True)

    def known(self, audit_index: int) -> Entry | None:
        """The audit row, if all entries that it authorised are in the log; None when a crash tore its batch."""
        if audit_index >= self.logs[Log.AUDIT].head.size:
            return None
        row = self.logs[Log.AUDIT].entry(audit_index)
        return row if row.length == len(self.entries_of(audit_index)) else None

    def entries_of(self, audit_index: int) -> tuple[Entry, ...]:
        """The entries that audit row `audit_index` authorised. A binary search: the `audit` column of the record log never decreases."""
        records, count = self.logs[Log.RECORDS], self.logs[Log.AUDIT].entry(audit_index).length
        low, high = 0, records.head.size
        while low < high:
            middle = (low + high) // 2
            if (records.entry(middle).audit or 0) < audit_index:
                low = middle + 1
            else:
                high = middle
        return tuple(entry for entry in records.entries(low, count) if entry.audit == audit_index)

    def read(self, index: int, offset: int, size: int) -> bytes:
        """As `Reader.read`."""
        records = self.logs[Log.RECORDS]
        records.head.check_index(index)
        return self.files.read(records.entry(index), offset, size)

    def prove(self, log: Log, index: int) -> Proven:
        """As `Prover.prove`."""
        journal = self.logs[log]
        journal.head.check_index(index)
        return journal.head.prove(journal.entry(index))

    def consistency(self, log: Log, old: int) -> tuple[Checkpoint, tuple[bytes, ...]]:
        """As `Prover.consistency`."""
        return self.logs[log].head.consistency(old)

    def head(self) -> VaultHead:
        """As `Reader.head`."""
        records, audit = (self.logs[log].head.checkpoint for log in (Log.RECORDS, Log.AUDIT))
        identity = self.identity
        return VaultHead(
            records,
            audit,
            self.grade,
            self.read_only,
            identity.vkey,
            identity.audit_vkey,
            self.payload_bytes,
            self.turns,
        )

    def note(self, *, least: int) -> None:
        """Write the full tiles, and a checkpoint for each log that grew by at least `least` entries since its last.

        No answer depends on it.

        With a `least` of 1, which marks a quiet moment, the write-ahead log is emptied too: the files it covers are synced themselves.
        """
        if least == 1:
            self._rest()
        for journal in self.logs.values():
            journal.note_tiles(least=1 if least == 1 else TILES_TOGETHER)
            journal.note_checkpoint(least=least)

    def close(self) -> None:
        """Close the files. Nothing is written."""
        self.files.close()
        for journal in self.logs.values():
            journal.close()
        if self.ahead is not None and self.owns_ahead:
            self.ahead.close()

    def _ahead_for(self, size: int) -> WriteAhead | None:
        return self.ahead if self.ahead is not None and self.ahead.takes(size) else None

    @staticmethod
    def _make_durable(tails: list[Tail], ahead: WriteAhead | None) -> None:
        if ahead is not None:
            ahead.put(tails)
            return
        for tail in tails:
            tail.sync()

    def _rest(self) -> None:
        if self.ahead is not None:
            self.ahead.rest()

    def _acknowledge(self) -> None:
        head = self.logs[Log.RECORDS].head
        self.planner.acknowledged = (head.size, head.root)

    def _answer(self, audit: Entry, entries: tuple[Entry, ...], *, repeated: bool) -> Appended:
        log, first = (Log.RECORDS, entries[0]) if entries else (Log.AUDIT, audit)
        return Appended(entries, audit, self.logs[log].head.prove(first), repeated)


def payload_bytes(root: Path) -> int:
    """Bytes under `assets/`. Looks at every file."""
    return sum(found.st_size for _, found in files_below(root, ASSETS) if S_ISREG(found.st_mode))
