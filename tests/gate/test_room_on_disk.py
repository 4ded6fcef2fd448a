"""Uploads share one disk: on a small one of its own, what was promised to all of them together never exceeds it."""

import asyncio
import hashlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from protocol.schema import Offer, Refusal
from protocol.schema.numbers import RefusalCode, Role
from tests.patience import WAIT_S
from totebox.gate.disk_floor import kept_bytes
from totebox.gate.staging import RESERVE_BYTES

pytestmark = pytest.mark.anyio


@pytest.fixture
def small_disk(room) -> Iterator[Path]:
    """Staging on a file system of four times the reserve, and what is kept for ADMIN."""
    place = room.staging.folder
    size = f"size={4 * RESERVE_BYTES + kept_bytes(Role.INPUT)}"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "none", place], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def offered(number: int) -> tuple[Offer, bytes]:
    data = bytes((number,)) * (RESERVE_BYTES * 3 // 4)
    return Offer(b"scan %d" % number, len(data), hashlib.sha256(data).digest()), data


async def test_three_uploads_at_once_leave_the_reserve(room, small_disk: Path) -> None:
    """All three are announced before a byte of them came: two fit and arrive, one is refused with the way out, nothing of it is left."""
    go = asyncio.Event()

    class Held(room.answers):
        async def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
            await go.wait()
            async for piece in super().chunks(offset, size):
                yield piece

    offers = [offered(number) for number in range(3)]
    asked = [asyncio.create_task(room.ask(room.desk, offer, reply=Held(data))) for offer, data in offers]
    done, _ = await asyncio.wait(asked, timeout=WAIT_S, return_when=asyncio.FIRST_COMPLETED)
    [refused] = [task.result() for task in done]
    assert (
        isinstance(refused, Refusal)
        and refused.code is RefusalCode.DISK_FULL
        and "confirm or abandon" in refused.remedy
    )
    go.set()
    answers = await asyncio.gather(*asked)
    assert sum(isinstance(answer, Refusal) for answer in answers) == 1
    assert len(list(small_disk.iterdir())) == 2 and shutil.disk_usage(small_disk).free >= RESERVE_BYTES


async def test_a_disk_that_fills_up_meanwhile_takes_the_upload_back(room, small_disk: Path) -> None:
    """Somebody else filled it: DISK_FULL, and what had arrived is room again."""
    with (small_disk / "other").open("wb") as other:

        class Filling(room.answers):
            async def chunks(self, offset: int, size: int) -> AsyncIterator[bytes]:
                async for piece in super().chunks(offset, size):
                    if free := shutil.disk_usage(small_disk).free:
                        other.write(bytes(free))
                        other.flush()
                    yield piece

        offer, data = offered(1)
        answer = await room.ask(room.desk, offer, reply=Filling(data))
    assert isinstance(answer, Refusal) and answer.code is RefusalCode.DISK_FULL
    assert [path.name for path in small_disk.iterdir()] == ["other"]


async def test_an_upload_that_is_refused_leaves_no_open_document(room, small_disk: Path) -> None:
    """Twenty that do not fit later there is still a place among the sixteen for one that does."""
    for number in range(20):
        offer = Offer(b"huge", 4 * RESERVE_BYTES, number.to_bytes(32, "big"))
        assert (await room.refused(room.desk, offer)).code is RefusalCode.DISK_FULL
    assert not list(small_disk.iterdir())
    await room.offer(room.desk, b"# Minutes\n")
