"""A small file system of its own, filled to the last byte: who still gets in, what is written, and what a start does."""

import asyncio
import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchfiles import awatch

from console.model.events import Heard
from protocol.schema import List, Prove, Refusal, Rows, Telemetry
from protocol.schema.numbers import Log, RefusalCode, Topic
from protocol.wire.codec import decode_body
from tests.patience import WAIT_S
from tests.totebox.conftest import Console, Daemon

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(os.geteuid() != 0, reason="a file system can be mounted by root alone"),
]
SIZE_MIB = 128
AUDIT = List("audit.log", "", "", "", 100)


class SmallDisk:
    """A tmpfs of `SIZE_MIB` and a file that fills it as far as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._filler = folder, folder / "filler"

    def fill(self, *, leave_bytes: int) -> None:
        """Only so much is left free, whatever was let go meanwhile."""
        descriptor = os.open(self._filler, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC)
        try:
            while (room := shutil.disk_usage(self.folder).free - leave_bytes) > 0:
                os.write(descriptor, bytes(min(room, 1 << 20)))
        except OSError as error:
            assert error.errno == errno.ENOSPC
        finally:
            os.close(descriptor)

    def clear(self) -> None:
        # Its blocks are free at once, whoever looks at the file at this moment.
        os.truncate(self._filler, 0)
        self._filler.unlink()


@pytest.fixture
def disk(short_dir: Path) -> Iterator[SmallDisk]:
    folder = short_dir / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "none", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no file system can be mounted here")
    yield SmallDisk(folder)
    subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.fixture
def daemon(program, disk: SmallDisk) -> Iterator[Daemon]:
    """On the small disk."""
    built = Daemon(program, disk.folder / "acme")
    yield built
    built.kill()


async def _another_session(console: Console) -> Console:
    """The same device once more, with a session of its own."""
    twin = Console(console.label)
    twin.static, twin.binder = console.static, console.binder
    assert console.session is not None
    return await twin.open(console.session.pairing)


def _fs_says(event: Heard, words: str) -> bool:
    if not isinstance(event.message, Telemetry) or event.message.topic is not Topic.STATUS:
        return False
    body = decode_body(Topic.STATUS, event.message.body)
    return any(state.name == "fs" and words in state.reason for state in body.services)


async def _restored(ballast: Path) -> None:
    """Wait until the ballast has its size: looked at whenever something happens in its folder."""
    async with asyncio.timeout(WAIT_S):
        async for _ in awatch(ballast.parent, recursive=False, rust_timeout=250, yield_on_timeout=True):
            if ballast.exists() and ballast.stat().st_size == 8 << 20:
                return


async def _listed(console: Console, holds) -> list[str]:
    """The details of the audit log's newest rows, oldest first, as soon as they hold: a row of a read is seen when it is synced."""

    def heard() -> int:
        return sum(isinstance(event, Heard) for event in console.events)

    async with asyncio.timeout(WAIT_S):
        while True:
            before = heard()
            details = [str(each["detail"]) for each in reversed(await console.rows(AUDIT))]
            if holds(details):
                return details
            await console.wait(Heard, lambda _, before=before: heard() > before)


def _place(details: list[str], begins: str) -> int:
    """Which of `details` begins so; -1 where none does."""
    return next((place for place, detail in enumerate(details) if detail.startswith(begins)), -1)


async def test_the_last_64_mib_are_for_admin(daemon, disk, desk, another) -> None:
    """Below the floor an INTERFACE device adds no row and hears DISK_FULL; an ADMIN reads on, with rows, and telemetry says it."""
    hub = await another("interface", "hub")
    disk.fill(leave_bytes=32 << 20)
    answer = await hub.ask(Prove(Log.AUDIT, 0))
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.DISK_FULL
    assert isinstance(await desk.ask(List("input.chart", "", "", "", 1)), Rows)
    details = await _listed(desk, lambda details: "input.chart" in details)
    assert "audit leaf 0" not in details
    await desk.wait(Heard, lambda event: _fs_says(event, "disk almost full"))


async def test_an_admin_gets_in_on_a_full_disk_and_what_was_held_is_written_first(
    daemon, disk, desk, consoles, row, meter
) -> None:
    """The ballast goes, then rows wait in memory; a new ADMIN session opens and reads; with room again rows and ballast are back."""
    ballast = daemon.directory / "cache/ballast"
    await _restored(ballast)
    async with meter(daemon, bystander=desk) as cost:
        disk.fill(leave_bytes=0)
        await desk.ask(List("input.chart", "first", "", "", 1))
        assert not ballast.exists()
        disk.fill(leave_bytes=0)
        assert isinstance(await desk.ask(List("input.chart", "while full", "", "", 1)), Rows)
        twin = await _another_session(desk)
        consoles.append(twin)
        assert isinstance(await twin.ask(List("input.chart", "twin", "", "", 1)), Rows)
        await twin.wait(Heard, lambda event: _fs_says(event, "disk full"))
    row("another program fills the disk; ADMIN opens a session and reads", cost)
    disk.clear()
    await desk.ask(List("input.chart", "room again", "", "", 1))
    details = await _listed(desk, lambda details: _place(details, "input.chart room again") >= 0)
    places = [
        _place(details, f"input.chart {words}")
        for words in ("while full [held since ", "twin [held since ", "room again")
    ]
    assert -1 not in places and places == sorted(places)
    await _restored(ballast)


async def test_a_start_on_a_full_disk_serves_reads_marked(daemon, disk, desk, consoles) -> None:
    """After a crash on a full disk the daemon starts, an ADMIN opens a session and reads, and telemetry says how it is."""
    pairing = desk.session.pairing
    disk.fill(leave_bytes=0)
    await desk.ask(List("input.chart", "", "", "", 1))
    disk.fill(leave_bytes=0)
    await desk.close()
    daemon.kill()
    disk.fill(leave_bytes=0)
    daemon.start()
    admin = Console(desk.label)
    admin.static, admin.binder = desk.static, desk.binder
    consoles.append(admin)
    await admin.open(pairing)
    assert isinstance(await admin.ask(List("fs.entries", "", "", "", 10)), Rows)
    await admin.wait(Heard, lambda event: _fs_says(event, "disk full"))
    disk.clear()
    await admin.ask(List("input.chart", "room again", "", "", 1))
    details = await _listed(admin, lambda details: _place(details, "input.chart room again") >= 0)
    assert any(detail.startswith("fs.entries [held since ") for detail in details)
    await admin.close()
    assert daemon.stop() == 0
    assert daemon.program.run("verify", daemon.directory).returncode == 0
