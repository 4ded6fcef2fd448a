"""The connection is cut after every byte of a pairing: either nothing happened, or the pairing works on both ends."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from protocol.authority.connection import AuthorityConnection, Shaken
from protocol.authority.request import RequestConnection
from protocol.schema import Bind, Bound, Closing, Request, Requested
from protocol.schema.numbers import ClosingReason, Role
from protocol.subject.connection import Asking, Called, Compared, Introduced, SubjectConnection
from protocol.testing import Ends, counted_entropy, make_bound, make_ends
from protocol.trust.keys import fingerprint
from protocol.wire.preface import Purpose
from protocol.wire.state import State
from totebox.gate.door import OpenTicket, Pairing, Standing
from totebox.gate.journal import Journal
from totebox.gate.pairings import Pairings

NOW_US, NOW, TICKET_ID = 1_800_000_000_000_000, "2027-01-15T08:00:00.000000Z", b"ticket-1"
SEEDS = count(100)


@dataclass
class Wire:
    """Both directions together carry `budget` bytes and then nothing more."""

    budget: int

    def carry(self, sender, receiver) -> list:
        data = sender.data_to_send()
        receiver.receive_data(data[: self.budget])
        self.budget = max(0, self.budget - len(data))
        seen = []
        while (event := receiver.next_event()) is not None:
            seen.append(event)
        return seen


@dataclass
class Totebox:
    """The journal of a Totebox, and a device that keeps one psk."""

    path: Path
    ends: Ends = field(default_factory=lambda: make_ends(3))
    stored: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pairings = Pairings(Journal(self.path))
        self.print = fingerprint(self.ends.authority_binder.key)

    def wanted(self, psk: bytes, role: Role = Role.USER) -> Pairing:
        ends = self.ends
        return Pairing(self.print, ends.authority.public, ends.authority_binder.key, psk, role, "desk", "file", NOW)

    def subject(self) -> SubjectConnection:
        return SubjectConnection(self.ends.subject, counted_entropy(next(SEEDS)), 0.0)

    def dial(self, psk: bytes, ticket_id: bytes = b"") -> AuthorityConnection:
        entropy = counted_entropy(next(SEEDS))
        return AuthorityConnection(
            self.ends.authority, self.ends.subject.public, psk, entropy, 0.0, ticket_id=ticket_id
        )

    def connect(self, wire: Wire, psk: bytes, ticket_id: bytes = b"") -> State:
        """As link and gate do it: purpose S or T; the state that the device ends in."""
        device, subject = self.dial(psk, ticket_id), self.subject()
        for called in wire.carry(device, subject):
            assert isinstance(called, Called)
            if called.purpose is Purpose.TICKET:
                ticket = self.pairings.ticket(called.ticket_id, called.static, NOW_US)
                if isinstance(ticket, OpenTicket):
                    subject.admit(ticket.psk, None)
                continue
            standing, pairing = self.pairings.pairing(called.static, NOW_US)
            if pairing is not None:
                subject.admit(pairing.psk, pairing.key)
            else:
                assert standing is not Standing.PAIRED
        for event in wire.carry(subject, device):
            assert isinstance(event, Shaken)
            if ticket_id:
                self.stored[:] = [event.pairing_psk]
            binder = self.ends.authority_binder
            device.bind(Bind(binder.key, binder.sign(device.to_sign(binder.key)), "file", "desk", "t"))
        for event in wire.carry(device, subject):
            assert isinstance(event, Introduced)
            if ticket_id:
                self.pairings.grant(ticket_id, self.wanted(event.pairing_psk), NOW_US)
            binder = self.ends.subject_binder
            subject.bound(make_bound(binder.key, binder.sign(subject.to_sign(binder.key)), Role.USER))
        assert all(isinstance(event, Bound) for event in wire.carry(subject, device))
        return device.state

    def request(self, wire: Wire) -> None:
        """Purpose R."""
        device = RequestConnection(self.ends.authority, counted_entropy(next(SEEDS)), 0.0)
        subject = self.subject()
        wire.carry(device, subject)
        for event in wire.carry(subject, device):
            assert isinstance(event, Shaken)
            psk, binder = event.pairing_psk, self.ends.authority_binder
            signature = binder.sign(device.to_sign(binder.key))
            device.request(Request(binder.key, signature, "file", "desk", "t", Role.USER, device.commitment))
        for event in wire.carry(device, subject):
            assert isinstance(event, Asking)
            asking, binder = event, self.ends.subject_binder
            signature = binder.sign(subject.to_sign(binder.key))
            subject.requested(Requested(binder.key, signature, "Acme", "corporation", b"n" * 16))
        for event in wire.carry(subject, device):
            assert isinstance(event, Requested)
            self.stored[:] = [psk]  # before Reveal leaves
        for event in wire.carry(device, subject):
            assert isinstance(event, Compared)
            self.pairings.request(self.wanted(asking.pairing_psk), event.words, NOW_US)
            subject.close(ClosingReason.PENDING)
        assert all(isinstance(event, Closing) for event in wire.carry(subject, device))


ENDLESS = 1_000_000


def _size(tmp_path: Path, purpose: str) -> int:
    """How many bytes the whole of it has."""
    box, wire = Totebox(tmp_path / "whole"), Wire(ENDLESS)
    if purpose == "ticket":
        box.pairings.issue(TICKET_ID, b"t" * 32, Role.USER, "", now=NOW, now_us=NOW_US, user="", noted=True)
        box.connect(wire, b"t" * 32, TICKET_ID)
    else:
        box.request(wire)
    return ENDLESS - wire.budget


def test_a_ticket_is_unused_or_the_pairing_works(tmp_path: Path) -> None:
    """After every byte. Unused: the same ticket pairs afterwards. Used: a session opens with what both ends stored."""
    total = _size(tmp_path, "ticket")
    outcomes = set()
    for cut in range(total + 1):
        box = Totebox(tmp_path / str(cut))
        box.pairings.issue(TICKET_ID, b"t" * 32, Role.USER, "", now=NOW, now_us=NOW_US, user="", noted=True)
        box.connect(Wire(cut), b"t" * 32, TICKET_ID)
        paired = box.pairings.pairing(box.ends.authority.public)[0] is Standing.PAIRED
        if not paired:
            assert isinstance(box.pairings.ticket(TICKET_ID, box.ends.authority.public, NOW_US), OpenTicket)
            box.connect(Wire(ENDLESS), b"t" * 32, TICKET_ID)
        assert box.connect(Wire(ENDLESS), box.stored[0]) is State.OPEN
        outcomes.add(paired)
    assert outcomes == {True, False}


def test_a_request_is_unknown_or_an_approval_makes_a_pairing(tmp_path: Path) -> None:
    """After every byte: where the Totebox has a request, the device has the psk that an approval makes good."""
    total = _size(tmp_path, "request")
    outcomes = set()
    for cut in range(total + 1):
        box = Totebox(tmp_path / str(cut))
        box.request(Wire(cut))
        waiting = box.pairings.pending(box.print, NOW_US)
        if waiting is None:
            assert box.pairings.pairing(box.ends.authority.public, NOW_US)[0] is Standing.UNKNOWN
        else:
            box.pairings.approve(box.print, waiting.words, Role.USER, now=NOW, now_us=NOW_US, noted=True)
            assert box.connect(Wire(ENDLESS), box.stored[0]) is State.OPEN
        outcomes.add(waiting is None)
    assert outcomes == {True, False}


@pytest.mark.parametrize("thing", ["psk", "device key"])
def test_a_stolen_static_key_opens_nothing(tmp_path: Path, thing: str) -> None:
    """Without the psk, and with it but without the device key."""
    from protocol.errors import BinderMismatch, HandshakeError
    from protocol.trust.keys import FileBinder

    box = Totebox(tmp_path / "p")
    box.pairings.issue(TICKET_ID, b"t" * 32, Role.USER, "", now=NOW, now_us=NOW_US, user="", noted=True)
    box.connect(Wire(ENDLESS), b"t" * 32, TICKET_ID)
    if thing == "psk":
        with pytest.raises(HandshakeError):
            box.connect(Wire(ENDLESS), b"guessed" + bytes(25))
        return
    box.ends.authority_binder = FileBinder(b"z" * 32)
    with pytest.raises(BinderMismatch):
        box.connect(Wire(ENDLESS), box.stored[0])
