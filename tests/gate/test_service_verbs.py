"""Verbs of services, through the gate: what is checked, what stands in the audit log, what is refused, and what a capability holds."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from protocol.authority.mint import Wish, delegate
from protocol.schema import CapGrant, CorrectClaim, LabelDocument, Receipt, Refusal
from protocol.schema.numbers import LabelKind, Log, RefusalCode, Verb
from protocol.trust.capability import LAST_ROW, parse_chain
from tests.gate.conftest import Room
from tests.services.asking import declared, rows
from tests.services.rings import rings_over
from totebox.clock import now_text
from totebox.gate.idempotency import OnceBook
from totebox.gate.service_verbs import handlers_of
from totebox.service.contract import Claim, Document, Drafted, Sealing
from totebox.services.minutebook import SPEC as MINUTEBOOK
from totebox.services.people import SPEC as PEOPLE
from totebox.vault.api import AuditDraft, Batch, Draft, Entry, LeafIndex, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
JANE = Claim(0, "person", "Jane Do", "", 1, 0, 0, 7, "⟦Jane Do⟧ signs", "test 1")
JOHN = Claim(1, "person", "John Roe", "", 2, 0, 9, 17, "⟦John Roe⟧ signs", "test 1")
HOLD, RETAIN, FREE = LabelKind.HOLD, LabelKind.RETAIN, LabelKind.FREE


@dataclass
class House:
    """A gate with both services over one vault; `paper` is a sealed original, `claim` what it says of Jane."""

    room: Room
    services: dict[str, object]
    paper: int
    text: int
    claim: int

    async def table(self, name: str, text: str = "", as_of: str = "") -> list[dict[str, object]]:
        service = name.partition(".")[0]
        table = declared({"people": PEOPLE, "minutebook": MINUTEBOOK}[service], name)
        return await rows(self.services[service], table, text, as_of)  # type: ignore[arg-type]

    async def newest(self, log: Log = Log.RECORDS) -> Entry:
        head = await self.room.vault.head()
        size = (head.records if log is Log.RECORDS else head.audit).tree_size
        return (await self.room.vault.entries(log, LeafIndex(size - 1), 1))[0]

    async def label(self, kind: LabelKind, value: str = "", is_set: bool = True, **how: object) -> Receipt:
        answer = await self.room.ask(self.room.desk, LabelDocument(self.paper, kind, value, is_set), **how)  # type: ignore[arg-type]
        assert isinstance(answer, Receipt), answer
        return answer

    async def labels(self, text: str = "", as_of: str = "") -> list[object]:
        return [row["labels"] for row in await self.table("minutebook.documents", text, as_of)]


@pytest.fixture
async def house(room: Room, tmp_path: Path) -> AsyncIterator[House]:
    rings = rings_over(room.vault, tmp_path)
    services = {spec.name: rings.running(spec).service for spec in (PEOPLE, MINUTEBOOK)}
    sealing = Sealing(
        "a.md", "1200", Document("text/plain", "Jane Do signs\n", 0, ""), (JANE, JOHN), now_text(), sha256=b"\1" * 32
    )
    original = Draft("minutebook", "original", "a.md", Whole(b"x"), "a.md", note="account=1200, media=text/plain")
    drafts = [draft for service in reversed(services.values()) for draft in await service.seal(sealing)]  # type: ignore[attr-defined]
    row = AuditDraft("COMMAND", "local", "seal")
    sealed = (await room.vault.append(Batch("local", "", b"", row, (original, *drafts)))).entries
    room.rebuilt(verbs={name: service.verbs() for name, service in services.items()})  # type: ignore[attr-defined]
    claim = next(entry.index for entry in sealed if entry.kind == "claim")
    yield House(room.enrolled(), services, sealed[0].index, sealed[1].index, claim)
    for service in services.values():
        await service.close()  # type: ignore[attr-defined]


# -- people.correct


async def test_a_correction_stands_in_the_place_of_the_claim(house: House) -> None:
    """The present shows the stated value under the same anchor; the name of the anchor is the corrected one."""
    (before,) = [row for row in await house.table("people.claims") if row["index"] == house.claim]
    receipt = await house.room.ask(house.room.desk, CorrectClaim(house.claim, "Jane  Doe", house.paper))
    assert isinstance(receipt, Receipt)
    shown = {row["value"]: row for row in await house.table("people.claims")}
    assert set(shown) == {"Jane Doe", "John Roe"}
    row = shown["Jane Doe"]
    assert (row["index"], row["anchor"], row["supersedes"]) == (receipt.index, before["anchor"], house.claim)
    assert (row["status"], row["source"], row["actor"]) == ("stated", house.paper, house.room.desk.fingerprint)
    names = {anchor["name"]: anchor for anchor in await house.table("people.anchors")}
    assert set(names) == {"Jane Doe", "John Roe"} and not names["Jane Doe"]["conflict"]


async def test_the_old_claim_stays(house: House) -> None:
    """It is shown with `all:`, as of a time before the correction, and in the record log byte for byte."""
    entry = (await house.room.vault.entries(Log.RECORDS, LeafIndex(house.claim), 1))[0]
    await house.room.ask(house.room.desk, CorrectClaim(house.claim, "Jane Doe", house.paper))
    everything = {row["index"]: row for row in await house.table("people.claims", "all:")}
    assert everything[house.claim]["value"] == "Jane Do" and everything[house.claim]["superseded_by"] in everything
    assert "Jane Do" in [row["value"] for row in await house.table("people.claims", as_of=entry.time)]
    assert "Jane Do" in [row["name"] for row in await house.table("people.anchors", as_of=entry.time)]
    assert (await house.room.vault.entries(Log.RECORDS, LeafIndex(house.claim), 1))[0] == entry


async def test_of_two_corrections_at_once_one_stands(house: House) -> None:
    """Two sessions correct one claim before either is answered: one has a receipt; CONFLICT names its entry to the other."""
    room = house.room
    answers = await asyncio.gather(
        room.ask(room.desk, CorrectClaim(house.claim, "Jane Doe", house.paper)),
        room.ask(room.other_desk, CorrectClaim(house.claim, "Jane Dow", house.paper)),
    )
    (receipt,) = (answer for answer in answers if isinstance(answer, Receipt))
    (refusal,) = (answer for answer in answers if isinstance(answer, Refusal))
    assert refusal.code is RefusalCode.CONFLICT and f"entry {receipt.index} already" in refusal.reason
    assert len([row for row in await house.table("people.claims", "all:") if row["supersedes"] == house.claim]) == 1


async def test_of_two_labels_alike_at_once_one_stands(house: House) -> None:
    """The second is told that the document has it already."""
    room, asked = house.room, LabelDocument(house.paper, HOLD, "Matter 7", True)
    answers = await asyncio.gather(room.ask(room.desk, asked), room.ask(room.other_desk, asked))
    assert sorted(type(answer).__name__ for answer in answers) == ["Receipt", "Refusal"]
    assert [answer.code for answer in answers if isinstance(answer, Refusal)] == [RefusalCode.CONFLICT]


async def test_a_service_that_is_cancelled_lets_the_next_command_through(house: House) -> None:
    """The session of the first one ends while its command is at work: the second is answered."""
    room = house.room
    first = asyncio.create_task(room.ask(room.desk, CorrectClaim(house.claim, "Jane Doe", house.paper)))
    await asyncio.sleep(0)
    first.cancel()
    answer = await room.ask(room.other_desk, LabelDocument(house.paper, HOLD, "", True))
    assert isinstance(answer, Receipt)


async def test_a_write_of_a_service_carries_its_audit_row(house: House) -> None:
    """One row COMMAND in the same batch, by the device, with the words of the verb and not the value."""
    rows = len(await house.room.audit_rows())
    await house.room.ask(house.room.desk, CorrectClaim(house.claim, "Jane Doe", house.paper), agent="x scripted")
    row, entry = await house.newest(Log.AUDIT), await house.newest()
    assert len(await house.room.audit_rows()) == rows + 1 and entry.audit == row.index
    assert (row.kind, row.subject, row.actor) == ("COMMAND", "people.correct", house.room.desk.fingerprint)
    assert row.note == f"claim {house.claim} on the ground of record {house.paper} [scripted]"


@pytest.mark.parametrize(
    ("claim", "value", "source", "code", "remedy"),
    [
        (0, "Jane Doe", None, RefusalCode.NOT_FOUND, "people.claims"),
        (LAST_ROW, "Jane Doe", None, RefusalCode.NOT_FOUND, "people.claims"),
        (None, "Jane Doe", LAST_ROW, RefusalCode.BAD_ARGUMENTS, "seal it at F12"),
        (None, "Jane Doe", 0, RefusalCode.BAD_ARGUMENTS, "sealed document"),
        (None, "Jane Do", None, RefusalCode.BAD_ARGUMENTS, "value that is right"),
        (None, " \n ", None, RefusalCode.BAD_ARGUMENTS, "value that is right"),
    ],
)
async def test_what_cannot_be_corrected_is_refused(
    house: House, claim: int | None, value: str, source: int | None, code: RefusalCode, remedy: str
) -> None:
    """No claim, no source, no change: the refusal says what to do, its row stands in the audit log, and no record is made."""
    before = await house.newest()
    asked = CorrectClaim(house.claim if claim is None else claim, value, house.paper if source is None else source)
    refusal = await house.room.refused(house.room.desk, asked)
    assert refusal.code is code and remedy in refusal.remedy
    assert (await house.newest(Log.AUDIT)).kind == "REFUSED" and await house.newest() == before


async def test_a_derived_record_is_no_ground_and_the_remedy_names_its_original(house: House) -> None:
    """The text that was made of a document is not what was sealed."""
    refusal = await house.room.refused(house.room.desk, CorrectClaim(house.claim, "Jane Doe", house.text))
    assert f"or record {house.paper}" in refusal.remedy


async def test_a_claim_is_corrected_once_and_then_its_correction(house: House) -> None:
    """The second correction of one claim is a CONFLICT that names the first, which can be corrected."""
    first = await house.room.ask(house.room.desk, CorrectClaim(house.claim, "Jane Doh", house.paper))
    assert isinstance(first, Receipt)
    refusal = await house.room.refused(house.room.desk, CorrectClaim(house.claim, "Jane Doe", house.paper))
    assert refusal.code is RefusalCode.CONFLICT and f"entry {first.index}" in refusal.remedy
    assert isinstance(
        await house.room.ask(house.room.desk, CorrectClaim(first.index, "Jane Doe", house.paper)), Receipt
    )
    assert {row["value"] for row in await house.table("people.claims")} == {"Jane Doe", "John Roe"}


async def test_a_correction_counts_as_no_further_claim_of_the_document(house: House) -> None:
    """F5 counts what was verified in a document."""
    await house.room.ask(house.room.desk, CorrectClaim(house.claim, "Jane Doe", house.paper))
    (row,) = await house.table("minutebook.documents")
    assert row["claims"] == 2


# -- once, roles, capabilities


async def test_a_repetition_is_given_the_first_receipt_after_a_restart_too(house: House) -> None:
    """The same once id appends nothing again; other arguments under it are a CONFLICT."""
    asked, once = CorrectClaim(house.claim, "Jane Doe", house.paper), b"o" * 16
    first = await house.room.ask(house.room.desk, asked, once=once)
    newest = await house.newest()
    house.room.gate._once = OnceBook()  # what another process begins with
    second = await house.room.ask(house.room.desk, asked, once=once)
    assert isinstance(first, Receipt) and isinstance(second, Receipt) and second.index == first.index
    assert await house.newest() == newest
    house.room.gate._once = OnceBook()
    refusal = await house.room.refused(house.room.desk, replace(asked, value="Janet"), once=once)
    assert refusal.code is RefusalCode.CONFLICT and await house.newest() == newest


@pytest.mark.parametrize("verb", [Verb.PEOPLE_CORRECT, Verb.MINUTEBOOK_LABEL])
async def test_a_reader_corrects_and_labels_nothing(house: House, verb: Verb) -> None:
    """Both need INPUT."""
    asked = {
        Verb.PEOPLE_CORRECT: CorrectClaim(house.claim, "Jane Doe", house.paper),
        Verb.MINUTEBOOK_LABEL: LabelDocument(house.paper, HOLD, "", True),
    }[verb]
    refusal = await house.room.refused(house.room.reader, asked)
    assert refusal.code is RefusalCode.NOT_PERMITTED and "INPUT" in refusal.remedy


BOTH = (Verb.PEOPLE_CORRECT, Verb.MINUTEBOOK_LABEL)


@pytest.mark.parametrize(
    ("service", "rows", "corrects", "labels"),
    [
        ("", "all", True, True),
        ("people", "all", True, False),
        ("minutebook", "all", False, True),
        ("", "claim", False, False),
        ("", "paper", False, True),
        ("people", "both", True, False),
    ],
)
async def test_a_capability_is_judged_by_service_claim_and_ground(
    house: House, service: str, rows: str, corrects: bool, labels: bool
) -> None:
    """A correction needs the claim, its service and the ground inside; a label the document and its service."""
    room = house.room
    span = {
        "all": (0, LAST_ROW), "claim": (house.claim, house.claim), "paper": (house.paper, house.paper),
        "both": (house.paper, house.claim),
    }[rows]  # fmt: skip
    (row,) = await room.rows(room.desk, CapGrant(BOTH, service, *span, (), b"", 3_600, 3))
    chain = delegate(parse_chain(str(row["chain"])), room.binder_of(room.desk), room.probe.key, Wish())
    corrected = await room.ask(room.probe, CorrectClaim(house.claim, "Jane Doe", house.paper), capability=chain)
    labelled = await room.ask(room.probe, LabelDocument(house.paper, HOLD, "", True), capability=chain)
    assert (isinstance(corrected, Receipt), isinstance(labelled, Receipt)) == (corrects, labels)
    for answer in (corrected, labelled):
        assert isinstance(answer, Receipt) or answer.code is RefusalCode.NOT_PERMITTED  # type: ignore[union-attr]


async def test_a_service_contributes_its_own_verbs_alone(house: House) -> None:
    """Another's verb, or one of the gate's, is a mistake that ends the start."""
    handlers = house.services["people"].verbs()  # type: ignore[attr-defined]
    for service, verbs in (("minutebook", handlers), ("people", {Verb.READ: handlers[Verb.PEOPLE_CORRECT]})):
        with pytest.raises(ValueError, match="no verb of its own"):
            handlers_of(house.room.vault, {service: verbs})


@pytest.mark.parametrize("drafts", [(), (Draft("minutebook", "claim", "x", Whole(b"x"), "x"),)])
async def test_what_a_service_may_not_draft_is_refused(house: House, drafts: tuple[Draft, ...]) -> None:
    """Nothing at all, or a record of another service: nothing is appended."""

    async def handler(arguments: object, asker: object) -> Drafted:
        return Drafted(drafts)

    house.room.rebuilt(verbs={"people": {Verb.PEOPLE_CORRECT: handler}})
    before = await house.newest()
    refusal = await house.room.refused(house.room.desk, CorrectClaim(house.claim, "Jane Doe", house.paper))
    assert refusal.code is RefusalCode.BAD_ARGUMENTS and await house.newest() == before


# -- minutebook.label


async def test_labels_are_shown_in_one_order(house: House) -> None:
    """Holds, then the retention, then free labels; each is an appended row."""
    before = (await house.newest()).index
    await house.label(FREE, "board")
    await house.label(RETAIN, "2031-12-31")
    await house.label(HOLD, "Matter  7")
    await house.label(HOLD)
    assert await house.labels() == ["hold · hold Matter 7 · until 2031-12-31 · board"]
    assert (await house.newest()).index == before + 4 and (await house.newest()).source == house.paper


@pytest.mark.parametrize(
    ("query", "found"),
    [("label:hold", 1), ("label:until", 1), ("label:2031", 1), ("label:BOARD", 1), ("label:x", 0),
     ("label:hold label:board", 1), ("label:hold label:x", 0), ("signs label:hold", 1), ("nobody label:hold", 0)],
)  # fmt: skip
async def test_documents_are_found_by_label(house: House, query: str, found: int) -> None:
    """By kind, by words of it, or any; with other words all have to agree."""
    await house.label(HOLD, "Matter 7")
    await house.label(RETAIN, "2031-12-31")
    await house.label(FREE, "Board")
    assert len(await house.labels(query)) == found


async def test_a_lifted_label_is_gone_now_and_stood_then(house: House) -> None:
    """The row that set it stays; as of its time the document has it, and is found by it."""
    await house.label(HOLD, "Matter 7")
    then = (await house.newest()).time
    await house.label(HOLD, "Matter 7", is_set=False)
    assert await house.labels() == [""] and await house.labels("label:hold") == []
    assert await house.labels(as_of=then) == ["hold Matter 7"] and await house.labels("label:hold", then) == [
        "hold Matter 7"
    ]


async def test_of_retentions_the_newest_counts(house: House) -> None:
    """A further day takes the place of the one before; lifting names no day."""
    await house.label(RETAIN, "2031-12-31")
    await house.label(RETAIN, "2035-12-31")
    assert await house.labels() == ["until 2035-12-31"]
    await house.label(RETAIN, "", is_set=False)
    assert await house.labels() == [""]


async def test_the_history_says_what_was_set_and_lifted(house: House) -> None:
    """One entry a change, of kind label, with who changed it."""
    await house.label(HOLD, "Matter 7")
    await house.label(HOLD, "Matter 7", is_set=False)
    rows = [row for row in await house.table("minutebook.history", f"document:{house.paper}") if row["kind"] == "label"]
    assert [row["note"] for row in rows] == ["hold Matter 7: set", "hold Matter 7: lifted"]
    assert {row["actor"] for row in rows} == {house.room.desk.fingerprint}


async def test_every_version_has_the_labels_of_its_document(house: House) -> None:
    """A hold that was set on the first version holds the second."""
    await house.label(HOLD, "Matter 7")
    newer = Draft("minutebook", "original", "a.md", Whole(b"y"), "a.md", supersedes=LeafIndex(house.paper))
    await house.room.vault.append(Batch("local", "", b"", AuditDraft("COMMAND", "local", "seal"), (newer,)))
    assert await house.labels("all:") == ["hold Matter 7", "hold Matter 7"]


@pytest.mark.parametrize(
    ("kind", "value", "is_set", "code", "remedy"),
    [
        (RETAIN, "", True, RefusalCode.BAD_ARGUMENTS, "2031-12-31"),
        (RETAIN, "2031-02-30", True, RefusalCode.BAD_ARGUMENTS, "calendar"),
        (RETAIN, "20311231", True, RefusalCode.BAD_ARGUMENTS, "2031-12-31"),
        (FREE, "", True, RefusalCode.BAD_ARGUMENTS, "words of its own"),
        (FREE, "Hold on", True, RefusalCode.BAD_ARGUMENTS, "words of its own"),
        (FREE, "a\u202eb", True, RefusalCode.BAD_ARGUMENTS, "take it out"),
        (HOLD, "Matter 8", False, RefusalCode.NOT_FOUND, "its labels: hold Matter 7"),
        (RETAIN, "", False, RefusalCode.NOT_FOUND, "its labels: hold Matter 7"),
        (HOLD, "Matter 7", True, RefusalCode.CONFLICT, "nothing is to be done"),
    ],
)
async def test_a_label_that_does_not_fit_is_refused(
    house: House, kind: LabelKind, value: str, is_set: bool, code: RefusalCode, remedy: str
) -> None:
    """The refusal says what to write, or which labels stand; no row is made."""
    await house.label(HOLD, "Matter 7")
    before = await house.newest()
    refusal = await house.room.refused(house.room.desk, LabelDocument(house.paper, kind, value, is_set))
    assert refusal.code is code and remedy in refusal.remedy and await house.newest() == before


@pytest.mark.parametrize("index", [0, LAST_ROW, "claim"])
async def test_only_documents_are_labelled(house: House, index: int | str) -> None:
    """The vault's own entry, a claim, or no entry at all: NOT_FOUND, and where documents are listed."""
    asked = LabelDocument(house.claim if isinstance(index, str) else index, HOLD, "", True)
    refusal = await house.room.refused(house.room.desk, asked)
    assert (
        isinstance(refusal, Refusal)
        and refusal.code is RefusalCode.NOT_FOUND
        and "minutebook.documents" in refusal.remedy
    )


async def test_labels_come_again_when_the_index_is_made_again(house: House, tmp_path: Path) -> None:
    """They lie in the record log; another index over the same log shows the same."""
    await house.label(HOLD, "Matter 7")
    await house.label(FREE, "board")
    await house.label(FREE, "board", is_set=False)
    (tmp_path / "other").mkdir()
    other = rings_over(house.room.vault, tmp_path / "other").running(MINUTEBOOK).service
    found = await rows(other, declared(MINUTEBOOK, "minutebook.documents"))
    assert [row["labels"] for row in found] == ["hold Matter 7"]
    await other.close()


def test_the_vault_of_memory_is_what_the_house_stands_on(room: Room) -> None:
    """The tests above append to the vault that passes the real one's conformance suite."""
    assert isinstance(room.vault, MemoryVault)
