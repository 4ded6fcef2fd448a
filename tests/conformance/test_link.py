"""A console's link: the same claims hold of a session with a real daemon and of the fake Totebox that panes are tested with."""

import pytest

from console.errors import LinkDown
from console.link.session import Session
from console.model.events import Answered, Asked
from console.model.proofs import check_for
from protocol.schema import Bound, List, PairIssue, Prove, Receipt, Refusal, Rows, Verify
from protocol.schema.numbers import Log, RefusalCode, Role
from tests.chassis.declared import COLUMNS
from tests.chassis.fake_totebox import FakeTotebox, furnish

pytestmark = pytest.mark.anyio


class Subject:
    """A link that is up, the events that it emitted, and how to ask it."""

    def __init__(self, link, events: list, bound) -> None:
        self.link, self.events, self.bound = link, events, bound

    async def ask(self, arguments):
        return await self.link.ask("k", arguments)


@pytest.fixture(params=["fake", "real"])
def subject(request) -> Subject:
    if request.param == "fake":
        events: list = []
        box = FakeTotebox(events.append)
        furnish(box)
        return Subject(box, events, next(event.bound for event in events if hasattr(event, "bound")))
    desk = request.getfixturevalue("desk")
    return Subject(desk.session, desk.events, next(event.bound for event in desk.events if hasattr(event, "bound")))


async def test_a_table_has_the_columns_that_are_declared(subject: Subject) -> None:
    """In their order and of their kinds; the fake has two of the tables, and they are no smaller than the real ones."""
    for name in ("gate.pairings", "audit.log"):
        answer = await subject.ask(List(name, "", "", "", 10))
        assert isinstance(answer, Rows) and answer.table.rows
        assert [(each.name, each.kind) for each in answer.table.columns] == [
            (each.name, each.kind) for each in COLUMNS[name]
        ]


@pytest.mark.parametrize(
    ("arguments", "table"), [(PairIssue(Role.USER, "tablet"), "gate.ticket"), (Verify(), "vault.findings")]
)
async def test_the_answer_of_a_verb_has_the_columns_that_are_declared(subject: Subject, arguments, table: str) -> None:
    """A ticket is one row; a clean verification none."""
    answer = await subject.ask(arguments)
    assert isinstance(answer, Rows) and answer.table.name == table
    assert [(each.name, each.kind) for each in answer.table.columns] == [
        (each.name, each.kind) for each in COLUMNS[table]
    ]
    assert len(answer.table.rows) == (table == "gate.ticket")


async def test_pages_follow_each_other_by_their_cursor(subject: Subject) -> None:
    """Newest first: no row is missing and none comes twice, and the last page says that it is the last."""
    size, cursor, found = 3, "", list[int]()
    for _ in range(100):
        answer = await subject.ask(List("audit.log", "", "", cursor, size))
        assert isinstance(answer, Rows) and len(answer.table.rows) <= size
        found += [int(row[0]) for row in answer.table.rows]
        if not answer.more:
            break
        cursor = answer.cursor
    assert found and found == list(range(found[0], -1, -1))


@pytest.mark.parametrize(
    "asked",
    [
        List("audit.log", "colour:red", "", "", 10),
        List("audit.log", "index:x", "", "", 10),
        List("audit.log", "", "yesterday", "", 10),
        List("audit.log", "", "", "x", 10),
        List("gate.pairings", "", "2026-11-20T09:30:00Z", "", 10),
    ],
)
async def test_what_a_table_does_not_take_is_refused(subject: Subject, asked: List) -> None:
    """BAD_ARGUMENTS, and what would be right."""
    answer = await subject.ask(asked)
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.BAD_ARGUMENTS and answer.remedy


async def test_an_unknown_table_is_not_found(subject: Subject) -> None:
    """NOT_FOUND, and the tables that there are."""
    answer = await subject.ask(List("no.such", "", "", "", 10))
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.NOT_FOUND and "audit.log" in answer.remedy


@pytest.mark.parametrize("log", [Log.RECORDS, Log.AUDIT])
async def test_a_proof_holds_under_the_keys_that_the_link_was_bound_with(subject: Subject, log: Log) -> None:
    """Of the first entry of either log."""
    answer = await subject.ask(Prove(log, 0))
    assert isinstance(answer, Receipt) and isinstance(subject.bound, Bound)
    verdict = check_for(answer, subject.bound)
    assert verdict.holds and verdict.log is log, verdict.fault


async def test_an_answer_is_told_after_its_question(subject: Subject) -> None:
    """Asked and Answered, each once, with the key and the arguments; the answer is the one that is returned."""
    subject.events.clear()
    asked = List("audit.log", "", "", "", 1)
    answer = await subject.link.ask("mine", asked)
    told = [event for event in subject.events if isinstance(event, Asked | Answered) and event.key == "mine"]
    assert [type(event) for event in told] == [Asked, Answered]
    assert told[0].arguments == told[1].arguments == asked and told[1].answer == answer


async def test_a_link_that_is_down_answers_nothing(subject: Subject, request) -> None:
    """LinkDown, at once."""
    if isinstance(subject.link, Session):
        await request.getfixturevalue("desk").close()
    else:
        subject.link.down()
    with pytest.raises(LinkDown):
        await subject.ask(List("audit.log", "", "", "", 1))
