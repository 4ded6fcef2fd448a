"""What a person approves at step 5, as both sides encode it."""

from collections.abc import Iterable

from console.model.input.intake import Claim
from protocol.schema.numbers import Decision
from protocol.trust.approval import Approval, ListedClaim


def approval_of(
    intake: str, sha256: bytes, claims: Iterable[Claim], account: str, service: str, supersedes: int | None
) -> Approval:
    """The approval of the document `intake` with its `claims` as they were answered; one without an answer counts as
    skipped.
    """
    listed = tuple(
        ListedClaim(
            claim.number,
            claim.attribute,
            claim.value,
            claim.anchor,
            claim.line,
            claim.page,
            claim.start,
            claim.end,
            claim.rule,
            claim.decision or Decision.SKIP,
        )
        for claim in claims
    )
    return Approval(intake, sha256, listed, account, service, supersedes)
