"""Claims that programs propose, waiting for a person: bounded, in memory, never a record before somebody decided."""

from collections import deque
from dataclasses import dataclass, field

from totebox.service.rings import Proposal

KEPT = 256
"""Proposals of one service that wait at the most; then the oldest gives way."""


@dataclass(slots=True)
class ServiceProposals:
    """Implements `totebox.service.rings.Proposer` for one service."""

    _waiting: deque[Proposal] = field(default_factory=lambda: deque(maxlen=KEPT))

    def propose(self, proposal: Proposal) -> None:
        """See `Proposer.propose`."""
        self._waiting.append(proposal)

    @property
    def waiting(self) -> tuple[Proposal, ...]:
        """What waits, the oldest first."""
        return tuple(self._waiting)
