"""Verbs about pairings. Listing them is table `gate.pairings`."""

from typing import Annotated

from protocol.schema.numbers import Role, Verb
from protocol.schema.registry import Size, arguments


@arguments(Verb.PAIR_ISSUE, since=1)
class PairIssue:
    """A single-use ticket for `role`. Answered by Rows of table `gate.ticket`: one row (text, role, expires)."""

    role: Role
    label: Annotated[str, Size(0, 128)]


@arguments(Verb.PAIR_REVOKE, since=1)
class PairRevoke:
    """End the pairing whose fingerprint this is; live sessions are cut. Answered by the audit entry's Receipt."""

    fingerprint: Annotated[str, Size(1, 128)]
    reason: Annotated[str, Size(0, 512)]
