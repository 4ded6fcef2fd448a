"""Who is paired: the fold of the pairing journal, and the records that can be appended to it.

A pairing is the permission: a device without one reaches no verb. A grant names the ticket that it uses, so that the
pairing and the ticket's use are one record. A device without a ticket asks, and an operator approves or denies; each
state is a record, and no record is ever withdrawn. The role is kept here, at the subject. `totebox.gate.pairing_book`
describes the records.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from protocol.schema.numbers import (
    MAX_REQUESTS,
    MAX_REQUESTS_A_SOURCE,
    REQUEST_LIFETIME_S,
    TICKET_LIFETIME_S,
    Role,
)
from totebox.errors import GateClosed
from totebox.gate.door import OpenTicket, Pairing, Standing, TicketFault
from totebox.gate.journal import Journal, Line, Stamp
from totebox.gate.pairing_book import (
    Book,
    PairingRow,
    RequestRow,
    RequestState,
    TicketState,
    fold,
    without_old_requests,
)

_STANDINGS = {
    RequestState.PENDING: Standing.PENDING,
    RequestState.DENIED: Standing.DENIED,
    RequestState.EXPIRED: Standing.EXPIRED,
}
KEPT_REQUESTS = 64
"""The most requests without a pairing that are remembered, so that their devices learn what became of them."""


class Pairings:
    """The journal and its present contents. Lookups read memory; writes block for one sync and belong in a thread."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._stamp: Stamp | None = None
        self._is_locked = False
        self.book = Book()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the writers' lock and read what other processes wrote. Every method here may be called while it is held.

        Law: the writers of one process take turns under the gate's own lock; this lock works between processes.
        """
        if self._is_locked:
            yield
            return
        with self._journal.locked():
            self._is_locked = True
            try:
                self.refresh()
                yield
            finally:
                self._is_locked = False

    def refresh(self) -> bool:
        """Read the journal again if another process wrote it. Returns whether it did."""
        stamp = self._journal.stamp()
        if stamp == self._stamp:
            return False
        self.book = fold(self._journal.read())
        self._stamp = stamp
        return True

    def pairing(self, static: bytes, now_us: int = 0) -> tuple[Standing, Pairing | None]:
        """What the holder of `static` is: its pairing, else the state of its newest request."""
        row = self.book.pairings.get(self.book.statics.get(static, ""))
        if row is not None and row.standing is Standing.PAIRED:
            return row.standing, row.pairing
        asked = self.book.requests.get(self.book.askers.get(static, ""))
        if asked is not None and asked.state is RequestState.PENDING and now_us > asked.expires_us:
            return Standing.EXPIRED, None
        if asked is not None and asked.state in _STANDINGS:
            return _STANDINGS[asked.state], None
        return (Standing.UNKNOWN if row is None else row.standing), None

    def by_key(self, print_: str) -> Pairing | None:
        """The present pairing of the device with this fingerprint."""
        row = self.book.pairings.get(print_)
        return row.pairing if row is not None and row.standing is Standing.PAIRED else None

    def ticket(self, ticket_id: bytes, static: bytes, now_us: int) -> OpenTicket | TicketFault:
        """The ticket of that id, while the holder of `static` can use it.

        A used ticket still works for the device that used it, because its Bound may be lost. For an unknown ticket the
        journal is read again, because another process may have just issued it.
        """
        if ticket_id not in self.book.tickets:
            self.refresh()
        row = self.book.tickets.get(ticket_id)
        if row is None:
            return TicketFault.UNKNOWN
        if self.book.holder(ticket_id) not in (None, static):
            return TicketFault.USED
        if now_us > row.expires_us:
            return TicketFault.EXPIRED
        return OpenTicket(row.ticket_id, row.psk, row.role, row.label)

    def issue(
        self,
        ticket_id: bytes,
        psk: bytes,
        role: Role,
        label: str,
        *,
        now: str,
        now_us: int,
        user: str,
        noted: bool,
        person: str = "",
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
            "person": person,
        }
        self._add(line)
        return expires_us

    def claim(self, ticket_id: bytes, wanted: Pairing, now_us: int) -> Pairing:
        """Record that `wanted` is about to be paired by the ticket. Returns the pairing that will be granted; its role
        is the ticket's.

        Raises:
            GateClosed: the ticket is unknown, expired, or was used by another device, or it would make a lesser role of the
                last ADMIN. Nothing is recorded then.
        """
        with self.writing():
            row = self.book.tickets.get(ticket_id)
            known = self.book.pairings.get(wanted.fingerprint)
            if row is None:
                raise GateClosed("this ticket is not known here; ask for another one")
            if now_us > row.expires_us:
                raise GateClosed("this ticket has expired; ask for another one")
            if self.book.holder(ticket_id) not in (None, wanted.static):
                raise GateClosed("this ticket was used by another device; ask for another one")
            if row.state is TicketState.USED and (known is None or not _same_device(known, ticket_id, wanted)):
                raise GateClosed("this ticket was used by another device key; ask for another one")
            if row.role is not Role.ADMIN and self.book.is_last_admin(wanted.fingerprint):
                raise GateClosed(
                    f"this device is the last ADMIN here, and the ticket would make it {row.role.name}: nobody could command this "
                    "Totebox; pair another ADMIN first"
                )
            self._append(_claimed(wanted, ticket_id))
        return replace(wanted, role=row.role)

    def claim_request(self, wanted: Pairing) -> None:
        """Record that a device that asked is about to be paired because an operator approved it."""
        self._add(_claimed(wanted, b""))

    def settle(self, ticket_id: bytes, granted: Pairing) -> None:
        """Record the grant of a claimed pairing and the use of its ticket, in one record."""
        self._add(_granted(ticket_id, granted))

    def grant(self, ticket_id: bytes, pairing: Pairing, now_us: int) -> Pairing:
        """`claim`, then `settle`, under one lock and without an audit row in between. Raises GateClosed as `claim`
        does.
        """
        with self.writing():
            self.settle(ticket_id, self.claim(ticket_id, pairing, now_us))
            return self.book.pairings[pairing.fingerprint].pairing

    def undo(self, name: str, now: str) -> None:
        """Record that the claim of the device `name` led to no pairing: its ticket can be used again."""
        self._add({"what": "undone", "fingerprint": name, "time": now})

    def revoke(self, print_: str, reason: str, now: str, *, noted: bool) -> bool:
        """End the pairing and erase its psk, in memory and in a new generation of the file. False where none is active."""
        with self.writing():
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

    def giving_way(self, print_: str, source: str, now_us: int) -> list[RequestRow]:
        """The requests that must end before this device can ask: the oldest of its own source, then the oldest of the
        source with most requests.
        """
        waiting = [
            row
            for name, row in self.book.requests.items()
            if name != print_ and row.state is RequestState.PENDING and now_us <= row.expires_us
        ]
        waiting.sort(key=lambda row: row.expires_us)
        gone: list[RequestRow] = []
        while sum(row.source == source for row in waiting) >= MAX_REQUESTS_A_SOURCE:
            gone.append(next(row for row in waiting if row.source == source))
            waiting.remove(gone[-1])
        while len(waiting) >= MAX_REQUESTS:
            crowds = Counter(row.source for row in waiting)
            gone.append(max(waiting, key=lambda row: crowds[row.source]))  # the first of equals is the oldest
            waiting.remove(gone[-1])
        return gone

    def request(self, wanted: Pairing, words: str, now_us: int, source: str = "") -> None:
        """Record that a device asks. The record replaces an earlier request of the same device.

        Raises:
            GateClosed: a request that must end first (`giving_way`) is still pending.
        """
        with self.writing():
            if self.giving_way(wanted.fingerprint, source, now_us):
                raise GateClosed("another device asked at the same moment; ask again, or use a ticket")
            expires_us = now_us + REQUEST_LIFETIME_S * 1_000_000
            line = {
                **_granted(b"", wanted),
                "what": "requested",
                "words": words,
                "expires_us": expires_us,
                "source": source,
            }
            self._append(line)

    def pending(self, print_: str, now_us: int) -> RequestRow | None:
        """The pending request of that device, or None."""
        row = self.book.requests.get(print_)
        waits = row is not None and row.state is RequestState.PENDING and now_us <= row.expires_us
        return row if waits else None

    def approve(
        self, print_: str, words: str, role: Role, *, now: str, now_us: int, noted: bool, person: str = ""
    ) -> Pairing | None:
        """Pair the device that asked with these words. None where no such request is pending any more."""
        with self.writing():
            row = self.pending(print_, now_us)
            if row is None or row.words != words:
                return None
            pairing = replace(row.wanted, role=role, granted=now)
            self._append({**_granted(b"", pairing), "noted": int(noted), "person": person})
        return pairing

    def end_request(self, print_: str, state: RequestState, reason: str, *, now: str, noted: bool) -> bool:
        """Deny a request or let it expire, and erase its psk. False where none is pending."""
        assert state in (RequestState.DENIED, RequestState.EXPIRED)
        with self.writing():
            row = self.book.requests.get(print_)
            if row is None or row.state is not RequestState.PENDING:
                return False
            line: Line = {
                "what": state.value,
                "fingerprint": print_,
                "reason": reason,
                "time": now,
                "noted": int(noted),
            }
            erased = [_without_psk(old, print_, ("requested",)) for old in self._journal.read()]
            self._journal.replace(without_old_requests([*erased, line], KEPT_REQUESTS))
            self.refresh()
        return True

    def mark(self, print_: str, hardware: bool, *, now: str, noted: bool) -> None:
        """Record whether a device key lives in hardware."""
        self._add(
            {"what": "marked", "fingerprint": print_, "hardware": int(hardware), "time": now, "noted": int(noted)}
        )

    def require(self, role: Role, hardware: bool, *, now: str, noted: bool) -> None:
        """Record whether `role` needs a marked key."""
        self._add({"what": "required", "role": int(role), "hardware": int(hardware), "time": now, "noted": int(noted)})

    def name(self, print_: str, label: str, *, now: str, noted: bool) -> None:
        """Record the name of a device. It stays if the device is paired again."""
        self._add({"what": "named", "fingerprint": print_, "label": label, "time": now, "noted": int(noted)})

    def note(self, name: str) -> None:
        """Record that the audit log has a row about the ticket (id in hex), the revocation of a fingerprint, or a
        record of `Book.beside`.
        """
        self._add({"what": "noted", "name": name})

    def _add(self, line: Line) -> None:
        with self.writing():
            self._append(line)

    def _append(self, line: Line) -> None:
        self._journal.append(line)
        self.refresh()


def _same_device(known: PairingRow, ticket_id: bytes, pairing: Pairing) -> bool:
    return (
        known.standing is Standing.PAIRED
        and known.ticket_id == ticket_id
        and known.pairing.static == pairing.static
        and known.pairing.key == pairing.key
    )


def _without_psk(line: Line, print_: str, kinds: tuple[str, ...] = ("granted", "requested")) -> Line:
    if line.get("what") in kinds and line.get("fingerprint") == print_:
        return {**line, "psk": ""}
    return line


def _claimed(wanted: Pairing, ticket_id: bytes) -> Line:
    return {
        "what": "claimed",
        "ticket": ticket_id.hex(),
        "fingerprint": wanted.fingerprint,
        "static": wanted.static.hex(),
        "time": wanted.granted,
    }


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
