"""The plan: what a batch becomes, before a byte is written."""

from hashlib import sha256

import pytest

from tests.vault.bench import ACTOR, batch, line, stamp, whole
from totebox.errors import OnceConflict, RecordRejected
from totebox.vault.api import AuditDraft, Cite, Draft, Entry, LeafIndex, Line, Member, Own, Whole
from totebox.vault.commit.idempotency import OnceIds
from totebox.vault.commit.layout import Layout, LinePlace
from totebox.vault.commit.plan import MAX_DRAFTS, Outcome, Planner, Range, Repeat


def planner() -> Planner:
    rows: dict[int, Entry] = {}
    made = Planner(Layout(), OnceIds(), rows.get)
    made.records_size = made.audit_size = 1
    made.rows = rows  # type: ignore[attr-defined]
    return made


def planned(made: Planner, *drafts: Draft, command: str = "", digest: bytes = b"\1" * 32) -> Outcome:
    outcome = made.plan_batch(batch(*drafts, command=command, digest=digest), stamp(9))
    assert isinstance(outcome, Outcome)
    made.rows[outcome.audit.index] = outcome.audit  # type: ignore[attr-defined]
    return outcome


def test_entries_follow_each_other_and_cite_their_audit_row() -> None:
    """Indices go on where the log ends; the row says how many it authorises."""
    made = planner()
    first, second = planned(made, whole(b"a"), whole(b"b")), planned(made, line("ada"))
    assert [entry.index for entry in (*first.entries, *second.entries)] == [1, 2, 3]
    assert [entry.audit for entry in (*first.entries, *second.entries)] == [1, 1, 2]
    assert (first.audit.length, second.audit.length) == (2, 1)


def test_a_refused_batch_changes_nothing() -> None:
    """Places that its first members were given are free again."""
    made = planner()
    with pytest.raises(RecordRejected):
        planned(made, line("ada"), Draft("people", "claim", "x\n", Whole(b"")))
    assert planned(made, line("ada")).places[0].offset == 0  # type: ignore[union-attr]


def test_a_member_is_cited_by_its_place() -> None:
    """Position 0 of the batch becomes the index that it gets."""
    outcome = planned(planner(), whole(b"a"), Draft("minutebook", "text", "t", Whole(b"t"), source=Member(0)))
    assert outcome.entries[1].source == 1


def test_a_repeated_command_points_to_its_row() -> None:
    """With other arguments it is a conflict; of another device it is another command."""
    made = planner()
    first = planned(made, whole(b"a"), command="0a")
    again = made.plan_batch(batch(whole(b"a"), command="0a"), stamp(10))
    assert again == Repeat(LeafIndex(first.audit.index))
    with pytest.raises(OnceConflict):
        planned(made, whole(b"a"), command="0a", digest=b"\2" * 32)


def test_a_text_that_needs_quoting_changes_no_other_row() -> None:
    """The members before it become the same rows and lines as in a batch that is plain throughout."""
    drafts = [line("ada"), whole(b"a"), line("b-1", "x y"), Draft("people", "claim", "c", Whole(b""), note="n")]
    plain = planned(planner(), *drafts, command="0a")
    for awkward in (line("=1+1"), line("Doe, Jane"), line('5" disk'), line("u\u0308"), line("x\u00a0y")):
        quoted = planned(planner(), *drafts, awkward, command="0a")
        assert (quoted.entries[:4], quoted.places[:4]) == (plain.entries, plain.places)


def test_a_batch_has_a_limit() -> None:
    """One more than it is refused."""
    with pytest.raises(RecordRejected, match="at most"):
        planned(planner(), *(whole(b"") for _ in range(MAX_DRAFTS + 1)))


def test_a_clock_that_goes_on_is_not_stated() -> None:
    """Only a step back is an entry."""
    made = planner()
    made.last_time = stamp(5)
    assert made.plan_clock(stamp(5)) is None
    stepped = made.plan_clock(stamp(4))
    assert stepped is not None and stepped.entries[0].kind == "clock" and made.last_time == stamp(4)


def test_torn_ranges_get_one_row_and_an_entry_each() -> None:
    """Owned as they lie."""
    outcome = planner().plan_torn([Range("a", 3, 4, b"\1" * 32), Range("b", 0, 0, b"\2" * 32)], stamp(9))
    assert [(entry.path, entry.offset, entry.length) for entry in outcome.entries] == [("a", 3, 4), ("b", 0, 0)]
    assert outcome.audit.length == 2


def test_an_audit_row_states_the_acknowledged_head() -> None:
    """Size and root of the record log when it was planned."""
    made = planner()
    made.acknowledged = (7, b"\7" * 32)
    row = made.plan_audit(AuditDraft("COMMAND", ACTOR, "list"), stamp(9)).audit
    assert (row.offset, row.sha256, row.length) == (7, b"\7" * 32, 0)


COLUMNS = ("entry", "document", "audit", "words")


def citing(*cites: tuple[int, Cite], cells: tuple[str, ...] = ("", "", "", "ada")) -> Draft:
    return Draft("people", "claim", "x", Line("claims", COLUMNS, cells, cites))


def test_a_cell_cites_what_the_plan_alone_knows() -> None:
    """Its own entry, an earlier member of the batch, and the audit row that authorises it; the hash is that of the line."""
    made = planner()
    planned(made, whole(b"a"))
    outcome = planned(made, whole(b"b"), citing((0, Own.ENTRY), (1, Member(0)), (2, Own.AUDIT)))
    (place,) = (place for place in outcome.places if isinstance(place, LinePlace))
    text = b"3,2,2,ada\n"
    assert place.data == ",".join(COLUMNS).encode() + b"\n" + text and outcome.audit.index == 2
    assert outcome.entries[1].sha256 == sha256(place.data).digest()


@pytest.mark.parametrize(
    "draft",
    [
        citing((4, Own.ENTRY)),
        citing((-1, Own.ENTRY)),
        citing((3, Own.ENTRY)),
        citing((0, Member(1))),
        citing((0, Member(2))),
        citing((0, Member(-1))),
    ],
    ids=[
        "no such column",
        "a negative column",
        "a cell that is not empty",
        "itself",
        "a later member",
        "a negative member",
    ],
)
def test_a_cell_cites_nothing_else(draft: Draft) -> None:
    """A column that is not there or not empty, and members that are no earlier ones, are refused before anything is decided."""
    made = planner()
    with pytest.raises(RecordRejected):
        planned(made, whole(b"a"), draft)
    assert (made.records_size, made.audit_size) == (1, 1)
