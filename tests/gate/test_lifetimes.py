"""How long tickets, requests and sessions' rights last: to the last microsecond, and not one more."""

from dataclasses import replace

import pytest

from protocol.schema import List, PairApprove, PairIssue, PairName
from protocol.schema.numbers import MAX_REQUESTS_A_SOURCE, REQUEST_LIFETIME_S, TICKET_LIFETIME_S, RefusalCode, Role
from protocol.trust.pairing import parse_ticket
from tests.gate.conftest import binder_of, device
from totebox.errors import GateClosed
from totebox.gate.door import OpenTicket, PairingRequest, Standing, TicketFault
from totebox.gate.tickets import time_text

pytestmark = pytest.mark.anyio

SECOND_US = 1_000_000


def issue(room, role: Role = Role.USER):
    return room.issuer.issue(role, "desk", now="t", now_us=room.clock.us)


def asked(number: int = 50, source: str = "uid 1000") -> PairingRequest:
    return PairingRequest(
        bytes((number,)) * 32,
        binder_of(number).key,
        b"p" * 32,
        Role.USER,
        "laptop",
        "file",
        "agent",
        "one two three",
        source,
    )


async def test_a_ticket_works_for_ten_minutes(room) -> None:
    """In its last microsecond it opens and grants; after it it does neither, and the refusal says what to do."""
    issued, guest = issue(room), device(50, Role.USER, "laptop")
    room.clock.us += TICKET_LIFETIME_S * SECOND_US
    assert isinstance(room.gate.ticket(issued.ticket_id, guest.static), OpenTicket)
    assert issued.expires == time_text(room.clock.us)
    room.clock.us += 1
    assert room.gate.ticket(issued.ticket_id, guest.static) is TicketFault.EXPIRED
    with pytest.raises(GateClosed, match="has expired; ask for another"):
        await room.gate.grant(issued.ticket_id, guest.static, guest.key, b"k" * 32, "laptop", "file")


async def test_a_ticket_says_when_it_ends(room) -> None:
    """Ten minutes after it was issued, which its own text says in seconds."""
    [row] = await room.rows(room.admin, PairIssue(Role.USER, "till"))
    ticket = parse_ticket(str(row["text"]))
    assert row["expires"] == time_text(room.clock.us + TICKET_LIFETIME_S * SECOND_US) and row["role"] == "USER"
    assert ticket.issued == room.clock.us // SECOND_US


async def test_a_request_waits_for_its_whole_time(room) -> None:
    """In its last microsecond it is pending and can be approved; after it its device is told that it expired."""
    await room.gate.request(asked())
    room.clock.us += REQUEST_LIFETIME_S * SECOND_US
    assert room.gate.pairing(asked().static) == (Standing.PENDING, None)
    assert room.pairings.pending(room.pairings.book.askers[asked().static], room.clock.us)
    room.clock.us += 1
    assert room.gate.pairing(asked().static) == (Standing.EXPIRED, None)
    name = room.pairings.book.askers[asked().static]
    refused = await room.refused(room.admin, PairApprove(name, "one two three", Role.USER))
    assert refused.code is RefusalCode.NOT_FOUND


async def test_the_table_shows_a_request_as_over_before_a_row_says_so(room) -> None:
    """A console that asks then does not offer to approve it; its end is when its time was up."""
    await room.gate.request(asked())
    ends = time_text(room.clock.us + REQUEST_LIFETIME_S * SECOND_US)
    pairings = List("gate.pairings", "", "", "", 9)
    [row] = await room.rows(room.admin, pairings)
    assert (row["state"], row["ended"], row["words"], row["label"], row["said"]) == (
        "pending", ends, "one two three", "laptop", "laptop",
    )  # fmt: skip
    room.clock.us += REQUEST_LIFETIME_S * SECOND_US + 1
    assert [row["state"] for row in await room.rows(room.admin, pairings)] == ["expired"]


async def test_requests_that_wait_stand_before_pairings_and_others_behind(room) -> None:
    """What an ADMIN has to answer is at the top."""
    room.enrolled()
    await room.gate.request(asked(50))
    await room.gate.request(asked(51))
    await room.ask(room.admin, PairApprove(asked_name(room, 51), "one two three", Role.USER))
    rows = await room.rows(room.admin, List("gate.pairings", "", "", "", 9))
    assert [row["state"] for row in rows] == ["pending", *["paired"] * 6]
    room.clock.us += REQUEST_LIFETIME_S * SECOND_US + 1
    rows = await room.rows(room.admin, List("gate.pairings", "", "", "", 9))
    assert [row["state"] for row in rows] == [*["paired"] * 6, "expired"]


def asked_name(room, number: int) -> str:
    return room.pairings.book.askers[asked(number).static]


async def test_a_source_that_asks_once_more_gives_up_its_oldest(room) -> None:
    """As many wait as may, and the audit log says which gave way to which."""
    for number in range(50, 50 + MAX_REQUESTS_A_SOURCE + 1):
        await room.gate.request(asked(number))
        room.clock.us += 1
    waiting = [name for name in room.pairings.book.requests if room.pairings.pending(name, room.clock.us)]
    assert waiting == [asked_name(room, number) for number in range(51, 51 + MAX_REQUESTS_A_SOURCE)]
    assert ("EXPIRED", asked_name(room, 50)) in await room.audit_rows()


async def test_a_request_of_the_same_device_replaces_its_own(room) -> None:
    """It has other words now, and takes no place of another."""
    await room.gate.request(asked(50))
    await room.gate.request(replace(asked(50), words="four five six"))
    [row] = await room.rows(room.admin, List("gate.pairings", "", "", "", 9))
    assert row["words"] == "four five six"


async def test_what_the_audit_log_says_of_a_request(room) -> None:
    """Role, label, provider, program and words, on one line; and an event asks to compare the words."""
    await room.gate.request(replace(asked(), label="lap\ntop"))
    row = (await room.vault.entries(2, 0, 99))[-1]
    assert row.kind == "REQUESTED" and row.note == "USER for lap top (file), agent, words one two three"
    assert "lap top asks to be paired as USER: one two three" in room.events[-1][1]


async def test_a_device_without_a_label_is_called_a_device(room) -> None:
    """In the row and in the event."""
    await room.gate.request(replace(asked(), label=""))
    assert (await room.vault.entries(2, 0, 99))[-1].note.startswith("USER for a device (file)")
    assert room.events[-1][1].startswith("a device asks")


async def test_a_name_that_hides_everything_is_refused(room) -> None:
    """A label of blanks and marks is none; a long one is cut."""
    room.enrolled()
    refused = await room.refused(room.admin, PairName(room.desk.fingerprint, "\u202e \u200b"))
    assert refused.code is RefusalCode.BAD_ARGUMENTS and "no character" in refused.reason
