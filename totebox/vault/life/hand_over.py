"""Hand-over: one record in a folder that proves itself, to give to somebody who has neither the vault nor this program.

    <out>/READ-ME.txt                     what this is
    <out>/CHECK.sh                        checks the folder with sh, coreutils, sed, awk and openssl; prints AGREES or WRONG
    <out>/entry                           the record's index
    <out>/record/<name>                   its bytes: the whole file, or its line of a CSV segment
    <out>/totebox.yaml                    who the vault is; entry 0 owns it
    <out>/records/checkpoint              a signed head of the record log; the rows below lead to its root
    <out>/records/<index>.row, .path      the exact bytes of a row and an LF; its audit path, leaf to root, a hash in hex a line
    <out>/audit/checkpoint, <index>.row, .path      the same of the audit log
    <out>/cosigned/<size>.<witness>       the head with the signature of a witness

Rows of the record log: the record's, its source's, that of entry 0, and those that name keys. Of the audit log: the row that
authorised the record; where it is APPROVED, the answers to the document's claims; the rows DEVICE and PAIRED of the device; rows that
name keys; and COSIGNED for each cosignature. The head is the newest one that was cosigned and covers the record; where there is none,
the newest stored one. The vault is only read; nothing in `cache/` is opened.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from protocol.errors import ProofError
from protocol.schema.numbers import AuditKind
from protocol.trust.tlog import leaf_hash, verify_inclusion
from totebox.errors import ConfigError, DiskFull, NoSuchEntry, VaultDamaged
from totebox.files.entrance import names_in, read_file, stream
from totebox.vault.api import Entry
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.disk.durable import FULL, Disk
from totebox.vault.life.creation import check_whole, load_identity
from totebox.vault.life.export import covered_register
from totebox.vault.log.identity import IDENTITY_BYTES, IDENTITY_FILE
from totebox.vault.log.journal import AUDIT, CHECKPOINT_NAME, NOTE_BYTES, RECORDS, LogFolders
from totebox.vault.log.keychain import read_chain, stating_rows
from totebox.vault.log.keys import first_keys
from totebox.vault.log.record import parse_row

CHECK = Path(__file__).with_name("check.sh")
PIECE_BYTES = 1 << 20
FILE_MODE, SCRIPT_MODE = 0o644, 0o755
ANSWERS = (AuditKind.RECORD_VERIFIED, AuditKind.RECORD_REJECTED, AuditKind.RECORD_SKIPPED)
LETTER = """This folder is one record of a vault, with the proof that it is what was sealed.

    entry       {index} of {origin}
    name        {name}
    file        record/{file}
    sealed      {time}

To check it, on any machine with a POSIX sh, coreutils, sed, awk and openssl 3:

    sh CHECK.sh VKEY

VKEY is the verifier key of the log, from a vault card or from somebody whom you trust; without it the folder can only show that it agrees
with itself. CHECK.sh shows that the file has the SHA-256 that its row states; that the row is in the log whose head the key signed; which
row of the audit log authorised it; and, where a person approved it, that the key of that person's device signed the approval of this very
document. It cannot show who held the device, that the clock was right, nor that no later entry corrects this one.
"""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The result: the record's entry, the size of the head that covers it, and how many witnesses cosigned that head."""

    entry: Entry
    tree_size: int
    cosignatures: int


class _Log:
    """One log: its rows, and their paths under one head."""

    def __init__(self, root: Path, places: LogFolders, at: int | None = None) -> None:
        self._root, self.places = root, places
        self.checkpoint, self._register, self._tiles = covered_register(root, places, at)
        self.rows: dict[int, bytes] = {}

    def entry(self, index: int, what: str) -> Entry:
        """Row `index`, which is handed over too.

        Raises:
            NoSuchEntry: the head does not cover it; the message begins with `what`.
        """
        size = self.checkpoint.tree_size
        if not 0 <= index < size:
            raise NoSuchEntry(
                f"{what} {index}: checkpoint {size} in {self.places.checkpoints} covers rows 0 to {size - 1}; while the Totebox is "
                "served a newer one is stored every few seconds"
            )
        (self.rows[index],) = self._register.leaves(index, 1)
        return parse_row(self.rows[index])

    def write(self, disk: Disk, folder: str) -> None:
        """Write the head, and each row with its path."""
        head = self.checkpoint
        disk.make_folder(folder)
        disk.seal(f"{folder}/checkpoint", (head.note,), FILE_MODE)
        for index, leaf in sorted(self.rows.items()):
            path = self._tiles.path(index, head.tree_size)
            try:
                verify_inclusion(leaf_hash(leaf), index, head.tree_size, path, head.root)
            except ProofError:
                raise VaultDamaged(
                    f"row {index} of {self.places.register} is not the one that was sealed; run `os-totebox verify {self._root}`"
                ) from None
            disk.seal(f"{folder}/{index}.row", (leaf, b"\n"), FILE_MODE)
            disk.seal(f"{folder}/{index}.path", ("".join(f"{step.hex()}\n" for step in path).encode(),), FILE_MODE)


def hand_over(
    root: Path, index: int, out: Path, *, entropy: Callable[[int], bytes], calls: Calls = CALLS
) -> HandedOver:
    """Write record `index` of the vault at `root`, its proof and its approval to `out`, which must not exist.

    It is made beside its place under a hidden name, and gets its own when it is complete. Cost: two passes over each register.

    Args:
        entropy: gives n random bytes.

    Raises:
        ConfigError: not a whole vault; `out` exists, lies in the vault, or cannot be written.
        NoSuchEntry: no stored checkpoint covers the record, or the audit row that authorised it.
        VaultDamaged: the record's bytes, or the rows, are not what the log states.
        DiskFull: no space.
    """
    identity = load_identity(root)
    check_whole(root)
    if os.path.lexists(out):
        raise ConfigError(f"{out} exists; name a place that does not, the folder is made there")
    if out.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"{out} lies in the vault, whose every file has an owner; choose a place outside of it")
    cosigned = _cosigned(root, index)
    records, audit = _Log(root, RECORDS, cosigned[0] if cosigned else None), _Log(root, AUDIT)
    entry = records.entry(index, "entry")
    witnesses = cosigned[1] if cosigned else ()
    records.entry(0, "entry")
    if entry.source is not None:
        records.entry(entry.source, "entry")
    if entry.audit is not None:
        _take_approval(root, audit, audit.entry(entry.audit, f"the audit row of entry {index},"))
    for log, first in zip((records, audit), first_keys(identity), strict=True):
        for turn in read_chain(root, log.places.register, first).indices:
            if turn < log.checkpoint.tree_size:
                log.entry(turn, "row")
    for name in witnesses:
        _take(root, audit, f",audit,{AuditKind.COSIGNED},{RECORDS.checkpoints}/{name},")
    building = out.parent / f".{out.name}.{entropy(8).hex()}"
    try:
        building.mkdir()
        _write(root, Disk(building, calls), (records, audit), entry, witnesses)
        building.rename(out)
    except OSError as error:
        begun = f"; what was begun lies at {building}" if building.exists() else ""
        if error.errno in FULL:
            raise DiskFull(f"no space left at {out.parent}; free some and try again{begun}") from None
        raise ConfigError(
            f"{error.filename or out}: {error.strerror or error}; nothing was handed over{begun}"
        ) from None
    return HandedOver(entry, records.checkpoint.tree_size, len(witnesses))


def _cosigned(root: Path, index: int) -> tuple[int, tuple[str, ...]] | None:
    """The largest size above `index` whose head was cosigned, and the names of these heads; None where there is none."""
    names = [name for name in names_in(root, RECORDS.checkpoints) if "." in name and CHECKPOINT_NAME.fullmatch(name)]
    sizes = [int(name.partition(".")[0]) for name in names]
    size = max((size for size in sizes if size > index), default=0)
    found = tuple(sorted(name for name, of in zip(names, sizes, strict=True) if of == size))
    return (size, found) if size else None


def _take_approval(root: Path, audit: "_Log", row: Entry) -> None:
    """Hand over what stands for `row`: the answers about its document, and the device that it is of."""
    if row.kind == AuditKind.APPROVED:
        for kind in ANSWERS:
            _take(root, audit, f",audit,{kind},{row.subject} claim ", row.index)
    for kind in (AuditKind.DEVICE, AuditKind.PAIRED):
        _take(root, audit, f",audit,{kind},{row.actor},", row.index)


def _take(root: Path, audit: "_Log", words: str, before: int | None = None) -> None:
    """Hand over the audit rows that contain `words`, below `before`."""
    for leaf in stating_rows(root, AUDIT.register, (words.encode(),)):
        with contextlib.suppress(VaultDamaged):
            found = parse_row(leaf).index
            if found < (audit.checkpoint.tree_size if before is None else before):
                audit.entry(found, "audit row")


def _write(root: Path, disk: Disk, logs: tuple["_Log", "_Log"], entry: Entry, witnesses: Iterable[str]) -> None:
    """Write everything; the record's bytes are hashed on the way.

    Raises:
        VaultDamaged: they are not what its row states.
    """
    records, audit = logs
    file = entry.path.rpartition("/")[2]
    disk.make_folder("record")
    _copy_range(root, disk, entry, f"record/{file}")
    disk.seal(IDENTITY_FILE, (read_file(root, IDENTITY_FILE, IDENTITY_BYTES),), FILE_MODE)
    records.write(disk, "records")
    audit.write(disk, "audit")
    for name in witnesses:
        disk.make_folder("cosigned")
        disk.seal(f"cosigned/{name}", (read_file(root, f"{RECORDS.checkpoints}/{name}", NOTE_BYTES),), FILE_MODE)
    letter = LETTER.format(
        index=entry.index, origin=records.checkpoint.origin, name=entry.subject, file=file, time=entry.time
    )
    disk.seal("entry", (f"{entry.index}\n".encode(),), FILE_MODE)
    disk.seal("READ-ME.txt", (letter.encode(),), FILE_MODE)
    disk.seal("CHECK.sh", (CHECK.read_bytes(),), SCRIPT_MODE)


def _copy_range(root: Path, disk: Disk, entry: Entry, target: str) -> None:
    digest, left = sha256(), entry.length
    with stream(root, entry.path) as file:
        file.seek(entry.offset)

        def pieces() -> Iterable[bytes]:
            nonlocal left
            while left and (piece := file.read(min(left, PIECE_BYTES))):
                digest.update(piece)
                left -= len(piece)
                yield piece

        disk.seal(target, pieces(), FILE_MODE)
    if left or digest.digest() != entry.sha256:
        raise VaultDamaged(f"{entry.path} is not what entry {entry.index} states; run `os-totebox verify {root}`")
