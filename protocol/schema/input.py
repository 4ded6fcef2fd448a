"""The verbs of the Input Machine's five steps. Nothing is a record before CONFIRM."""

from typing import Annotated

from protocol.schema.numbers import MAX_TEXT_BYTES, MAX_UPLOAD_BYTES, Decision
from protocol.schema.registry import U64, Arguments, Size, Span, arguments

IntakeId = Annotated[str, Size(1, 32)]


@arguments(since=1)
class Offer(Arguments):
    """Step 1 from the console's host: an upload of `size` bytes follows as Chunks, paced by Want.

    Answered by Rows of table `input.intake` with one row.
    """

    name: Annotated[bytes, Size(1, 1_024)]
    size: Annotated[int, Span(0, MAX_UPLOAD_BYTES)]
    sha256: Annotated[bytes, Size(32, 32)]


@arguments(since=1)
class Take(Arguments):
    """Step 1 from the drop folder: `name` as table `input.drops` showed it. Answered like Offer."""

    name: Annotated[bytes, Size(1, 1_024)]


@arguments(since=1)
class Route(Arguments):
    """Step 2: the account number of the entity's chart, and the service that will keep the original.

    Answered by Rows of table `input.claims`: step 3.
    """

    intake: IntakeId
    account: Annotated[str, Size(0, 64)]
    service: Annotated[str, Size(1, 32)]


@arguments(since=1)
class Decide(Arguments):
    """Step 4: one answer to one claim. Answered by the Receipt of its audit entry."""

    intake: IntakeId
    claim: Annotated[int, U64]
    decision: Decision


@arguments(since=1)
class Abandon(Arguments):
    """Leave the document: staging is cleared, no record is made. Answered by the Receipt of its audit entry."""

    intake: IntakeId


@arguments(since=1)
class Seal(Arguments):
    """Step 5: seal the original with its text and approved claims in one batch. Answered by the original's Receipt.

    `supersedes` is the index of the record that this one corrects, or None; `note` free text kept in the row; `signature` the
    session's device key's over `protocol.trust.approval.approval_bytes`.
    """

    intake: IntakeId
    supersedes: Annotated[int, U64] | None
    note: Annotated[str, Size(0, MAX_TEXT_BYTES)]
    signature: Annotated[bytes, Size(1, 256)]
