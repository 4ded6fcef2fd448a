"""Devices that ask without a ticket, keys that must be in hardware, and what the book itself refuses whoever asks it."""

from dataclasses import replace

import pytest

from protocol.authority.mint import Wish
from protocol.schema import PairApprove, PairDeny, PairMark, PairRequire, Receipt, Seal
from protocol.schema.numbers import (
    MAX_REQUESTS,
    MAX_REQUESTS_A_SOURCE,
    REQUEST_LIFETIME_S,
    TICKET_LIFETIME_S,
    RefusalCode,
    Role,
    Verb,
)
from tests.gate.conftest import device
from tests.gate.test_capabilities import grant_of, house, lent  # noqa: F401  house is a fixture
from totebox.errors import GateClosed, ReadOnly
from totebox.gate.door import OpenTicket, PairingRequest, Standing
from totebox.gate.journal import Journal
from totebox.gate.pairings import KEPT_REQUESTS, Pairings
from totebox.gate.request_pace import BURST, BURST_OF_ALL, SOURCES, RequestPace
from totebox.vault.api import LeafIndex
from totebox.vault.api import Log as VaultLog

pytestmark = pytest.mark.anyio
WORDS = "acid-lemon-orbit"
GUEST = device(9, Role.USER, "tablet")
US = 1_000_000


def asked(guest=GUEST, words: str = WORDS) -> PairingRequest:
    return PairingRequest(guest.static, guest.key, b"q" * 32, Role.ADMIN, guest.label, "file", "test/1", words)


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


def stranger(number: int, source: str) -> PairingRequest:
    """What stranger `number` asks from there."""
    return replace(asked(device(number, Role.USER, "x")), source=source)


def waiting(room) -> dict[str, str]:
    """The requests that wait: source by fingerprint, oldest first."""
    rows = room.pairings.book.requests.items()
    return {name: row.source for name, row in rows if room.pairings.pending(name, room.clock.us) is row}


async def test_a_source_has_two_requests_that_wait(house) -> None:  # noqa: F811
    """The third takes the place of its oldest; that device is told that its request is over, and the audit log why."""
    for number in (100, 101, 102):
        await house.gate.request(stranger(number, "192.0.2.7"))
    first = device(100, Role.USER, "x")
    assert len(waiting(house)) == MAX_REQUESTS_A_SOURCE and first.fingerprint not in waiting(house)
    assert house.gate.pairing(first.static) == (Standing.EXPIRED, None)
    rows = [row for row in await house.vault.entries(VaultLog.AUDIT, LeafIndex(0), 100) if row.kind == "EXPIRED"]
    assert [row.subject for row in rows] == [first.fingerprint] and b"replaced by a newer request" in rows[0].leaf


async def test_strangers_do_not_lock_others_out_of_asking(house) -> None:  # noqa: F811
    """Sixteen requests of strangers wait: an owner's device asks all the same, and the most crowded source gives way."""
    await house.gate.request(stranger(100, "198.51.100.1"))
    for number in range(1, MAX_REQUESTS // 2):
        await house.gate.request(stranger(100 + 2 * number, f"192.0.2.{number}"))
        await house.gate.request(stranger(101 + 2 * number, f"192.0.2.{number}"))
    await house.gate.request(stranger(140, "203.0.113.9"))
    assert len(waiting(house)) == MAX_REQUESTS
    await house.gate.request(replace(asked(), source="uid 1000"))
    assert house.gate.pairing(GUEST.static) == (Standing.PENDING, None)
    assert len(waiting(house)) == MAX_REQUESTS
    assert list(waiting(house).values()).count("192.0.2.1") == 1, "the oldest of those that have two"
    assert "198.51.100.1" in waiting(house).values(), "older, but alone"


@pytest.mark.parametrize("ended", ["approved", "denied", "expired"])
async def test_a_request_that_is_over_frees_its_place_at_once(house, ended: str) -> None:  # noqa: F811
    """Whatever became of it: the next of the same source pushes nobody out."""
    for number in (100, 101):
        await house.gate.request(stranger(number, "192.0.2.7"))
    over, stays = device(100, Role.USER, "x"), device(101, Role.USER, "x")
    if ended == "expired":
        house.clock.us += REQUEST_LIFETIME_S * US + 1
        await house.gate.request(stranger(101, "192.0.2.7"))
    else:
        word = (
            PairApprove(over.fingerprint, WORDS, Role.USER) if ended == "approved" else PairDeny(over.fingerprint, "")
        )
        assert isinstance(await house.ask(house.admin, word), Receipt)
    await house.gate.request(replace(asked(), source="192.0.2.7"))
    assert set(waiting(house)) == {stays.fingerprint, GUEST.fingerprint}


async def test_a_source_that_asks_without_end_is_slowed_down_alone(house) -> None:  # noqa: F811
    """Each request costs a row of the audit log: after a burst one source waits, and hears how long; another asks at once."""
    for number in range(BURST):
        await house.gate.request(stranger(100 + number, "192.0.2.7"))
    before = len(await house.audit_rows())
    with pytest.raises(GateClosed, match=r"too often from 192\.0\.2\.7; ask again in 20 s"):
        await house.gate.request(stranger(150, "192.0.2.7"))
    assert len(await house.audit_rows()) == before
    await house.gate.request(replace(asked(), source="uid 1000"))
    house.clock.us += 20 * US
    await house.gate.request(stranger(150, "192.0.2.7"))


def test_sources_that_are_remembered_are_bounded() -> None:
    """A crowd of addresses costs no memory, and together it has turns that end, too."""
    pace = RequestPace()
    waits = [pace.take(f"192.0.2.{number}", 1_000.0) for number in range(3 * SOURCES)]
    assert len(pace._sources) <= SOURCES
    assert waits.count(0.0) == BURST_OF_ALL


async def test_requests_that_came_to_nothing_do_not_grow_the_journal(house) -> None:  # noqa: F811
    """The newest are remembered, so that their devices hear what became of them; the audit log has all."""
    for number in range(KEPT_REQUESTS + 40):
        guest = device(number + 20, Role.USER, "x")
        await house.gate.request(replace(asked(guest), source=f"192.0.2.{number}"))
        assert isinstance(await house.ask(house.admin, PairDeny(guest.fingerprint, "")), Receipt)
    lines = house.pairings._journal.read()
    assert sum(line["what"] == "requested" for line in lines) == KEPT_REQUESTS
    fresh = read_again(house)
    assert fresh.pairing(device(20, Role.USER, "x").static)[0] is Standing.UNKNOWN
    assert fresh.pairing(guest.static)[0] is Standing.DENIED
    assert [kind for kind, _ in await house.audit_rows()].count("DENIED") == KEPT_REQUESTS + 40


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
    assert isinstance(room.gate.ticket(issued.ticket_id, b"s" * 32), OpenTicket)
    assert room.gate.pairing(GUEST.static) == (Standing.UNKNOWN, None) and not read_again(room).book.pairings
    room.vault.__class__ = vault
    assert (await room.gate.grant(*wanted)).role is Role.USER


async def test_no_record_outside_is_superseded(house) -> None:  # noqa: F811
    """An INPUT capability for some rows corrects none of the others."""
    wish, grant = Wish(rows=(1, 3)), grant_of((Verb.INPUT_SEAL, Verb.READ))
    chain = await lent(house, wish, grant, owner=house.desk)
    refusal = await house.refused(house.probe, Seal("none", 7, "", b"s"), capability=chain)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "record 7 is outside" in refusal.reason
    within = await house.refused(house.probe, Seal("none", 2, "", b"s"), capability=chain)
    assert within.code is RefusalCode.NOT_FOUND
