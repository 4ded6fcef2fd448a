"""The verbs of service people."""

from typing import Annotated

from protocol.schema.registry import U64, Arguments, Size, arguments


@arguments(since=1)
class CorrectClaim(Arguments):
    """State another value for the claim of entry `claim`, on the ground of what record `source` says. The old claim stays.

    Answered by the Receipt of the correcting claim.
    """

    claim: Annotated[int, U64]
    value: Annotated[str, Size(1, 1_024)]
    source: Annotated[int, U64]
