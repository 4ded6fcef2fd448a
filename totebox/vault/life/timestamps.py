"""Timestamps of checkpoints (RFC 3161): an authority that the vault's operator does not run signs that a head existed at a time.

    ledger/timestamps/<log>-<size>.tsr      TimeStampResp of the file ledger/checkpoints/<size> (log `records`) or
                                            ledger/audit/checkpoints/<size> (log `audit`): over the SHA-256 of its bytes

A checkpoint states no time, and the column `time` of a row is what the machine's clock said. Request and reply travel as files. The file
is owned by an entry of kind `timestamp` (service fs), behind an audit row INGESTED: so verify proves its bytes, and no such file is there
without an entry. Whether the authority's signature holds is judged by who trusts the authority, with
`openssl ts -verify -data CHECKPOINT -in FILE -CAfile CA`.

States of an attachment: a file without an entry (a crash came between; the same command again ends it), then file and entry.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from totebox.errors import ConfigError, ReadOnly
from totebox.files.entrance import read_file, stat_of
from totebox.vault.api import Entry
from totebox.vault.commit.plan import Range
from totebox.vault.commit.recovery import recover
from totebox.vault.disk.calls import CALLS, Calls
from totebox.vault.life.creation import check_whole, load_identity
from totebox.vault.life.export import stored
from totebox.vault.life.home import lock
from totebox.vault.log.journal import NOTE_BYTES, RECORDS, stored_sizes
from totebox.vault.log.keychain import stating_rows
from totebox.vault.log.record import parse_row
from totebox.vault.log.timestamp_reply import LOGS, MOST_BYTES, Token, checkpoint_of, path_of, read_reply, request_bytes
from totebox.vault.places import TIMESTAMPS


@dataclass(frozen=True, slots=True)
class Stamped:
    """The result: the entry that owns the file, the log and size that are stamped, and the time that the reply states."""

    entry: Entry
    log: str
    tree_size: int
    time: str


def request_of(root: Path, log: str) -> tuple[int, bytes]:
    """The size of the newest stored checkpoint of `log`, and the TimeStampReq for it, DER. The vault is only read.

    Raises:
        ConfigError: not a vault.
        VaultDamaged: there is no checkpoint, or it is damaged.
    """
    checkpoint = stored(root, LOGS[log])
    return checkpoint.tree_size, request_bytes(sha256(checkpoint.note).digest())


def stamped_head(root: Path, reply: bytes) -> tuple[str, int, Token]:
    """The log and the size whose stored checkpoint `reply` stamps. Nothing of its signature is verified.

    Raises:
        ConfigError: it is no granted reply, or stamps something else.
    """
    try:
        token = read_reply(reply)
    except ValueError as error:
        raise ConfigError(f"the reply {error}; nothing was kept") from None
    for log, places in LOGS.items():
        for size in stored_sizes(root, places):
            if sha256(read_file(root, f"{places.checkpoints}/{size}", NOTE_BYTES)).digest() == token.imprint:
                return log, size, token
    raise ConfigError(
        f"the reply is of the SHA-256 {token.imprint.hex()}, which no checkpoint in {root} has; it answers a request of another vault, "
        "or of something else; nothing was kept"
    )


def attach(root: Path, reply: bytes, now: Callable[[], str], calls: Calls = CALLS) -> Stamped:
    """Keep `reply` in the stopped vault at `root`, behind an entry that owns it.

    Raises:
        ConfigError: as `stamped_head`; this head has another timestamp already.
        AlreadyServed: a daemon serves the vault.
        ReadOnly: this copy takes no writes.
    """
    load_identity(root)
    check_whole(root)
    log, size, token = stamped_head(root, reply)
    path = path_of(log, size)
    held = lock(root)
    try:
        kept = stat_of(root, path)
        if kept is not None and read_file(root, path, MOST_BYTES) != reply:
            raise ConfigError(
                f"{root / path} exists and is another reply; a head has one timestamp: stamp a newer head"
            )
        entry = _owner(root, path)
        if entry is None:
            entry = _kept(root, reply, path, f"timestamp of {checkpoint_of(log, size)}: {token.time}", now, calls)
    finally:
        os.close(held)
    return Stamped(entry, log, size, token.time)


def _owner(root: Path, path: str) -> Entry | None:
    """The entry that owns the file at `path`."""
    return next(
        (parse_row(row) for row in stating_rows(root, RECORDS.register, (f",fs,timestamp,{path},".encode(),))), None
    )


def _kept(root: Path, reply: bytes, path: str, detail: str, now: Callable[[], str], calls: Calls) -> Entry:
    """Write the file, where it is not there, then the entry that owns it."""
    store = recover(root, now, calls)
    try:
        if store.read_only:
            raise ReadOnly(store.read_only)
        if stat_of(root, path) is None:
            store.disk.make_folder(TIMESTAMPS)
            store.disk.seal(path, (reply,))
            # A crash here leaves the file without an entry; the same command again finds it, and writes the entry.
        clock = store.planner.plan_clock(now())
        if clock is not None:
            store.commit([clock], {})
        owned = Range(path, 0, len(reply), sha256(reply).digest())
        outcome = store.planner.plan_owned("timestamp", path, owned, detail, now())
        store.commit([outcome], {})
        store.note(least=1)
        return outcome.entries[0]
    finally:
        store.close()
