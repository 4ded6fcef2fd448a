"""Verification of a whole vault from its bytes: every range, row, stored checkpoint, root and signature, the owner of every byte,
and the stored tiles.

It trusts nothing but the key that it is given. Without a key from outside it can only show that the vault agrees with itself.

One process, the caller's, drives it; worker processes look at pieces for it. The steps: read the key chains; pass over the audit log, then
over the record log (rows, trees, stated roots, batches), hashing payloads on the way; look for bytes and files without an owner; check
checkpoints, cosignatures and the write-ahead log. On a live vault it first reads the acknowledged sizes, and judges both logs up to them.

Invariants: it writes nothing to the vault; memory does not grow with the vault; the quick check of a chunk can only accept it, and findings
come from the check row by row. A crash or a cancel leaves nothing behind, except the last `Mark` that `keep` received. With that mark a
later run reads all rows again, and skips the large payloads that were hashed before.
"""

import fcntl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from protocol.errors import NoteError
from protocol.trust.note import TreeHead, VerifierKey, parse_vkey, read_checkpoint
from protocol.trust.tlog import EMPTY_ROOT
from totebox.errors import ConfigError, VaultDamaged
from totebox.files.entrance import files_below, is_folder, names_in, stream
from totebox.vault.api import Entry, Finding
from totebox.vault.check.batches import BatchCheck
from totebox.vault.check.chunks import RegisterChunk, Sound, check_audit, check_records
from totebox.vault.check.findings import RESTORE, Findings, stranger
from totebox.vault.check.maildirs import check_maildirs
from totebox.vault.check.ownership import Ownership
from totebox.vault.check.ranges import check_share, shares
from totebox.vault.check.rows import RegisterPass, RowCheck
from totebox.vault.check.timestamp_files import unowned
from totebox.vault.check.tree import Stated
from totebox.vault.check.workers import WorkerPool
from totebox.vault.check.write_ahead import check_ahead
from totebox.vault.disk.spool import Spool
from totebox.vault.life.card import Card
from totebox.vault.life.creation import load_identity
from totebox.vault.log.audit import states_records
from totebox.vault.log.cosignatures import check_cosigned
from totebox.vault.log.journal import AUDIT, RECORDS
from totebox.vault.log.keychain import KeyChain, is_signed, read_chain
from totebox.vault.log.keys import first_keys
from totebox.vault.log.record import parse_row
from totebox.vault.log.register import FILE_ROWS, list_files, scan
from totebox.vault.places import ASSETS, LEDGER, LOCK, RECORD_FOLDERS, names_of
from totebox.vault.places import AUDIT as AUDIT_LOG

RESTORE_FOLDER = "restore this folder from a copy of the vault and verify again: nothing else was looked at without it"
ANOTHER_KEY = (
    "this is another vault, or somebody made it anew or restored it with another key; compare with the one you noted, "
    "and with whoever restored it"
)
ANOTHER_HISTORY = (
    "this folder is an older copy, or was written anew by somebody who has its keys: do not go on with it; look for the copy that "
    "agrees, and find out who had secret/"
)
MUCH_BYTES = 16 << 20
"""A smaller vault is verified without worker processes: starting them would take longer."""
WAITING = 16_384
"""Number of waiting ranges at which all of them are hashed."""
RESUMED = "the verification that was interrupted"


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a verification has come: payloads of entries below `done` were hashed, in the log whose first `size` rows have `root`.

    `findings` are those about these payloads; `unlisted` is the number of further ones, by severity.
    """

    done: int
    size: int
    root: bytes
    findings: tuple[Finding, ...] = ()
    unlisted: Mapping[str, int] = field(default_factory=dict)


Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in total)."""


@dataclass(frozen=True, slots=True)
class Report:
    """The result. `heads` are the computed heads of the record log and of the audit log; `bytes` is the size of all payloads."""

    findings: tuple[Finding, ...]
    """The listed findings: the first ones of each severity."""
    entries: int
    bytes: int
    heads: tuple[TreeHead, TreeHead]
    self_consistent_only: bool
    resumed_at: int = 0
    """Payloads of entries below this were hashed by an earlier run that was interrupted."""
    unlisted: Mapping[str, int] = field(default_factory=dict)
    """Number of findings that are not listed, by severity."""
    card_size: int = 0
    """The size on the card with which the vault was compared; 0 without a card."""

    @property
    def found(self) -> int:
        """Number of findings, listed or not."""
        return len(self.findings) + sum(self.unlisted.values())

    @property
    def exit_status(self) -> int:
        """0 clean, 1 findings. (2, could not run, is an exception.)"""
        return 1 if self.findings else 0


def verify(
    root: Path,
    *,
    vkey: str | None = None,
    checkpoint: bytes | None = None,
    card: Card | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    resume: Mark | None = None,
    keep: Callable[[Mark], None] | None = None,
    tiles: bool = True,
    is_stopped: bool = False,
) -> Report:
    """Verify the vault at `root`, on every core or with `workers` processes. Memory does not grow with the vault.

    Args:
        vkey: the record log's verifier key as it was noted outside the vault; without it the vault's own is used.
        checkpoint: a signed note of the record log that was kept outside the vault; the log must contain what it covers.
        card: a card that was kept outside the vault: its key must lead to the log's newest key, and the log must have its root at its size.
        progress: called with the bytes done and the bytes in total.
        resume: the mark of an interrupted run. Rows are read again and must lead to its root; large payloads before it are skipped.
        keep: called from time to time with the mark of this run.
        tiles: compare the stored tiles too. They are no records: without them nothing in `cache/` is opened.
        is_stopped: the caller holds the vault's lock, so no process serves it; else a lock that is held means a live vault.

    Raises:
        ConfigError, NewerFormat: not a vault, or the given key or checkpoint cannot be read.
        OSError: the disk cannot be read.
    """
    identity = load_identity(root)
    records, audit = first_keys(identity)
    try:
        outside = [parse_vkey(vkey)] if vkey else []
    except NoteError as error:
        raise ConfigError(f"--vkey: the verifier key cannot be read: {error}") from None
    outside += [card.key] if card else []
    missing = tuple(
        Finding("damage", folder, None, None, "a folder of the vault", "no folder", RESTORE_FOLDER)
        for folder in RECORD_FOLDERS
        if not is_folder(root, folder)
    )
    if missing:
        heads = TreeHead(records.name, 0, EMPTY_ROOT), TreeHead(audit.name, 0, EMPTY_ROOT)
        return Report(missing, 0, 0, heads, not outside)
    total = _bytes_below(root, LEDGER) + _bytes_below(root, ASSETS)
    with WorkerPool(root, much=total >= MUCH_BYTES, workers=workers) as pool:
        chains = (
            read_chain(root, RECORDS.register, records, pool.each),
            read_chain(root, AUDIT.register, audit, pool.each),
        )
        check = _Check(root, chains, pool, progress, total, None if is_stopped else _live_limits(root))
        check.resume, check.keep, check.tiles = resume, keep, tiles
        try:
            return check.run(checkpoint, card, tuple(dict.fromkeys(outside)))
        finally:
            check.close()


class _Check:
    """The state of one verification."""

    def __init__(
        self,
        root: Path,
        chains: tuple[KeyChain, KeyChain],
        pool: WorkerPool,
        progress: Progress | None,
        total: int,
        limits: tuple[int, int] | None,
    ) -> None:
        self._root, self._chains, self._pool = root, chains, pool
        self._progress, self._done, self._total = progress, 0, total
        self._limits = limits
        self._ahead = [] if self._limits else list(check_ahead(root))
        """Findings about files whose end is in the write-ahead log alone; acknowledged rows are then not required in the files."""
        self._owners = Ownership(root)
        self._batches = BatchCheck()
        self._stated = Spool(32)
        self._stated_last = (-1, b"")
        self._findings, self._hashed = Findings(), Findings()
        self._records: RowCheck | None = None
        self.resume: Mark | None = None
        self.keep: Callable[[Mark], None] | None = None
        self.tiles = True

    def run(self, checkpoint: bytes | None, card: Card | None, outside: tuple[VerifierKey, ...]) -> Report:
        self._check_keys(outside)
        audit, records = self._check_logs(checkpoint, card)
        live = self._limits is not None
        self._hash_waiting()
        self._findings += self._owners.findings
        self._findings += self._owners.check_sizes(live=live)
        certain = not self._findings
        self._findings += self._owners.check_foreign(records.size if live else None, certain=certain)
        self._check_notes(records.unreadable | audit.unreadable)
        self._check_ledger()
        self._findings += unowned(self._root, self._owners.ends, live=live)
        said = {finding.path for finding in self._findings}
        self._findings += [finding for finding in check_maildirs(self._root) if finding.path not in said]
        self._findings += check_cosigned(self._root, self._pool.each)
        self._findings += self._ahead
        heads = (
            TreeHead(self._chains[0].newest.name, records.size, records.root),
            TreeHead(self._chains[1].newest.name, audit.size, audit.root),
        )
        listed, unlisted = tuple(self._findings), dict(self._findings.unlisted)
        compared = card.tree_size if card else 0
        return Report(listed, records.size, self._owners.bytes, heads, not outside, self._begun, unlisted, compared)

    def close(self) -> None:
        """Close the temporary files."""
        self._batches.close()
        self._stated.close()

    def _check_keys(self, outside: tuple[VerifierKey, ...]) -> None:
        for chain, places in zip(self._chains, (RECORDS, AUDIT), strict=True):
            for index, why in chain.trouble:
                expected = f"a key that {chain.newest.name} handed over to"
                self._findings.append(Finding("damage", places.register, index, None, expected, why, RESTORE))
        for key in outside:
            if found := self._chains[0].why_not(key):
                self._findings.append(
                    Finding("damage", "totebox.yaml", 0, None, f"vkey {key.text()}", found, ANOTHER_KEY)
                )

    def _check_notes(self, unreadable: dict[str, str]) -> None:
        for path, why in unreadable.items():
            if path not in self._owners.ends:
                self._findings.append(Finding("damage", path, None, None, "a checkpoint of this log", why, RESTORE))

    def _check_ledger(self) -> None:
        """Add findings for files in `ledger/` that belong to neither log."""
        for folder in (LEDGER, AUDIT_LOG):
            strange = sorted(name for name in names_in(self._root, folder) if name not in names_of(folder))
            self._findings += [stranger(f"{folder}/{name}", "the logs alone") for name in strange]

    def _check_logs(self, checkpoint: bytes | None, card: Card | None) -> tuple[RegisterPass, RegisterPass]:
        record_limit, audit_limit = self._limits or (None, None)
        audit = self._run(
            RowCheck(
                self._root, AUDIT, self._chains[1], audit_limit, self._keep_audit, self._sound_audit,
                check_audit, self._pool, self._owners.begin, self._moved, has_tiles=self.tiles,
            )
        )  # fmt: skip
        if record_limit is None:
            record_limit = self._batches.standing(self._root)
        records = RowCheck(
            self._root, RECORDS, self._chains[0], record_limit, self._keep_record, self._sound_record,
            check_records, self._pool, self._owners.begin, self._moved, acknowledged=not (self._limits or self._ahead),
            has_tiles=self.tiles,
        )  # fmt: skip
        self._records = records
        if self.resume is not None:
            before = Findings(self.resume.findings, self.resume.unlisted)
            self._findings += before
            self._hashed += before
            records.expect(Stated(self.resume.size, self.resume.root, RESUMED))
        records.expect_all(self._all_stated(record_limit if self._limits or self._ahead else None))
        if checkpoint is not None:
            self._expect_outside(records, checkpoint)
        if card is not None:
            records.expect(Stated(card.tree_size, card.root, "the card", None, ANOTHER_HISTORY))
        found = self._run(records)
        self._findings += self._batches.end()
        return audit, found

    def _keep_audit(self, row: Entry, path: str, offset: int) -> None:
        if not states_records(row):
            self._owners.add(row)
            return
        self._state(row.offset, row.index, row.sha256, path, offset)
        self._batches.add_audit(row.index, row.length)

    def _sound_audit(self, chunk: RegisterChunk, found: Sound) -> bool:
        sizes = [self._stated_last[0], *(size for size, _, _ in found.stated)]
        if sizes != sorted(sizes):
            return False
        for size, row, root in found.stated:
            self._state(size, row, root, chunk.path, chunk.offset)
        for row, length in found.lengths:
            self._batches.add_audit(row, length)
        return True

    def _state(self, size: int, row: int, root: bytes, path: str, offset: int) -> None:
        """Note that audit row `row` states this root of the record log at `size`. A smaller size than in an earlier row is a finding."""
        if (size, root) == self._stated_last:
            return
        if size < self._stated_last[0]:
            expected = f"a tree size of at least {self._stated_last[0]}"
            self._findings.append(Finding("damage", path, row, offset, expected, str(size), RESTORE))
            return
        self._stated_last = (size, root)
        self._stated.add(size, row, root)

    def _all_stated(self, limit: int | None) -> Iterator[Stated]:
        files = list_files(self._root, AUDIT.register)
        for size, row, root in self._stated.all():
            while len(files) > 1 and files[1].first <= row:
                del files[0]
            if size and (limit is None or size <= limit):
                yield Stated(size, root, files[0].path if files else AUDIT.register, row)

    def _keep_record(self, entry: Entry, path: str, offset: int) -> None:
        self._owners.add(entry)
        self._findings += self._batches.add_record(entry, path, offset)
        self._hash_when_many()

    def _sound_record(self, chunk: RegisterChunk, found: Sound) -> bool:
        if not self._owners.add_sound(chunk, found):
            return False
        first = chunk.first
        for audit, count in found.batches:
            self._findings += self._batches.add_run(audit, count, first, chunk.path, chunk.offset)
            first += count
        self._hash_when_many()
        return True

    def _hash_when_many(self) -> None:
        if len(self._owners.waiting) >= WAITING:
            self._hash_waiting()

    def _hash_waiting(self) -> None:
        waiting, self._owners.waiting = self._owners.waiting, []
        self._moved(sum(owned.length for owned in waiting if owned.index < self._begun))
        waiting = sorted((owned for owned in waiting if owned.index >= self._begun), key=lambda owned: owned.index)
        for share, found in self._pool.each(check_share, shares(waiting)):
            self._findings += found
            self._hashed += found
            self._moved(sum(owned.length for owned in share))
            self._keep_mark(share[-1].index + 1)

    @property
    def _begun(self) -> int:
        return self.resume.done if self.resume is not None else 0

    def _keep_mark(self, done: int) -> None:
        if self.keep is not None and self._records is not None:
            size, root = self._records.stands()
            if size:
                found, more = tuple(self._hashed), dict(self._hashed.unlisted)
                self.keep(Mark(max(min(done, size), self._begun), size, root, found, more))

    def _run(self, check: RowCheck) -> RegisterPass:
        rows = check.run()
        self._findings += rows.findings
        return rows

    def _expect_outside(self, records: RowCheck, note: bytes) -> None:
        try:
            head = read_checkpoint(note)
            keys = self._chains[0].keys_at(head.tree_size)
            if not any(is_signed(note, key) for key in keys):
                raise NoteError(f"it is not signed by {keys[0].text()}")
        except NoteError as error:
            raise ConfigError(f"the checkpoint that was handed in does not verify: {error}") from None
        where = "the checkpoint that was handed in"
        records.expect(Stated(head.tree_size, head.root, where, None, ANOTHER_HISTORY))

    def _moved(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(min(self._done, self._total), self._total)


def _bytes_below(root: Path, folder: str) -> int:
    found = files_below(root, folder)
    return sum(status.st_size for path, status in found if S_ISREG(status.st_mode))


def _live_limits(root: Path) -> tuple[int, int] | None:
    """The acknowledged sizes of both logs when a process serves the vault; None when none does."""
    try:
        file = stream(root, LOCK, buffering=0)
    except FileNotFoundError:
        return None  # a backup without local/: no process serves it
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _acknowledged(root)
    return None


def _acknowledged(root: Path) -> tuple[int, int]:
    """The sizes of the record log and of the audit log by the newest complete audit row.

    Later rows belong to a group that is being written.
    """
    for file in reversed(list_files(root, AUDIT.register)):
        newest: Entry | None = None
        for _, leaf in scan(root, file, FILE_ROWS):
            try:
                newest = parse_row(leaf)
            except VaultDamaged:
                break
        if newest is not None:
            return newest.offset if states_records(newest) else 0, newest.index + 1
    return 0, 0
