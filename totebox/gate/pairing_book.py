"""The contents of the pairing journal: the fold of its records into tickets, pairings, requests, marks, names and
requirements. Pure.

Records: `ticket` (issued), `requested` (a device asks), `claimed` (a pairing begins), `granted` (names the ticket that
it uses, or the words that an operator compared), `undone` (a claim that a crash left), `denied`, `expired`, `revoked`,
`marked` (a key as hardware), `required` (marked keys for a role), `named` (what an ADMIN calls a device), `noted` (the
audit log has a row about a record that `os-totebox` wrote while it did not go through the daemon).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from protocol.schema import DeviceKey
from protocol.schema.numbers import Algorithm, AuditKind, Role
from protocol.trust.keys import fingerprint
from totebox.errors import ConfigError
from totebox.gate.door import Pairing, Standing
from totebox.gate.journal import Line


class TicketState(Enum):
    """What became of a ticket. Whether it has expired depends on the clock and is not a state."""

    OPEN = "open"
    USED = "used"


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One issued ticket. `noted` says that the audit log has a row about it."""

    ticket_id: bytes
    psk: bytes
    role: Role
    label: str
    issued: str
    expires_us: int
    state: TicketState
    noted: bool
    user: str
    person: str = ""
    """Who will use the device, as it was typed."""


@dataclass(frozen=True, slots=True)
class PairingRow:
    """One device's pairing and its state. After a revocation `pairing.psk` is empty.

    `pairing.label` is the name that an ADMIN gave the device (`pair.name`, else the ticket's label), else what the
    device said of itself, which is `said`.
    """

    pairing: Pairing
    standing: Standing
    ticket_id: bytes
    ended: str
    reason: str
    noted: bool
    said: str = ""
    person: str = ""
    """Who uses it, as whoever issued its ticket or approved it typed it."""


@dataclass(frozen=True, slots=True)
class PairingClaim:
    """A pairing that has begun: its PAIRED row may be in the audit log already, but its grant is not in the journal.

    `ticket_id` is empty where an operator approved a request. The grant ends the claim; a claim that a crash left is
    undone.
    """

    fingerprint: str
    static: bytes
    ticket_id: bytes
    time: str


class RequestState(Enum):
    """What became of a request. A PENDING request ends at `expires_us`, even before a record says so."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A device that asked to be paired without a ticket. `wanted` is the pairing that an approval makes; its role is
    the one that was asked for.
    """

    wanted: Pairing
    words: str
    asked: str
    expires_us: int
    state: RequestState
    ended: str
    reason: str
    source: str = ""
    """Where its connection came from, as far as the network can tell."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A record that `os-totebox` wrote and that has no audit row yet: the kind, subject and detail of that row."""

    kind: AuditKind
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class Book:
    """The contents of the journal: tickets by id, pairings and newest requests by fingerprint, fingerprints by static
    key; which keys are marked as hardware, which roles need one; and the records without an audit row, by their name.
    """

    tickets: dict[bytes, TicketRow] = field(default_factory=dict)
    pairings: dict[str, PairingRow] = field(default_factory=dict)
    statics: dict[bytes, str] = field(default_factory=dict)
    requests: dict[str, RequestRow] = field(default_factory=dict)
    askers: dict[bytes, str] = field(default_factory=dict)
    hardware: set[str] = field(default_factory=set)
    required: set[Role] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    """The name that an ADMIN gave a device, by its fingerprint."""
    beside: dict[str, Beside] = field(default_factory=dict)
    claims: dict[str, PairingClaim] = field(default_factory=dict)
    """Pairings that have begun, by fingerprint."""

    def lacks_hardware(self, pairing: Pairing) -> bool:
        """Whether its role needs a key that was marked as hardware, and this one was not."""
        return pairing.role in self.required and pairing.fingerprint not in self.hardware

    def others_than(self, name: str, role: Role) -> int:
        """How many paired devices but `name` can open a session in `role`."""
        able = (row.pairing for row in self.pairings.values() if row.standing is Standing.PAIRED)
        return sum(one.role is role and one.fingerprint != name and not self.lacks_hardware(one) for one in able)

    def is_last_admin(self, name: str) -> bool:
        """Whether the device `name` is paired as ADMIN and no other ADMIN could open a session."""
        row = self.pairings.get(name)
        is_admin = row is not None and row.standing is Standing.PAIRED and row.pairing.role is Role.ADMIN
        return is_admin and not self.others_than(name, Role.ADMIN)

    def has_marked(self, role: Role) -> bool:
        """Whether a device that is paired in `role` has a key that was marked as hardware."""
        paired = (row.pairing for row in self.pairings.values() if row.standing is Standing.PAIRED)
        return any(one.role is role and one.fingerprint in self.hardware for one in paired)

    def holder(self, ticket_id: bytes) -> bytes | None:
        """The static key of the device that uses or has used the ticket; b'' when that pairing has ended, None while
        the ticket is unused.
        """
        for claim in self.claims.values():
            if claim.ticket_id == ticket_id:
                return claim.static
        ticket = self.tickets.get(ticket_id)
        if ticket is None or ticket.state is TicketState.OPEN:
            return None
        for row in self.pairings.values():
            if row.ticket_id == ticket_id and row.standing is Standing.PAIRED:
                return row.pairing.static
        return b""


def fold(lines: Sequence[Line]) -> Book:
    """The contents of a journal, from its records.

    Raises:
        ConfigError: a record of a kind that this version does not know.
    """
    book = Book()
    for line in lines:
        match line.get("what"):
            case "ticket":
                row = _read_ticket(line)
                book.tickets[row.ticket_id] = row
            case "claimed":
                _fold_claim(book, line)
            case "granted":
                _fold_grant(book, line)
            case "undone":
                book.claims.pop(_text(line, "fingerprint"), None)
            case "requested":
                _fold_request(book, line)
            case "denied" | "expired" as what:
                _fold_end(book, line, RequestState(what))
            case "marked":
                _fold_mark(book, line)
            case "required":
                _fold_requirement(book, line)
            case "named":
                _fold_name(book, line)
            case "revoked":
                _fold_revocation(book, line)
            case "noted":
                _fold_note(book, _text(line, "name"))
            case other:
                raise ConfigError(
                    f"secret/devices/pairings has a record of kind {other!r}; it was written by a newer os-totebox, use that one"
                )
    return book


def without_old_requests(lines: Sequence[Line], kept: int) -> list[Line]:
    """`lines` without the requests that led to no pairing, except the newest `kept`: devices that nobody knows must not
    make the journal grow.

    The audit log keeps what became of each of them.
    """
    over = [_text(line, "fingerprint") for line in lines if line.get("what") in ("denied", "expired")]
    newest = {name: number for number, name in enumerate(over)}
    old = set(sorted(newest, key=newest.__getitem__)[:-kept]) if len(newest) > kept else set()
    granted = {line.get("fingerprint") for line in lines if line.get("what") == "granted"}
    unnoted = {line.get("fingerprint") for line in lines if line.get("noted") == 0}
    waiting = {name for name, row in fold(lines).requests.items() if row.state is RequestState.PENDING}
    old -= granted | unnoted | waiting
    return [
        line
        for line in lines
        if line.get("what") not in ("requested", "denied", "expired") or line.get("fingerprint") not in old
    ]


def _fold_claim(book: Book, line: Line) -> None:
    name, ticket_id = _text(line, "fingerprint"), bytes.fromhex(_text(line, "ticket"))
    book.claims[name] = PairingClaim(name, bytes.fromhex(_text(line, "static")), ticket_id, _text(line, "time"))


def _fold_grant(book: Book, line: Line) -> None:
    pairing = _read_pairing(line)
    book.claims.pop(pairing.fingerprint, None)
    ticket_id = bytes.fromhex(_text(line, "ticket"))
    ticket = book.tickets.get(ticket_id)
    if ticket is not None:
        book.tickets[ticket_id] = replace(ticket, state=TicketState.USED)
    before = book.pairings.get(pairing.fingerprint)
    if before is not None:
        book.statics.pop(before.pairing.static, None)
    book.statics[pairing.static] = pairing.fingerprint
    on_ticket = ticket.label if ticket is not None else ""
    called = replace(pairing, label=book.names.get(pairing.fingerprint) or on_ticket or pairing.label)
    book.pairings[pairing.fingerprint] = PairingRow(
        called,
        Standing.PAIRED,
        ticket_id,
        "",
        "",
        True,
        pairing.label,
        ticket.person if ticket else str(line.get("person", "")),
    )
    request = book.requests.get(pairing.fingerprint)
    if request is not None and not ticket_id:
        approved = replace(request, state=RequestState.APPROVED, ended=pairing.granted)
        book.requests[pairing.fingerprint] = approved
        detail = f"{pairing.role.name} to {pairing.label or 'a device'} by os-totebox, words {request.words}"
        _fold_beside(book, line, Beside(AuditKind.PAIRED, pairing.fingerprint, detail))


def _fold_request(book: Book, line: Line) -> None:
    wanted = _read_pairing(line)
    expires_us = _number(line, "expires_us")
    book.askers[wanted.static] = wanted.fingerprint
    book.requests[wanted.fingerprint] = RequestRow(
        wanted,
        _text(line, "words"),
        wanted.granted,
        expires_us,
        RequestState.PENDING,
        "",
        "",
        str(line.get("source", "")),
    )


def _fold_end(book: Book, line: Line, state: RequestState) -> None:
    name, reason = _text(line, "fingerprint"), _text(line, "reason")
    row = book.requests.get(name)
    if row is not None:
        wanted = replace(row.wanted, psk=b"")
        book.requests[name] = replace(row, wanted=wanted, state=state, ended=_text(line, "time"), reason=reason)
        _fold_beside(book, line, Beside(AuditKind(state.name), name, f"by os-totebox: {reason}"))


def _fold_mark(book: Book, line: Line) -> None:
    name, hardware = _text(line, "fingerprint"), bool(_number(line, "hardware"))
    (book.hardware.add if hardware else book.hardware.discard)(name)
    _fold_beside(
        book, line, Beside(AuditKind.MARKED, name, f"by os-totebox: {'in hardware' if hardware else 'not in hardware'}")
    )


def _fold_requirement(book: Book, line: Line) -> None:
    role, hardware = Role(_number(line, "role")), bool(_number(line, "hardware"))
    (book.required.add if hardware else book.required.discard)(role)
    detail = f"by os-totebox: {'hardware keys alone' if hardware else 'any key'}"
    _fold_beside(book, line, Beside(AuditKind.REQUIRED, role.name, detail))


def _fold_name(book: Book, line: Line) -> None:
    name, label = _text(line, "fingerprint"), _text(line, "label")
    book.names[name] = label
    row = book.pairings.get(name)
    if row is not None:
        book.pairings[name] = replace(row, pairing=replace(row.pairing, label=label))
    _fold_beside(book, line, Beside(AuditKind.NAMED, name, f"{label}, by os-totebox"))


def _fold_beside(book: Book, line: Line, row: Beside) -> None:
    """Fold a record that may lack its audit row. Without `noted`, or with `noted` set, the daemon wrote the record, and
    its audit row before it.
    """
    if line.get("noted") == 0:
        book.beside[f"{row.kind}:{row.subject}:{_text(line, 'time')}"] = row


def _fold_revocation(book: Book, line: Line) -> None:
    name = _text(line, "fingerprint")
    row = book.pairings.get(name)
    if row is not None:
        book.pairings[name] = replace(
            row,
            pairing=replace(row.pairing, psk=b""),
            standing=Standing.REVOKED,
            ended=_text(line, "time"),
            reason=_text(line, "reason"),
            noted=bool(_number(line, "noted")),
        )


def _fold_note(book: Book, name: str) -> None:
    if book.beside.pop(name, None) is not None:
        return
    pairing = book.pairings.get(name)
    if pairing is not None:
        book.pairings[name] = replace(pairing, noted=True)
        return
    ticket = book.tickets.get(bytes.fromhex(name)) if ":" not in name else None
    if ticket is not None:
        book.tickets[ticket.ticket_id] = replace(ticket, noted=True)


def _read_ticket(line: Line) -> TicketRow:
    return TicketRow(
        bytes.fromhex(_text(line, "id")),
        bytes.fromhex(_text(line, "psk")),
        Role(_number(line, "role")),
        _text(line, "label"),
        _text(line, "issued"),
        _number(line, "expires_us"),
        TicketState.OPEN,
        bool(_number(line, "noted")),
        _text(line, "user"),
        str(line.get("person", "")),
    )


def _read_pairing(line: Line) -> Pairing:
    key = DeviceKey(Algorithm(_number(line, "algorithm")), bytes.fromhex(_text(line, "public")))
    name = _text(line, "fingerprint")
    if fingerprint(key) != name:
        raise ConfigError(
            f"secret/devices/pairings: the key of {name} has another fingerprint; restore the file from a backup"
        )
    return Pairing(
        name,
        bytes.fromhex(_text(line, "static")),
        key,
        bytes.fromhex(_text(line, "psk")),
        Role(_number(line, "role")),
        _text(line, "label"),
        _text(line, "provider"),
        _text(line, "time"),
    )


def _text(line: Line, name: str) -> str:
    value = line.get(name)
    if not isinstance(value, str):
        raise ConfigError(
            f"secret/devices/pairings: a {line.get('what')} record lacks {name}; restore the file from a backup"
        )
    return value


def _number(line: Line, name: str) -> int:
    value = line.get(name)
    if not isinstance(value, int):
        raise ConfigError(
            f"secret/devices/pairings: a {line.get('what')} record lacks {name}; restore the file from a backup"
        )
    return value
