"""Key files of a vault: 32 raw private bytes each, mode 0600, under `secret/keys/`. Back them up.

They are in a folder of their own, for which the daemon's cage has no grant. The daemon can read the two keys that it needs
(`SERVING`), cannot write any, and cannot read those that sign the logs.

`log.key` and `audit.key` are the first keys of both logs. A later key is `log-<index>.key` or `audit-<index>.key`, where <index> is the
entry that names it; a key file without that entry is not used. When the entry exists and its key file does not, nothing is signed: an
outdated backup of `secret/keys/` must not sign heads under a key that the log has replaced.
"""

import contextlib
import os
import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.errors import NoteError
from protocol.trust.note import Signer, VerifierKey, parse_vkey
from protocol.trust.rotation import read_turn
from totebox.errors import ConfigError
from totebox.files.entrance import (
    Planted,
    TooLarge,
    names_in,
    open_file,
    open_folder,
    read_all,
    read_file,
    stat_of,
)
from totebox.vault.disk.durable import PRIVATE_MODE, Disk
from totebox.vault.life.home import check_open, lock
from totebox.vault.log.identity import IDENTITY_FILE, VaultIdentity
from totebox.vault.log.keychain import KeyChain, is_signed, read_chain
from totebox.vault.log.register import list_files, row_at
from totebox.vault.log.rows import last_rows
from totebox.vault.places import KEYS as FOLDER
from totebox.vault.places import SECRET, SERVING_KEYS

__all__ = ["FOLDER"]

LOG_KEY, AUDIT_KEY, STATIC_KEY, DEVICE_KEY = "log.key", "audit.key", "static.key", "device.key"
KEY_FILES = (LOG_KEY, AUDIT_KEY, STATIC_KEY, DEVICE_KEY)
SERVING = SERVING_KEYS
"""The keys with which the daemon proves who it is to its peers; the writer alone reads the others."""
KEY_BYTES = 32
MOST_BYTES, NOTE_BYTES = 1 << 12, 1 << 16
"""Most bytes of a key file, and of a checkpoint."""


def load_key(root: Path, name: str) -> bytes:
    """The private bytes of key file `name`.

    Raises:
        ConfigError: missing, of another size, or readable by others; or the vault is sealed.
    """
    path = root / FOLDER / name
    check_open(root)
    try:
        data, mode = _read(root, f"{FOLDER}/{name}")
    except PermissionError as error:
        raise ConfigError(f"{path}: {error.strerror}; run as the owner of the vault") from None
    except (Planted, TooLarge) as error:
        raise ConfigError(f"{path} {error.strerror}; {error.remedy}, and restore the key from its backup") from None
    except OSError as error:
        lost = (
            "" if name in SERVING else f"; where there is none, `os-totebox restore {root}` gives the log another key"
        )
        raise ConfigError(f"{path}: {error.strerror}; restore the key from its backup{lost}") from None
    if len(data) != KEY_BYTES:
        raise ConfigError(f"{path} is {len(data)} bytes long, a key is {KEY_BYTES}; restore it from its backup")
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"{path} can be read by others; run `chmod 600 {path}`")
    return data


def _read(root: Path, path: str) -> tuple[bytes, int]:
    """The bytes and the mode of a key file."""
    descriptor = open_file(root, path)
    try:
        return read_all(descriptor, MOST_BYTES, path), os.fstat(descriptor).st_mode
    finally:
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class LogKeys:
    """The signer of a log, and the chain of all its keys."""

    signer: Signer
    chain: KeyChain


def make_missing(root: Path, entropy: Callable[[int], bytes]) -> list[str]:
    """Make new `SERVING` keys in place of missing ones, before a `restore`. Returns the names of those that were made.

    Raises:
        AlreadyServed: a daemon serves the vault, and uses the keys.
        OSError: this user may not write them.
    """
    os.close(lock(root))
    disk = Disk(root)
    for folder in (SECRET, FOLDER):
        with contextlib.suppress(FileExistsError):
            (root / folder).mkdir(mode=0o700)
    os.close(open_folder(root, FOLDER))
    missing = [name for name in SERVING if stat_of(root, f"{FOLDER}/{name}") is None]
    for name in missing:
        disk.seal(f"{FOLDER}/{name}", (entropy(KEY_BYTES),), PRIVATE_MODE)
    return missing


def turn_file(first: str, index: int) -> str:
    """The key file of the key that entry `index` names; `first` is the log's first key file."""
    return first if index < 0 else f"{first.removesuffix('.key')}-{index}.key"


def load_signers(root: Path, identity: VaultIdentity, registers: tuple[str, str]) -> tuple[LogKeys, LogKeys]:
    """The keys of the record log and of the audit log; `registers` are the folders of both. Cost: one row is read for each key file.

    Raises:
        ConfigError: a key is missing, or not the one that the identity or an entry names.
    """
    records, audit = first_keys(identity)
    return _load(root, LOG_KEY, records, registers[0]), _load(root, AUDIT_KEY, audit, registers[1])


def first_keys(identity: VaultIdentity) -> tuple[VerifierKey, VerifierKey]:
    """The keys that `totebox.yaml` names. Raises ConfigError when they cannot be read."""
    try:
        return parse_vkey(identity.vkey), parse_vkey(identity.audit_vkey)
    except NoteError as error:
        raise ConfigError(
            f"{IDENTITY_FILE}: a verifier key cannot be read: {error}; restore the file from a copy of the vault"
        ) from None


def _load(root: Path, name: str, first: VerifierKey, register: str) -> LogKeys:
    chain = KeyChain(first)
    for index in _turn_indices(root, name):
        leaf = row_at(root, register, index)
        turn = None if leaf is None else read_turn(leaf)
        if turn is not None and turn.index == index:
            chain.take(turn)
    if _outdated(root, register, chain):
        _refuse_outdated(root, name, read_chain(root, register, first), chain)
    file, key = turn_file(name, chain.turns[-1][0].index), chain.newest
    signer = Signer(key.name, load_key(root, file))
    if signer.verifier != key:
        by = "totebox.yaml" if file == name else f"entry {chain.turns[-1][0].index}"
        raise ConfigError(f"{root / FOLDER / file} is not the key that {by} names; restore it from its backup")
    return LogKeys(signer, chain)


def _outdated(root: Path, register: str, chain: KeyChain) -> bool:
    """Whether a key that is not in `chain` may have signed the newest stored checkpoint.

    It may when no key of `chain` signed it, or when the last row that it covers names a key which is not in `chain`. True also for a
    checkpoint that is damaged. Cost: one checkpoint, and the rows after it.
    """
    folder = f"{register.rpartition('/')[0]}/checkpoints"
    names = names_in(root, folder)
    size = max((int(name) for name in names if name.isascii() and name.isdecimal() and len(name) <= 20), default=0)
    files = [file for file in list_files(root, register) if file.first < size]
    if not files:
        return False
    try:
        note = read_file(root, f"{folder}/{size}", NOTE_BYTES)
    except OSError:
        return True
    if not any(is_signed(note, key) for key in chain.keys_at(size)):
        return True
    last = b"%d," % (size - 1)
    row = next((row for row in last_rows(root, files[-1].path) if row.startswith(last)), b"")
    turn = read_turn(row)
    return turn is not None and turn.index not in chain.indices


def _refuse_outdated(root: Path, name: str, whole: KeyChain, known: KeyChain) -> None:
    """Raises ConfigError when the log names a newer key than those in the key folder."""
    if whole.newest == known.newest:
        return
    index = whole.turns[-1][0].index
    raise ConfigError(
        f"{root / FOLDER} is older than the vault: entry {index} hands {known.newest.name} over to a key that is not there; "
        f"restore {turn_file(name, index)} from its backup; where there is none, `os-totebox restore {root}` gives the log another key"
    )


def _turn_indices(root: Path, name: str) -> list[int]:
    pattern = re.compile(re.escape(name.removesuffix(".key")) + r"-([0-9]{1,18})\.key")
    try:
        matches = [pattern.fullmatch(name) for name in names_in(root, FOLDER)]
    except FileNotFoundError:
        return []
    return sorted(int(match.group(1)) for match in matches if match)
