"""The five steps of F12: nothing is a record before the last one, and each answer is in the log before it counts."""

import asyncio
import hashlib
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import replace

import pytest

from protocol.schema import Abandon, Decide, List, Offer, Receipt, Refusal, Route, Seal, Take
from protocol.schema.note_fields import read_note
from protocol.schema.numbers import Decision, Log, RefusalCode
from protocol.trust.keys import verify_device
from tests.patience import WAIT_S
from totebox.gate.intake import MAX_SET_ASIDE
from totebox.service.contract import Sealing
from totebox.vault.api import AuditDraft, Batch, Draft, LeafIndex, Whole

pytestmark = pytest.mark.anyio
TEXT = b"# Minutes\n\nJane Doe signs.\n"


async def walk(room, pairing, data: bytes = TEXT, decision: Decision = Decision.YES) -> str:
    """Offer, route and decide; the intake's id."""
    intake = await room.offer(pairing, data)
    await room.rows(pairing, Route(intake, "1200", "minutebook"))
    await room.ask(pairing, Decide(intake, 0, decision))
    return intake


async def test_a_document_becomes_a_record_only_at_confirm(room) -> None:
    """Before: one entry, the identity. After: original, text and claim, in one batch, staging empty."""
    intake = await walk(room, room.desk)
    assert len(await room.records()) == 1
    receipt = await room.ask(room.desk, room.sealing(room.desk, intake, note="signed copy"), once=b"a" * 16)
    kinds = [entry.kind for entry in await room.records()]
    assert isinstance(receipt, Receipt) and kinds == ["identity", "original", "text", "claim"]
    assert await room.vault.read(receipt.index, 0, 999) == TEXT and not list(room.staging.folder.iterdir())
    original = (await room.records())[1]
    assert (
        original.note
        == "v=2; account=1200; account_name=Records / Minutes / Board; media=text/markdown; text=signed copy"
        and original.sha256 == hashlib.sha256(TEXT).digest()
    )


async def test_the_first_answer_shows_what_it_is_and_where_it_may_go(room) -> None:
    """Hash, type, suggestion with its reason, next step, holder."""
    offer = Offer(b"a/b/minutes.md", len(TEXT), hashlib.sha256(TEXT).digest())
    row = (await room.rows(room.desk, offer, reply=room.answers(TEXT)))[0]
    assert (row["name"], row["media"], row["step"], row["suggestion"]) == (
        "minutes.md",
        "text/markdown",
        "route",
        "1200",
    )
    assert row["reason"] == "minutes ×2" and row["holder"] == room.desk.fingerprint and row["sealed"] is None


@pytest.mark.parametrize(
    ("decision", "kind", "sealed"),
    [
        (Decision.YES, "RECORD_VERIFIED", "claim"),
        (Decision.NO, "RECORD_REJECTED", "rejected"),
        (Decision.SKIP, "RECORD_SKIPPED", None),
    ],
)
async def test_each_decision_is_an_audit_row_of_its_own(room, decision, kind, sealed) -> None:
    """Yes is verified, no is rejected, skip is said and seals nothing."""
    intake = await walk(room, room.desk, decision=decision)
    assert [row[0] for row in await room.audit_rows()][-1] == kind
    await room.ask(room.desk, room.sealing(room.desk, intake))
    assert [entry.kind for entry in await room.records()][3:] == ([sealed] if sealed else [])


async def test_steps_cannot_be_skipped(room) -> None:
    """Deciding before routing and confirming before deciding are WRONG_STEP, and say what is missing."""
    intake = await room.offer(room.desk, TEXT)
    assert (await room.refused(room.desk, Decide(intake, 0, Decision.YES))).code is RefusalCode.WRONG_STEP
    await room.rows(room.desk, Route(intake, "1200", "minutebook"))
    refusal = await room.refused(room.desk, room.sealing(room.desk, intake))
    assert refusal.code is RefusalCode.WRONG_STEP and "1 of its claims" in refusal.reason


async def test_a_second_device_is_told_who_holds_the_document(room) -> None:
    """HELD names the holder's label, for the intake and for the same bytes offered again."""
    intake = await room.offer(room.desk, TEXT)
    held = await room.refused(room.other_desk, Route(intake, "1200", "minutebook"))
    assert held.code is RefusalCode.HELD and "front desk" in held.reason
    offer = Offer(b"copy.md", len(TEXT), hashlib.sha256(TEXT).digest())
    assert (await room.refused(room.other_desk, offer)).code is RefusalCode.HELD


async def test_the_same_device_finds_its_document_again(room) -> None:
    """After a lost session the same offer leads to the same intake, nothing is uploaded twice."""
    intake = await walk(room, room.desk)
    reply = room.answers(TEXT)
    offer = Offer(b"minutes.md", len(TEXT), hashlib.sha256(TEXT).digest())
    row = (await room.rows(room.desk, offer, reply=reply))[0]
    assert row["intake"] == intake and row["step"] == "confirm" and reply.wanted == []


async def test_an_upload_continues_where_it_broke(room) -> None:
    """What arrived is kept and hashed; the next offer asks for the rest only."""
    data = b"x" * 10_000
    offer = Offer(b"big.md", len(data), hashlib.sha256(data).digest())
    assert (
        await room.refused(room.desk, offer, reply=room.answers(data, breaks_at=4_000))
    ).code is RefusalCode.CANCELLED
    reply = room.answers(data)
    assert (await room.rows(room.desk, offer, reply=reply))[0]["step"] == "route" and reply.wanted == [4_000]


async def test_a_refused_offer_leaves_no_document(room) -> None:
    """However often an upload breaks off: no row of `input.intake`, no place taken, and at most four files for going on."""
    for number in range(20):
        data = b"%02d" % number * 5_000
        offer = Offer(b"big.md", len(data), hashlib.sha256(data).digest())
        await room.refused(room.desk, offer, reply=room.answers(data, breaks_at=4_000))
        assert not await room.rows(room.desk, List("input.intake", "", "", "", 99))
    whole = await room.offer(room.desk, TEXT)
    kept = {path.name for path in room.staging.folder.iterdir()}
    assert whole in kept and len(kept) == MAX_SET_ASIDE + 1
    await room.gate.closed(room.peer(room.desk), "goodbye")
    assert [path.name for path in room.staging.folder.iterdir()] == [whole]


async def test_a_cancelled_offer_leaves_no_document(room) -> None:
    """While its bytes arrive, and while it is read; another device may offer the same bytes then."""
    offer = Offer(b"minutes.md", len(TEXT), hashlib.sha256(TEXT).digest())
    stalled = room.answers(TEXT)
    stalled.stalls = True
    sending = asyncio.ensure_future(room.ask(room.desk, offer, reply=stalled))
    async with asyncio.timeout(WAIT_S):
        await stalled.stalled.wait()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert not await room.rows(room.desk, List("input.intake", "", "", "", 99))
    (row,) = await room.rows(room.other_desk, offer, reply=room.answers(TEXT))
    assert row["holder"] == room.other_desk.fingerprint


async def test_what_was_set_aside_needs_a_place_again(room) -> None:
    """It goes on only where a document can be opened."""
    data = b"x" * 10_000
    offer = Offer(b"big.md", len(data), hashlib.sha256(data).digest())
    await room.refused(room.desk, offer, reply=room.answers(data, breaks_at=4_000))
    for number in range(16):
        await room.offer(room.desk, b"%d" % number)
    assert (await room.refused(room.desk, offer, reply=room.answers(data))).code is RefusalCode.TOO_MANY


async def test_other_bytes_than_announced_are_refused(room) -> None:
    """HASH_MISMATCH, and staging is empty again."""
    offer = Offer(b"m.md", 4, hashlib.sha256(b"good").digest())
    assert (await room.refused(room.desk, offer, reply=room.answers(b"evil"))).code is RefusalCode.HASH_MISMATCH
    assert not list(room.staging.folder.iterdir())


async def test_bytes_that_are_a_record_already_say_so(room) -> None:
    """The row names the record, nothing is uploaded, and it cannot be routed."""
    receipt = await room.ask(room.desk, room.sealing(room.desk, await walk(room, room.desk)))
    reply = room.answers(TEXT)
    row = (await room.rows(room.desk, Offer(b"again.md", len(TEXT), hashlib.sha256(TEXT).digest()), reply=reply))[0]
    assert (row["sealed"], row["step"]) == (receipt.index, "sealed") and reply.wanted == []
    refusal = await room.refused(room.desk, Route(str(row["intake"]), "1200", "minutebook"))
    assert refusal.code is RefusalCode.ALREADY_SEALED and str(receipt.index) in refusal.reason


async def approval_row(room):
    """The newest row APPROVED and its fields."""
    (row,) = [entry for entry in await room.vault.entries(Log.AUDIT, LeafIndex(0), 1_000) if entry.kind == "APPROVED"][
        -1:
    ]
    return row, read_note(row.note)


async def test_what_a_device_signed_is_kept_before_the_batch(room) -> None:
    """The row APPROVED holds the bytes and the signature, which the device's own key verifies; the batch cites it."""
    intake = await walk(room, room.desk)
    asked = room.sealing(room.desk, intake)
    receipt = await room.ask(room.desk, asked)
    row, note = await approval_row(room)
    message, signature = (b64decode(note.fields[name]) for name in ("approval", "signature"))
    verify_device(room.desk.key, message, signature)
    assert message.startswith(b"PSP-approve-1") and hashlib.sha256(TEXT).digest() in message
    assert signature == asked.signature and row.actor == room.desk.fingerprint and "seal minutes.md" in note.text
    (entry,) = await room.vault.entries(Log.RECORDS, LeafIndex(receipt.index), 1)
    assert entry.audit == row.index


async def test_a_program_that_confirms_signs_that_it_is_one(room) -> None:
    """The word is under the signature and in the row; a signature without it is refused."""
    intake = await walk(room, room.desk)
    refusal = await room.refused(room.desk, room.sealing(room.desk, intake), agent="os-console/1 scripted")
    assert refusal.code is RefusalCode.CONFLICT
    asked = room.sealing(room.desk, intake, agent="os-console/1 scripted")
    assert isinstance(await room.ask(room.desk, asked, agent="os-console/1 scripted"), Receipt)
    row, note = await approval_row(room)
    assert b64decode(note.fields["approval"]).endswith(b"\x08scripted") and row.note.endswith(" [scripted]")


async def test_another_list_than_was_signed_is_not_sealed(room) -> None:
    """A claim answered otherwise, another account, another record to supersede: CONFLICT, and nothing is appended."""
    intake = await walk(room, room.desk)
    asked = room.sealing(room.desk, intake)
    before = len(await room.records())
    await room.ask(room.desk, Decide(intake, 0, Decision.NO))
    for changed in (asked, replace(room.sealing(room.desk, intake), supersedes=1)):
        refusal = await room.refused(room.desk, changed)
        assert refusal.code is RefusalCode.CONFLICT and "what this device signed" in refusal.reason and refusal.remedy
    assert len(await room.records()) == before
    assert isinstance(await room.ask(room.desk, room.sealing(room.desk, intake)), Receipt)


@pytest.mark.parametrize("signature", [b"s", b"\0" * 64, b"\0" * 256])
async def test_a_signature_that_is_none_is_refused(room, signature: bytes) -> None:
    """Whatever bytes stand there."""
    asked = replace(room.sealing(room.desk, await walk(room, room.desk)), signature=signature)
    assert (await room.refused(room.desk, asked)).code is RefusalCode.CONFLICT


async def test_another_key_s_signature_is_refused(room) -> None:
    """It has to be the session's own."""
    intake = await walk(room, room.desk)
    other = room.sealing(room.other_desk, intake)
    assert (await room.refused(room.desk, other)).code is RefusalCode.CONFLICT


async def test_the_same_once_may_be_signed_anew(room) -> None:
    """A key may sign the same twice in two ways: the signature is not part of what a once id stands for."""
    intake = await walk(room, room.desk)
    first = await room.ask(room.desk, room.sealing(room.desk, intake), once=b"c" * 16)
    again = await room.ask(room.desk, Seal(intake, None, "", b"another"), once=b"c" * 16)
    assert first.index == again.index


async def test_a_repeated_confirmation_seals_once(room) -> None:
    """The same once id gives the same receipt, though the intake is gone, and though the gate has forgotten."""
    intake = await walk(room, room.desk)
    first = await room.ask(room.desk, room.sealing(room.desk, intake), once=b"c" * 16)
    again = await room.ask(room.desk, room.sealing(room.desk, intake), once=b"c" * 16)
    object.__setattr__(room.gate, "_once", type(room.gate._once)())
    later = await room.ask(room.desk, room.sealing(room.desk, intake), once=b"c" * 16)
    assert first.index == again.index == later.index and len(await room.records()) == 4


async def test_a_confirmation_with_other_arguments_conflicts_after_a_restart(room) -> None:
    """The `once` of a sealed document with another note is CONFLICT, and nothing is appended."""
    intake = await walk(room, room.desk)
    await room.ask(room.desk, room.sealing(room.desk, intake, note="first"), once=b"c" * 16)
    before = len(await room.audit_rows())
    object.__setattr__(room.gate, "_once", type(room.gate._once)())
    refusal = await room.refused(room.desk, room.sealing(room.desk, intake, note="second"), once=b"c" * 16)
    assert refusal.code is RefusalCode.CONFLICT and "new once id" in refusal.remedy
    assert len(await room.records()) == 4
    assert [row[0] for row in (await room.audit_rows())[before:]] == ["REFUSED"]


@pytest.mark.parametrize("after", [0, 509, 510, 511, 1022])
async def test_a_repetition_is_given_the_first_record_of_its_batch(room, after: int) -> None:
    """Wherever the batch lies in the pages that are searched for it, also across the border of two."""
    intake = await walk(room, room.desk)
    first = await room.ask(room.desk, room.sealing(room.desk, intake), once=b"c" * 16)
    if after:
        filler = tuple(Draft("fs", "note", "x", Whole(b"x"), "x") for _ in range(after))
        await room.vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "fill"), filler))
    object.__setattr__(room.gate, "_once", type(room.gate._once)())
    later = await room.ask(room.desk, room.sealing(room.desk, intake), once=b"c" * 16)
    assert later.index == first.index


async def test_abandoning_leaves_no_record(room) -> None:
    """Staging is empty, the log says ABANDONED, and the document is unknown from then on."""
    intake = await walk(room, room.desk)
    assert isinstance(await room.ask(room.desk, Abandon(intake)), Receipt)
    assert len(await room.records()) == 1 and not list(room.staging.folder.iterdir())
    assert (await room.audit_rows())[-1] == ("ABANDONED", intake)
    assert (await room.refused(room.desk, Abandon(intake))).code is RefusalCode.NOT_FOUND


async def test_a_start_clears_staging_and_says_what_was_lost(room) -> None:
    """Each leftover is gone, and is an ABANDONED row."""
    (room.staging.folder / "0123").write_bytes(b"half")
    await room.gate.machine.start(room.staging.clear())
    assert (await room.audit_rows())[-1] == ("ABANDONED", "0123") and not list(room.staging.folder.iterdir())


async def test_a_thousand_leftovers_are_some_rows_and_a_number(room) -> None:
    """As many rows as documents can be open, and one that says how many more there were."""
    for number in range(100):
        (room.staging.folder / f"{number:03}").touch()
    before = len(await room.audit_rows())
    await room.gate.machine.start(room.staging.clear())
    rows = await room.audit_rows()
    assert len(rows) - before == 65 and rows[-1] == ("ABANDONED", "36 more files")


async def test_half_an_upload_goes_with_its_session(room) -> None:
    """Its bytes, its promise of room and its place among the open documents; a document that arrived whole stays."""
    whole = await room.offer(room.desk, TEXT)
    data = b"x" * 10_000
    offer = Offer(b"big.md", len(data), hashlib.sha256(data).digest())
    await room.refused(room.desk, offer, reply=room.answers(data, breaks_at=4_000))
    assert len(list(room.staging.folder.iterdir())) == 2
    await room.gate.closed(room.peer(room.desk), "goodbye")
    assert [path.name for path in room.staging.folder.iterdir()] == [whole]
    assert [kind for kind, _ in await room.audit_rows()][-2:] == ["ABANDONED", "SESSION_CLOSE"]


async def test_an_account_outside_the_chart_is_refused(room) -> None:
    """Routing needs a row of the chart and a service that keeps originals."""
    intake = await room.offer(room.desk, TEXT)
    assert (await room.refused(room.desk, Route(intake, "9999", "minutebook"))).code is RefusalCode.BAD_ARGUMENTS
    assert (await room.refused(room.desk, Route(intake, "1200", "people"))).code is RefusalCode.BAD_ARGUMENTS


async def test_a_confirmation_under_a_new_once_is_no_repetition(room) -> None:
    """Of a document that is not on its way it is refused, and given no receipt of another record."""
    await room.ask(room.desk, room.sealing(room.desk, await walk(room, room.desk)))
    refusal = await room.refused(room.desk, room.sealing(room.desk, "ffffffffffffffff"))
    assert refusal.code is RefusalCode.NOT_FOUND


async def test_only_an_original_can_be_superseded(room) -> None:
    """A correction names the version that it corrects; entry 0 is the identity and none."""
    first = await room.ask(room.desk, room.sealing(room.desk, await walk(room, room.desk)))
    intake = await walk(room, room.desk, b"# Minutes, corrected\n")
    assert (await room.refused(room.desk, room.sealing(room.desk, intake, 0))).code is RefusalCode.BAD_ARGUMENTS
    receipt = await room.ask(room.desk, room.sealing(room.desk, intake, first.index))
    assert (await room.records())[receipt.index].supersedes == first.index


async def test_a_record_is_superseded_once(room) -> None:
    """A second correction of it is CONFLICT and names the first, which can be corrected in turn. Nothing of it is appended."""
    first = await room.ask(room.desk, room.sealing(room.desk, await walk(room, room.desk)))
    newer = await room.ask(room.desk, room.sealing(room.desk, await walk(room, room.desk, b"# Newer\n"), first.index))
    size = len(await room.records())
    intake = await walk(room, room.other_desk, b"# Other\n")
    refusal = await room.refused(room.other_desk, room.sealing(room.other_desk, intake, first.index))
    assert refusal.code is RefusalCode.CONFLICT and f"by entry {newer.index} already" in refusal.reason
    assert f"look at entry {newer.index}" in refusal.remedy and len(await room.records()) == size
    assert isinstance(await room.ask(room.other_desk, room.sealing(room.other_desk, intake, newer.index)), Receipt)


async def test_of_two_sessions_that_supersede_one_record_at_once_one_is_refused(room) -> None:
    """The second confirmation comes while the first is on its way to the vault: CONFLICT, and one original supersedes."""
    old = await room.ask(room.desk, room.sealing(room.desk, await walk(room, room.desk)))
    reading = room.gate.machine.reading

    async def compose(service: str, sealing: Sealing) -> Sequence[Draft]:
        for _ in range(99):  # whatever else can run does so, until it waits for this
            await asyncio.sleep(0)
        return await reading.compose(service, sealing)

    room.rebuilt(reading=replace(reading, compose=compose))
    pairs = [
        (device, await walk(room, device, b"# By %d\n" % number))
        for number, device in enumerate((room.desk, room.other_desk))
    ]
    answers = await asyncio.gather(
        *(room.ask(device, room.sealing(device, intake, old.index)) for device, intake in pairs)
    )
    (refusal,) = [answer for answer in answers if isinstance(answer, Refusal)]
    assert refusal.code is RefusalCode.CONFLICT and "already" in refusal.reason
    assert [entry.supersedes for entry in await room.records()].count(old.index) == 1


async def test_too_many_documents_at_once_are_refused(room) -> None:
    """Sixteen a device."""
    for number in range(16):
        await room.offer(room.desk, b"%d" % number)
    offer = Offer(b"m", 2, hashlib.sha256(b"17").digest())
    assert (await room.refused(room.desk, offer, reply=room.answers(b"17"))).code is RefusalCode.TOO_MANY


async def test_a_dropped_file_leaves_the_folder_after_it_was_sealed(room) -> None:
    """Taken, it still lies there; sealed and read back, it is gone."""
    path = room.drops.folder / "minutes.md"
    path.write_bytes(TEXT)
    intake = str((await room.rows(room.desk, Take(b"minutes.md")))[0]["intake"])
    await room.rows(room.desk, Route(intake, "1200", "minutebook"))
    await room.ask(room.desk, Decide(intake, 0, Decision.NO))
    assert path.exists()
    receipt = await room.ask(room.desk, room.sealing(room.desk, intake))
    assert not path.exists() and await room.vault.read(receipt.index, 0, 99) == TEXT


async def test_a_dropped_file_that_changed_stays(room) -> None:
    """What was sealed is what was taken; the changed file is kept and an event says so."""
    path = room.drops.folder / "minutes.md"
    path.write_bytes(TEXT)
    intake = str((await room.rows(room.desk, Take(b"minutes.md")))[0]["intake"])
    path.write_bytes(b"other words")
    await room.rows(room.desk, Route(intake, "1200", "minutebook"))
    await room.ask(room.desk, Decide(intake, 0, Decision.YES))
    receipt = await room.ask(room.desk, room.sealing(room.desk, intake))
    assert path.read_bytes() == b"other words" and await room.vault.read(receipt.index, 0, 99) == TEXT
    assert "changed after it was taken" in room.events[-1][1]


async def test_a_decision_names_the_claim_and_the_bytes_it_was_about(room) -> None:
    """The audit row alone says what a person agreed to."""
    await walk(room, room.desk)
    entry = (await room.vault.entries(Log.AUDIT, 0, 999))[-1]
    assert (
        entry.actor == room.desk.fingerprint
        and "Jane Doe" in entry.note
        and hashlib.sha256(TEXT).hexdigest() in entry.note
    )


async def test_the_suggested_service_is_offered_and_any_keeper_is_taken(room) -> None:
    """The intake shows who would keep it; the route may name another keeper, and no other service."""
    intake = await room.offer(room.desk, TEXT)
    (row,) = await room.rows(room.desk, List("input.intake", "", "", "", 9))
    assert row["service"] == "minutebook"
    refusal = await room.refused(room.desk, Route(intake, "1200", "people"))
    assert refusal.remedy == "choose one of minutebook, mail"
    await room.rows(room.desk, Route(intake, "1200", "mail"))
    (row,) = await room.rows(room.desk, List("input.intake", "", "", "", 9))
    assert row["service"] == "mail"
