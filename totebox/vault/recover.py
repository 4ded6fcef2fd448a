"""Starting is recovering: the same function, every time.

1. What the page cache says of the registers' ends and of unsettled payloads is made true on the disk and read back from there.
2. The longest valid prefix of whole batches whose payloads verify becomes entries. What follows the first bad byte is torn.
3. The trees are built and held against the newest checkpoints and against what the audit log acknowledged.
4. What is torn is adopted: kept where it is, owned by entries of kind `torn`. Nothing is cut off or moved.

A register shorter than what was acknowledged, or another root, is never torn: such a vault serves reads, says what is wrong,
and takes no writes.
"""

from collections.abc import Callable
from pathlib import Path

from protocol.trust.note import Signer
from totebox.errors import VaultDamaged
from totebox.vault.api import Checkpoint, Entry
from totebox.vault.audit import digest_of, states_records
from totebox.vault.calls import CALLS, Calls
from totebox.vault.durable import FULL, Disk
from totebox.vault.files import hash_range
from totebox.vault.home import why_not_home
from totebox.vault.journal import AUDIT, RECORDS, Journal, Places, newest_checkpoint
from totebox.vault.keys import load_signers
from totebox.vault.layout import Layout
from totebox.vault.once import REMEMBERED, OnceIds
from totebox.vault.plan import Outcome, Planner, Range
from totebox.vault.register import RegisterFile, list_files
from totebox.vault.skeleton import load_identity
from totebox.vault.store import Store
from totebox.vault.torn import end_of_rows, last_rows, look, range_of, torn_rows

Accept = Callable[[list[Entry]], int]
"""How many of the unsettled entries, in order, stand."""

NO_SPACE = "the disk is full and a crash's leftovers could not be given an owner; free some space, and writing goes on by itself"


class Trouble(list[str]):
    """What keeps the vault from taking writes, in the order in which it was found."""


def recover(root: Path, now: Callable[[], str], calls: Calls = CALLS) -> Store:
    """Open the vault at `root`, whose lock the caller holds. `now` reads the clock; `calls` write the disk.

    Raises:
        ConfigError, NewerFormat: not a vault of this program.
        VaultDamaged: not even reads can be served.
        OSError: the disk failed or is full while torn bytes were adopted.
    """
    identity, trouble, disk = load_identity(root), Trouble(), Disk(root, calls)
    away = why_not_home(root)
    if away:
        trouble.append(away)
    signers = load_signers(root, identity)
    audit, torn_audit = _open_journal(disk, AUDIT, signers[1], (0, b""), len, trouble)
    acknowledged = _acknowledged(audit)
    records, torn_records = _open_journal(disk, RECORDS, signers[0], acknowledged, _standing(disk, audit), trouble)
    found = look(root, records, records.register.size)
    if found.trouble:
        trouble.append(found.trouble)
    once = OnceIds()
    store = Store(disk, identity, records, audit, _planner(records, audit, found.layout, once))
    store.planner.known = store.known
    _remember(audit, once)
    store.read_only = "; ".join(trouble)
    if not trouble:
        _adopt(store, _settled(disk, torn_audit), _settled(disk, [*torn_records, *found.torn]), now)
    return store


def _open_journal(
    disk: Disk, places: Places, signer: Signer, acknowledged: tuple[int, bytes], accept: Accept, trouble: Trouble
) -> tuple[Journal, list[Range]]:
    """The journal at `places` with its tree built, and what is torn at the end of its register."""
    root, files = disk.root, list_files(disk.root, places.register)
    if not files:
        raise VaultDamaged(f"{places.register} holds no register; restore the vault from a copy")
    checkpoint = _newest(disk, places, signer, trouble)
    heads = [acknowledged] + ([(int(checkpoint.tree_size), checkpoint.root)] if checkpoint else [])
    floor = max(size for size, _ in heads)
    # The last file exists only since everything before it was acknowledged.
    settled = max(floor, files[-1].first)
    for file in files[-2:]:
        disk.settle(file.path)
    _judge_last(root, files[-1], settled, accept)
    for file in files[:-1]:
        if file is files[-2] or not file.rows:
            file.end = end_of_rows(root, file)
    torn = torn_rows(root, files)
    journal = Journal(disk, places, files, signer)
    journal.register.must_begin = any(part.path == files[-1].path for part in torn)
    _build_tree(journal, heads, floor, trouble)
    return journal, torn


def _newest(disk: Disk, places: Places, signer: Signer, trouble: Trouble) -> Checkpoint | None:
    try:
        return newest_checkpoint(disk.root, places, signer.verifier)
    except VaultDamaged as error:
        trouble.append(f"{error}; run `os-totebox verify`")
        return None


def _judge_last(root: Path, file: RegisterFile, floor: int, accept: Accept) -> None:
    rows = list(last_rows(root, file, floor))
    settled = sum(1 for _, entry in rows if entry is None)
    stands = settled + accept([entry for _, entry in rows if entry is not None])
    file.rows = stands
    file.end = rows[stands][0] if stands < len(rows) else end_of_rows(root, file)


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
    """Whole batches whose audit row was durable and whose payloads verify; nothing after the first that fails."""

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
    if not (disk.root / entry.path).is_file():
        return False
    _settle(disk, entry.path)
    return hash_range(disk.root, entry.path, entry.offset, entry.length) == (entry.sha256, entry.length)


def _settle(disk: Disk, path: str) -> None:
    """Make a payload file true on the disk, with its name, before anything is signed that speaks of it."""
    disk.make_folder(path.rpartition("/")[0])
    for part in (path, path.rpartition("/")[0]):
        disk.settle(part)


def _settled(disk: Disk, ranges: list[Range]) -> list[Range]:
    """What is torn, as the disk holds it: a power loss after its adoption must find the bytes that the entry states."""
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
            if digest_of(row) is not None:
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
