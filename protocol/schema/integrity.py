"""Telemetry about integrity: the verdict of the newest verification, and the newest cosignature."""

from typing import Annotated

from protocol.schema.numbers import Log, Scope, Verdict
from protocol.schema.registry import U32, U64, Size, body, struct

MAX_FINDINGS = 16
"""Most findings of one verification that are listed; the others are counted in `total`."""
MAX_PATH_BYTES = 320
MAX_WORDS_BYTES = 200


@struct
class Found:
    """One finding. Texts come from bytes that disagree: they are data of a stranger, cut to their limit with `…` at the end.

    `severity` is `damage` (bytes differ or are missing), `foreign` (bytes that no entry owns) or `doubt` (something derived
    disagrees and can be rebuilt). `entry` and `offset` (in bytes, in the file `path`) are nil where they cannot be known.
    """

    severity: Annotated[str, Size(0, 16)]
    path: Annotated[str, Size(0, MAX_PATH_BYTES)]
    entry: Annotated[int, U64] | None
    offset: Annotated[int, U64] | None
    expected: Annotated[str, Size(0, MAX_WORDS_BYTES)]
    found: Annotated[str, Size(0, MAX_WORDS_BYTES)]
    remedy: Annotated[str, Size(0, MAX_WORDS_BYTES)]


@struct
class Cosigned:
    """A cosignature that the subject stores: its log, its tree size, the witness's name, and when it was stored."""

    log: Log
    tree_size: Annotated[int, U64]
    witness: Annotated[str, Size(0, 256)]
    time_us: Annotated[int, U64]


@body(since=1)
class IntegrityBody:
    """The verdict in force: the newest of those with findings and of those that are full and clean.

    UNVERIFIED: none stands in the audit log; `time_us` is 0, `by` '' and `audit_index` nil then. `by` is the fingerprint of who
    asked, or `local` for the Totebox's own host. `total` counts all findings; `findings` are the first of them, none where the
    audit row is of an older make ("verify again for details"). `audit_index` is the first audit row of the verdict, nil where it
    could not be recorded because the vault takes no writes.
    """

    time_us: Annotated[int, U64]
    by: Annotated[str, Size(0, 128)]
    scope: Scope
    verdict: Verdict
    total: Annotated[int, U32]
    findings: Annotated[tuple[Found, ...], Size(0, MAX_FINDINGS)]
    audit_index: Annotated[int, U64] | None
    cosigned: Cosigned | None
