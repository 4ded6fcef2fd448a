"""Whatever a Totebox says: it is drawn without a fault, and what is kept of it has an end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.fleet.grid import aged
from console.model.answers import check_kind, expected
from console.model.cells import BEYOND, age, draw, instant, moment, number, seconds_between, size, span
from console.model.events import Heard, PairingAdded
from console.model.link import Mailbox
from console.model.reduce import reduce
from console.model.rows import RowError, parse_row
from console.model.safe_text import escaped
from console.model.state import MAX_ROWS_BYTES, MAX_TABLES, Model, ToteboxState
from protocol.errors import RemoteProtocolError
from protocol.schema import ChangedBody, ColumnKind, Cursor, EntryBody, Gap, Receipt, Refusal, Rows, Table, Telemetry
from protocol.schema.numbers import RefusalCode, Topic, Verb
from protocol.wire.codec import encode_body

U64 = 2**64 - 1
CELL = st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.binary(max_size=40)
KNOWN = reduce(Model(), PairingAdded("t", "acme", "unix:/s", 0.0))


def heard(model: Model, *bodies: object) -> Model:
    for body in bodies:
        topic, data = encode_body(body)
        model = reduce(model, Heard("t", Telemetry(topic, Cursor(bytes(8), 1), U64, data), 0.0))
    return model


def box(model: Model) -> ToteboxState:
    return model.toteboxes["t"]


@given(CELL, st.sampled_from(list(ColumnKind)), st.sampled_from((0, 8, 11, 19)))
def test_every_cell_is_drawn(cell, kind: ColumnKind, width: int) -> None:
    """Any value under any kind of column is one harmless line."""
    text = draw(cell, kind, width=width)
    assert escaped(text) == text and len(text.splitlines()) <= 1


@given(st.integers())
def test_every_number_is_drawn_short(value: int) -> None:
    """Counts, sizes, spans, ages and instants of any integer, also of one with thousands of digits."""
    for each in (value, value * 10**400, -(10**5_000), U64):
        said = (number(each), size(each), span(each), instant(each))
        assert all(len(text) < 40 for text in said)


@given(st.floats())
def test_every_age_is_drawn(seconds: float) -> None:
    """Ages of any float, infinite ones and none included."""
    assert age(seconds) and aged(seconds) >= 0


def test_the_last_instant_of_the_wire_is_beyond() -> None:
    """2^64-1 microseconds are a word at every width, and no fault."""
    assert instant(U64) == BEYOND == moment(instant(U64), 8) and seconds_between(BEYOND, BEYOND) is None
    assert instant(0) == "1970-01-01T00:00:00.000000Z"


def test_what_is_no_time_is_drawn_as_it_is() -> None:
    """A TIME cell of other text loses nothing."""
    assert moment("the end of all days, and then some more") == "the end of all days, and then some more"


@pytest.mark.parametrize("cell", ["9" * 400, str(U64 + 1), "-1", "+1", "1_0", "٣", " 1"])
def test_a_number_of_a_row_is_what_a_register_writes(cell: str) -> None:
    """Digits of an unsigned 64-bit number; anything else is no row."""
    with pytest.raises(RowError):
        parse_row(f"1,t,a,s,k,s,p,0,{cell},,,,,,".encode())


def test_tables_that_change_are_counted_within_bounds() -> None:
    """A Totebox that names a new table each time takes no memory; a table that comes again has another count than before."""
    model = heard(KNOWN, ChangedBody("people.anchors"))
    before = box(model).changed["people.anchors"]
    model = heard(model, *(ChangedBody(f"t{n}") for n in range(3 * MAX_TABLES)))
    assert len(box(model).changed) == MAX_TABLES
    model = heard(model, ChangedBody("people.anchors"))
    assert box(model).changed["people.anchors"] > before


def test_long_rows_of_a_log_are_kept_within_bounds() -> None:
    """Rows as long as telemetry carries: the oldest go before they fill the memory, the newest stays."""
    rows = (EntryBody(n, f"{n},t,a,s,k,s,p,0,1,,,,,,{'x' * 12_000}".encode()) for n in range(600))
    entries = box(heard(KNOWN, *rows)).entries
    assert sum(len(row.leaf) for row in entries) <= MAX_ROWS_BYTES and entries[-1].index == 599 and len(entries) > 300


def test_a_gap_that_runs_backwards_counts_nothing() -> None:
    """What was dropped is never less than nothing."""
    model = reduce(KNOWN, Heard("t", Gap(Topic.EVENT, U64, 0), 0.0))
    assert box(model).dropped.count == 0


def test_the_mailbox_is_bounded_by_what_telemetry_weighs() -> None:
    """A reader that sleeps holds no more bytes than it was given room for, and says how many messages went."""
    mailbox = Mailbox(most_bytes=10_000)
    for _ in range(30):
        mailbox(Heard("t", Telemetry(Topic.EVENT, Cursor(bytes(8), 1), 0, bytes(1_000)), 0.0))
    assert (len(mailbox.drain()), mailbox.lost) == (10, 20)
    mailbox(Heard("t", Telemetry(Topic.EVENT, Cursor(bytes(8), 1), 0, bytes(9_000)), 0.0))
    assert len(mailbox.drain()) == 1


@pytest.mark.parametrize("verb", list(Verb))
def test_a_verb_has_one_kind_of_answer(verb: Verb) -> None:
    """Rows or a Receipt, never either; READ has neither; each may be refused."""
    rows = Rows(1, Table("t", (), ()), "", False)
    receipt = Receipt(1, 0, None, b"")  # type: ignore[arg-type]  # its kind alone counts
    taken = []
    for answer in (rows, receipt):
        try:
            check_kind(verb, answer)
        except RemoteProtocolError:
            continue
        taken.append(answer)
    assert len(taken) == (0 if verb is Verb.READ else 1)
    check_kind(verb, Refusal(1, RefusalCode.FAULT, "", ""))


def test_an_answer_of_another_kind_is_a_typed_fault() -> None:
    """What was expected and what came are named."""
    with pytest.raises(RemoteProtocolError, match="Rows came where Receipt was due"):
        expected(Rows(1, Table("t", (), ()), "", False), Receipt)
