"""The five steps of the Input Machine, one verb a step. Nothing is a record before CONFIRM."""

from typing import Annotated

from protocol.schema.numbers import MAX_TEXT_BYTES, MAX_UPLOAD_BYTES, Decision, Verb
from protocol.schema.registry import U64, Size, Span, arguments

IntakeId = Annotated[str, Size(1, 32)]


@arguments(Verb.INPUT_OFFER, since=1)
class Offer:
    """Step 1 from the console's host: an upload of `size` bytes follows as Chunks, paced by Want.

    Answered by Rows of table `input.intake` with one row.
    """

    name: Annotated[bytes, Size(1, 1_024)]
    size: Annotated[int, Span(0, MAX_UPLOAD_BYTES)]
    sha256: Annotated[bytes, Size(32, 32)]


@arguments(Verb.INPUT_TAKE, since=1)
class Take:
    """Step 1 from the drop folder: `name` as table `input.drops` showed it. Answered like Offer."""

    name: Annotated[bytes, Size(1, 1_024)]


@arguments(Verb.INPUT_ROUTE, since=1)
class Route:
    """Step 2: the account number of the entity's chart, and the service that will keep the original.

    Answered by Rows of table `input.claims`: step 3.
    """

    intake: IntakeId
    account: Annotated[str, Size(0, 64)]
    service: Annotated[str, Size(1, 32)]


@arguments(Verb.INPUT_DECIDE, since=1)
class Decide:
    """Step 4: one answer to one claim. Answered by the Receipt of its audit entry."""

    intake: IntakeId
    claim: Annotated[int, U64]
    decision: Decision


@arguments(Verb.INPUT_CONFIRM, since=1)
class Confirm:
    """Step 5: seal the original with its text and approved claims in one batch. Answered by the original's Receipt.

    `supersedes` is the index of the record that this one corrects, or None; `note` free text kept in the row.
    """

    intake: IntakeId
    supersedes: Annotated[int, U64] | None
    note: Annotated[str, Size(0, MAX_TEXT_BYTES)]


@arguments(Verb.INPUT_ABANDON, since=1)
class Abandon:
    """Leave the document: staging is cleared, no record is made. Answered by the Receipt of its audit entry."""

    intake: IntakeId
