"""The gate at its bounds: the last ADMIN, the last microsecond of a request, the oldest answer, and what a table shows of nobody."""

import pytest

from protocol.schema import List, PairApprove, PairDeny, PairRevoke, Receipt
from protocol.schema.numbers import MAX_REQUESTS_A_SOURCE, REQUEST_LIFETIME_S, AuditKind, Role
from tests.gate.conftest import device
from tests.gate.test_idempotency import receipt
from tests.gate.test_recorder import ROW, USER, Rig
from tests.gate.test_verdict import entries
from totebox.gate.door import OpenTicket, Standing
from totebox.gate.idempotency import OnceBook
from totebox.gate.journal import Journal
from totebox.gate.pairing_book import RequestState
from totebox.gate.pairings import Pairings
from totebox.gate.read_spans import Act
from totebox.gate.verdict import NewestRows
from totebox.vault.api import AuditDraft

pytestmark = pytest.mark.anyio


async def test_the_last_admin_is_the_only_paired_one(room) -> None:
    """Neither another role, nor a device that is not paired, nor one whose pairing has ended."""
    room.enrolled()
    book = room.pairings.book
    assert book.is_last_admin(room.admin.fingerprint)
    assert not book.is_last_admin(room.desk.fingerprint) and not book.is_last_admin("SHA256:nobody")
    issued = room.issuer.issue(Role.ADMIN, "second", now="t", now_us=room.clock.us)
    second = device(60, Role.ADMIN, "second")
    room.pairings.grant(issued.ticket_id, second, room.clock.us)
    assert not room.pairings.book.is_last_admin(room.admin.fingerprint)
    room.pairings.revoke(second.fingerprint, "", "t", noted=True)
    assert room.pairings.book.is_last_admin(room.admin.fingerprint)
    assert not room.pairings.book.is_last_admin(second.fingerprint)


def test_a_ticket_of_another_process_is_found_when_it_is_first_used(tmp_path) -> None:
    """The journal is read again for an id that is not known."""
    mine, other = (Pairings(Journal(tmp_path / "pairings")) for _ in range(2))
    other.issue(b"8bytes!!", b"p" * 32, Role.USER, "desk", now="t", now_us=0, user="me", noted=True)
    found = mine.ticket(b"8bytes!!", b"s" * 32, 1)
    assert isinstance(found, OpenTicket) and (found.role, found.label, found.psk) == (Role.USER, "desk", b"p" * 32)


def test_a_request_takes_its_place_to_its_last_microsecond(tmp_path) -> None:
    """Then it gives way by itself; the oldest of a source is the first that has to."""
    book = Pairings(Journal(tmp_path / "pairings"))
    names = []
    for number in range(MAX_REQUESTS_A_SOURCE):
        book.request(device(70 + number, Role.USER, "x"), "a b c", number, "here")
        names.append(device(70 + number, Role.USER, "x").fingerprint)
    ends = REQUEST_LIFETIME_S * 1_000_000
    assert [row.wanted.fingerprint for row in book.giving_way("SHA256:new", "here", ends)] == names[:1]
    assert book.giving_way("SHA256:new", "here", ends + 1) == [] == book.giving_way("SHA256:new", "there", 0)
    assert book.giving_way(names[0], "here", 0) == []


async def test_a_device_without_a_session_has_none_in_the_table(room) -> None:
    """One that is there has its number and its program."""
    room.enrolled()
    await room.gate.opened(room.peer(room.desk, "os-console/0.1 keyboard"))
    rows = {str(row["label"]): row for row in await room.rows(room.admin, List("gate.pairings", "", "", "", 9))}
    assert (rows["front desk"]["sessions"], rows["front desk"]["agent"]) == (1, "os-console/0.1 keyboard")
    assert (rows["a reader"]["sessions"], rows["a reader"]["agent"]) == (0, "")


async def test_of_answers_the_oldest_is_forgotten() -> None:
    """The newest is still given to a repetition."""
    book, done = OnceBook(kept=2), []

    async def act() -> Receipt:
        done.append(1)
        return receipt(1)

    for once in (b"1", b"2", b"3", b"3", b"2"):
        await book.carry("a", once, b"x", 1, act)
    assert len(done) == 3
    await book.carry("a", b"1", b"x", 1, act)
    assert len(done) == 4


async def test_a_question_is_remembered_while_nothing_happens() -> None:
    """A sweep a second later forgets nothing: the repetition is a span."""
    rig = Rig()
    act = Act(USER.pairing.fingerprint, 1, ROW, "q")
    await rig.recorder.act(act, USER)
    rig.clock.s += 1
    await rig.recorder.sweep()
    await rig.recorder.act(act, USER)
    assert await rig.kinds() == ["COMMAND", "READ_SPAN"]


def test_enough_was_read_with_a_verdict_and_a_cosignature() -> None:
    """Not with one of them, in whatever order they stand."""
    clean = AuditDraft(AuditKind.AUDIT_CLEAN, "a", "vault", "v=2; scope=full; text=x")
    signed = AuditDraft(AuditKind.COSIGNED, "d", "ledger/checkpoints/7.w", "vkey")
    for drafts in ((clean, signed), (signed, clean)):
        newest = NewestRows()
        assert [newest.take(row) for row in entries(*drafts)] == [False, True]


async def test_a_request_that_was_denied_stays_so(room) -> None:
    """Also after the time that it could have waited."""
    name, guest = device(80, Role.USER, "x").fingerprint, device(80, Role.USER, "x")
    room.pairings.request(guest, "a b c", room.clock.us, "here")
    room.pairings.end_request(name, RequestState.DENIED, "no", now="t", noted=True)
    room.clock.us += REQUEST_LIFETIME_S * 1_000_000 + 1
    assert room.gate.pairing(guest.static) == (Standing.DENIED, None)


async def test_a_revocation_erases_the_key_of_that_device_alone(room) -> None:
    """In the file too: another one is still paired after a restart."""
    room.enrolled()
    room.pairings.revoke(room.desk.fingerprint, "", "t", noted=True)
    again = Pairings(Journal(room.pairings._journal.path))
    again.refresh()
    kept = {row.pairing.label: row.pairing.psk for row in again.book.pairings.values()}
    assert kept.pop("front desk") == b"" and set(kept.values()) == {b"k" * 32} and len(kept) == 4


async def test_a_device_that_asks_has_no_session(room) -> None:
    """It has no program either, before it is paired."""
    room.pairings.request(device(81, Role.USER, "x"), "a b c", room.clock.us, "here")
    [row] = await room.rows(room.admin, List("gate.pairings", "", "", "", 9))
    assert (row["sessions"], row["agent"], row["granted"], row["by"]) == (0, "", None, "")


async def test_rows_about_devices_name_them(room) -> None:
    """By their label and role, with the reason; one without a label is a device."""
    room.enrolled()
    for number, label in ((82, "laptop"), (83, "")):
        guest = device(number, Role.USER, label)
        room.pairings.request(guest, "one two three", room.clock.us, label)
        await room.ask(room.admin, PairDeny(guest.fingerprint, "not ours"))
        room.pairings.request(guest, "one two three", room.clock.us, label)
        await room.ask(room.admin, PairApprove(guest.fingerprint, "one two three", Role.USER))
        await room.ask(room.admin, PairRevoke(guest.fingerprint, "lost"))
    rows = [row for row in await room.vault.entries(2, 0, 99) if row.kind in ("DENIED", "PAIRED", "REVOKED")]
    assert [row.note for row in rows] == [
        f"{name}, words one two three: not ours" if row.kind == "DENIED"
        else f"USER to {name} (file), words one two three" if row.kind == "PAIRED"
        else f"USER of {name}: lost"
        for name, row in zip(["laptop"] * 3 + ["a device"] * 3, rows, strict=True)
    ]  # fmt: skip
