"""Audit log: the second log of a vault, and what its columns mean. It has the form of the record log.

An audit row is durable before the entries that it authorises. It has no payload, so the columns of a payload describe the record log
instead:

    offset    the newest acknowledged tree size of the record log when the row was written
    sha256    its root at that size
    length    how many entries of the record log this row authorises; their column `audit` holds its index
    command   the caller's id; `<id>:<sha256 of the arguments in hex>` where the command may be repeated
    note      what happened

Only a row that owns torn bytes of the audit register itself has a `path`; its offset, length and sha256 then describe those bytes.
"""

from totebox.errors import RecordRejected
from totebox.vault.api import AuditDraft, Entry
from totebox.vault.log.record import make_entry

LOCAL = "local"
"""The actor of rows that the vault writes by itself."""


def audit_entry(
    row: AuditDraft,
    index: int,
    time: str,
    acknowledged: tuple[int, bytes],
    count: int,
    digest: bytes | None = None,
    *,
    plain: bool = False,
) -> Entry:
    """The audit row `index`, which authorises `count` entries of the record log. `acknowledged` is that log's (tree size, root).

    `digest` is the SHA-256 of the command's arguments; None where the command may not be repeated. `plain` as of `make_entry`: it
    covers all texts of `row`.

    Raises:
        RecordRejected: as `make_entry`, or a command id with a colon.
    """
    if ":" in row.command:
        raise RecordRejected(f"a command id is hex; {row.command!r} is not")
    size, root = acknowledged
    command = f"{row.command}:{digest.hex()}" if row.command and digest is not None else row.command
    return make_entry(
        index, time, row.actor, "audit", row.kind, row.subject, root,
        offset=size, length=count, command=command, note=row.detail, plain=plain,
    )  # fmt: skip


def states_records(row: Entry) -> bool:
    """Whether the row states the size and root of the record log. All rows do, except those that own torn bytes."""
    return not row.path
