"""What a peer receives that gets no session: the reason of its Closing, and the text for the audit log ('' for no
row).
"""

from protocol.schema.numbers import ClosingReason
from totebox.gate.door import Standing, TicketFault

TICKET_STATUS = {
    TicketFault.UNKNOWN: ClosingReason.UNKNOWN_PEER,
    TicketFault.USED: ClosingReason.TICKET_USED,
    TicketFault.EXPIRED: ClosingReason.TICKET_EXPIRED,
}
STANDING_STATUS = {
    Standing.REVOKED: (ClosingReason.REVOKED, "a revoked device dialled"),
    Standing.UNKNOWN: (ClosingReason.UNKNOWN_PEER, "a device without a pairing dialled"),
    Standing.PENDING: (ClosingReason.PENDING, ""),
    Standing.DENIED: (ClosingReason.DENIED, "a device dialled whose request was denied"),
    Standing.EXPIRED: (ClosingReason.REQUEST_EXPIRED, "a device dialled whose request has expired"),
}
