"""Verbs about capabilities. Listing them is table `gate.capabilities`; what a chain is, is `protocol.trust.capability`."""

from typing import Annotated

from protocol.schema.numbers import MAX_CAPABILITY_BLOCKS, MAX_TERMS_BYTES, Verb
from protocol.schema.registry import U64, Arguments, Size, Span, arguments

LONGEST_LIFETIME_S = 366 * 24 * 3_600


@arguments(since=1)
class CapGrant(Arguments):
    """Mint the first block of a chain: a part of the asking device's own pairing, held by that device.

    `service` '' means every one; rows `first_row` to `last_row` of the record log, inclusive; no `columns` means all;
    `terms` as `protocol.schema.terms` encodes them, which rows of tables have to agree with; `lifetime_s` from the
    subject's present; `depth` further blocks may follow. Answered by Rows of table `gate.capability`: one row (id, chain,
    holder, not_before, not_after).
    """

    verbs: Annotated[tuple[Verb, ...], Size(1, 32)]
    service: Annotated[str, Size(0, 32)]
    first_row: Annotated[int, U64]
    last_row: Annotated[int, U64]
    columns: Annotated[tuple[Annotated[str, Size(1, 64)], ...], Size(0, 16)]
    terms: Annotated[bytes, Size(0, MAX_TERMS_BYTES)]
    lifetime_s: Annotated[int, Span(1, LONGEST_LIFETIME_S)]
    depth: Annotated[int, Span(0, MAX_CAPABILITY_BLOCKS - 1)]


@arguments(since=1)
class CapRevoke(Arguments):
    """End every chain that begins with the one whose revocation id this is. Answered by the audit entry's Receipt.

    An ADMIN may end any; another device those that were minted for it.
    """

    id: Annotated[bytes, Size(32, 32)]
    reason: Annotated[str, Size(0, 512)]
