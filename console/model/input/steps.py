"""The five steps of the Input Machine on the console, as a pure state machine: an event gives the next state and the
effects to carry out.

States of the document at work (`InputStep`): HASH (it is uploaded and read), ROUTE (an account is chosen), REVIEW and DECIDE
(claims are shown and answered), CONFIRM. Keys of the person drive it, and the answers of the Totebox (`answered`). A
refusal in HASH sets the document aside and the queue goes on; a refusal of a later step is shown and the step stays,
unless the Totebox no longer has the intake (GONE).

Invariants: one document is at work at a time; every answer to a claim is a command of its own, sent one after the
other; nothing is a record before the answer to CONFIRM. An answer about a document that is no longer at work changes
only that document's state in the queue. The state lives in memory: after a crash or a restart of the console, documents
that the Totebox keeps come back as kept (`queue.set_kept`), with the answers that were recorded. An answer that was
being sent is recorded or not; the next table of claims says.
"""

from dataclasses import replace

from console.model.events import Answer
from console.model.input.approval import approval_of
from console.model.input.intake import Claim, InputStep, Intake, QueueState, read_claim, read_intake, rows
from console.model.input.queue import ask_claims, without_double
from console.model.input.tray import MAX_CLAIMS, Approve, Ask, Effect, Outcome, Queued, Sealed, Tray, Work, put
from protocol.schema import Abandon, Arguments, Decide, Offer, Receipt, Refusal, Rows
from protocol.schema import Route as RouteTo
from protocol.schema.numbers import Decision, RefusalCode

GONE = frozenset({RefusalCode.NOT_FOUND, RefusalCode.EXPIRED})
"""Codes which say that the Totebox no longer has the intake: it cleared its staging."""


# The person, at the document at work.


def choose(tray: Tray, account: str, service: str) -> Outcome:
    """Step 2: the account and the service that keeps the original."""
    item, work = tray.item, tray.work
    if item is None or work is None or work.intake is None or work.step is not InputStep.ROUTE or work.waiting:
        return tray, ()
    asked = RouteTo(work.intake.id, account, service)
    work = replace(work, waiting="route", account=account, service=service, refusal=None)
    return put(tray, replace(item, work=work)), (Ask(f"route:{item.number}", asked),)


def move(tray: Tray, cursor: int) -> Tray:
    """Move the cursor to another claim."""
    item, work = tray.item, tray.work
    if item is None or work is None or not work.claims:
        return tray
    return put(tray, replace(item, work=replace(work, cursor=max(0, min(cursor, len(work.claims) - 1)))))


def decide(tray: Tray, decision: Decision) -> Outcome:
    """Step 4: answer the claim under the cursor, and move the cursor on.

    Answers are sent one by one, in order: the next one when the last one is recorded. A claim whose answer is being
    sent cannot be answered again.
    """
    item, work = tray.item, tray.work
    if item is None or work is None or not work.claims or not _may_decide(work):
        return tray, ()
    claim = work.claims[work.cursor]
    if claim.sending is not None:
        return tray, ()
    work = _set_claim(work, replace(claim, sending=decision, trouble=""))
    outbox = (*work.outbox, (claim.number, decision))
    work = replace(
        work, step=InputStep.DECIDE, cursor=min(work.cursor + 1, len(work.claims) - 1), outbox=outbox, refusal=None
    )
    return put(tray, replace(item, work=work)), _send(item, work) if len(outbox) == 1 else ()


def _send(item: Queued, work: Work) -> tuple[Effect, ...]:
    """Send the first answer of the outbox."""
    if not work.outbox or work.intake is None:
        return ()
    number, decision = work.outbox[0]
    return (Ask(f"decide:{item.number}:{number}", Decide(work.intake.id, number, decision)),)


def _may_decide(work: Work) -> bool:
    return work.step in (InputStep.REVIEW, InputStep.DECIDE) and not work.waiting


def proceed(tray: Tray) -> Tray:
    """Go to step 5 if every claim has an answer; else to the first claim without one.

    While answers are being sent no further one is accepted, and step 5 begins when the last one is recorded.
    """
    item, work = tray.item, tray.work
    if item is None or work is None or not _may_decide(work):
        return tray
    if work.unanswered:
        return move(tray, next(at for at, claim in enumerate(work.claims) if not claim.is_answered))
    if work.outbox:
        return put(tray, replace(item, work=replace(work, waiting="answers")))
    return put(tray, replace(item, work=replace(work, step=InputStep.CONFIRM, refusal=None)))


def back(tray: Tray) -> Tray:
    """Go back from step 5 to the claims."""
    item, work = tray.item, tray.work
    if item is None or work is None or work.step is not InputStep.CONFIRM or work.waiting:
        return tray
    step = InputStep.DECIDE if any(claim.decision for claim in work.claims) else InputStep.REVIEW
    return put(tray, replace(item, work=replace(work, step=step, refusal=None)))


def seal(tray: Tray, note: str = "") -> Outcome:
    """Step 5: make the record."""
    item, work = tray.item, tray.work
    if item is None or work is None or work.intake is None or work.step is not InputStep.CONFIRM or work.waiting:
        return tray, ()
    # the hash that this console computed, where it read the file itself
    sha256 = work.sha256 or work.intake.sha256
    approval = approval_of(work.intake.id, sha256, work.claims, work.account, work.service, item.supersedes)
    work = replace(work, waiting="confirm", refusal=None)
    return put(tray, replace(item, work=work)), (Approve(f"confirm:{item.number}", approval, note),)


# What came.


def progress(tray: Tray, key: str, done: int, total: int) -> Tray:
    """Set how many bytes of an upload were sent."""
    item = tray.find(_number(key))
    if item is None or item.work is None or item.work.step is not InputStep.HASH:
        return tray
    return put(tray, replace(item, work=replace(item.work, done=done, total=total)))


def answered(tray: Tray, key: str, arguments: Arguments, answer: Answer, trouble: str) -> Outcome:
    """Apply the answer to an effect; `key` says which effect."""
    item = tray.find(_number(key))
    if item is None:
        return tray, ()
    match key.split(":")[0], answer:
        case "offer", Rows():
            return _taken_in(tray, item, arguments, answer)
        case "offer", Refusal():
            return _refused(tray, item, answer), ()
        case (("route" | "claims"), Rows()) if item.work:
            return _claims_came(tray, item, item.work, answer)
        case "decide", _ if item.work:
            return _decided(tray, item, item.work, int(key.split(":")[2]), answer, trouble)
        case "confirm", Receipt() if item.work:
            return _sealed(tray, item, item.work, answer, trouble), ()
        case (("route" | "claims" | "confirm"), Refusal()) if item.work:
            return _stopped(tray, item, item.work, answer), ()
        case _:
            return tray, ()


def _taken_in(tray: Tray, item: Queued, arguments: Arguments, answer: Rows) -> Outcome:
    table = rows(answer.table)
    if not table:
        return _refused(
            tray, item, Refusal(0, RefusalCode.FAULT, "the Totebox answered without a row", "take it again")
        ), ()
    intake = read_intake(table[0])
    tray = without_double(tray, item, intake.id)
    if intake.sealed is not None:
        reason = f"these bytes are already sealed as entry {intake.sealed}"
        refusal = Refusal(0, RefusalCode.ALREADY_SEALED, reason, "")
        return _refused(tray, replace(item, index=intake.sealed), refusal), (_abandon(item, intake),)
    if item.discard:
        return put(tray, replace(item, work=None)), (_abandon(item, intake),)
    hashed = arguments if isinstance(arguments, Offer) else None
    work = Work(
        InputStep.ROUTE,
        done=intake.size,
        total=intake.size,
        sha256=hashed.sha256 if hashed else b"",
        size=hashed.size if hashed else intake.size,
        intake=intake,
        service=intake.service,
        account=intake.suggestion,
    )
    return put(tray, replace(item, work=work, size=intake.size)), ()


def _abandon(item: Queued, intake: Intake) -> Ask:
    """Make the Totebox clear its staging of a document that will not be sealed."""
    return Ask(f"abandon:{item.number}", Abandon(intake.id))


def _claims_came(tray: Tray, item: Queued, work: Work, answer: Rows) -> Outcome:
    more = tuple(read_claim(row) for row in rows(answer.table))
    before = work.claims if work.waiting == "more" else ()
    work = replace(work, claims=before + more, waiting="", step=max(work.step, InputStep.REVIEW), refusal=None)
    if answer.more and more and work.intake and len(work.claims) < MAX_CLAIMS:
        ask = ask_claims(item.number, work.intake.id, answer.cursor)
        return put(tray, replace(item, work=replace(work, waiting="more"))), (ask,)
    if any(claim.decision for claim in work.claims):
        open_at = next((at for at, claim in enumerate(work.claims) if claim.decision is None), 0)
        work = replace(work, step=InputStep.DECIDE, cursor=open_at)
    return put(tray, replace(item, work=work)), ()


def _decided(tray: Tray, item: Queued, work: Work, number: int, answer: Answer, trouble: str) -> Outcome:
    """Apply the answer to one decision. If it was recorded, send the next; if it was refused, later decisions are
    dropped and must be given again.
    """
    at = next((at for at, claim in enumerate(work.claims) if claim.number == number), None)
    if at is None or not work.outbox or work.outbox[0][0] != number:
        return tray, ()
    if isinstance(answer, Receipt):
        claim = work.claims[at]
        done = replace(claim, decision=claim.sending, sending=None, recorded=answer.index, trouble=trouble)
        work = replace(_set_claim(work, done), outbox=work.outbox[1:])
        if work.waiting == "answers" and not work.outbox:
            work = replace(work, waiting="", step=InputStep.CONFIRM, refusal=None)
        return put(tray, replace(item, work=work)), _send(item, work)
    claims = tuple(replace(claim, sending=None) for claim in work.claims)
    work = replace(work, claims=claims, outbox=(), cursor=at, waiting="")
    stopped = put(tray, replace(item, work=work))
    return (_stopped(stopped, item, work, answer) if isinstance(answer, Refusal) else stopped), ()


def _sealed(tray: Tray, item: Queued, work: Work, receipt: Receipt, trouble: str) -> Tray:
    work = replace(work, waiting="")
    sealed = Sealed(receipt, trouble, work, item.name, item.supersedes)
    done = replace(item, place=QueueState.SEALED, work=None, sealed=sealed, index=receipt.index, refusal=None)
    return put(replace(tray, at_work=None, let_go=tray.let_go | {work.intake.id if work.intake else ""}), done)


def _refused(tray: Tray, item: Queued, refusal: Refusal) -> Tray:
    """A refusal of step 1: set the document aside, and the queue goes on."""
    if item.place is QueueState.ABANDONED:
        return put(tray, replace(item, work=None))
    at_work = None if tray.at_work == item.number else tray.at_work
    return put(replace(tray, at_work=at_work), replace(item, place=QueueState.REFUSED, work=None, refusal=refusal))


def _stopped(tray: Tray, item: Queued, work: Work, refusal: Refusal) -> Tray:
    """A refusal of a later step: show it and keep the step, unless the Totebox no longer has the intake."""
    if refusal.code in GONE:
        return _refused(tray, item, refusal)
    return put(tray, replace(item, work=replace(work, waiting="", refusal=refusal)))


def _set_claim(work: Work, claim: Claim) -> Work:
    return replace(work, claims=tuple(claim if other.number == claim.number else other for other in work.claims))


def _number(key: str) -> int | None:
    parts = key.split(":")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else None
