"""Verbs about the logs themselves: heads, proofs, verification and cosignatures; and the telemetry of new entries."""

from typing import Annotated

from protocol.schema.numbers import Log
from protocol.schema.registry import U64, Arguments, Size, arguments, body


@arguments(since=1)
class Head(Arguments):
    """The newest checkpoint of `log`, with a consistency proof from `seen_size` (0: none wanted).

    Answered by Rows of table `vault.head`: one row (checkpoint, path, turns, tree_size, root), path = the 32-byte hashes end to end.
    NOT_FOUND where `seen_size` is larger than the log: the subject is older than what was seen.
    """

    log: Log
    seen_size: Annotated[int, U64]


@arguments(since=1)
class Prove(Arguments):
    """Inclusion of leaf `index` of `log` in its newest checkpoint. Answered by Receipt."""

    log: Log
    index: Annotated[int, U64]


@arguments(since=1)
class Verify(Arguments):
    """Verify the whole vault from its bytes, up to the head at the start. Answered by Rows of table `vault.findings`."""


@arguments(since=1)
class Cosign(Arguments):
    """Keep `note`: a head of `log` with the cosignature/v1 of the witness `vkey`, who proved that it follows from what it saw before.

    Answered by the audit entry's Receipt.
    """

    log: Log
    note: Annotated[bytes, Size(1, 4_096)]
    vkey: Annotated[str, Size(1, 512)]


@body(since=1)
class HeadBody:
    """A checkpoint was signed."""

    log: Log
    checkpoint: Annotated[bytes, Size(0, 4_096)]


@body(since=1)
class AuditBody:
    """A row was appended to the audit log: its leaf bytes."""

    index: Annotated[int, U64]
    row: Annotated[bytes, Size(0, 16_000)]


@body(since=1)
class EntryBody:
    """A row was appended to the record log: its leaf bytes."""

    index: Annotated[int, U64]
    row: Annotated[bytes, Size(0, 16_000)]
