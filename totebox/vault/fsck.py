"""Verify a whole vault from its bytes: every range, row, tile, stored checkpoint, root and signature, and who owns which byte.

It changes nothing and trusts nothing but the key it is given; without one from outside it can only say that the vault agrees with
itself. On a live vault it fixes a head first and judges up to it.
"""

import fcntl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.errors import NoteError
from protocol.trust.note import TreeHead, VerifierKey, parse_vkey, read_checkpoint
from totebox.errors import ConfigError, VaultDamaged
from totebox.vault.api import Entry, Finding
from totebox.vault.audit import states_records
from totebox.vault.batchcheck import BatchCheck
from totebox.vault.home import LOCK
from totebox.vault.journal import AUDIT, RECORDS
from totebox.vault.keychain import KeyChain, is_signed, read_chain
from totebox.vault.keys import first_keys
from totebox.vault.layout import index_in
from totebox.vault.rangecheck import Ownership, check_foreign, check_ranges, check_sizes
from totebox.vault.record import parse_row
from totebox.vault.register import list_files, scan
from totebox.vault.rowcheck import RowCheck, Rows
from totebox.vault.skeleton import load_identity

RESTORE = "restore this file from a copy of the vault and verify again"
ANOTHER_KEY = (
    "this is another vault, or somebody made it anew or restored it with another key; compare with the one you noted, "
    "and with whoever restored it"
)
Progress = Callable[[int, int], None]
"""(bytes done, bytes in all)"""


@dataclass(frozen=True, slots=True)
class Report:
    """What was found. `heads` are the computed heads of the record log and of the audit log; `bytes` are payload bytes."""

    findings: tuple[Finding, ...]
    entries: int
    bytes: int
    heads: tuple[TreeHead, TreeHead]
    self_consistent_only: bool

    @property
    def exit_status(self) -> int:
        """0 clean, 1 findings. (2, could not run, is an exception.)"""
        return 1 if self.findings else 0


def verify(
    root: Path, *, vkey: str | None = None, checkpoint: bytes | None = None, progress: Progress | None = None
) -> Report:
    """Prove the vault at `root`.

    Args:
        vkey: the record log's verifier key as it was noted elsewhere; without it the vault's own is used.
        checkpoint: a signed note of the record log that was kept elsewhere; the log must contain what it covers.

    Raises:
        ConfigError, NewerFormat: not a vault, or the key or checkpoint handed in cannot be read.
        OSError: the disk cannot be read.
    """
    identity = load_identity(root)
    records, audit = first_keys(identity)
    try:
        outside = parse_vkey(vkey) if vkey else records
    except NoteError as error:
        raise ConfigError(f"a verifier key cannot be read: {error}") from None
    chains = read_chain(root, RECORDS.register, records), read_chain(root, AUDIT.register, audit)
    return _Check(root, chains, progress).run(checkpoint, outside if vkey else None)


class _Check:
    """One verification."""

    def __init__(self, root: Path, chains: tuple[KeyChain, KeyChain], progress: Progress | None) -> None:
        self._root, self._chains = root, chains
        self._progress = progress
        self._done, self._total = 0, 0
        self._limits = _live_limits(root)
        self._owners = Ownership()
        self._batches = BatchCheck()
        self._findings: list[Finding] = []

    def run(self, checkpoint: bytes | None, outside: VerifierKey | None) -> Report:
        self._total = _bytes_below(self._root / "ledger") + _bytes_below(self._root / "assets")
        self._check_keys(outside)
        audit, records = self._check_logs(checkpoint)
        live = self._limits is not None
        total = sum(owned.length for owned in self._owners.ranges)
        self._findings += self._owners.findings
        self._findings += check_ranges(self._root, self._owners.ranges, total, self._moved)
        self._findings += check_sizes(self._root, self._owners.ends, live=live)
        self._findings += check_foreign(
            self._root, self._owners.ends, lambda name: live and index_in(name) >= records.size
        )
        self._check_notes(records.unreadable | audit.unreadable)
        heads = (
            TreeHead(self._chains[0].newest.name, records.size, records.root),
            TreeHead(self._chains[1].newest.name, audit.size, audit.root),
        )
        return Report(tuple(self._findings), records.size, total, heads, outside is None)

    def _check_keys(self, outside: VerifierKey | None) -> None:
        for chain, places in zip(self._chains, (RECORDS, AUDIT), strict=True):
            for index, why in chain.trouble:
                expected = f"a key that {chain.newest.name} handed over to"
                self._findings.append(Finding("damage", places.register, index, None, expected, why, RESTORE))
        found = "" if outside is None else self._chains[0].why_not(outside)
        if outside is not None and found:
            self._findings.append(
                Finding("damage", "totebox.yaml", 0, None, f"vkey {outside.text()}", found, ANOTHER_KEY)
            )

    def _check_notes(self, unreadable: dict[str, str]) -> None:
        for path, why in unreadable.items():
            if path not in self._owners.ends:
                self._findings.append(Finding("damage", path, None, None, "a checkpoint of this log", why, RESTORE))

    def _check_logs(self, checkpoint: bytes | None) -> tuple[Rows, Rows]:
        record_limit, audit_limit = self._limits or (None, None)
        stated: dict[int, tuple[bytes, str]] = {}

        def keep_audit(row: Entry, path: str, offset: int) -> None:
            if not states_records(row):
                self._owners.add(row)
                return
            stated.setdefault(row.offset, (row.sha256, f"{path} (row {row.index})"))
            self._batches.add_audit(row)

        audit = self._run(
            RowCheck(self._root, AUDIT, self._chains[1], audit_limit, keep_audit, self._owners.begin, self._moved)
        )
        if record_limit is None:
            record_limit = self._batches.standing(self._root)
        records = RowCheck(
            self._root, RECORDS, self._chains[0], record_limit, self._keep_record, self._owners.begin, self._moved
        )
        for size, (root, source) in stated.items():
            if size and (record_limit is None or size <= record_limit):
                records.expect(size, root, source)
        if checkpoint is not None:
            self._expect_outside(records, checkpoint)
        found = self._run(records)
        self._findings += self._batches.end()
        return audit, found

    def _keep_record(self, entry: Entry, path: str, offset: int) -> None:
        self._owners.add(entry)
        self._findings += self._batches.add_record(entry, path, offset)

    def _run(self, check: RowCheck) -> Rows:
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
        records.expect(head.tree_size, head.root, "the checkpoint that was handed in")

    def _moved(self, count: int) -> None:
        self._done += count
        if self._progress is not None:
            self._progress(min(self._done, self._total), self._total)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _live_limits(root: Path) -> tuple[int, int] | None:
    """The acknowledged sizes of both logs when somebody serves the vault now; None when nobody does."""
    with (root / LOCK).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return _acknowledged(root)
    return None


def _acknowledged(root: Path) -> tuple[int, int]:
    """What the newest whole audit row says of the record log; rows after it belong to a group that is being written."""
    for file in reversed(list_files(root, AUDIT.register)):
        newest: Entry | None = None
        for _, leaf in scan(root, file, 1 << 62):
            try:
                newest = parse_row(leaf)
            except VaultDamaged:
                break
        if newest is not None:
            return newest.offset if states_records(newest) else 0, newest.index + 1
    return 0, 0
