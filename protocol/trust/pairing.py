"""Ticket: the text with which a device is paired for the first time. A checksum in it shows when it was copied wrongly.

    psp://1/<base32 of the payload>/<base32 of the first 5 bytes of SHA-256("PSP-ticket-check-1" | payload)>

    payload   subject_static 32 | secret 16 | ticket_id 8 | issued 5 (Unix seconds, big-endian) | length 1 | address (UTF-8)

Base32 is RFC 4648's alphabet in lower case without padding. A reader ignores case, blanks, line breaks and hyphens, and reads
0, 1 and 8, which are not in the alphabet, as o, l and b.

States of a pairing by ticket: the subject ISSUES the ticket and stores its id and role; the authority stores the pairing as PROVISIONAL
before Bind; the subject makes it durable, and the ticket used, in one record before Bound. The handshake proves the secret as its psk;
its result `pairing_psk` replaces that. A connection that is lost before that record leaves the ticket unused; one that is lost after it
leaves a pairing that the authority's provisional entry can use.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import field

from protocol.errors import AddressError, TicketError
from protocol.trust.address import parse_address
from protocol.trust.keys import Entropy
from protocol.values import dataclass

TICKET_VERSION = 1
SECRET_BYTES = 16
TICKET_ID_BYTES = 8
CHECK_CHARACTERS = 8
_FIXED_BYTES = 32 + SECRET_BYTES + TICKET_ID_BYTES + 5 + 1


@dataclass(frozen=True, slots=True)
class Ticket:
    """Valid for one use and ten minutes. It grants the role that the subject stored with `ticket_id`, to any device that has `secret`."""

    version: int
    subject_static: bytes
    secret: bytes = field(repr=False)
    ticket_id: bytes
    address: str
    issued: int
    """Unix seconds, by the subject's clock."""

    def text(self) -> str:
        """The `psp://` URI: printed, typed, pasted or drawn as a QR code."""
        payload = _payload(self)
        return f"psp://{self.version}/{_base32(payload)}/{_check(payload)}"


def issue_ticket(subject_static: bytes, address: str, issued: int, entropy: Entropy) -> Ticket:
    """A new ticket to the subject with this static key (32 bytes), reachable at `address`. Raises AddressError."""
    parse_address(address)
    return Ticket(TICKET_VERSION, subject_static, entropy(SECRET_BYTES), entropy(TICKET_ID_BYTES), address, issued)


def ticket_psk(ticket: Ticket) -> bytes:
    """The handshake's pre-shared key: HKDF-SHA256 (RFC 5869, no salt) of the secret, info "PSP-ticket-1" | ticket id."""
    return psk_of(ticket.secret, ticket.ticket_id)


def psk_of(secret: bytes, ticket_id: bytes) -> bytes:
    """As `ticket_psk`, from the parts of a ticket: 32 bytes."""
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, b"PSP-ticket-1" + ticket_id + b"\x01", "sha256")


def parse_ticket(text: str) -> Ticket:
    """Read a ticket.

    Raises:
        TicketError: it is not a ticket, of another version, cut off, or mistyped; the message says which.
    """
    squeezed = re.sub(r"[\s\-]+", "", text).lower()
    if not squeezed.startswith("psp://"):
        raise TicketError(f"{text.strip()[:40]!r} is no ticket: one begins with psp://")
    version, _, rest = squeezed.removeprefix("psp://").partition("/")
    if not version or (version.isdigit() and not rest):
        raise TicketError("the ticket is cut off after its beginning; copy all of it")
    if version != str(TICKET_VERSION):
        raise TicketError(f"the ticket is of version {version[:8]!r}; this program reads version {TICKET_VERSION}")
    body, slash, check = rest.partition("/")
    if not slash or len(check) < CHECK_CHARACTERS:
        raise TicketError("the ticket is cut off at its end; copy all of it, up to the last character")
    return _parse_payload(_unbase32(body), _mend(check))


def _parse_payload(payload: bytes, check: str) -> Ticket:
    if not hmac.compare_digest(_check(payload).encode(), check.encode(errors="replace")):
        if len(payload) < _FIXED_BYTES or len(payload) != _FIXED_BYTES + payload[_FIXED_BYTES - 1]:
            raise TicketError("characters of the ticket are missing or doubled; copy it again")
        raise TicketError("the ticket is mistyped: its checksum does not match; compare it character by character")
    if len(payload) <= _FIXED_BYTES or len(payload) != _FIXED_BYTES + payload[_FIXED_BYTES - 1]:
        raise TicketError("the ticket's length is wrong; ask for a new one")
    try:
        address = payload[_FIXED_BYTES:].decode()
        parse_address(address)
    except (UnicodeDecodeError, AddressError) as fault:
        raise TicketError("the ticket names no address that this program understands") from fault
    return Ticket(
        TICKET_VERSION,
        subject_static=payload[:32],
        secret=payload[32:48],
        ticket_id=payload[48:56],
        issued=int.from_bytes(payload[56:61], "big"),
        address=address,
    )


def _payload(ticket: Ticket) -> bytes:
    address = ticket.address.encode()
    if len(address) > 0xFF:
        raise AddressError(f"an address in a ticket has at most 255 bytes, not {len(address)}")
    fixed = ticket.subject_static + ticket.secret + ticket.ticket_id + ticket.issued.to_bytes(5, "big")
    return fixed + bytes((len(address),)) + address


def _check(payload: bytes) -> str:
    return _base32(hashlib.sha256(b"PSP-ticket-check-1" + payload).digest()[:5])


def _base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _mend(text: str) -> str:
    return text.translate(str.maketrans("018", "olb"))


def _unbase32(text: str) -> bytes:
    mended = _mend(text)
    strange = re.search(r"[^a-z2-7]", mended)
    if strange is not None:
        raise TicketError(f"the ticket is mistyped: {strange[0]!r} is not a character of a ticket")
    try:
        data = base64.b32decode(mended.upper() + "=" * (-len(mended) % 8))
    except binascii.Error as fault:
        raise TicketError("characters of the ticket are missing or doubled; copy it again") from fault
    if _base32(data) != mended:
        raise TicketError("characters of the ticket are missing or mistyped; copy it again")
    return data
