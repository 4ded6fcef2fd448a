"""A recording of a live session plays back through the same surface."""

import pytest

from console.link.replay import ReplaySession, TapeRecorder, read_tapes
from console.link.session import Session
from console.model.events import Answered, Echo, HeadChecked, Heard, LinkUp, PairingAdded
from protocol.errors import CaptureError
from protocol.schema import Column, ColumnKind, List, PairIssue, Prove, Receipt, Refusal, Rows, Table
from protocol.schema.numbers import Log, RefusalCode, Role
from protocol.testing import ManualClock

pytestmark = pytest.mark.anyio


async def _record(rig, event_body) -> tuple[bytes, str, list]:
    """Half a second with a Totebox, as bytes, with the Totebox's id and the live events."""
    await rig.serve()
    tape, clock = bytearray(), ManualClock()
    session, desk = rig.console()
    recorder = TapeRecorder(desk, tape.extend, clock)
    session._emit = recorder
    recorder(PairingAdded(session.pairing.totebox, "acme", "unix:/x", clock()))
    await desk.wait(LinkUp)
    clock.advance(1.0)
    await session.ask("k", List("people.anchors", "acme", "", "", 10))
    await session.ask("p", Prove(Log.RECORDS, 0))
    clock.advance(1.0)
    rig.feed.tell(event_body("heard"))
    await desk.wait(Heard)
    await desk.wait(Echo)
    await desk.wait(HeadChecked, lambda event: event.audit)
    got = bytearray()
    await recorder.wrap(session.pairing.totebox, session).download(3, got.extend, size=len(rig.door.payload))
    assert bytes(got) == rig.door.payload
    assert isinstance(session, Session)
    return bytes(tape), session.pairing.totebox, list(desk.events)


async def test_replay_emits_what_was_emitted(rig, event_body) -> None:
    """By its own time: nothing before it is due, and then the same bound, telemetry and heads."""
    tape, totebox, live = await _record(rig, event_body)
    clock, events = ManualClock(5.0), []
    replay = ReplaySession(read_tapes(tape)[totebox], events.append, clock)
    replay.step()
    assert not any(isinstance(event, Heard) for event in events)
    clock.advance(10.0)
    replay.step()
    assert replay.over
    for kind, get in ((LinkUp, "bound"), (Heard, "message"), (HeadChecked, "note")):
        assert [getattr(e, get) for e in events if isinstance(e, kind)] == [
            getattr(e, get) for e in live if isinstance(e, kind)
        ]
    assert all(5.0 <= event.at <= 15.0 for event in events)


async def test_replay_answers_what_was_asked(rig, event_body) -> None:
    """The same question gets the same answer, at any time; another one a Refusal that says why."""
    tape, totebox, _ = await _record(rig, event_body)
    events: list = []
    replay = ReplaySession(read_tapes(tape)[totebox], events.append, ManualClock())
    rows = await replay.ask("other", List("people.anchors", "acme", "", "", 10))
    assert isinstance(rows, Rows) and rows.table.rows == (("acme",),)
    assert isinstance(await replay.ask("p", Prove(Log.RECORDS, 0)), Receipt)
    assert isinstance(events[-1], Answered) and events[-1].trouble == ""
    never = await replay.ask("x", List("people.anchors", "never", "", "", 10))
    assert isinstance(never, Refusal) and never.code is RefusalCode.UNAVAILABLE


async def test_replay_gives_downloads(rig, event_body) -> None:
    """A download that was recorded comes again, byte for byte; another one is refused."""
    tape, totebox, _ = await _record(rig, event_body)
    replay = ReplaySession(read_tapes(tape)[totebox], lambda event: None, ManualClock())
    got = bytearray()
    assert await replay.download(3, got.extend) is None and bytes(got) == rig.door.payload
    assert isinstance(await replay.download(4, got.extend), Refusal)


async def test_damaged_recording_is_named(rig, event_body) -> None:
    """Cut off or changed: CaptureError with the byte, never another exception."""
    tape, _, _ = await _record(rig, event_body)
    with pytest.raises(CaptureError, match="byte"):
        read_tapes(tape[:-1])
    with pytest.raises(CaptureError, match=r"not a \.psp"):
        read_tapes(b"hello")
    for at in range(8, min(len(tape), 600)):
        changed = bytearray(tape)
        changed[at] ^= 0x40
        try:
            read_tapes(bytes(changed))
        except CaptureError as fault:
            assert "byte" in str(fault)


async def test_recording_holds_no_ticket() -> None:
    """The answer to PAIR_ISSUE is left out."""
    tape: list[bytes] = []
    events: list = []
    recorder = TapeRecorder(events.append, tape.append, ManualClock())
    rows = Rows(1, Table("gate.ticket", (Column("text", ColumnKind.TEXT, ""),), (("psp://1/secret",),)), "", False)
    recorder(Answered("id", "k", PairIssue(Role.USER, "x"), rows, "", 1.0))
    assert b"secret" not in b"".join(tape) and len(events) == 1


async def test_recording_holds_no_secret(rig, event_body) -> None:
    """Neither the psk nor a private key is in a recording."""
    tape, _, _ = await _record(rig, event_body)
    ((_, pairing),) = rig.door.pairings.values()
    assert pairing.psk not in tape and rig.static.private not in tape


async def test_a_recording_from_before_a_question_was_renamed_answers_it() -> None:
    """`document:N` of the history was `index:N` once: the recording is as it was, and its history is shown."""
    tape = bytearray()
    recorder = TapeRecorder(lambda event: None, tape.extend, ManualClock())
    answer = Rows(0, Table("minutebook.history", (Column("index", ColumnKind.INDEX, ""),), ((4,),)), "", False)
    recorder(PairingAdded("acme", "acme", "unix:/x", 0.0))
    recorder(Answered("acme", "h", List("minutebook.history", "index:4", "", "", 10), answer, "", 0.0))
    replay = ReplaySession(read_tapes(bytes(tape))["acme"], lambda event: None, ManualClock())
    assert await replay.ask("h", List("minutebook.history", "document:4", "", "", 10)) == answer
    other = await replay.ask("h", List("minutebook.history", "document:5", "", "", 10))
    assert isinstance(other, Refusal) and "not in this recording" in other.reason
