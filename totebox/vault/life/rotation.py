"""Rotation and restore: a stopped vault gets another key. The old key signs a rotation; a restore has no signature of the old key.

The file of the next key carries the index of the entry that will name it, and is written before that entry. A crash in between leaves a
key file that no entry names: it is not used, and the next attempt takes the key from it.
"""

import base64
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from protocol.errors import NoteError
from protocol.trust.note import Signer, VerifierKey, read_checkpoint
from protocol.trust.rotation import RESTORED, ROTATED, sign_turn
from totebox.errors import ConfigError, ReadOnly, VaultDamaged
from totebox.files.entrance import stat_of
from totebox.vault.commit.recovery import recover
from totebox.vault.commit.store import Store
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.disk.durable import PRIVATE_MODE
from totebox.vault.life.creation import check_whole, load_identity
from totebox.vault.life.home import lock, take_home
from totebox.vault.log.identity import audit_origin, origin_of
from totebox.vault.log.journal import AUDIT, RECORDS, LogFolders, stored_checkpoint, stored_sizes
from totebox.vault.log.keychain import KeyChain, is_signed, read_chain
from totebox.vault.log.keys import (
    AUDIT_KEY,
    KEY_BYTES,
    LOG_KEY,
    LogKeys,
    first_keys,
    load_key,
    load_signers,
    turn_file,
)
from totebox.vault.log.keys import FOLDER as KEYS

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Turned:
    """The keys that sign from now on, and the index of the entry that names them."""

    origin: str
    vkey: str
    audit_vkey: str
    entry: int
    old_vkey: str


def rotate(root: Path, *, entropy: Entropy, now: Callable[[], str], calls: Calls = CALLS) -> Turned:
    """Give both logs of the stopped vault at `root` another key. The old keys sign the entries of kind `key` that name the new ones.

    Raises:
        AlreadyServed: a daemon serves it.
        ReadOnly, ConfigError: it takes no writes, or a key is missing; `restore` is for a lost key.
    """
    held = lock(root)
    try:
        identity = load_identity(root)
        old = load_signers(root, identity, (RECORDS.register, AUDIT.register))
        store = recover(root, now, calls)
        try:
            return _rotate(store, old, entropy, now)
        finally:
            store.close()
    finally:
        os.close(held)


def restore(
    root: Path, *, entropy: Entropy, now: Callable[[], str], checkpoint: bytes | None = None, calls: Calls = CALLS
) -> Turned:
    """Let the stopped vault at `root`, an old copy or one whose key is lost, take writes again under a new key and a new origin.

    Its next entry, of kind `restored`, cites the old key and the last checkpoint that the old key signed: `checkpoint`, which was kept
    elsewhere, or the newest one stored in the vault. Consoles that know the old origin report the change until they are paired again.

    Raises:
        AlreadyServed: a daemon serves it.
        ReadOnly: it is damaged.
        ConfigError: `checkpoint` is not signed by its old key, or the copy is not complete.
    """
    check_whole(root)
    held = lock(root)
    try:
        identity = load_identity(root)
        chains = _chains(root)
        cited = tuple(_last(root, places, chain) for places, chain in zip((RECORDS, AUDIT), chains, strict=True))
        if checkpoint is not None:
            cited = (_checked(checkpoint, chains[0]), cited[1])
        store, privates = _taken_over(root, identity.entity, chains, entropy, now, calls)
        try:
            turned = _restore(store, chains, privates, (cited[0], cited[1]), now)
            take_home(store.disk)
            return turned
        finally:
            store.close()
    finally:
        os.close(held)


def _rotate(store: Store, old: tuple[LogKeys, LogKeys], entropy: Entropy, now: Callable[[], str]) -> Turned:
    _make_ready(store, now)
    index, row = store.planner.records_size, store.planner.audit_size
    following = [
        Signer(keys.signer.verifier.name, _sealed(store, name, place, entropy)).verifier
        for keys, name, place in zip(old, (LOG_KEY, AUDIT_KEY), (index, row), strict=True)
    ]
    said = [
        (key.text(), sign_turn(keys.signer, place, key))
        for keys, key, place in zip(old, following, (index, row), strict=True)
    ]
    store.commit([store.planner.plan_turn(ROTATED, said[0], said[1], now())], {})
    # The old keys sign the heads that end with the rows that name the new keys, and no later head.
    store.note(least=1)
    return Turned(following[0].name, following[0].text(), following[1].text(), index, old[0].signer.verifier.text())


def _restore(
    store: Store,
    chains: tuple[KeyChain, KeyChain],
    privates: tuple[bytes, bytes],
    cited: tuple[bytes, bytes],
    now: Callable[[], str],
) -> Turned:
    index, row = store.planner.records_size, store.planner.audit_size
    for name, place, private in zip((LOG_KEY, AUDIT_KEY), (index, row), privates, strict=True):
        _seal(store, turn_file(name, place), private)
    identity = store.identity
    said = [
        (vkey, f"{chain.newest.text()} {base64.b64encode(note).decode()}")
        for vkey, chain, note in zip((identity.vkey, identity.audit_vkey), chains, cited, strict=True)
    ]
    store.commit([store.planner.plan_turn(RESTORED, said[0], said[1], now())], {})
    store.note(least=1)
    return Turned(identity.origin, identity.vkey, identity.audit_vkey, index, chains[0].newest.text())


def _taken_over(
    root: Path,
    entity: str,
    chains: tuple[KeyChain, KeyChain],
    entropy: Entropy,
    now: Callable[[], str],
    calls: Calls,
) -> tuple[Store, tuple[bytes, bytes]]:
    """The store under the new keys, and the private bytes of both. Keys that an interrupted attempt left are used instead of new ones."""
    privates = (entropy(KEY_BYTES), entropy(KEY_BYTES))
    while True:
        records = Signer(origin_of(entity, Signer("log", privates[0]).verifier.public), privates[0])
        audit = Signer(audit_origin(records.verifier.name), privates[1])
        store = recover(root, now, calls, restoring=(LogKeys(records, chains[0]), LogKeys(audit, chains[1])))
        begun = _begun(store, privates, now)
        if begun == privates:
            return store, privates
        store.close()
        privates = begun


def _begun(store: Store, privates: tuple[bytes, bytes], now: Callable[[], str]) -> tuple[bytes, bytes]:
    _make_ready(store, now)
    root, sizes = store.disk.root, (store.planner.records_size, store.planner.audit_size)
    found = list(privates)
    for place, (name, size) in enumerate(zip((LOG_KEY, AUDIT_KEY), sizes, strict=True)):
        if stat_of(root, f"{KEYS}/{turn_file(name, size)}") is not None:
            found[place] = load_key(root, turn_file(name, size))
    return found[0], found[1]


def _make_ready(store: Store, now: Callable[[], str]) -> None:
    """Check that the store takes writes, and record a backwards step of the clock, if there was one.

    Raises:
        ReadOnly: it takes no writes; the store is closed.
    """
    if store.read_only:
        store.close()
        raise ReadOnly(store.read_only)
    clock = store.planner.plan_clock(now())
    if clock is not None:
        store.commit([clock], {})


def _sealed(store: Store, name: str, index: int, entropy: Entropy) -> bytes:
    file = turn_file(name, index)
    if stat_of(store.disk.root, f"{KEYS}/{file}") is not None:
        return load_key(store.disk.root, file)
    private = entropy(KEY_BYTES)
    _seal(store, file, private)
    return private


def _seal(store: Store, file: str, private: bytes) -> None:
    if stat_of(store.disk.root, f"{KEYS}/{file}") is None:
        store.disk.seal(f"{KEYS}/{file}", (private,), PRIVATE_MODE)


def _chains(root: Path) -> tuple[KeyChain, KeyChain]:
    records, audit = first_keys(load_identity(root))
    return read_chain(root, RECORDS.register, records), read_chain(root, AUDIT.register, audit)


def _last(root: Path, places: LogFolders, chain: KeyChain) -> bytes:
    sizes = stored_sizes(root, places)
    if not sizes:
        raise VaultDamaged(f"{places.checkpoints} holds no checkpoint; restore from another copy")
    return stored_checkpoint(root, places, sizes[0], chain).note


def _checked(note: bytes, chain: KeyChain) -> bytes:
    try:
        keys: list[VerifierKey] = chain.keys_at(read_checkpoint(note).tree_size)
        if not any(is_signed(note, key) for key in keys):
            raise NoteError(f"it is not signed by {keys[0].text()}")
    except NoteError as error:
        raise ConfigError(f"the checkpoint that was handed in does not verify: {error}") from None
    return note
