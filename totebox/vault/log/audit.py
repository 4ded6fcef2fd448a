"""The second log: what its rows mean. It is of the same make as the record log, and durable before what it authorises.

A row of the audit log has no payload, so columns that speak of one state the record log instead:

    offset    the newest acknowledged tree size of the record log when the row was written
    sha256    its root at that size
    length    how many entries of the record log this row authorises; they cite it in their column `audit`
    command   the caller's id; `<id>:<sha256 of the arguments in hex>` where the command may be repeated
    note      what happened

Only a row that owns torn bytes of the audit register itself has a `path`; its offset, length and sha256 are those bytes'.
"""

from totebox.errors import RecordRejected
from totebox.vault.api import AuditDraft, Entry
from totebox.vault.log.record import make_entry

LOCAL = "local"
"""The actor of what the vault itself does."""


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
    """The audit row `index`: it authorises `count` entries after the `acknowledged` (tree size, root) of the record log.

    `plain` as of `make_entry`, of all texts of `row`.

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
    """Whether the row states the record log (all but those that own torn bytes do)."""
    return not row.path
