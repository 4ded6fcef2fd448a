"""Devices that ask without a ticket, keys that must be in hardware, and what the book itself refuses whoever asks it."""

from dataclasses import replace

import pytest

from protocol.authority.mint import Wish
from protocol.schema import Confirm, PairApprove, PairDeny, PairMark, PairRequire, Receipt
from protocol.schema.numbers import (
    MAX_REQUESTS,
    REQUEST_LIFETIME_S,
    TICKET_LIFETIME_S,
    RefusalCode,
    Role,
    Verb,
)
from tests.gate.conftest import device
from tests.gate.test_capabilities import grant_of, house, lent  # noqa: F401  house is a fixture
from totebox.errors import GateClosed, ReadOnly
from totebox.gate.door import Asked, OpenTicket, Standing
from totebox.gate.journal import Journal
from totebox.gate.pairings import Pairings

pytestmark = pytest.mark.anyio
WORDS = "acid-lemon-orbit"
GUEST = device(9, Role.USER, "tablet")
US = 1_000_000


def asked(guest=GUEST, words: str = WORDS) -> Asked:
    return Asked(guest.static, guest.key, b"q" * 32, Role.ADMIN, guest.label, "file", "test/1", words)


def in_file(room, psk: bytes) -> bool:
    """Whether a psk stands anywhere in the journal."""
    return psk.hex() in room.pairings._journal.path.read_text()


def read_again(room) -> Pairings:
    """What a daemon that starts now would know."""
    fresh = Pairings(Journal(room.pairings._journal.path))
    fresh.refresh()
    return fresh


# -- asking


async def test_an_approved_device_is_paired_in_the_role_that_the_operator_chose(house) -> None:  # noqa: F811
    """Not in the one that it wished for; under the psk of its own handshake."""
    await house.gate.request(asked())
    assert house.gate.pairing(GUEST.static) == (Standing.PENDING, None)
    answer = await house.ask(house.admin, PairApprove(GUEST.fingerprint, WORDS, Role.USER))
    assert isinstance(answer, Receipt)
    standing, pairing = house.gate.pairing(GUEST.static)
    assert standing is Standing.PAIRED and pairing is not None
    assert (pairing.role, pairing.psk, pairing.key) == (Role.USER, b"q" * 32, GUEST.key)


async def test_other_words_approve_nothing(house) -> None:  # noqa: F811
    """The device has asked again meanwhile, or somebody is in between: both the verb and the book refuse."""
    await house.gate.request(asked())
    refusal = await house.refused(house.admin, PairApprove(GUEST.fingerprint, "acid-lemon-otter", Role.USER))
    assert refusal.code is RefusalCode.CONFLICT
    done = house.pairings.approve(
        GUEST.fingerprint, "acid-lemon-otter", Role.USER, now="now", now_us=house.clock.us, noted=True
    )
    assert done is None and house.gate.pairing(GUEST.static) == (Standing.PENDING, None)


async def test_a_denied_device_is_told_and_its_psk_erased(house) -> None:  # noqa: F811
    """In memory and in the file; it cannot be approved afterwards."""
    await house.gate.request(asked())
    assert in_file(house, b"q" * 32)
    assert isinstance(await house.ask(house.admin, PairDeny(GUEST.fingerprint, "not ours")), Receipt)
    assert house.gate.pairing(GUEST.static) == (Standing.DENIED, None)
    assert not in_file(house, b"q" * 32) and read_again(house).pairing(GUEST.static)[0] is Standing.DENIED
    refusal = await house.refused(house.admin, PairApprove(GUEST.fingerprint, WORDS, Role.USER))
    assert refusal.code is RefusalCode.NOT_FOUND


async def test_a_request_expires_by_itself(house) -> None:  # noqa: F811
    """Ten minutes: EXPIRED is told, recorded once, its psk erased; nobody approves it any more."""
    await house.gate.request(asked())
    house.clock.us += REQUEST_LIFETIME_S * US + 1
    assert house.gate.pairing(GUEST.static) == (Standing.EXPIRED, None)
    refusal = await house.refused(house.admin, PairApprove(GUEST.fingerprint, WORDS, Role.USER))
    assert refusal.code is RefusalCode.NOT_FOUND
    late = house.pairings.approve(GUEST.fingerprint, WORDS, Role.USER, now="now", now_us=house.clock.us, noted=True)
    assert late is None
    for _ in range(2):
        await house.gate.pairings.catch_up()
    assert [kind for kind, _ in await house.audit_rows()].count("EXPIRED") == 1
    assert not in_file(house, b"q" * 32)


async def test_strangers_cannot_fill_the_book(house) -> None:  # noqa: F811
    """Sixteen within ten minutes; the one that asked already may ask again, and later everybody may."""
    for number in range(MAX_REQUESTS):
        await house.gate.request(asked(device(100 + number, Role.USER, "x")))
    with pytest.raises(GateClosed, match="devices asked"):
        await house.gate.request(asked())
    await house.gate.request(asked(device(100, Role.USER, "x"), "berry-birch-bishop"))
    house.clock.us += REQUEST_LIFETIME_S * US + 1
    await house.gate.request(asked())
    assert house.gate.pairing(GUEST.static) == (Standing.PENDING, None)


# -- keys in hardware


async def test_a_session_of_an_unmarked_key_does_not_open(house) -> None:  # noqa: F811
    """It is said why; marked, it opens."""
    assert isinstance(await house.ask(house.admin, PairRequire(Role.USER, True)), Receipt)
    with pytest.raises(GateClosed, match="needs a hardware key"):
        await house.gate.opened(house.peer(house.reader))
    assert not house.gate.sessions
    await house.gate.opened(house.peer(house.probe))
    assert isinstance(await house.ask(house.admin, PairMark(house.reader.fingerprint, True)), Receipt)
    await house.gate.opened(house.peer(house.reader))
    assert read_again(house).book.required == {Role.USER}


async def test_requiring_hardware_cuts_those_without(house) -> None:  # noqa: F811
    """Of that role alone; a mark that is taken back cuts, too."""
    await house.ask(house.admin, PairMark(house.desk.fingerprint, True))
    await house.ask(house.admin, PairRequire(Role.INPUT, True))
    assert set(house.cuts) == {house.other_desk.fingerprint}
    house.cuts.clear()
    await house.ask(house.admin, PairMark(house.desk.fingerprint, False))
    assert set(house.cuts) == {house.desk.fingerprint, house.other_desk.fingerprint}


async def test_a_device_cannot_lock_its_own_role_out(house) -> None:  # noqa: F811
    """An ADMIN whose own key is not marked cannot make ADMIN need marked keys."""
    refusal = await house.refused(house.admin, PairRequire(Role.ADMIN, True))
    assert refusal.code is RefusalCode.CONFLICT and "lock itself out" in refusal.reason
    await house.ask(house.admin, PairMark(house.admin.fingerprint, True))
    assert isinstance(await house.ask(house.admin, PairRequire(Role.ADMIN, True)), Receipt)


# -- what the book refuses, whoever asks it


async def test_the_book_gives_the_ticket_s_role_whatever_is_wanted(room) -> None:
    """The role lives at the subject: a pairing that names a higher one gets the ticket's."""
    issued = room.issuer.issue(Role.INTERFACE, "", now="now", now_us=room.clock.us)
    granted = room.pairings.grant(issued.ticket_id, replace(GUEST, role=Role.ADMIN), room.clock.us)
    assert granted.role is Role.INTERFACE and room.gate.pairing(GUEST.static)[1] == granted


async def test_the_book_grants_nothing_for_an_expired_ticket(room) -> None:
    """Also when it expired between message 1 and Bind."""
    issued = room.issuer.issue(Role.USER, "", now="now", now_us=room.clock.us)
    with pytest.raises(GateClosed, match="expired"):
        room.pairings.grant(issued.ticket_id, GUEST, room.clock.us + TICKET_LIFETIME_S * US + 1)
    with pytest.raises(GateClosed, match="not known"):
        room.pairings.grant(b"nothing!", GUEST, room.clock.us)
    assert room.gate.pairing(GUEST.static) == (Standing.UNKNOWN, None)


async def test_a_grant_that_could_not_be_recorded_burns_no_ticket(room) -> None:
    """The vault takes no writes at that moment: nobody is paired, and the same ticket pairs a minute later."""
    issued, vault = room.issuer.issue(Role.USER, "", now="now", now_us=room.clock.us), type(room.vault)

    class Full(vault):
        async def audit(self, row, durable=True):
            raise ReadOnly("the disk is full")

    room.vault.__class__ = Full
    wanted = (issued.ticket_id, GUEST.static, GUEST.key, b"p" * 32, "tablet", "file")
    for _ in range(3):
        with pytest.raises(GateClosed, match="takes no writes"):
            await room.gate.grant(*wanted)
    assert isinstance(room.gate.ticket(issued.ticket_id), OpenTicket)
    assert room.gate.pairing(GUEST.static) == (Standing.UNKNOWN, None) and not read_again(room).book.pairings
    room.vault.__class__ = vault
    assert (await room.gate.grant(*wanted)).role is Role.USER


async def test_no_record_outside_is_superseded(house) -> None:  # noqa: F811
    """An INPUT capability for some rows corrects none of the others."""
    wish, grant = Wish(rows=(1, 3)), grant_of((Verb.INPUT_CONFIRM, Verb.READ))
    chain = await lent(house, wish, grant, owner=house.desk)
    refusal = await house.refused(house.probe, Confirm("none", 7, ""), capability=chain)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "record 7 is outside" in refusal.reason
    within = await house.refused(house.probe, Confirm("none", 2, ""), capability=chain)
    assert within.code is RefusalCode.NOT_FOUND
