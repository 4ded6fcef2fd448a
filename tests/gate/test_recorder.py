"""The recorder: which rows are written, what is refused where none can be, and what a stop leaves."""

from dataclasses import replace

import pytest

from protocol.schema.numbers import AuditKind, Log, RefusalCode, Role
from tests.gate.conftest import Clock, device
from totebox.clock import now_text
from totebox.errors import DiskFull, GateClosed, ReadOnly, VaultDamaged
from totebox.gate.disk_floor import DiskFloor, no_floor
from totebox.gate.door import Peer
from totebox.gate.held_rows import HeldRows
from totebox.gate.read_spans import ENDS, SPAN_ACTS, SPAN_S, SPANS, Act, ReadSpan, crash_end, left_out_said, open_spans
from totebox.gate.recorder import Recorder
from totebox.gate.refusal import Refused, Unrecorded, too_many
from totebox.gate.row_budget import BURST_ROWS
from totebox.vault.api import Appended, AuditDraft, Entry, LeafIndex
from totebox.vault.log.record import make_entry
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio

USER, ADMIN = (Peer(1, device(4, role, "x"), "x", "os-console/0.1", "unix") for role in (Role.USER, Role.ADMIN))
ROW = AuditDraft(AuditKind.COMMAND, USER.pairing.fingerprint, "list", "people.claims")


class Faulty(MemoryVault):
    """A vault whose next rows raise `fault`, where it is set."""

    fault: Exception | None = None

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        if self.fault is not None:
            raise self.fault
        return await super().audit(row, durable=durable)


class Rig:
    """A recorder over such a vault."""

    def __init__(self, floor: DiskFloor | None = None) -> None:
        self.vault, self.clock = Faulty(), Clock()
        held = HeldRows(self.vault, now_text, self.clock.monotonic)
        self.recorder = Recorder(held, floor or no_floor(), self.clock.monotonic)

    async def kinds(self) -> list[str]:
        return [row.kind for row in (await self.vault.entries(Log.AUDIT, LeafIndex(0), 5_000))[1:]]

    async def notes(self) -> list[str]:
        return [row.note for row in (await self.vault.entries(Log.AUDIT, LeafIndex(0), 5_000))[1:]]


async def test_a_vault_that_takes_no_writes_serves_reads(caplog) -> None:
    """Without a row; the daemon's own log says so once, and no more."""
    rig = Rig()
    rig.vault.fault = ReadOnly("broken disk")
    for _ in range(3):
        assert (await rig.recorder.note(ROW)).index is None
    assert len([one for one in caplog.records if "takes no writes" in one.message]) == 1


@pytest.mark.parametrize("fault", [VaultDamaged("torn"), DiskFull("full")])
async def test_rows_of_the_daemon_s_own_may_be_left_out(fault: Exception) -> None:
    """A failed handshake that cannot be written ends nothing."""
    rig = Rig()
    rig.vault.fault = fault
    await rig.recorder.try_note(ROW)


async def test_an_act_that_cannot_be_recorded_is_not_done() -> None:
    """Its fault goes to the caller."""
    rig = Rig()
    rig.vault.fault = VaultDamaged("torn")
    with pytest.raises(VaultDamaged):
        await rig.recorder.act(Act(USER.pairing.fingerprint, 1, ROW, "q"), USER)


async def test_below_the_floor_an_open_span_goes_on() -> None:
    """It writes nothing; a new question of the same device is refused, one of an ADMIN is not."""
    free = [100]
    rig = Rig(DiskFloor(lambda: free[0], 50))
    act = Act(USER.pairing.fingerprint, 1, ROW, "q")
    for _ in range(2):
        await rig.recorder.act(act, USER)
    free[0] = 49
    await rig.recorder.act(act, USER)
    with pytest.raises(Unrecorded) as refused:
        await rig.recorder.act(replace(act, question="other"), USER)
    assert refused.value.code is RefusalCode.DISK_FULL
    await rig.recorder.act(replace(act, question="other"), ADMIN)


@pytest.mark.parametrize(
    ("role", "pays"), [(Role.INTERFACE, True), (Role.USER, True), (Role.INPUT, False), (Role.ADMIN, False)]
)
def test_a_write_below_input_is_paid_for(role: Role, pays: bool) -> None:
    """Nothing else bounds it: when its rows are used up it hears how long to wait."""
    rig, peer = Rig(), replace(USER, pairing=device(4, role, "x"))
    rig.recorder.pay(peer, BURST_ROWS)
    if pays:
        with pytest.raises(Unrecorded) as refused:
            rig.recorder.pay(peer)
        assert refused.value.code is RefusalCode.TOO_MANY and refused.value.remedy
    else:
        rig.recorder.pay(peer, BURST_ROWS)


async def test_a_refusal_without_a_row_is_counted_by_the_next_row() -> None:
    """Neither one that may have none nor one whose row failed is lost."""
    rig = Rig()
    device_ = USER.pairing.fingerprint
    row = AuditDraft(AuditKind.REFUSED, device_, "list", "why")
    unrecorded = too_many("too much", 2.0)
    assert await rig.recorder.refused(row, USER, unrecorded) is unrecorded
    rig.vault.fault = VaultDamaged("torn")
    held = Refused(RefusalCode.HELD, "held")
    assert await rig.recorder.refused(row, USER, held) is held
    rig.vault.fault = None
    await rig.recorder.act(Act(device_, 1, ROW, "q"), USER)
    assert (await rig.notes())[-1] == "people.claims (and 2 refused before it without a row)"


async def test_a_refusal_that_has_no_row_left_is_answered_by_the_wait() -> None:
    """TOO_MANY takes its place."""
    rig = Rig()
    rig.recorder.budget.take(USER.pairing.fingerprint, BURST_ROWS)
    row = AuditDraft(AuditKind.REFUSED, USER.pairing.fingerprint, "list", "why")
    answered = await rig.recorder.refused(row, USER, Refused(RefusalCode.HELD, "held"))
    assert answered.code is RefusalCode.TOO_MANY and await rig.kinds() == []


async def test_a_session_without_rows_does_not_open() -> None:
    """It hears how long to wait; on a full disk, that there is no room."""
    rig = Rig()
    rig.recorder.budget.take(USER.pairing.fingerprint, BURST_ROWS)
    with pytest.raises(GateClosed, match=r"asked for more than.*; "):
        await rig.recorder.opened(USER, "x")
    full = Rig(DiskFloor(lambda: 0, 1))
    with pytest.raises(GateClosed, match=r"kept for ADMIN$"):
        await full.recorder.opened(USER, "x")


async def test_what_a_stop_cannot_write_is_told(caplog) -> None:
    """How many rows are lost; none where all could be written."""
    rig = Rig()
    rig.vault.fault = DiskFull("full")
    await rig.recorder.note(ROW)
    await rig.recorder.stop()
    assert [one.message.partition(" ")[0] for one in caplog.records if "are lost" in one.message] == ["1"]
    rig.vault.fault = None
    caplog.clear()
    rig.clock.s += 10
    await rig.recorder.stop()
    assert not [one for one in caplog.records if "are lost" in one.message] and await rig.kinds() == ["COMMAND"]


async def test_an_end_row_that_failed_is_written_later() -> None:
    """A span's count is owed until it can be written, and is written once."""
    rig = Rig()
    for question in ("a", "b"):
        for _ in range(3):
            await rig.recorder.act(Act(USER.pairing.fingerprint, 1, replace(ROW, subject=question), question), USER)
    rig.vault.fault = VaultDamaged("torn")
    rig.clock.s += SPAN_S
    await rig.recorder.sweep()
    assert "READ_SPAN_END" not in await rig.kinds()
    rig.vault.fault = None
    await rig.recorder.sweep()
    ends = [note for note in await rig.notes() if note.startswith("2 of row")]
    assert sorted(note[-1] for note in ends) == ["a", "b"] and await rig.kinds() == [
        *["COMMAND", "READ_SPAN"] * 2, *["READ_SPAN_END"] * 2,
    ]  # fmt: skip


def test_a_span_covers_so_many_acts_for_so_long() -> None:
    """Neither one more nor a moment longer."""
    span = ReadSpan(Act("d", 1, ROW, "q"), 100.0, None, SPAN_ACTS - 1)  # type: ignore[arg-type]
    assert span.takes(100.0 + SPAN_S - 0.001) and not span.takes(100.0 + SPAN_S)
    assert not replace(span, count=SPAN_ACTS).takes(100.0)


def test_what_was_left_out_is_added_to_a_row() -> None:
    """Nothing is added where nothing was."""
    assert left_out_said(ROW, 0) == ROW
    assert left_out_said(ROW, 2).detail == "people.claims (and 2 refused before it without a row)"
    assert left_out_said(replace(ROW, command="aa"), 2).command == "aa"


def entry(at: int, kind: str, note: str = "", actor: str = "d") -> Entry:
    return make_entry(at, "t", actor, "audit", kind, "list", bytes(32), note=note)


def test_a_span_that_no_row_ends_is_open() -> None:
    """The end cites its row; a crash end cites it by bounds; a start of the daemon ends the search."""
    rows = [
        entry(1, "READ_SPAN"), entry(2, "STARTED", actor="local"), entry(3, "READ_SPAN"), entry(4, "SESSION_SPAN"),
        entry(5, "REFUSED_SPAN"),
        entry(6, "READ_SPAN_END", "7 of row 3, session 1: q"), entry(7, "REFUSED_SPAN_END", "1 to 1000 of row 5, x"),
        entry(8, "COMMAND"), entry(9, "READ_SPAN"),
    ]  # fmt: skip
    found = [row.index for row in open_spans(reversed(rows))]
    assert found == [4, 9]


@pytest.mark.parametrize("kind", SPANS.values())
def test_the_end_of_a_crashed_span_says_what_is_known(kind: AuditKind) -> None:
    """Its row, at most how many, and where; read again it ends that span."""
    span = entry(3, kind, f"at most {SPAN_ACTS} within {SPAN_S:.0f} s, session 1: q")
    end = crash_end(span)
    assert end.kind == ENDS[kind] and end.detail.startswith(f"1 to {SPAN_ACTS} of row 3, session 1: q; ")
    assert open_spans([entry(4, end.kind, end.detail), span]) == []
