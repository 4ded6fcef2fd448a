"""Issuing a ticket: the journal keeps its psk and role; the text is handed to the person who will pair."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from protocol.schema.numbers import Role
from protocol.trust.pairing import issue_ticket, ticket_psk
from totebox.gate.pairings import Pairings


@dataclass(frozen=True, slots=True)
class Issued:
    """A new ticket: `text` is the `psp://` URI, `expires` RFC 3339 UTC."""

    ticket_id: bytes
    text: str
    role: Role
    expires: str


@dataclass(frozen=True, slots=True)
class Issuer:
    """Makes tickets to the subject with this static key at the address that `address()` gives."""

    pairings: Pairings
    static_public: bytes
    address: Callable[[], str]
    entropy: Callable[[int], bytes]

    def issue(
        self, role: Role, label: str, *, now: str, now_us: int, user: str = "", noted: bool = True, person: str = ""
    ) -> Issued:
        """Make a ticket for `role` and record it before it is returned. `noted` says that its audit row is already
        written; `person` is who will use the device.
        """
        ticket = issue_ticket(self.static_public, self.address(), now_us // 1_000_000, self.entropy)
        expires_us = self.pairings.issue(
            ticket.ticket_id,
            ticket_psk(ticket),
            role,
            label,
            now=now,
            now_us=now_us,
            user=user,
            noted=noted,
            person=person,
        )
        return Issued(ticket.ticket_id, ticket.text(), role, time_text(expires_us))


def time_text(us: int) -> str:
    """Microseconds since 1970 as RFC 3339 UTC with microseconds."""
    moment = datetime.fromtimestamp(us // 1_000_000, UTC).replace(microsecond=us % 1_000_000)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
