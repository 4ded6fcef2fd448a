"""Export of proofs: the log as a C2SP tlog-tiles tree, and one record's proof as a `.tlog-proof` file. The vault is only read.

<out>/checkpoint                          the newest signed checkpoint
<out>/tile/<L>/<N>[.p/<W>]                hashes; N in groups of three digits, all but the last with an x: x001/234
<out>/tile/entries/<N>[.p/<W>]            leaves: each one its length as u16, big-endian, and its bytes
"""

import os
import struct
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from protocol.errors import NoteError, ProofError
from protocol.trust.note import (
    TlogProof,
    TreeHead,
    VerifierKey,
    format_tlog_proof,
    parse_tlog_proof,
    parse_vkey,
    read_checkpoint,
    verify_checkpoint,
)
from protocol.trust.tlog import leaf_hash, verify_inclusion
from totebox.errors import ConfigError, NoSuchEntry, VaultDamaged, VaultError
from totebox.files.entrance import names_in, open_given
from totebox.vault.api import Checkpoint, Entry
from totebox.vault.disk.durable import Disk
from totebox.vault.life.creation import load_identity
from totebox.vault.log.journal import AUDIT, RECORDS, LogFolders, newest_checkpoint, stored_checkpoint
from totebox.vault.log.keychain import KeyChain, is_signed, read_chain
from totebox.vault.log.keys import first_keys
from totebox.vault.log.record import parse_row
from totebox.vault.log.register import FILE_ROWS, Register, list_files, scan
from totebox.vault.log.register_bytes import whole_register
from totebox.vault.log.tiles import WIDTH, Tiles

MOST_BEHIND_BYTES = 64 << 20
"""Most bytes that may follow a record in its file. A larger file is not read."""


def export_tlog(root: Path, out: Path) -> None:
    """Write the record log of the vault at `root` to `out`, a directory that does not exist or is empty.

    The tree is the one of the newest stored checkpoint (a Totebox stores one at its end, and every few seconds while it serves).

    Raises:
        ConfigError: not a vault, or `out` is not empty, or lies in the vault.
        VaultDamaged: the rows do not lead to the checkpoint.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} exists and is not an empty directory; choose another place")
    if out.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"{out} lies in the vault, whose every file has an owner; choose a place outside of it")
    checkpoint = stored(root)
    out.mkdir(parents=True, exist_ok=True)
    disk = Disk(out)
    tiles = Tiles(lambda level, number: b"", lambda start, width: [])
    bundle: list[bytes] = []
    for leaf in islice(_leaves(root), checkpoint.tree_size):
        tiles.append(leaf_hash(leaf))
        bundle.append(leaf)
        if len(bundle) == WIDTH:
            _write(disk, f"tile/entries/{_number(tiles.size // WIDTH - 1)}", _bundle(bundle))
            bundle = []
            for level, number, hashes in tiles.take_full():
                _write(disk, f"tile/{level}/{_number(number)}", hashes)
    if tiles.size != checkpoint.tree_size or tiles.root(tiles.size) != checkpoint.root:
        raise VaultDamaged(f"the rows do not lead to checkpoint {checkpoint.tree_size}; run `os-totebox verify {root}`")
    if bundle:
        _write(disk, f"tile/entries/{_number(tiles.size // WIDTH)}.p/{len(bundle)}", _bundle(bundle))
    for level, hashes in enumerate(tiles.edge()):
        if hashes:
            _write(disk, f"tile/{level}/{_number(tiles.size >> 8 * (level + 1))}.p/{len(hashes) // 32}", hashes)
    _write(disk, "checkpoint", checkpoint.note)


def prove(root: Path, index: int) -> bytes:
    """The `.tlog-proof` of record `index`: hand it to an auditor together with the record's bytes.

    Its `extra` line carries the register row (the leaf), which names path, length and hash of the record. Cost: one pass
    over the register. Memory does not grow with the log.

    Raises:
        NoSuchEntry: the newest stored checkpoint does not cover `index`.
        VaultDamaged: neither tiles nor rows lead to the checkpoint.
    """
    checkpoint, register, tiles = covered_register(root)
    if not 0 <= index < checkpoint.tree_size:
        raise NoSuchEntry(
            f"checkpoint {checkpoint.tree_size} covers entries 0 to {checkpoint.tree_size - 1}; {index} is not one"
        )
    (leaf,) = register.leaves(index, 1)
    path = tiles.path(index, checkpoint.tree_size)
    try:
        verify_inclusion(leaf_hash(leaf), index, checkpoint.tree_size, path, checkpoint.root)
    except ProofError:
        raise VaultDamaged(f"row {index} is not the one that was sealed; run `os-totebox verify {root}`") from None
    return format_tlog_proof(TlogProof(index, path, checkpoint.note, leaf))


def check_proof(proof: bytes, record: Path, vkey: str) -> str:
    """Check a `.tlog-proof` and the record that it proves; needs no vault. Returns a sentence that says what was proved.

    Raises:
        VaultError: the proof is not valid, or the record is another one.
        ConfigError: the key or the record cannot be read.
    """
    try:
        key = parse_vkey(vkey)
    except NoteError as error:
        raise ConfigError(f"--vkey: the verifier key cannot be read: {error}") from None
    try:
        parsed = parse_tlog_proof(proof)
        head = _signed(parsed.note, key)
        verify_inclusion(leaf_hash(parsed.extra), parsed.leaf_index, head.tree_size, parsed.path, head.root)
        entry = parse_row(parsed.extra)
    except (NoteError, ProofError, VaultDamaged) as error:
        raise VaultError(f"the proof does not hold: {error}") from None
    index, found = entry.index, _digest(record, entry)
    if found != entry.sha256:
        raise VaultError(
            f"{record} is not the record: its sha256 is {found.hex()}, entry {index} states {entry.sha256.hex()}"
        )
    return (
        f"entry {index} of {head.origin}, sealed {entry.time} as {entry.path}, is this file; "
        f"the checkpoint of size {head.tree_size} is signed by {key.name}"
    )


def covered_register(
    root: Path, places: LogFolders = RECORDS, at: int | None = None
) -> tuple[Checkpoint, Register, Tiles]:
    """A stored checkpoint of a log, the register that it covers, and the tree over its rows, which leads to it.

    Cost: one pass over the register.

    Args:
        places: the log.
        at: the size whose checkpoint is wanted; None: the newest.

    Raises:
        VaultDamaged: there is no such checkpoint, or rows are missing or do not lead to it.
    """
    checkpoint = stored(root, places, at)
    register = whole_register(root, places.register)
    if register.size < checkpoint.tree_size:
        raise VaultDamaged(
            f"{places.register} holds {register.size} rows, checkpoint {checkpoint.tree_size} covers more: rows are missing; "
            f"run `os-totebox verify {root}`"
        )
    return checkpoint, register, _tree(root, register, checkpoint)


def signer_of(root: Path, proof: bytes) -> str:
    """The verifier key that signed the checkpoint of a proof made by `prove`. It is an older one when the key was rotated since."""
    return key_of(root, parse_tlog_proof(proof).note).text()


def key_of(root: Path, note: bytes) -> VerifierKey:
    """The key of the record log that signed the checkpoint `note`; the newest one where none did."""
    chain = read_chain(root, RECORDS.register, first_keys(load_identity(root))[0])
    keys = chain.keys_at(read_checkpoint(note).tree_size)
    return next((key for key in keys if is_signed(note, key)), chain.newest)


def _signed(note: bytes, key: VerifierKey) -> TreeHead:
    try:
        return verify_checkpoint(note, key)
    except NoteError as error:
        hint = "a log whose key was rotated or lost has another vkey for each time: `os-totebox prove` says which one signed"
        raise NoteError(f"{error}; {hint}") from None


def _digest(record: Path, entry: Entry) -> bytes:
    """SHA-256 of the record's range of the file, if that is what the entry states (a segment); else of the whole file."""
    try:
        with os.fdopen(open_given(record), "rb") as file:
            if os.fstat(file.fileno()).st_size > entry.offset + entry.length + MOST_BEHIND_BYTES:
                raise VaultError(f"{record} is not the record: it holds far more than entry {entry.index} states")
            part = _hash(file, entry.offset, entry.length)
            return part if part == entry.sha256 else _hash(file, 0, 1 << 62)
    except OSError as error:
        raise ConfigError(f"{record}: {error.strerror}; give the file that holds the record") from None


def _hash(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset)
    digest = sha256()
    while length and (piece := file.read(min(length, 1 << 20))):
        digest.update(piece)
        length -= len(piece)
    return digest.digest()


def stored(root: Path, places: LogFolders = RECORDS, at: int | None = None) -> Checkpoint:
    """A stored checkpoint of a log: the newest, or that of size `at`. Its signature is verified, rows are not looked at.

    Raises:
        ConfigError: not a vault.
        VaultDamaged: there is none, or it is damaged.
    """
    first = first_keys(load_identity(root))[places is AUDIT]
    chain = read_chain(root, places.register, first)
    try:
        checkpoint = newest_checkpoint(root, places, chain) if at is None else _at(root, places, at, chain)
    except VaultDamaged as error:
        raise VaultDamaged(f"{error}; run `os-totebox verify {root}`") from None
    if checkpoint is None:
        raise VaultDamaged(f"{places.checkpoints} holds no checkpoint; start the Totebox once")
    return checkpoint


def _at(root: Path, places: LogFolders, size: int, chain: KeyChain) -> Checkpoint:
    """The checkpoint of this size, from its own file or from one that a witness cosigned."""
    names = sorted(name for name in names_in(root, places.checkpoints) if name.partition(".")[0] == str(size))
    if not names:
        raise VaultDamaged(f"{places.checkpoints} holds no checkpoint of size {size}")
    return stored_checkpoint(root, places, size, chain, names[0].partition(".")[2])


def _tree(root: Path, register: Register, checkpoint: Checkpoint) -> Tiles:
    """The tree of `checkpoint`, from the rows. Stored tiles are not used: they are no records, and `cache/` may be absent."""

    def hashes(start: int, width: int) -> list[bytes]:
        return [leaf_hash(leaf) for leaf in register.leaves(start, width)]

    tiles = Tiles(lambda level, number: b"", hashes)
    tiles.resume(checkpoint.tree_size)
    if tiles.root(checkpoint.tree_size) == checkpoint.root:
        return tiles
    raise VaultDamaged(f"the rows do not lead to checkpoint {checkpoint.tree_size}; run `os-totebox verify {root}`")


def _leaves(root: Path) -> Iterator[bytes]:
    files = list_files(root, RECORDS.register)
    for file in files:
        for _, leaf in scan(root, file, FILE_ROWS if file is files[-1] else file.rows):
            yield leaf


def _write(disk: Disk, path: str, data: bytes) -> None:
    disk.make_folder(path.rpartition("/")[0]) if "/" in path else None
    disk.note(path, data)


def _number(number: int) -> str:
    """`1234067` is `x001/x234/067`."""
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[place : place + 3] for place in range(0, len(digits), 3)]
    return "/".join([f"x{group}" for group in groups[:-1]] + groups[-1:])


def _bundle(leaves: list[bytes]) -> bytes:
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)
