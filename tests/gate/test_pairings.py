"""Tickets and pairings: single use, ten minutes, durable, revocable, and shared with os-totebox under a lock."""

import stat
import sys
from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import pytest
from anyio import run_process

from protocol.schema import (
    DeviceKey,
    List,
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
    Receipt,
)
from protocol.schema.note_fields import read_note
from protocol.schema.numbers import TICKET_LIFETIME_S, Algorithm, Log, RefusalCode, Role, Severity
from protocol.trust.keys import fingerprint
from protocol.trust.pairing import parse_ticket, ticket_psk
from totebox.errors import ConfigError, GateClosed
from totebox.gate.door import OpenTicket, PairingRequest, Standing, TicketFault
from totebox.gate.journal import Journal
from totebox.gate.pairings import Pairings
from totebox.vault.api import LeafIndex

pytestmark = pytest.mark.anyio
KEY = DeviceKey(Algorithm.SSH_ED25519, b"\x09" * 32)
OTHER = DeviceKey(Algorithm.SSH_ED25519, b"\x0a" * 32)


def issue(room, role: Role = Role.INPUT):
    return room.issuer.issue(role, "desk", now="2027-01-15T08:00:00.000000Z", now_us=room.clock.us)


async def grant(
    room, ticket_id: bytes, static: bytes = b"s" * 32, key: DeviceKey = KEY, psk: bytes = b"p" * 32, label="my desk"
):
    return await room.gate.grant(ticket_id, static, key, psk, label, "file")


def asked() -> PairingRequest:
    """A device that asks to be paired."""
    return PairingRequest(b"s" * 32, KEY, b"p" * 32, Role.USER, "desk", "file", "test/1", "a-b-c")


async def test_a_ticket_grants_the_role_that_the_subject_stored(room) -> None:
    """The ticket's text carries no role; the pairing has the one it was issued for."""
    issued = issue(room, Role.USER)
    ticket = parse_ticket(issued.text)
    found = room.gate.ticket(ticket.ticket_id, b"s" * 32)
    assert isinstance(found, OpenTicket) and found.psk == ticket_psk(ticket)
    pairing = await grant(room, ticket.ticket_id)
    assert pairing.role is Role.USER
    assert room.gate.pairing(b"s" * 32) == (Standing.PAIRED, pairing)


async def test_a_used_ticket_opens_nothing_for_another_device(room) -> None:
    """The second device is turned away, the first stays paired."""
    issued = issue(room)
    await grant(room, issued.ticket_id)
    with pytest.raises(GateClosed, match="used by another device"):
        await grant(room, issued.ticket_id, b"t" * 32, OTHER)
    assert room.gate.pairing(b"t" * 32) == (Standing.UNKNOWN, None)


async def test_the_same_device_may_come_again_when_bound_was_lost(room) -> None:
    """The same pairing with the newer psk."""
    issued = issue(room)
    await grant(room, issued.ticket_id)
    again = await grant(room, issued.ticket_id, psk=b"q" * 32)
    assert room.gate.pairing(b"s" * 32)[1] == again and again.psk == b"q" * 32


async def test_an_expired_ticket_opens_nothing(room) -> None:
    """Ten minutes, not a second more."""
    issued = issue(room)
    room.clock.us += TICKET_LIFETIME_S * 1_000_000 + 1
    assert room.gate.ticket(issued.ticket_id, b"s" * 32) is TicketFault.EXPIRED
    with pytest.raises(GateClosed, match="expired"):
        await grant(room, issued.ticket_id)


async def test_failures_burn_nothing(room) -> None:
    """An unknown ticket and a flood of failed handshakes leave the real one open."""
    issued = issue(room)
    assert room.gate.ticket(b"\0" * 8, b"s" * 32) is TicketFault.UNKNOWN
    for _ in range(20):
        await room.gate.turned_away("tcp", "wrong secret")
    assert isinstance(room.gate.ticket(issued.ticket_id, b"s" * 32), OpenTicket)


async def test_a_pairing_survives_the_daemon(room) -> None:
    """Whoever reads the journal afresh finds the same pairing; the file is private."""
    pairing = await grant(room, issue(room).ticket_id)
    path = room.pairings._journal.path
    fresh = Pairings(Journal(path))
    fresh.refresh()
    assert fresh.pairing(b"s" * 32) == (Standing.PAIRED, pairing) and stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_paired_is_in_the_log_before_the_grant(room) -> None:
    """A PAIRED row with the device's fingerprint."""
    await grant(room, issue(room).ticket_id)
    assert (await room.audit_rows())[-1] == ("PAIRED", fingerprint(KEY))


async def test_revoking_erases_the_psk_and_cuts(room) -> None:
    """Neither memory nor the file knows the psk any more, the session is cut, and the peer is told which it is."""
    await grant(room, issue(room).ticket_id)
    receipt = await room.ask(room.admin, PairRevoke(fingerprint(KEY), "lost"), once=b"r" * 16)
    assert isinstance(receipt, Receipt) and room.cuts == [fingerprint(KEY)]
    assert room.gate.pairing(b"s" * 32) == (Standing.REVOKED, None)
    assert (b"p" * 32).hex() not in room.pairings._journal.path.read_text()
    assert room.pairings.book.pairings[fingerprint(KEY)].pairing.psk == b""


async def test_a_device_is_called_what_its_ticket_says(room) -> None:
    """The label that an ADMIN gave on the ticket wins over the device's own word, in the table, the row and the session."""
    pairing = await grant(room, issue(room, Role.USER).ticket_id, label="laptop-7")
    assert pairing.label == "desk" and room.gate.pairing(b"s" * 32)[1].label == "desk"
    rows = {row["fingerprint"]: row for row in await room.rows(room.admin, List("gate.pairings", "", "", "", 100))}
    assert (rows[fingerprint(KEY)]["label"], rows[fingerprint(KEY)]["said"]) == ("desk", "laptop-7")
    paired = [row for row in await room.vault.entries(Log.AUDIT, LeafIndex(0), 100) if row.kind == "PAIRED"]
    assert paired[-1].note.startswith("USER to desk (file)")


async def test_a_ticket_without_a_label_leaves_the_devices_own(room) -> None:
    """Then it is called what it says of itself."""
    issued = room.issuer.issue(Role.USER, "", now="2027-01-15T08:00:00.000000Z", now_us=room.clock.us)
    assert (await grant(room, issued.ticket_id, label="laptop-7")).label == "laptop-7"


async def test_the_table_says_who_granted_a_pairing(room) -> None:
    """`by` is whoever issued the ticket."""
    answer = await room.ask(room.admin, PairIssue(Role.USER, "tablet"))
    await grant(room, parse_ticket(answer.table.rows[0][0]).ticket_id)
    rows = {row["fingerprint"]: row for row in await room.rows(room.admin, List("gate.pairings", "", "", "", 100))}
    assert rows[fingerprint(KEY)]["by"] == room.admin.fingerprint


async def test_a_new_admin_raises_an_event(room) -> None:
    """Everybody who watches hears of it, with the device's label; of other roles nobody does, nor of an ADMIN that comes again."""
    await grant(room, issue(room, Role.USER).ticket_id, b"t" * 32, OTHER)
    assert room.events == []
    issued = issue(room, Role.ADMIN)
    await grant(room, issued.ticket_id)
    await grant(room, issued.ticket_id)
    assert room.events == [(Severity.WARNING, "desk is paired as ADMIN: it may do everything here")]


async def devices(room) -> list[tuple[str, str, dict[str, str], str]]:
    """Of each row DEVICE: actor, subject, fields, and the kind of the row behind it."""
    rows = await room.vault.entries(Log.AUDIT, LeafIndex(0), 1_000)
    return [
        (row.actor, row.subject, dict(read_note(row.note).fields), following.kind)
        for row, following in pairwise(rows)
        if row.kind == "DEVICE"
    ]


def device_fields(**more: str) -> dict[str, str]:
    return {"algorithm": "SSH_ED25519", "public": b64encode(KEY.public).decode(), **more}


async def test_a_row_device_stands_before_every_pairing_by_a_ticket(room) -> None:
    """The public key, the label on the ticket and the person as the ADMIN typed it, each time that it is granted."""
    room.enrolled()
    asked_for = PairIssue(Role.USER, "tablet", " Anna\nLindqvist ")
    answer = await room.ask(room.admin, asked_for)
    ticket = parse_ticket(str(answer.table.rows[0][0]))
    await grant(room, ticket.ticket_id)
    await grant(room, ticket.ticket_id)
    fields = device_fields(label="tablet", person="Anna Lindqvist")
    name = fingerprint(KEY)
    assert await devices(room) == [(name, name, fields, "PAIRED")] * 2
    (row,) = await room.rows(room.admin, List("gate.pairings", f"fingerprint:{name}", "", "", 9))
    assert row["person"] == "Anna Lindqvist"


async def test_a_row_device_stands_before_an_approval(room) -> None:
    """The operator is the actor, over the wire and on the host; a person that nobody typed is no field."""
    await room.gate.request(asked())
    name = fingerprint(KEY)
    await room.ask(room.admin, PairApprove(name, "a-b-c", Role.USER, "Anna"))
    await room.gate.request(asked())
    beside = Pairings(Journal(room.pairings._journal.path))
    beside.refresh()
    assert beside.approve(name, "a-b-c", Role.USER, now="t", now_us=room.clock.us, noted=False)
    await room.gate.pairings.catch_up()
    assert await devices(room) == [
        (room.admin.fingerprint, name, device_fields(label="desk", person="Anna"), "PAIRED"),
        ("local", name, device_fields(label="desk"), "PAIRED"),
    ]


async def test_an_admin_by_approval_raises_an_event(room) -> None:
    """Also without a ticket."""
    await room.gate.request(asked())
    room.events.clear()
    await room.ask(room.admin, PairApprove(fingerprint(KEY), "a-b-c", Role.ADMIN))
    assert room.events == [(Severity.WARNING, "desk is paired as ADMIN: it may do everything here")]


async def test_an_admin_that_the_host_approved_raises_an_event(room) -> None:
    """`os-totebox pairings DIR approve` beside the daemon: the tick finds the record, and tells of it once; of other roles it does not."""
    for number, role in ((9, Role.ADMIN), (10, Role.USER)):
        key = DeviceKey(Algorithm.SSH_ED25519, bytes((number,)) * 32)
        await room.gate.request(
            replace(asked(), key=key, static=bytes((number,)) * 32, label=role.name, source=role.name)
        )
        beside = Pairings(Journal(room.pairings._journal.path))
        beside.refresh()
        assert beside.approve(fingerprint(key), "a-b-c", role, now="t", now_us=room.clock.us, noted=False)
    room.events.clear()
    await room.gate.pairings.catch_up()
    await room.gate.pairings.catch_up()
    assert room.events == [(Severity.WARNING, "ADMIN is paired as ADMIN: it may do everything here")]


async def test_the_last_admin_is_not_made_a_lesser_role(room) -> None:
    """By a ticket, or by an approval of its own request: refused before a row is written, and it stays ADMIN; with a second it may."""
    room.enrolled()
    admin = room.admin
    issued = issue(room, Role.USER)
    with pytest.raises(GateClosed, match="last ADMIN"):
        await grant(room, issued.ticket_id, admin.static, admin.key)
    await room.gate.request(replace(asked(), key=admin.key, static=admin.static))
    approval = PairApprove(admin.fingerprint, "a-b-c", Role.USER)
    refusal = await room.refused(admin, approval)
    assert refusal.code is RefusalCode.CONFLICT and "pair another ADMIN first" in refusal.remedy
    assert "PAIRED" not in [kind for kind, _ in await room.audit_rows()]
    assert room.pairings.by_key(admin.fingerprint).role is Role.ADMIN
    await grant(room, issue(room, Role.ADMIN).ticket_id)
    assert isinstance(await room.ask(admin, approval), Receipt)


async def test_a_device_is_called_what_an_admin_calls_it(room) -> None:
    """`pair.name`: a row NAMED that says the name before, the new one in the table, and what the device said beside it."""
    await grant(room, issue(room).ticket_id, label="laptop-7")
    receipt = await room.ask(room.admin, PairName(fingerprint(KEY), "front\n desk "), once=b"n" * 16)
    assert isinstance(receipt, Receipt)
    row = (await room.vault.entries(Log.AUDIT, LeafIndex(receipt.index), 1))[0]
    assert (row.kind, row.subject, row.note) == ("NAMED", fingerprint(KEY), "front  desk, before desk")
    rows = {row["fingerprint"]: row for row in await room.rows(room.admin, List("gate.pairings", "", "", "", 100))}
    assert (rows[fingerprint(KEY)]["label"], rows[fingerprint(KEY)]["said"]) == ("front  desk", "laptop-7")
    assert room.gate.pairing(b"s" * 32)[1].label == "front  desk"


async def test_a_name_stays_with_the_device_key(room) -> None:
    """Through a restart, and where the device is paired anew: an ADMIN's word ends by an ADMIN's word."""
    await grant(room, issue(room).ticket_id, label="laptop-7")
    await room.ask(room.admin, PairName(fingerprint(KEY), "front desk"))
    again = await grant(room, issue(room).ticket_id, label="laptop-8")
    assert again.label == "front desk"
    fresh = Pairings(Journal(room.pairings._journal.path))
    fresh.refresh()
    row = fresh.book.pairings[fingerprint(KEY)]
    assert (row.pairing.label, row.said) == ("front desk", "laptop-8")


async def test_a_name_needs_a_paired_device_and_a_character(room) -> None:
    """NOT_FOUND for a stranger, BAD_ARGUMENTS for a name that nobody can see; no row says NAMED."""
    room.enrolled()
    assert (await room.refused(room.admin, PairName("SHA256:none", "x"))).code is RefusalCode.NOT_FOUND
    refusal = await room.refused(room.admin, PairName(room.admin.fingerprint, "\u202e \n"))
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and refusal.remedy
    assert "NAMED" not in {kind for kind, _ in await room.audit_rows()}


async def test_a_device_does_not_name_itself(room) -> None:
    """Below ADMIN not even itself; an ADMIN may."""
    room.enrolled()
    assert (await room.refused(room.desk, PairName(room.desk.fingerprint, "boss"))).code is RefusalCode.NOT_PERMITTED
    assert isinstance(await room.ask(room.admin, PairName(room.admin.fingerprint, "office")), Receipt)


async def test_a_name_that_the_host_gave_is_in_the_log(room) -> None:
    """`os-totebox pairings DIR name` writes the journal beside the daemon, which then writes the row."""
    room.enrolled()
    beside = Pairings(Journal(room.pairings._journal.path))
    with beside.writing():
        beside.name(room.desk.fingerprint, "counter", now="2027-01-01T00:00:00.000000Z", noted=False)
    await room.gate.pairings.catch_up()
    await room.gate.pairings.catch_up()
    rows = await room.audit_rows()
    assert rows.count(("NAMED", room.desk.fingerprint)) == 1
    assert room.pairings.book.pairings[room.desk.fingerprint].pairing.label == "counter"


async def test_the_last_admin_pairing_is_not_revoked_over_the_wire(room) -> None:
    """CONFLICT with the host's command as remedy, no REVOKED row; with a second ADMIN either of them can go."""
    room.enrolled()
    refusal = await room.refused(room.admin, PairRevoke(room.admin.fingerprint, ""))
    assert refusal.code is RefusalCode.CONFLICT and "--last" in refusal.remedy
    assert "REVOKED" not in [kind for kind, _ in await room.audit_rows()]
    await grant(room, issue(room, Role.ADMIN).ticket_id)
    assert isinstance(await room.ask(room.admin, PairRevoke(room.admin.fingerprint, "")), Receipt)


async def test_a_device_that_ends_its_own_pairing_gets_the_receipt_first(room) -> None:
    """The answer is said, then its sessions are cut."""
    room.enrolled()
    await grant(room, issue(room, Role.ADMIN).ticket_id)
    order: list[str] = []

    class Noting(room.answers):
        async def receipt(self, receipt: Receipt) -> None:
            order.extend([*room.cuts, "answered"])

    await room.ask(room.admin, PairRevoke(room.admin.fingerprint, ""), reply=Noting())
    assert order == ["answered"] and room.cuts == [room.admin.fingerprint]


async def test_an_admin_who_could_not_come_in_does_not_count(room) -> None:
    """Where ADMIN needs a key in hardware, an unmarked ADMIN is nobody who is left, and the last mark stays."""
    room.enrolled()
    await grant(room, issue(room, Role.ADMIN).ticket_id)
    await room.ask(room.admin, PairMark(room.admin.fingerprint, True))
    await room.ask(room.admin, PairRequire(Role.ADMIN, True))
    for arguments in (PairRevoke(room.admin.fingerprint, ""), PairMark(room.admin.fingerprint, False)):
        assert (await room.refused(room.admin, arguments)).code is RefusalCode.CONFLICT


async def test_a_refused_pairing_leaves_no_row(room) -> None:
    """The ticket of another device, and another key under the same static key: refused before PAIRED is written."""
    issued = issue(room)
    await grant(room, issued.ticket_id)
    for static, key in ((b"t" * 32, OTHER), (b"s" * 32, OTHER)):
        with pytest.raises(GateClosed, match="another device"):
            await grant(room, issued.ticket_id, static, key)
    assert [kind for kind, _ in await room.audit_rows()].count("PAIRED") == 1
    assert room.gate.ticket(issued.ticket_id, b"t" * 32) is TicketFault.USED
    assert isinstance(room.gate.ticket(issued.ticket_id, b"s" * 32), OpenTicket)


async def test_a_request_that_the_host_answered_meanwhile_is_not_recorded_twice(room) -> None:
    """Approve and deny judge what the file says now: no PAIRED and no DENIED row of what came to nothing."""
    await room.gate.request(asked())
    beside = Pairings(Journal(room.pairings._journal.path))
    beside.refresh()
    name = fingerprint(KEY)
    assert beside.approve(name, "a-b-c", Role.USER, now="t", now_us=room.clock.us, noted=False)
    for arguments in (PairApprove(name, "a-b-c", Role.ADMIN), PairDeny(name, "")):
        assert (await room.refused(room.admin, arguments)).code is RefusalCode.NOT_FOUND
    assert not {"PAIRED", "DENIED"} & {kind for kind, _ in await room.audit_rows()}
    assert room.pairings.by_key(name).role is Role.USER


async def test_revoking_nobody_is_not_found(room) -> None:
    """The refusal names the fingerprint."""
    assert (await room.refused(room.admin, PairRevoke("SHA256:none", ""))).code is RefusalCode.NOT_FOUND


async def test_a_revoked_device_can_be_paired_anew(room) -> None:
    """With another ticket, and only that."""
    first = issue(room)
    await grant(room, first.ticket_id)
    await room.ask(room.admin, PairRevoke(fingerprint(KEY), ""))
    with pytest.raises(GateClosed):
        await grant(room, first.ticket_id)
    await grant(room, issue(room, Role.ADMIN).ticket_id)
    assert room.gate.pairing(b"s" * 32)[0] is Standing.PAIRED


async def test_a_ticket_issued_beside_the_daemon_is_found(room) -> None:
    """Another process appends to the journal; the next look-up sees it, and the audit log names it once."""
    path = room.pairings._journal.path
    code = (
        "import sys; from pathlib import Path; from protocol.schema.numbers import Role; "
        "from totebox.gate.journal import Journal; from totebox.gate.pairings import Pairings; "
        "Pairings(Journal(Path(sys.argv[1]))).issue(b'8bytes!!', b'k'*32, Role.USER, '', now='t', "
        f"now_us={room.clock.us}, user='uid 1', noted=False)"
    )
    await run_process([sys.executable, "-c", code, str(path)], check=True)
    assert isinstance(room.gate.ticket(b"8bytes!!", b"s" * 32), OpenTicket)
    await room.gate.pairings.catch_up()
    await room.gate.pairings.catch_up()
    assert (await room.audit_rows()).count(("TICKET", b"8bytes!!".hex())) == 1


async def test_a_revocation_beside_the_daemon_cuts_sessions(room) -> None:
    """The tick finds it, writes REVOKED and cuts."""
    await grant(room, issue(room).ticket_id)
    beside = Pairings(Journal(room.pairings._journal.path))
    beside.refresh()
    beside.revoke(fingerprint(KEY), "stolen", "2027-01-15T09:00:00.000000Z", noted=False)
    await room.gate.pairings.catch_up()
    assert room.cuts == [fingerprint(KEY)] and (await room.audit_rows())[-1] == ("REVOKED", fingerprint(KEY))


async def test_a_torn_last_record_is_no_record(room) -> None:
    """A crash in mid-append loses that record alone; the next one is written behind a clean end."""
    issue(room)
    path = room.pairings._journal.path
    with path.open("ab") as file:
        file.write(b'{"what":"ticket","id":"00')
    second = issue(room)
    fresh = Pairings(Journal(path))
    fresh.refresh()
    assert len(fresh.book.tickets) == 2 and isinstance(
        fresh.ticket(second.ticket_id, b"s" * 32, room.clock.us), OpenTicket
    )


async def test_an_edited_journal_is_named(tmp_path) -> None:
    """Which file, which line, and what to do."""
    path = tmp_path / "pairings"
    path.write_text("hello\n")
    with pytest.raises(ConfigError, match="line 1"):
        Pairings(Journal(path)).refresh()
