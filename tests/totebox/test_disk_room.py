"""Room on the disk: what is said of it, when, and when the ballast is made again."""

from pathlib import Path

import pytest

from protocol.schema import ServiceState
from protocol.schema.numbers import AuditKind, Severity
from totebox.daemon import disk_room
from totebox.errors import DiskFull
from totebox.gate.ballast import BALLAST_BYTES, Ballast
from totebox.gate.disk_floor import DiskFloor
from totebox.gate.held_rows import HeldRows
from totebox.vault.api import Appended, AuditDraft
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
FLOOR = 64 << 20
STATES = (ServiceState("fs", "running", "kernel", 0), ServiceState("audit", "running", "", 0))


class FullVault(MemoryVault):
    """Its disk is full while `full`."""

    full = False

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        if self.full:
            raise DiskFull("the disk is full")
        return await super().audit(row, durable=durable)


class Desk:
    """A Room over a disk whose free bytes are a number, and what it told."""

    def __init__(self, root: Path) -> None:
        self.free, self.events, self.vault = FLOOR * 4, list[tuple[Severity, str]](), FullVault()
        self.held = HeldRows(self.vault, lambda: "NOW", lambda: 0.0)
        self.ballast = Ballast(root)
        floor = DiskFloor(lambda: self.free, FLOOR)
        self.room = disk_room.Room(floor, self.ballast, self.held, lambda: self.emit, self.beat)

    def emit(self, severity: Severity, text: str, remedy: str) -> None:
        self.events.append((severity, text))

    async def beat(self) -> None:
        raise DiskFull("a beat that fails stops nothing")

    async def look(self, times: int = 1) -> None:
        """So many beats."""
        for _ in range(times):
            await self.room.look()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    (tmp_path / "cache").mkdir()
    return Desk(tmp_path)


async def test_where_there_is_room_nothing_is_said(desk: Desk) -> None:
    """Neither in the states nor as an event."""
    await desk.look()
    assert desk.room.words() == "" and desk.room.told(STATES) is STATES and desk.events == []


async def test_a_disk_that_is_almost_full_is_one_alarm_and_its_end_one_notice(desk: Desk) -> None:
    """However often it is looked at, and whatever exactly is free."""
    desk.free = FLOOR - (1 << 20)
    await desk.look()
    desk.free -= 1 << 20
    await desk.look(2)
    desk.free = FLOOR * 2
    await desk.look(2)
    assert [severity for severity, _ in desk.events] == [Severity.ALARM, Severity.NOTICE]
    assert "63 MiB free, the last 64 MiB" in desk.events[0][1] and "room" in desk.events[1][1]


async def test_rows_that_wait_are_a_full_disk(desk: Desk) -> None:
    """Service fs says how many, before what it says otherwise; the other services say what they said."""
    desk.vault.full, desk.free = True, 0
    await desk.held.note(AuditDraft(AuditKind.COMMAND, "SHA256:me", "s"))
    first, second = desk.room.told(STATES)
    assert first.reason == "disk full: 1 rows of the audit log wait in memory, only ADMIN can read; kernel"
    assert second == STATES[1]
    await desk.look()
    assert desk.events[0][0] is Severity.ALARM and "disk full" in desk.events[0][1]


async def test_a_full_disk_is_another_alarm_than_an_almost_full_one(desk: Desk) -> None:
    """From full back to almost full nothing new is said."""
    desk.free = FLOOR - 1
    await desk.look()
    desk.vault.full = True
    await desk.held.note(AuditDraft(AuditKind.COMMAND, "SHA256:me", "s"))
    await desk.look()
    desk.vault.full = False
    await desk.held.write_held()
    await desk.look()
    assert [text.partition(":")[0] for _, text in desk.events] == ["disk almost full", "disk full"]


async def test_the_ballast_is_made_at_the_fifth_beat_where_there_is_room_for_it(desk: Desk) -> None:
    """Not before; not where the floor and it do not fit."""
    desk.free = FLOOR + BALLAST_BYTES - 1
    await desk.look(disk_room.BEATS_BEFORE_BALLAST)
    assert not desk.ballast.stands
    desk.free = FLOOR + BALLAST_BYTES
    await desk.look(disk_room.BEATS_BEFORE_BALLAST - 1)
    assert not desk.ballast.stands
    await desk.look()
    assert desk.ballast.stands
