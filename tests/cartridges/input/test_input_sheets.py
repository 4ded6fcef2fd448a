"""Texts of F12: the five steps, what a document waits for, what is asked, what will be sealed, and why a key does nothing."""

from dataclasses import replace

import pytest

from console.cartridges.input import reasons, sheets
from console.cartridges.input.claims import claim_row, source, tally
from console.cartridges.input.route import _why
from console.chassis.facts import Line
from console.model.input.chart import shown_path
from console.model.input.intake import Claim, ClaimCounts, InputStep, Intake, Origin, QueueState
from console.model.input.tray import Queued, Sealed, Tray, Work
from protocol.schema import Proof, Receipt, Refusal
from protocol.schema.chart import Account
from protocol.schema.numbers import Decision, RefusalCode

HASH, OTHER = b"\x01" * 32, b"\x02" * 32
INTAKE = Intake(
    "an-id", "lease.pdf", "application/pdf", 1_234, HASH, None, "", "1200", "lease ×2", "minutebook", "route", "me"
)
CLAIM = Claim(0, "person", "Jane Doe", "jane@x.example", 12, 3, 0, 8, "Chair: ⟦Jane Doe⟧ signs", "label/1")
WORK = Work(InputStep.REVIEW, "", 0, 0, HASH, 1_234, INTAKE, "1200", "minutebook", (CLAIM,))
ITEM = Queued(1, Origin.PATH, "lease.pdf", "/home/me/lease.pdf", b"", 1_234, QueueState.AT_WORK, None, WORK)
NO = Refusal(1, RefusalCode.DISK_FULL, "the disk is full", "make room")


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for _, text in line).rstrip() for line in lines]


def one(lines: list[Line]) -> str:
    """All of it, however it is wrapped."""
    return " ".join(" ".join(texts(lines)).split())


@pytest.mark.parametrize("step", list(InputStep))
def test_the_steps_say_what_is_done(step: InputStep) -> None:
    """By signs: done, present, to come; in any width."""
    for narrow in (True, False):
        shown = "".join(text for _, text in sheets.steps(step, narrow=narrow))
        assert shown.count("✓") == step.value - 1 and f"▸{step.value} {step.name}" in shown
        assert shown.count("›") == len(InputStep) - 1
    assert "".join(text for _, text in sheets.steps(step, sealed=True)).count("✓") == len(InputStep)


def test_before_a_document_no_step_is_present() -> None:
    """None is done either."""
    shown = "".join(text for _, text in sheets.steps(None))
    assert "▸" not in shown and "✓" not in shown and all(step.name in shown for step in InputStep)


def test_the_heading_names_the_document() -> None:
    """Its place and size stay when its name is cut; what it corrects is said."""
    assert "Nothing is a record before step 5" in texts([sheets.heading(None, Tray(), 80)])[0]
    wide = texts([sheets.heading(replace(ITEM, supersedes=1_400), Tray(), 80)])[0]
    assert wide.startswith("lease.pdf") and "corrects entry 1,400" in wide and "1.2K" in wide
    long = texts([sheets.heading(replace(ITEM, name="n" * 99), Tray(), 40)])[0]
    assert "…" in long and QueueState.AT_WORK.value in long
    correcting = texts([sheets.heading(ITEM, Tray(correcting=(1_400, "old.pdf")), 80)])[0]
    assert correcting.startswith("CORRECTION of entry 1,400 old.pdf")


@pytest.mark.parametrize(
    ("origin", "where"),
    [
        (Origin.PATH, "/home/me/lease.pdf"),
        (Origin.DROP, "the Totebox's drop folder, 1.2K"),
        (Origin.KEPT, "an earlier session"),
    ],
)
def test_a_waiting_document_says_where_it_is(origin: Origin, where: str) -> None:
    """And what it corrects."""
    said = one(sheets.waiting(replace(ITEM, origin=origin, place=QueueState.WAITING, supersedes=1_400), 60))
    assert where in said and "entry 1,400" in said and "Enter begins" in said


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (QueueState.KEPT, "Enter goes on where it was"),
        (QueueState.ABANDONED, "no record was made"),
        (QueueState.WAITING, "Enter begins"),
    ],
)
def test_a_document_that_was_set_aside_says_what_enter_does(place: QueueState, says: str) -> None:
    """Each its own."""
    assert says in one(sheets.waiting(replace(ITEM, place=place), 60))


@pytest.mark.parametrize(
    ("done", "total", "share"), [(0, 100, "  0 %"), (50, 100, " 50 %"), (100, 100, "100 %"), (999, 1_000, " 99 %")]
)
def test_an_upload_shows_how_far_it_is(done: int, total: int, share: str) -> None:
    """As a bar and a figure; from the drop folder there is none, nor before its size is known."""
    work = replace(WORK, step=InputStep.HASH, done=done, total=total)
    lines = texts(sheets.hashing(ITEM, work, 60))
    assert lines[2].endswith(share) and lines[2].count("█") == 40 * (done * 100 // total) // 100
    assert "█" not in one(sheets.hashing(replace(ITEM, origin=Origin.DROP), work, 60))
    assert "░" not in one(sheets.hashing(ITEM, replace(work, total=0), 60))


@pytest.mark.parametrize("code", list(RefusalCode))
def test_every_refusal_says_what_to_do(code: RefusalCode) -> None:
    """The word, the reason, the remedy, and a way on."""
    said = one(sheets.refused(Refusal(1, code, "the reason", "the remedy"), 60, 1_400))
    assert f"✗ {code.name}" in said and "the reason" in said and "the remedy" in said and "1,400" in said
    assert sheets.WHAT_TO_DO.get(code, "nothing is lost").split(".")[0] in said
    assert "remedy" not in one(sheets.refused(Refusal(1, code, "x", ""), 60))


def test_leaving_half_way_is_three_ways() -> None:
    """Keep, abandon, go on."""
    lines = texts(sheets.leaving(ITEM, 200))
    assert "Leave lease.pdf half-way?" in lines[0] and [line.split()[0] for line in lines[2:]] == ["l", "a", "Esc"]


BOARD = Account("1200", "Records", "Minutes", "Board", ("minutes",), "Guardian", "")


def test_before_sealing_everything_is_shown() -> None:
    """What, where, under which hash, with which claims, and what it supersedes."""
    work = replace(
        WORK,
        step=InputStep.CONFIRM,
        claims=(replace(CLAIM, decision=Decision.YES), replace(CLAIM, decision=Decision.NO), CLAIM),
    )
    said = one(sheets.destination(replace(ITEM, supersedes=1_400), work, BOARD, "Acme", 90))
    for part in (
        "lease.pdf", "Acme, service minutebook", f"1200 {shown_path(BOARD)}", "Guardian", "1,234, application/pdf", HASH.hex(),
        "✓ the same that this console computed", "✓ 1 approved", "✗ 1 rejected", "? 1 pending", "entry 1,400, which stays",
    ):  # fmt: skip
        assert part in said, part
    plain = one(sheets.destination(ITEM, replace(work, refusal=NO), None, "Acme", 90))
    assert "account 1200 bytes" in plain and "✗ DISK_FULL" in plain and "supersedes" not in plain


@pytest.mark.parametrize(
    ("own", "says"),
    [
        (HASH, "✓ the same that this console computed"),
        (OTHER, f"✗ this console computed {OTHER.hex()}"),
        (b"", "? hashed by the Totebox"),
    ],
)
def test_the_hash_is_compared(own: bytes, says: str) -> None:
    """Where this console did not see the bytes it does not say that they agree."""
    work = replace(WORK, sha256=own)
    assert says in one(sheets.destination(ITEM, work, BOARD, "Acme", 90))
    routed = one(_why(work, (BOARD,), 120))
    assert ("✓ the same" in routed) is (own == HASH) and ("hashed by the Totebox" in routed) is (own != HASH)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "suggested 1200: lease ×2"),
        ({"suggestion": ""}, "no account is suggested"),
        ({"trouble": "the text is cut"}, "! the text is cut"),
        ({"name": "lease.docx"}, "! its name ends in .docx, its content is application/pdf"),
        ({"media": ""}, "unknown type"),
    ],
)
def test_an_account_is_suggested_with_its_reason(changes: dict[str, object], says: str) -> None:
    """What is odd about the document stands above."""
    work = replace(WORK, intake=replace(INTAKE, **changes))  # type: ignore[arg-type]  # fields by name
    assert says in one(_why(work, (BOARD,), 120))


def test_a_refused_route_says_why_in_full() -> None:
    """However narrow the pane is."""
    refusal = replace(NO, reason="the disk is full " * 8)
    assert one([*_why(replace(WORK, refusal=refusal), (), 40)]).count("the disk is full") == 8
    assert one(_why(replace(WORK, intake=None), (), 40)) == ""


@pytest.mark.parametrize(
    ("changes", "answer", "tone"),
    [
        ({}, "○", ""),
        ({"decision": Decision.YES}, "✓ yes", "good"),
        ({"decision": Decision.NO}, "✗ no", "bad"),
        ({"decision": Decision.SKIP}, "? skipped", "warn"),
        ({"sending": Decision.YES}, "✓…yes", "stale"),
        ({"decision": Decision.YES, "sending": Decision.NO}, "✗…no", "stale"),
        ({"decision": Decision.YES, "trouble": "x"}, "! unproven", "bad"),
    ],
)
def test_an_answer_is_shown_beside_its_claim(changes: dict[str, object], answer: str, tone: str) -> None:
    """One that is not recorded yet is marked as such; page 0 is none."""
    row = claim_row(replace(CLAIM, **changes))  # type: ignore[arg-type]  # fields by name
    assert row.cells == (answer, "person", "Jane Doe", "jane@x.example", 3, 12) and row.tones == (tone,)
    assert claim_row(replace(CLAIM, page=0)).cells[4] is None


def test_answers_are_counted() -> None:
    """In signs and words."""
    assert tally(ClaimCounts(3, 2, 1, 4)) == "✓3 yes  ✗2 no  ?1 skipped  ○4 to answer "


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "page 3, line 12 · label/1"),
        ({"page": 0}, "line 12 · label/1"),
        ({"recorded": 1_500}, "recorded as audit entry 1,500"),
        ({"trouble": "another key"}, "its receipt does not prove: another key"),
    ],
)
def test_a_claim_is_asked_with_its_source(changes: dict[str, object], says: str) -> None:
    """The words marked, the place, the rule, and what became of the answer."""
    lines = source(replace(CLAIM, **changes), None, 80)  # type: ignore[arg-type]  # fields by name
    assert says in one(lines) and "Is this so?" in one(lines)
    assert ("mark", "Jane Doe") in [piece for line in lines for piece in line]


def test_a_refused_answer_stands_above_its_claim() -> None:
    """With what to do; without claims it stands alone."""
    assert texts(source(CLAIM, NO, 80))[:2] == ["✗ DISK_FULL the disk is full", "make room"]
    assert texts(source(None, NO, 80)) == ["✗ DISK_FULL the disk is full", "make room"] and source(None, None, 80) == []


def tray(work: Work) -> Tray:
    return Tray((replace(ITEM, work=work),), 1)


@pytest.mark.parametrize(
    ("work", "yes", "answer"),
    [
        (WORK, "", ""),
        (replace(WORK, step=InputStep.DECIDE), "", ""),
        (replace(WORK, step=InputStep.ROUTE), "no claim is asked now", "no claim is asked now"),
        (replace(WORK, claims=()), "no claim is asked now", "no claim is asked now"),
        (replace(WORK, waiting="answers"), "the answers are being recorded", "the answers are being recorded"),
        (replace(WORK, waiting="claims"), "its claims are on their way", "its claims are on their way"),
        (replace(WORK, step=InputStep.CONFIRM), "", "no claim is asked now"),
        (replace(WORK, step=InputStep.CONFIRM, waiting="seal"), "no claim is asked now", "no claim is asked now"),
    ],
)
def test_a_key_that_answers_nothing_says_why(work: Work, yes: str, answer: str) -> None:
    """Y also seals at the last step."""
    assert (reasons.against_yes(tray(work)), reasons.against_answer(tray(work))) == (yes, answer)
    assert reasons.against_answer(Tray()) == "no claim is asked now"


RECEIPT = Receipt(0, 1_500, Proof(1_500, 1_501, b"leaf", ()), b"note")


@pytest.mark.parametrize(
    ("item", "abandon", "entry", "receipt", "removal"),
    [
        (None, False, False, False, False),
        (ITEM, True, False, False, False),
        (replace(ITEM, place=QueueState.KEPT), True, False, False, False),
        (replace(ITEM, place=QueueState.WAITING), False, False, False, True),
        (replace(ITEM, place=QueueState.WAITING, index=7), False, True, False, True),
        (
            replace(ITEM, place=QueueState.WAITING, sealed=Sealed(RECEIPT, "", WORK, "n", None)),
            False,
            False,
            True,
            True,
        ),
    ],
)
def test_a_command_that_cannot_be_done_says_why(item, abandon, entry, receipt, removal) -> None:
    """Nothing is said against what can be done."""
    said = (
        reasons.against_abandon(item),
        reasons.against_entry(item),
        reasons.against_receipt(item),
        reasons.against_removal(item),
    )
    assert tuple(not each for each in said) == (abandon, entry, receipt, removal)
