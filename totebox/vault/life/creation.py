"""Creation of a vault, all or nothing; and its identity, read back."""

import os
from collections.abc import Callable
from pathlib import Path

from protocol.schema.numbers import AuditKind
from protocol.trust.note import Signer
from totebox.errors import ConfigError, DiskFull
from totebox.files.entrance import Planted, TooLarge, is_folder, read_file
from totebox.vault.api import AuditDraft
from totebox.vault.commit.idempotency import OnceIds
from totebox.vault.commit.layout import Layout
from totebox.vault.commit.plan import FoundingFile, Planner
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.disk.durable import FULL, PRIVATE_MODE, Disk
from totebox.vault.life.guide import Contents, first_files
from totebox.vault.life.home import HOME, LOCK, home_line
from totebox.vault.life.skeleton import make_folders
from totebox.vault.log.audit import LOCAL
from totebox.vault.log.identity import (
    FORMAT_VERSION,
    IDENTITY_BYTES,
    IDENTITY_FILE,
    VaultIdentity,
    audit_origin,
    origin_of,
    parse_identity,
)
from totebox.vault.log.journal import AUDIT, RECORDS, Journal
from totebox.vault.log.keys import AUDIT_KEY, FOLDER, KEY_BYTES, KEY_FILES, LOG_KEY
from totebox.vault.places import RECORD_FOLDERS

__all__ = ["VaultIdentity", "create", "load_identity"]


def create(
    root: Path,
    entity: str,
    kind: str,
    *,
    entropy: Callable[[int], bytes],
    now: str,
    contents: Contents | None = None,
    calls: Calls = CALLS,
) -> VaultIdentity:
    """Create the vault of `entity` at `root`, which must not exist or be an empty directory.

    The vault is built in a hidden folder beside `root`, and that folder is then renamed to `root`: a crash leaves no incomplete vault
    under its name. `entropy(n)` gives n random bytes, `now` is an RFC 3339 time with microseconds. `README.txt` describes
    `contents`.

    Raises:
        ConfigError: `root` is not empty or cannot be written to, or `entity` or `kind` is not one line of text.
        DiskFull: no space.
    """
    _check(root, entity, kind)
    building = root.parent / f".totebox.{entropy(8).hex()}"
    try:
        root.parent.mkdir(parents=True, exist_ok=True)
        building.mkdir(mode=0o700)
        identity = _build(Disk(building, calls), root, entity, kind, entropy, now, contents)
        building.rename(root)
    except OSError as error:
        # Nothing in it was a record yet, since the vault never had its name. The incomplete folder stays under its hidden name.
        begun = f"; what was begun lies at {building}" if building.exists() else ""
        if error.errno in FULL:
            raise DiskFull(f"no space left at {root}; free some and try again{begun}") from None
        raise ConfigError(f"cannot create {root}: {error.strerror or error}; choose another place{begun}") from None
    _sync_parent(root, calls)
    return identity


def load_identity(root: Path) -> VaultIdentity:
    """The identity of the vault at `root`.

    Raises:
        ConfigError: it is no vault.
        NewerFormat, EarlierFormat: another program wrote it.
    """
    path = root / IDENTITY_FILE
    try:
        return parse_identity(read_file(root, IDENTITY_FILE, IDENTITY_BYTES).decode("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{root} is not a vault: it has no {IDENTITY_FILE}; run `os-totebox init {root}`") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is damaged: it is not text; restore it from a copy of the vault") from None
    except (Planted, TooLarge) as error:
        raise ConfigError(f"{path} {error.strerror}; {error.remedy}") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; run as the owner of the vault, or mend its permissions") from None


def check_whole(root: Path) -> None:
    """Check that every folder of the record exists, so that an incomplete copy is not taken for the vault.

    Raises:
        ConfigError: one is missing, or is not a folder; the message names the first.
    """
    for folder in RECORD_FOLDERS:
        if not is_folder(root, folder):
            raise ConfigError(f"{root} has no folder {folder}: the copy is not whole; copy the vault again")


def _check(root: Path, entity: str, kind: str) -> None:
    for text, what in ((entity, "entity"), (kind, "kind")):
        if not text.strip() or len(text.encode()) > 256 or not text.isprintable():
            raise ConfigError(f"the {what} is one line of text of at most 256 bytes; {text!r} is not")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise ConfigError(f"{root} exists and is not an empty directory; choose another place")


def _build(
    disk: Disk, root: Path, entity: str, kind: str, entropy: Callable[[int], bytes], now: str, contents: Contents | None
) -> VaultIdentity:
    building = disk.root
    make_folders(disk)
    keys = {name: entropy(KEY_BYTES) for name in KEY_FILES}
    for name, private in keys.items():
        disk.seal(f"{FOLDER}/{name}", (private,), PRIVATE_MODE)
    disk.seal(LOCK, (), PRIVATE_MODE)
    disk.seal(HOME, (home_line(building, root).encode("utf-8", "surrogateescape"),), PRIVATE_MODE)
    origin = origin_of(entity, Signer("log", keys[LOG_KEY]).verifier.public)
    records, audit = Signer(origin, keys[LOG_KEY]), Signer(audit_origin(origin), keys[AUDIT_KEY])
    identity = VaultIdentity(entity, kind, origin, records.verifier.text(), audit.verifier.text(), now, FORMAT_VERSION)
    files = first_files(identity, contents)
    for file in files:
        disk.seal(file.path, (file.data,))
    _first_entries(disk, records, audit, identity, files)
    return identity


def _first_entries(
    disk: Disk, records: Signer, audit: Signer, identity: VaultIdentity, files: tuple[FoundingFile, ...]
) -> None:
    journals = Journal(disk, RECORDS, [], records), Journal(disk, AUDIT, [], audit)
    planner = Planner(Layout(), OnceIds(), lambda index: None)
    row = AuditDraft(AuditKind.CREATED, LOCAL, "vault", f"created for {identity.entity}")
    outcome = planner.plan_first(row, files, identity.created)
    for journal, entries in zip(journals, (outcome.entries, (outcome.audit,)), strict=True):
        journal.write(entries)
        journal.register.sync()
        journal.head.advance(entries)
        journal.note_checkpoint()
        journal.close()


def _sync_parent(root: Path, calls: Calls) -> None:
    descriptor = calls.open(root.parent, os.O_RDONLY)
    try:
        calls.sync(descriptor)
    finally:
        calls.close(descriptor)
