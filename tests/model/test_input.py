"""The Input Machine's steps, by tables: what happened in, next state and effects out."""

from dataclasses import replace
from itertools import pairwise

import pytest

from console.model.input.intake import ClaimCounts, InputStep, Origin, QueueState, count
from console.model.input.queue import add_paths, begin_correction, leave, remove, set_drops, set_kept, take
from console.model.input.steps import answered, back, choose, decide, move, proceed, progress, seal
from console.model.input.tray import Approve, Ask, Tray, Upload
from protocol.schema import (
    Abandon,
    Cell,
    Decide,
    List,
    Route,
    Take,
)
from protocol.schema.numbers import Decision, RefusalCode
from tests.model.trays import OFFER, at_review, at_route, claims, decided, intake, no, page, receipt, reply, step


def test_the_whole_path() -> None:
    """Hash, route, review, decide, confirm: each step asks one thing and waits for its answer."""
    tray = add_paths(Tray(), ["/a/lease.pdf"])
    tray, effects = take(tray, 1)
    assert (effects, step(tray)) == ((Upload("offer:1", "/a/lease.pdf"),), InputStep.HASH)
    tray = reply(progress(tray, "offer:1", 5, 10), effects[0], intake())
    assert step(tray) is InputStep.ROUTE
    tray, effects = choose(tray, "4100", "minutebook")
    assert effects == (Ask("route:1", Route("i1", "4100", "minutebook")),)
    tray = reply(tray, effects[0], claims(2))
    assert step(tray) is InputStep.REVIEW
    tray, effects = decide(tray, Decision.YES)
    assert effects == (Ask("decide:1:0", Decide("i1", 0, Decision.YES)),)
    tray = decided(reply(tray, effects[0], receipt(100)), Decision.NO)
    assert step(tray) is InputStep.DECIDE
    tray, effects = seal(proceed(tray))
    (effect,) = effects
    assert isinstance(effect, Approve) and (effect.key, effect.approval.intake, effect.note) == ("confirm:1", "i1", "")
    assert [claim.decision for claim in effect.approval.claims] == [Decision.YES, Decision.NO]
    assert effect.approval.supersedes is None
    tray = reply(tray, effects[0], receipt(7))
    item = tray.queue[0]
    assert (item.place, item.index, tray.at_work) == (QueueState.SEALED, 7, None)
    assert item.sealed is not None
    assert count(item.sealed.work.claims) == ClaimCounts(approved=1, rejected=1)


@pytest.mark.parametrize("decision", list(Decision))
def test_one_keystroke_a_claim(decision: Decision) -> None:
    """Y, N and S each send one command, move the cursor on and count at once; recorded is what the Totebox said."""
    tray, effects = decide(at_review(), decision)
    assert len(effects) == 1
    assert tray.work is not None
    assert (tray.work.cursor, len(tray.work.outbox), count(tray.work.claims).unanswered) == (1, 1, 2)
    assert (tray.work.claims[0].decision, tray.work.claims[0].recorded) == (None, None)
    tray = reply(tray, effects[0], receipt(42))
    assert tray.work is not None
    assert (tray.work.claims[0].decision, tray.work.claims[0].recorded) == (decision, 42)


def test_a_claim_whose_answer_is_on_its_way_takes_no_second_one() -> None:
    """Two answers to one claim never race: the second waits for the first."""
    tray, _ = decide(at_review(1), Decision.YES)
    assert decide(tray, Decision.NO) == (tray, ())


def test_an_answer_can_be_changed_until_it_is_sealed() -> None:
    """A further answer to the same claim is a further command."""
    tray = decided(move(decided(at_review(2), Decision.YES), 0), Decision.NO)
    assert tray.work is not None
    assert tray.work.claims[0].decision is Decision.NO


def test_silence_never_writes() -> None:
    """CONFIRM wants an answer to every claim; without one the cursor goes to the first that has none, and nothing is sent."""
    tray = proceed(move(decided(at_review(3), Decision.YES), 0))
    assert tray.work is not None
    assert (step(tray), tray.work.cursor, tray.work.unanswered) == (InputStep.DECIDE, 1, 2)
    assert seal(tray) == (tray, ())


def test_quick_answers_go_down_one_by_one() -> None:
    """Y Y N typed at once: one command at a time is with the Totebox, in the order they were typed."""
    tray, first = decide(at_review(3), Decision.YES)
    tray, second = decide(tray, Decision.YES)
    tray, third = decide(tray, Decision.NO)
    assert (first, second, third) == ((Ask("decide:1:0", Decide("i1", 0, Decision.YES)),), (), ())
    tray, effects = answered(tray, "decide:1:0", Decide("i1", 0, Decision.YES), receipt(), "")
    assert effects == (Ask("decide:1:1", Decide("i1", 1, Decision.YES)),)
    tray, effects = answered(tray, "decide:1:1", Decide("i1", 1, Decision.YES), receipt(), "")
    assert effects == (Ask("decide:1:2", Decide("i1", 2, Decision.NO)),)
    tray, effects = answered(tray, "decide:1:2", Decide("i1", 2, Decision.NO), receipt(), "")
    assert effects == ()
    assert tray.work is not None
    assert count(tray.work.claims) == ClaimCounts(approved=2, rejected=1)


def test_a_refused_answer_takes_those_behind_it_back() -> None:
    """What was not sent counts as not given, and the cursor stands where the person goes on."""
    tray, _ = decide(decide(at_review(3), Decision.YES)[0], Decision.NO)
    tray, effects = answered(tray, "decide:1:0", Decide("i1", 0, Decision.YES), no(RefusalCode.UNAVAILABLE), "")
    assert effects == ()
    assert tray.work is not None
    assert (tray.work.cursor, tray.work.unanswered, tray.work.outbox) == (0, 3, ())


def test_confirm_waits_for_answers_on_their_way() -> None:
    """With every claim answered it goes on as soon as the last answer is recorded; until then no answer is changed."""
    tray, _ = decide(at_review(2), Decision.YES)
    assert step(proceed(tray)) is InputStep.DECIDE
    tray = proceed(decide(tray, Decision.NO)[0])
    assert step(tray) is InputStep.DECIDE
    assert decide(tray, Decision.YES) == (tray, ())
    for number, decision in ((0, Decision.YES), (1, Decision.NO)):
        tray, _ = answered(tray, f"decide:1:{number}", Decide("i1", number, decision), receipt(), "")
    assert step(tray) is InputStep.CONFIRM


def test_an_answer_refused_on_the_way_to_confirm_leads_back() -> None:
    """The claim is asked again, and takes an answer."""
    tray = proceed(decide(at_review(1), Decision.YES)[0])
    tray, _ = answered(tray, "decide:1:0", Decide("i1", 0, Decision.YES), no(RefusalCode.UNAVAILABLE), "")
    assert (step(tray), len(decide(tray, Decision.YES)[1])) == (InputStep.DECIDE, 1)


def test_confirm_can_be_left_again() -> None:
    """Back leads to the claims, from where CONFIRM can be reached again."""
    assert step(back(proceed(at_review(0)))) is InputStep.REVIEW
    assert step(back(proceed(decided(at_review(1), Decision.SKIP)))) is InputStep.DECIDE


def test_nothing_is_sealed_before_confirm() -> None:
    """`seal` does nothing at any other step, nor twice."""
    for tray in (Tray(), at_route(), at_review(), decided(at_review(), Decision.YES)):
        assert seal(tray) == (tray, ())
    tray, _ = seal(proceed(at_review(0)))
    assert seal(tray) == (tray, ())


def test_one_document_at_a_time() -> None:
    """While one is at work no other is taken."""
    tray = at_route("/a/lease.pdf", "/a/b.pdf")
    assert take(tray, 2) == (tray, ())


@pytest.mark.parametrize("code", sorted(RefusalCode))
def test_a_refusal_at_step_1_stands_beside_the_document_and_the_queue_goes_on(code: RefusalCode) -> None:
    """Whatever the reason: it is kept with the document, the next one can be taken, and this one again."""
    tray, (effect,) = take(add_paths(Tray(), ["/a/lease.pdf", "/a/b.pdf"]), 1)
    tray = reply(tray, effect, no(code))
    assert (tray.queue[0].place, tray.queue[0].refusal) == (QueueState.REFUSED, no(code))
    assert len(take(tray, 2)[1]) == 1
    assert take(tray, 1)[1] == (Upload("offer:1", "/a/lease.pdf"),)


def test_bytes_that_are_sealed_already_lead_to_their_entry() -> None:
    """An intake row that names an entry is a refusal with that index; the Totebox clears its staging."""
    tray, (effect,) = take(add_paths(Tray(), ["/a/lease.pdf"]), 1)
    tray, effects = answered(tray, effect.key, OFFER, intake(sealed=12), "")
    assert effects == (Ask("abandon:1", Abandon("i1")),)
    item = tray.queue[0]
    assert item.refusal is not None
    assert (item.place, item.index, item.refusal.code) == (QueueState.REFUSED, 12, RefusalCode.ALREADY_SEALED)


@pytest.mark.parametrize(
    "code", [RefusalCode.HELD, RefusalCode.DISK_FULL, RefusalCode.UNAVAILABLE, RefusalCode.WRONG_STEP]
)
def test_a_refusal_at_a_later_step_loses_nothing(code: RefusalCode) -> None:
    """The document stays at its step with everything that was done, says why, and the step can be tried again."""
    tray, (effect,) = seal(proceed(decided(at_review(1), Decision.YES)))
    tray = reply(tray, effect, no(code))
    assert tray.work is not None
    assert (step(tray), tray.work.refusal, tray.work.waiting) == (InputStep.CONFIRM, no(code), "")
    assert len(seal(tray)[1]) == 1


def test_an_answer_that_was_refused_is_asked_again() -> None:
    """The claim counts as unanswered, and the reason is shown."""
    tray, (effect,) = decide(at_review(), Decision.YES)
    tray = reply(tray, effect, no(RefusalCode.HELD))
    assert tray.work is not None
    assert (tray.work.claims[0].decision, tray.work.claims[0].sending) == (None, None)
    assert tray.work.refusal == no(RefusalCode.HELD)


def test_a_restarted_totebox_sends_the_document_back_to_the_queue() -> None:
    """Staging is cleared at a start: nothing was recorded, and the document can be taken again from its path."""
    tray, (effect,) = choose(at_route(), "4100", "minutebook")
    tray = reply(tray, effect, no(RefusalCode.NOT_FOUND))
    assert (tray.queue[0].place, tray.at_work) == (QueueState.REFUSED, None)
    assert take(tray, 1)[1] == (Upload("offer:1", "/a/lease.pdf"),)


def test_kept_for_later_goes_on_where_it_was() -> None:
    """Keeping asks nothing of the Totebox; taking it again shows the same step, answers and cursor."""
    before = decided(at_review(), Decision.YES)
    tray, effects = leave(before, keep=True)
    assert (effects, tray.queue[0].place, tray.at_work) == ((), QueueState.KEPT, None)
    tray, effects = take(tray, 1)
    assert effects == ()
    assert tray.work == before.work


def test_abandoning_tells_the_totebox_and_leaves_no_record() -> None:
    """One command clears the staging; the document can be taken again from the beginning."""
    tray, effects = leave(at_review(), keep=False)
    assert effects == (Ask("abandon:1", Abandon("i1")),)
    assert tray.queue[0].place is QueueState.ABANDONED
    assert take(tray, 1)[1] == (Upload("offer:1", "/a/lease.pdf"),)


def test_abandoning_during_the_upload_clears_what_arrives() -> None:
    """The intake that the late answer names is abandoned at once."""
    tray, (offer,) = take(add_paths(Tray(), ["/a/lease.pdf"]), 1)
    tray, effects = leave(tray, keep=False)
    assert effects == ()
    tray, effects = answered(tray, offer.key, OFFER, intake(), "")
    assert effects == (Ask("abandon:1", Abandon("i1")),)
    assert tray.queue[0].place is QueueState.ABANDONED


def test_keeping_during_the_upload_goes_on_in_the_background() -> None:
    """The answer reaches the kept document; another one may be at work meanwhile."""
    tray, (offer,) = take(add_paths(Tray(), ["/a/lease.pdf", "/a/b.pdf"]), 1)
    tray, _ = take(leave(tray, keep=True)[0], 2)
    tray = reply(tray, offer, intake())
    assert (tray.at_work, tray.queue[0].place) == (2, QueueState.KEPT)
    tray, effects = take(leave(tray, keep=True)[0], 1)
    assert (effects, step(tray)) == ((), InputStep.ROUTE)


def test_many_claims_come_in_pages() -> None:
    """The next page is asked with the cursor of the last one; answers wait until all are there."""
    tray, (effect,) = choose(at_route(), "4100", "minutebook")
    tray, effects = answered(tray, effect.key, Route("i1", "4100", "minutebook"), claims(2, more=True), "")
    assert effects == (Ask("claims:1", List("input.claims", "intake:i1", "", "2", 200), write=False),)
    assert decide(tray, Decision.YES) == (tray, ())
    tray = reply(tray, effects[0], claims(2, first=2))
    assert tray.work is not None
    assert [claim.number for claim in tray.work.claims] == [0, 1, 2, 3]


def test_a_document_without_claims_can_be_sealed() -> None:
    """Nothing was found: REVIEW leads to CONFIRM."""
    assert step(proceed(at_review(0))) is InputStep.CONFIRM


def test_a_correction_supersedes_its_entry() -> None:
    """The next document that is added, and only that one, carries the index it corrects through to CONFIRM."""
    tray = add_paths(begin_correction(Tray(), 12, "lease.pdf"), ["/a/lease2.pdf", "/a/b.pdf"])
    assert [item.supersedes for item in tray.queue] == [12, None]
    tray, (effect,) = take(tray, 1)
    tray, (effect,) = choose(reply(tray, effect, intake()), "4100", "minutebook")
    _, effects = seal(proceed(reply(tray, effect, claims(0))))
    assert isinstance(effects[0], Approve) and effects[0].approval.supersedes == 12


def drop(name: bytes) -> dict[str, Cell]:
    return {"name": name, "shown": name.decode("latin-1"), "size": 5, "modified": ""}


def test_the_drop_folder_feeds_the_queue() -> None:
    """New files join, vanished ones leave, those at work stay, and one is taken by its raw name."""
    tray = set_drops(set_drops(Tray(), [drop(b"a"), drop(b"caf\xe9")]), [drop(b"caf\xe9"), drop(b"c")])
    assert [item.raw for item in tray.queue] == [b"caf\xe9", b"c"]
    tray, effects = take(tray, tray.queue[0].number)
    assert effects == (Ask("offer:2", Take(b"caf\xe9")),)
    assert [item.raw for item in set_drops(tray, []).queue] == [b"caf\xe9"]


def test_what_an_earlier_session_left_comes_back() -> None:
    """A kept intake of the table is in the queue once; its route is chosen again, and its answers are still there."""
    row = {
        column.name: cell
        for column, cell in zip(intake().table.columns, intake(step="decide").table.rows[0], strict=True)
    }
    tray = set_kept(set_kept(Tray(), [row]), [row])
    assert [(item.origin, item.place) for item in tray.queue] == [(Origin.KEPT, QueueState.KEPT)]
    tray, effects = take(tray, 1)
    assert (effects, step(tray)) == ((), InputStep.ROUTE)
    tray, (effect,) = choose(tray, "4100", "minutebook")
    tray = reply(tray, effect, page("input.claims", {"number": 0, "decision": "yes"}, {"number": 1, "decision": ""}))
    assert tray.work is not None
    assert (step(tray), tray.work.cursor, tray.work.unanswered) == (InputStep.DECIDE, 1, 1)


def kept_row(**changes: Cell) -> dict[str, Cell]:
    """A row of `input.intake`."""
    answer = intake(**changes).table
    return {column.name: cell for column, cell in zip(answer.columns, answer.rows[0], strict=True)}


@pytest.mark.parametrize("drops_first", [True, False])
def test_a_dropped_file_that_was_kept_is_listed_once(drops_first: bool) -> None:
    """It is still in the folder, and it is an intake: one row, whichever table comes first."""
    drops, kept = [drop(b"lease.pdf") | {"size": 10}], [kept_row(step="decide")]
    tray = set_kept(set_drops(Tray(), drops), kept) if drops_first else set_drops(set_kept(Tray(), kept), drops)
    assert [(item.origin, item.place) for item in tray.queue] == [(Origin.KEPT, QueueState.KEPT)]


def test_a_document_that_turns_out_to_be_a_kept_one_is_listed_once() -> None:
    """The Totebox answers with the intake that it holds already: the older row gives way."""
    tray = add_paths(set_kept(Tray(), [kept_row(step="decide")]), ["/a/copy.pdf"])
    tray, (effect,) = take(tray, 2)
    tray = reply(tray, effect, intake(step="decide"))
    assert [(item.name, item.place) for item in tray.queue] == [("copy.pdf", QueueState.AT_WORK)]


def test_a_table_read_before_does_not_bring_back_what_was_sealed_or_abandoned() -> None:
    """A list of intakes that was on its way meanwhile is older than the answer."""
    tray, (effect,) = seal(proceed(at_review(0)))
    sealed = reply(tray, effect, receipt(7))
    abandoned, _ = leave(at_route(), keep=False)
    for tray in (sealed, abandoned):
        assert set_kept(tray, [kept_row(step="confirm")]) == tray


def test_an_upload_that_broke_off_is_not_offered_as_kept() -> None:
    """Its bytes are not all there: offering the same file again continues it."""
    row = {
        column.name: cell
        for column, cell in zip(intake().table.columns, intake(step="upload").table.rows[0], strict=True)
    }
    assert set_kept(Tray(), [row]).queue == ()


def test_a_path_waits_once() -> None:
    """The same path twice is one document; removed, it may come again; numbers never repeat."""
    tray = add_paths(add_paths(Tray(), ["/a", "/b"]), ["/a"])
    tray = add_paths(remove(tray, 1), ["/a"])
    assert [item.number for item in tray.queue] == [2, 3]


def test_a_kept_document_is_not_just_forgotten() -> None:
    """What the Totebox holds for this device is abandoned or sealed, never silently dropped from the list."""
    tray, _ = leave(at_route(), keep=True)
    assert remove(tray, 1) == tray


@pytest.mark.parametrize("key", ["offer:99", "decide:1:99", "nonsense", "confirm", "offer:x"])
def test_an_answer_for_nobody_changes_nothing(key: str) -> None:
    """Unknown documents and claims are ignored."""
    tray = at_review()
    assert answered(tray, key, OFFER, receipt(), "") == (tray, ())


def test_steps_only_go_forward_by_what_was_answered() -> None:
    """Along the path the step never jumps more than one ahead."""
    answered_once = decided(at_review(1), Decision.YES)
    path = [at_route(), at_review(1), answered_once, proceed(answered_once)]
    steps = [found for tray in path if (found := step(tray))]
    assert all(after - before == 1 for before, after in pairwise(steps))


def test_a_proof_that_does_not_hold_is_kept_with_the_claim() -> None:
    """A decision's receipt with trouble shows it at its claim."""
    tray, (effect,) = decide(at_review(), Decision.YES)
    tray = reply(tray, effect, receipt(), trouble="the path leads to another root")
    assert tray.work is not None
    assert tray.work.claims[0].trouble == "the path leads to another root"
    assert replace(tray.work.claims[0], trouble="").recorded == 7
