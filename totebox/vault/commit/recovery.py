"""Recovery: every start runs it, after a clean stop and after a crash alike.

0. Bytes that were acknowledged from the write-ahead log alone, and that a power loss took out of their files, are written back there.
1. The ends of the registers and the unsettled payloads are synced, and read again from the disk instead of the page cache.
2. The longest valid prefix of whole batches whose payloads verify becomes entries. Everything after the first bad byte is torn.
3. The trees are built and compared with the newest checkpoints and with the tree head that the audit log acknowledged.
4. Torn bytes are adopted: they stay where they are, and entries of kind `torn` own them. Nothing is cut off or moved.

The writer process runs it before its first request, and again when the disk was full or a group failed half written; the commands that
rotate a key, restore or harden a vault run it too. Two invariants: nothing is signed before the bytes under it were synced and read
back, and no acknowledged entry is dropped. A register that is shorter than what was acknowledged, or that has another root, is never
called torn: such a vault serves reads, says what is wrong, and takes no writes.

A crash during recovery leaves work for the next start and no other harm: step 0 writes the same bytes again, steps 1 to 3 add nothing to
the record, and step 4 is an ordinary commit.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from protocol.trust.note import Signer
from totebox.errors import VaultDamaged
from totebox.files.entrance import is_file, read_file
from totebox.vault.api import Checkpoint, Entry
from totebox.vault.commit.idempotency import REMEMBERED, OnceIds
from totebox.vault.commit.layout import Layout
from totebox.vault.commit.plan import Outcome, Planner, Range
from totebox.vault.commit.store import Store
from totebox.vault.commit.torn_ranges import end_of_rows, last_rows, look, range_of, size_of, torn_rows
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.disk.durable import FULL, Disk
from totebox.vault.disk.payloads import hash_range
from totebox.vault.disk.write_ahead import AHEAD_BYTES, Prepared, open_ahead
from totebox.vault.life.creation import load_identity
from totebox.vault.life.home import why_not_home
from totebox.vault.log.audit import states_records
from totebox.vault.log.checkpoint import sign_checkpoint
from totebox.vault.log.journal import AUDIT, NOTE_BYTES, RECORDS, Journal, LogFolders, stored_checkpoint, stored_sizes
from totebox.vault.log.keychain import KeyChain
from totebox.vault.log.keys import LogKeys, load_signers
from totebox.vault.log.register import RegisterFile, list_files
from totebox.vault.log.rows import mark

Accept = Callable[[list[Entry]], int]
"""Function that returns how many of the unsettled entries, from the first on, are valid."""

DOUBTED = 8
"""How many of the newest checkpoint files are tried before the search for a readable one ends."""
NO_SPACE = "the disk is full; free some space, and writing goes on by itself"
MOUNTED_READ_ONLY = "its disk is mounted read-only; mount it for writing and start again"


class Trouble(list[str]):
    """The reasons why the vault takes no writes, in the order in which they were found. Empty: it takes writes."""


def prepare(root: Path, calls: Calls = CALLS, *, ahead_bytes: int = AHEAD_BYTES) -> Prepared:
    """Run step 0 alone on the vault at `root`, whose lock the caller holds.

    It overwrites bytes of files, which the writer's cage refuses, so it runs before the process enters the cage.
    """
    load_identity(root)
    return Prepared(None, "") if why_not_home(root) else open_ahead(Disk(root, calls), ahead_bytes)


def recover(
    root: Path,
    now: Callable[[], str],
    calls: Calls = CALLS,
    *,
    restoring: tuple[LogKeys, LogKeys] | None = None,
    prepared: Prepared | None = None,
) -> Store:
    """Open the vault at `root`, whose lock the caller holds.

    Args:
        root: the folder of the vault.
        now: reads the clock, as RFC 3339 text.
        calls: the system calls that change the disk.
        restoring: keys of the record log and of the audit log that replace those of the vault, which are lost or sign for a newer
            copy. The vault then need not lie in its home.
        prepared: the result of `prepare` in this process, which the caller keeps and closes; without it step 0 is done here.

    Raises:
        ConfigError, NewerFormat: not a vault of this program.
        VaultDamaged: not even reads can be served.
        OSError: the disk failed. (Where it is full while torn bytes are adopted, the store is read-only instead.)
    """
    identity, trouble, disk = load_identity(root), Trouble(), Disk(root, calls)
    away = why_not_home(root)
    if away and restoring is None:
        trouble.append(away)
    if os.statvfs(root).f_flag & os.ST_RDONLY:
        trouble.append(MOUNTED_READ_ONLY)
    if prepared is not None and prepared.ahead is not None:
        # The last store of this process may have acknowledged bytes that are durable in the write-ahead log alone.
        prepared.ahead.start_over()
    step0 = prepared or (Prepared(None, "") if trouble else open_ahead(disk))
    trouble += [step0.trouble] if step0.trouble else []
    keys = restoring or load_signers(root, identity, (RECORDS.register, AUDIT.register))
    identity = replace(
        identity,
        origin=keys[0].signer.verifier.name,
        vkey=keys[0].signer.verifier.text(),
        audit_vkey=keys[1].signer.verifier.text(),
    )
    torn_notes: list[Range] = []
    audit, torn_audit = _open_journal(disk, AUDIT, keys[1], (0, b""), len, trouble, torn_notes)
    acknowledged = _acknowledged(audit)
    standing = _standing(disk, audit)
    records, torn_records = _open_journal(disk, RECORDS, keys[0], acknowledged, standing, trouble, torn_notes)
    found = look(root, records, records.register.size)
    if found.trouble:
        trouble.append(found.trouble)
    once = OnceIds()
    store = Store(disk, identity, records, audit, _planner(records, audit, found.layout, once))
    store.ahead, store.owns_ahead = step0.ahead, prepared is None
    store.turns = keys[0].chain.indices, keys[1].chain.indices
    store.planner.known = store.known
    _remember(audit, once)
    store.read_only = "; ".join(trouble)
    if not trouble:
        notes = [part for part in torn_notes if part.path not in found.layout.taken]
        _adopt(store, _settled(disk, torn_audit), _settled(disk, [*torn_records, *notes, *found.torn]), now)
    return store


def _open_journal(
    disk: Disk,
    places: LogFolders,
    keys: LogKeys,
    acknowledged: tuple[int, bytes],
    accept: Accept,
    trouble: Trouble,
    torn_notes: list[Range],
) -> tuple[Journal, list[Range]]:
    """The journal at `places` with its tree built, and the torn ranges at the end of its register."""
    root, files = disk.root, list_files(disk.root, places.register)
    if not files:
        raise VaultDamaged(f"{places.register} holds no register; restore the vault from a copy")
    checkpoint, doubted = _newest(root, places, keys.chain)
    heads = [acknowledged] + ([(int(checkpoint.tree_size), checkpoint.root)] if checkpoint else [])
    floor = max(size for size, _ in heads)
    # A register file is begun only when every row before it was acknowledged.
    settled = max(floor, files[-1].first)
    for file in files[-2:]:
        disk.settle(file.path)
    _judge_last(root, files[-1], settled, accept)
    for file in files[:-1]:
        if file is files[-2] or not file.rows:
            file.end = end_of_rows(root, file)
    torn = torn_rows(root, files)
    journal = Journal(disk, places, files, keys.signer)
    journal.register.must_begin = any(part.path == files[-1].path for part in torn)
    _build_tree(journal, heads, floor, trouble)
    for size, error in doubted.items():
        path = f"{places.checkpoints}/{size}"
        if size <= journal.register.size and _is_torn_note(root, path, journal, keys.signer, size):
            torn_notes.append(range_of(root, path, 0, size_of(root, path)))
        else:
            trouble.append(f"{error}; run `os-totebox verify`")
    return journal, torn


def _newest(root: Path, places: LogFolders, chain: KeyChain) -> tuple[Checkpoint | None, dict[int, VaultDamaged]]:
    """The newest stored checkpoint that can be read (None: none of those tried), and the error of each newer one, by its size."""
    doubted: dict[int, VaultDamaged] = {}
    for size in stored_sizes(root, places):
        try:
            return stored_checkpoint(root, places, size, chain), doubted
        except VaultDamaged as error:
            doubted[size] = error
        if len(doubted) == DOUBTED:
            break
    return None, doubted


def _is_torn_note(root: Path, path: str, journal: Journal, signer: Signer, size: int) -> bool:
    """Whether the stored checkpoint is what a crash leaves of the right one: some of its bytes, and zeros in place of the others."""
    try:
        found = read_file(root, path, NOTE_BYTES)
    except OSError:
        return False
    proper = sign_checkpoint(signer, size, journal.tiles.root(size)).note
    return len(found) <= len(proper) and all(byte in (0, right) for byte, right in zip(found, proper, strict=False))


def _judge_last(root: Path, file: RegisterFile, floor: int, accept: Accept) -> None:
    settled = mark(root, file.path, floor - file.first)
    file.rows, file.end = settled.rows, settled.end
    rows = list(last_rows(root, file)) if file.past == floor else []
    stands = rows[: accept(rows)]
    file.rows += len(stands)
    file.end += sum(len(entry.leaf) + 1 for entry in stands)


def _build_tree(journal: Journal, heads: list[tuple[int, bytes]], floor: int, trouble: Trouble) -> None:
    size = journal.register.size
    if size < floor:
        trouble.append(
            f"{journal.places.register} holds {size} rows and {floor} were acknowledged: rows are missing. "
            "Restore the newest copy beside this one and compare; nothing is written here"
        )
    reached = [(old, root) for old, root in heads if 0 < old <= size]
    journal.begin_at(size)
    if all(journal.tiles.root(old) == root for old, root in reached):
        return
    journal.replay(size)
    for old, root in reached:
        if journal.tiles.root(old) != root:
            trouble.append(
                f"the first {old} rows of {journal.places.register} have another root than was acknowledged; "
                "run `os-totebox verify` and restore from a copy"
            )


def _acknowledged(audit: Journal) -> tuple[int, bytes]:
    """The tree size and root of the record log that the newest audit row states."""
    for index in range(audit.register.size - 1, -1, -1):
        row = audit.entry(index)
        if states_records(row):
            return row.offset, row.sha256
    return 0, b""


def _standing(disk: Disk, audit: Journal) -> Accept:
    """A function that accepts whole batches whose audit row is in the audit log and whose payloads verify, up to the first that fails."""

    def accept(entries: list[Entry]) -> int:
        stands = 0
        while stands < len(entries):
            index = entries[stands].audit
            if index is None or index >= audit.register.size:
                break
            count = audit.entry(index).length
            batch = entries[stands : stands + count]
            if not count or len(batch) < count or any(entry.audit != index for entry in batch):
                break
            if not all(_payload_stands(disk, entry) for entry in batch):
                break
            stands += count
        return stands

    return accept


def _payload_stands(disk: Disk, entry: Entry) -> bool:
    if not entry.path:
        return True
    if not is_file(disk.root, entry.path):
        return False
    _settle(disk, entry.path)
    return hash_range(disk.root, entry.path, entry.offset, entry.length) == (entry.sha256, entry.length)


def _settle(disk: Disk, path: str) -> None:
    """Make a payload file and its name durable, and read it again from the disk, before anything is signed that covers it."""
    disk.make_folder(path.rpartition("/")[0])
    for part in (path, path.rpartition("/")[0]):
        disk.settle(part)


def _settled(disk: Disk, ranges: list[Range]) -> list[Range]:
    """Torn ranges, synced and hashed again from the disk: after a power loss the bytes must still have the hash that the entry states."""
    for part in ranges:
        _settle(disk, part.path)
    return [range_of(disk.root, part.path, part.offset, part.offset + part.length) for part in ranges]


def _planner(records: Journal, audit: Journal, layout: Layout, once: OnceIds) -> Planner:
    planner = Planner(layout, once, lambda index: None)
    planner.records_size, planner.audit_size = records.register.size, audit.register.size
    planner.acknowledged = (records.head.size, records.head.root)
    if planner.audit_size:
        planner.last_time = audit.entry(planner.audit_size - 1).time
    return planner


def _remember(audit: Journal, once: OnceIds) -> None:
    size = audit.register.size
    for start in range(max(size - REMEMBERED, 0), size, 1_024):
        for row in audit.entries(start, 1_024):
            if row.digest is not None:
                once.remember(row.actor, row.command, row.index)


def _adopt(store: Store, torn_audit: list[Range], torn: list[Range], now: Callable[[], str]) -> None:
    planner, time = store.planner, now()
    last, outcomes = planner.last_time, list[Outcome]()
    outcomes += [planner.plan_torn_audit(part, time) for part in torn_audit]
    if torn:
        outcomes.append(planner.plan_torn(torn, time))
    planner.last_time = last
    clock = planner.plan_clock(time)
    planner.last_time = max(time, last) if clock is None else time
    outcomes += [clock] if clock else []
    if outcomes:
        _commit(store, outcomes)


def _commit(store: Store, outcomes: list[Outcome]) -> None:
    try:
        store.commit(outcomes, {})
    except OSError as error:
        if error.errno not in FULL:
            raise
        store.read_only = NO_SPACE
