"""The fold, as tables of events: what happened, and what is known then."""

import pytest

from console.model.events import (
    Activated,
    Answered,
    Asked,
    Dialing,
    Echo,
    Event,
    HeadChecked,
    Heard,
    LinkLost,
    LinkUp,
    PairingAdded,
)
from console.model.reduce import reduce
from console.model.state import MAX_EVENTS, MAX_ROWS, LinkPhase, Model, ToteboxState
from protocol.schema import (
    AuditBody,
    Body,
    Bound,
    ChangedBody,
    Cursor,
    DeviceKey,
    EventBody,
    Gap,
    Head,
    Refusal,
    Telemetry,
)
from protocol.schema.numbers import Algorithm, Log, RefusalCode, Role, Severity, Topic
from protocol.wire.codec import encode_body
from tests.chassis.fake_totebox import status

BOUND = Bound(
    DeviceKey(Algorithm.SSH_ED25519, bytes(32)), b"s", "Acme Holdings", "corporation", "acme", "vkey", "audit vkey",
    Role.USER, bytes(8), bytes(32), (), (),
)  # fmt: skip
KNOWN = PairingAdded("acme", "acme", "unix:/run/a.sock", 1.0)
UP = LinkUp("acme", BOUND, "unix", 2.0)
LOST = LinkLost("acme", "the daemon stopped", None, 9.0, 5.0)


def folded(*events: Event) -> Model:
    model = Model()
    for event in events:
        model = reduce(model, event)
    return model


def acme(*events: Event) -> ToteboxState:
    return folded(KNOWN, *events).toteboxes["acme"]


def heard(body: Body, seq: int = 1) -> Heard:
    topic, data = encode_body(body)
    return Heard("acme", Telemetry(topic, Cursor(bytes(8), seq), 1_000_000, data), 3.0)


def audit(index: int) -> Heard:
    row = f"{index},2026-11-22T02:00:00.000000Z,local,audit,COMMAND,verify,,,,,,,,,why".encode()
    return heard(AuditBody(index, row), index + 1)


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        ((), LinkPhase.KNOWN),
        ((Dialing("acme", 1.5),), LinkPhase.DIALING),
        ((Dialing("acme", 1.5), UP), LinkPhase.LINKED),
        ((UP, LOST), LinkPhase.LOST),
        ((UP, LOST, Dialing("acme", 9.0)), LinkPhase.DIALING),
        ((UP, LOST, Dialing("acme", 9.0), UP), LinkPhase.LINKED),
    ],
)
def test_the_link_goes_through_its_phases(events: tuple[Event, ...], phase: LinkPhase) -> None:
    """Each link event leads to its phase, whatever came before."""
    assert acme(*events).link is phase


def test_the_first_known_is_active_until_another_is_chosen() -> None:
    """F-keys address the first pairing; Activated changes it."""
    other = PairingAdded("birch", "birch", "tcp:b:1", 1.0)
    assert folded(KNOWN, other).active == "acme"
    assert folded(KNOWN, other, Activated("birch", 2.0)).active == "birch"


def test_what_happens_to_strangers_changes_nothing() -> None:
    """An event about a Totebox without a pairing is not an error and not remembered."""
    model = folded(KNOWN)
    assert reduce(model, LinkLost("nobody", "gone", None, None, 2.0)) is model
    assert reduce(model, Activated("nobody", 2.0)).active == "acme"


def test_a_loss_keeps_what_is_known() -> None:
    """After a loss the status stays, the reason and the next try are known, nothing is in flight."""
    totebox = acme(UP, heard(status()), Asked("acme", "k", Head(Log.RECORDS, 0), 3.0), LOST)
    assert totebox.status == status()
    assert (totebox.link_reason, totebox.retry_at, totebox.in_flight, totebox.losses) == (
        "the daemon stopped",
        9.0,
        0,
        1,
    )
    assert totebox.role is Role.USER


def test_liveness_is_judged_by_when_the_ping_was_sent() -> None:
    """A late Pong does not look alive: three seconds after the newest echoed Ping was sent the state is stale."""
    totebox = acme(UP, Echo("acme", sent_at=10.0, at=99.0))
    assert not totebox.is_stale(12.9)
    assert totebox.is_stale(13.1)


def test_an_older_echo_does_not_turn_the_clock_back() -> None:
    """Echoes out of order leave the newest."""
    assert acme(UP, Echo("acme", 10.0, 10.1), Echo("acme", 8.0, 10.2)).alive_at == 10.0


def test_an_echo_is_nothing_to_draw() -> None:
    """Echoes do not move the revision; everything else does."""
    before = acme(UP)
    assert acme(UP, Echo("acme", 3.0, 3.0)).revision == before.revision
    assert acme(UP, heard(status())).revision == before.revision + 1


def test_without_a_link_everything_is_stale() -> None:
    """A lost link is stale at once."""
    assert acme(UP, Echo("acme", 5.0, 5.0), LOST).is_stale(5.1)


def test_audit_rows_come_once_and_in_order() -> None:
    """A snapshot after a reconnect repeats rows: they are not shown twice."""
    rows = acme(UP, audit(0), audit(1), audit(0), audit(1), audit(2)).audit_rows
    assert [row.index for row in rows] == [0, 1, 2]
    assert rows[0].kind == "COMMAND" and rows[0].note == "why"


def test_rows_and_events_are_bounded() -> None:
    """The newest stay, the oldest go; events keep their number."""
    model = folded(KNOWN, UP)
    for index in range(MAX_ROWS + 5):
        model = reduce(model, audit(index))
    for number in range(MAX_EVENTS + 5):
        model = reduce(model, heard(EventBody(Severity.INFO, "gate", str(number), "")))
    totebox = model.toteboxes["acme"]
    assert len(totebox.audit_rows) == MAX_ROWS and totebox.audit_rows[-1].index == MAX_ROWS + 4
    assert len(totebox.events) == MAX_EVENTS and totebox.events[-1].number == MAX_EVENTS + 5


def test_dropped_telemetry_is_counted() -> None:
    """A Gap is never hidden: how many messages are missing is known."""
    totebox = acme(UP, Heard("acme", Gap(Topic.EVENT, 4, 9), 3.0), Heard("acme", Gap(Topic.AUDIT, 2, 2), 4.0))
    assert totebox.dropped.count == 7


def test_changed_tables_are_counted_by_name() -> None:
    """Each CHANGED moves its table's counter alone."""
    totebox = acme(heard(ChangedBody("people.anchors")), heard(ChangedBody("people.anchors")))
    assert dict(totebox.changed) == {"people.anchors": 2}


def test_an_alarm_outlives_the_next_status() -> None:
    """A log that does not extend what was seen stays alarming until a check finds it consistent."""
    alarm = HeadChecked("acme", True, 3, bytes(32), b"note", "older than seen", 3.0)
    assert acme(UP, alarm, heard(status())).alarm == "older than seen"
    assert acme(UP, alarm, HeadChecked("acme", True, 9, bytes(32), b"note", "", 4.0)).alarm == ""


def test_a_proof_that_did_not_hold_is_an_alarm() -> None:
    """Trouble in an answer is remembered."""
    refusal = Refusal(1, RefusalCode.FAULT, "", "")
    answered = Answered("acme", "k", Head(Log.RECORDS, 0), refusal, "the path leads elsewhere", 3.0)
    assert acme(UP, answered).alarm == "the path leads elsewhere"


@pytest.mark.parametrize("data", [b"", b"\xc1", b"\x90", b"\x92\x00\xc4\x03abc"])
def test_telemetry_that_cannot_be_read_is_said(data: bytes) -> None:
    """Damaged bodies and rows never raise: they are trouble with a name."""
    message = Telemetry(Topic.AUDIT, Cursor(bytes(8), 1), 0, data)
    totebox = acme(UP, Heard("acme", message, 3.0))
    assert "telemetry of AUDIT cannot be read" in totebox.trouble


@pytest.mark.parametrize("source", ["console", " Console\t"])
def test_a_totebox_does_not_speak_as_the_console(source: str) -> None:
    """What it tells stands there as its own, whatever it calls the source."""
    (event,) = acme(UP, heard(EventBody(Severity.INFO, source, "linked again", ""))).events
    assert event.source == "totebox"
