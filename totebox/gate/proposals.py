"""Claims that programs propose and that wait for a person's decision: bounded, in memory, and no records before that
decision.
"""

from collections import deque
from dataclasses import dataclass, field

from totebox.service.rings import Proposal

KEPT = 256
"""The most waiting proposals of one service; beyond it the oldest is discarded."""


@dataclass(slots=True)
class ServiceProposals:
    """Implements `totebox.service.rings.Proposer` for one service."""

    _waiting: deque[Proposal] = field(default_factory=lambda: deque(maxlen=KEPT))

    def propose(self, proposal: Proposal) -> None:
        """See `Proposer.propose`."""
        self._waiting.append(proposal)

    @property
    def waiting(self) -> tuple[Proposal, ...]:
        """The waiting proposals, oldest first."""
        return tuple(self._waiting)
