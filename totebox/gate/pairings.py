"""Who is paired: the fold of the pairing journal, and the four things that can be written there.

A pairing is the permission: whoever has none meets no pathway. Records: `ticket` (issued), `granted` (names the ticket
it consumes: pairing and consumption are one record), `revoked`, `noted` (the audit log knows of a record that
`os-totebox` wrote beside the daemon). The role lives here, at the subject; a ticket only carries its psk.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from protocol.schema import DeviceKey
from protocol.schema.numbers import TICKET_LIFETIME_S, Algorithm, Role
from protocol.trust.keys import fingerprint
from totebox.errors import ConfigError, GateClosed
from totebox.gate.door import OpenTicket, Pairing, Standing, TicketFault
from totebox.gate.journal import Journal, Line, Stamp


class TicketState(Enum):
    """What became of a ticket; whether it expired is a question to the clock."""

    OPEN = "open"
    USED = "used"


@dataclass(frozen=True, slots=True)
class TicketRow:
    """One issued ticket. `noted` says that the audit log names it."""

    ticket_id: bytes
    psk: bytes
    role: Role
    label: str
    issued: str
    expires_us: int
    state: TicketState
    noted: bool
    user: str


@dataclass(frozen=True, slots=True)
class PairingRow:
    """One device's pairing and how it stands. After a revocation `pairing.psk` is empty."""

    pairing: Pairing
    standing: Standing
    ticket_id: bytes
    ended: str
    reason: str
    noted: bool


@dataclass(frozen=True, slots=True)
class Book:
    """Everything the journal says: tickets by id, pairings by fingerprint, fingerprints by static key."""

    tickets: dict[bytes, TicketRow] = field(default_factory=dict)
    pairings: dict[str, PairingRow] = field(default_factory=dict)
    statics: dict[bytes, str] = field(default_factory=dict)


class Pairings:
    """The journal and what it says now. Lookups read memory; writes block for one sync and belong in a thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._stamp: Stamp | None = None
        self.book = Book()

    def refresh(self) -> bool:
        """Read the journal again where another process wrote it; whether it did."""
        stamp = self._journal.stamp()
        if stamp == self._stamp:
            return False
        self.book = fold(self._journal.read())
        self._stamp = stamp
        return True

    def pairing(self, static: bytes) -> tuple[Standing, Pairing | None]:
        """How the holder of `static` stands."""
        row = self.book.pairings.get(self.book.statics.get(static, ""))
        if row is None:
            return Standing.UNKNOWN, None
        return row.standing, row.pairing if row.standing is Standing.PAIRED else None

    def ticket(self, ticket_id: bytes, now_us: int) -> OpenTicket | TicketFault:
        """The ticket of that id while it opens something. An unknown one may have just been issued beside us: look again."""
        if ticket_id not in self.book.tickets:
            self.refresh()
        row = self.book.tickets.get(ticket_id)
        if row is None:
            return TicketFault.UNKNOWN
        if row.state is TicketState.USED and not self._may_repeat(row):
            return TicketFault.USED
        if now_us > row.expires_us:
            return TicketFault.EXPIRED
        return OpenTicket(row.ticket_id, row.psk, row.role, row.label)

    def issue(
        self, ticket_id: bytes, psk: bytes, role: Role, label: str, *, now: str, now_us: int, user: str, noted: bool
    ) -> int:
        """Record a ticket; returns the microsecond at which it expires."""
        expires_us = now_us + TICKET_LIFETIME_S * 1_000_000
        line: Line = {
            "what": "ticket",
            "id": ticket_id.hex(),
            "psk": psk.hex(),
            "role": int(role),
            "label": label,
            "issued": now,
            "expires_us": expires_us,
            "noted": int(noted),
            "user": user,
        }
        self._add(line)
        return expires_us

    def grant(self, ticket_id: bytes, pairing: Pairing, now_us: int) -> Pairing:
        """Record `pairing` and the use of the ticket, in one record. The role is the ticket's.

        Raises:
            GateClosed: the ticket is unknown, expired, or was used by another device.
        """
        with self._journal.locked():
            self.refresh()
            row = self.book.tickets.get(ticket_id)
            known = self.book.pairings.get(pairing.fingerprint)
            if row is None:
                raise GateClosed("this ticket is not known here; ask for another one")
            if now_us > row.expires_us:
                raise GateClosed("this ticket has expired; ask for another one")
            if row.state is TicketState.USED and (known is None or not _same_device(known, ticket_id, pairing)):
                raise GateClosed("this ticket was used by another device; ask for another one")
            granted = replace(pairing, role=row.role, label=pairing.label or row.label)
            self._append(_granted(ticket_id, granted))
        return granted

    def revoke(self, print_: str, reason: str, now: str, *, noted: bool) -> bool:
        """End the pairing and erase its psk, in memory and in a new generation of the file. False where none is active."""
        with self._journal.locked():
            self.refresh()
            row = self.book.pairings.get(print_)
            if row is None or row.standing is not Standing.PAIRED:
                return False
            line: Line = {
                "what": "revoked",
                "fingerprint": print_,
                "reason": reason,
                "time": now,
                "noted": int(noted),
            }
            erased = [_without_psk(old, print_) for old in self._journal.read()]
            self._journal.replace([*erased, line])
            self.refresh()
        return True

    def note(self, name: str) -> None:
        """Record that the audit log knows of the ticket (id in hex) or of the revocation of the fingerprint `name`."""
        self._add({"what": "noted", "name": name})

    def _may_repeat(self, row: TicketRow) -> bool:
        # The device whose Bound was lost comes again with the same ticket; grant() lets only that device through.
        return any(known.ticket_id == row.ticket_id for known in self.book.pairings.values() if known.pairing.psk)

    def _add(self, line: Line) -> None:
        with self._journal.locked():
            self.refresh()
            self._append(line)

    def _append(self, line: Line) -> None:
        self._journal.append(line)
        self.refresh()


def fold(lines: Sequence[Line]) -> Book:
    """What the journal's records say together.

    Raises:
        ConfigError: a record of a kind that this version does not know.
    """
    book = Book()
    for line in lines:
        match line.get("what"):
            case "ticket":
                row = _read_ticket(line)
                book.tickets[row.ticket_id] = row
            case "granted":
                _fold_grant(book, line)
            case "revoked":
                _fold_revocation(book, line)
            case "noted":
                _fold_note(book, _text(line, "name"))
            case other:
                raise ConfigError(
                    f"state/pairings has a record of kind {other!r}; it was written by a newer os-totebox, use that one"
                )
    return book


def _fold_grant(book: Book, line: Line) -> None:
    pairing = _read_pairing(line)
    ticket_id = bytes.fromhex(_text(line, "ticket"))
    ticket = book.tickets.get(ticket_id)
    if ticket is not None:
        book.tickets[ticket_id] = replace(ticket, state=TicketState.USED)
    before = book.pairings.get(pairing.fingerprint)
    if before is not None:
        book.statics.pop(before.pairing.static, None)
    book.statics[pairing.static] = pairing.fingerprint
    book.pairings[pairing.fingerprint] = PairingRow(pairing, Standing.PAIRED, ticket_id, "", "", True)


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
    pairing = book.pairings.get(name)
    if pairing is not None:
        book.pairings[name] = replace(pairing, noted=True)
        return
    ticket = book.tickets.get(bytes.fromhex(name)) if ":" not in name else None
    if ticket is not None:
        book.tickets[ticket.ticket_id] = replace(ticket, noted=True)


def _same_device(known: PairingRow, ticket_id: bytes, pairing: Pairing) -> bool:
    return (
        known.standing is Standing.PAIRED
        and known.ticket_id == ticket_id
        and known.pairing.static == pairing.static
        and known.pairing.key == pairing.key
    )


def _without_psk(line: Line, print_: str) -> Line:
    if line.get("what") == "granted" and line.get("fingerprint") == print_:
        return {**line, "psk": ""}
    return line


def _granted(ticket_id: bytes, pairing: Pairing) -> Line:
    return {
        "what": "granted",
        "ticket": ticket_id.hex(),
        "fingerprint": pairing.fingerprint,
        "static": pairing.static.hex(),
        "algorithm": int(pairing.key.algorithm),
        "public": pairing.key.public.hex(),
        "psk": pairing.psk.hex(),
        "role": int(pairing.role),
        "label": pairing.label,
        "provider": pairing.provider,
        "time": pairing.granted,
    }


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
    )


def _read_pairing(line: Line) -> Pairing:
    key = DeviceKey(Algorithm(_number(line, "algorithm")), bytes.fromhex(_text(line, "public")))
    name = _text(line, "fingerprint")
    if fingerprint(key) != name:
        raise ConfigError(f"state/pairings: the key of {name} has another fingerprint; restore the file from a backup")
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
        raise ConfigError(f"state/pairings: a {line.get('what')} record lacks {name}; restore the file from a backup")
    return value


def _number(line: Line, name: str) -> int:
    value = line.get(name)
    if not isinstance(value, int):
        raise ConfigError(f"state/pairings: a {line.get('what')} record lacks {name}; restore the file from a backup")
    return value
