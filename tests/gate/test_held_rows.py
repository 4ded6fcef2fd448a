"""Rows that wait for room, and the ballast that gives it: each on its own."""

import os
from pathlib import Path

import pytest

from protocol.schema.numbers import AuditKind, Log
from totebox.errors import DiskFull
from totebox.gate.ballast import BALLAST_BYTES, Ballast
from totebox.gate.held_rows import MAX_HELD, RETRY_S, HeldRows
from totebox.vault.api import Appended, AuditDraft, Batch, Draft, LeafIndex, Whole
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


class SmallDisk(MemoryVault):
    """A vault whose disk takes so many more rows."""

    room = 0
    tries = 0

    async def audit(self, row: AuditDraft, *, durable: bool = True) -> Appended:
        self.tries += 1
        self._take()
        return await super().audit(row, durable=durable)

    async def append(self, batch: Batch) -> Appended:
        self._take()
        return await super().append(batch)

    def _take(self) -> None:
        if self.room < 1:
            raise DiskFull("the disk is full")
        self.room -= 1


class Watch:
    """A stopwatch that moves when told."""

    s = 100.0

    def __call__(self) -> float:
        return self.s


def row(number: int) -> AuditDraft:
    return AuditDraft(AuditKind.COMMAND, "SHA256:me", f"s{number}", "asked")


async def subjects(vault: MemoryVault) -> list[str]:
    return [entry.subject for entry in await vault.entries(Log.AUDIT, LeafIndex(0), 5_000)][1:]


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def vault() -> SmallDisk:
    return SmallDisk()


@pytest.fixture
def held(vault: SmallDisk, watch: Watch) -> HeldRows:
    return HeldRows(vault, lambda: "NOW", watch)


async def test_a_thousand_rows_are_held_and_the_next_one_is_refused(held: HeldRows) -> None:
    """The act of the 1,001st row does not happen: no row would stand before it."""
    for number in range(MAX_HELD):
        assert (await held.note(row(number))).index is None
    with pytest.raises(DiskFull, match="1000 rows"):
        await held.note(row(MAX_HELD))
    assert len(held) == MAX_HELD


async def test_what_was_held_is_written_first_and_says_so(held: HeldRows, vault: SmallDisk) -> None:
    """In order, with the time at which it was held; whoever noted a row learns its index."""
    noted = [await held.note(row(number)) for number in range(3)]
    vault.room = 10
    await held.audit(row(3))
    assert await subjects(vault) == ["s0", "s1", "s2", "s3"] and len(held) == 0
    assert [one.index for one in noted] == [1, 2, 3]
    assert (await vault.entries(Log.AUDIT, LeafIndex(1), 1))[0].note == "asked [held since NOW: the disk was full]"


async def test_room_for_some_keeps_the_rest(held: HeldRows, vault: SmallDisk) -> None:
    """None is lost, none is written twice, and the new row waits behind them."""
    for number in range(4):
        await held.note(row(number))
    vault.room = 2
    with pytest.raises(DiskFull):
        await held.audit(row(4))
    assert await subjects(vault) == ["s0", "s1"] and len(held) == 2
    vault.room = 10
    await held.write_held()
    assert await subjects(vault) == ["s0", "s1", "s2", "s3"]


async def test_a_batch_is_never_held(held: HeldRows, vault: SmallDisk) -> None:
    """A row that authorises a record is refused with the record."""
    draft = Draft("minutebook", "original", "a.md", Whole(b"x"), "a.md")
    with pytest.raises(DiskFull):
        await held.append(Batch("SHA256:me", "", b"", row(1), (draft,)))
    assert len(held) == 0 and await subjects(vault) == []


async def test_the_disk_is_tried_once_a_second_at_the_most(held: HeldRows, vault: SmallDisk, watch: Watch) -> None:
    """Meanwhile rows are held without asking it."""
    await held.note(row(0))
    watch.s += RETRY_S
    await held.note(row(1))
    tries = vault.tries
    for number in range(2, 50):
        await held.note(row(number))
    assert vault.tries == tries
    watch.s += RETRY_S
    await held.note(row(50))
    assert vault.tries == tries + 1


async def test_space_that_is_released_is_used_at_once(vault: SmallDisk, watch: Watch) -> None:
    """The row that found none is written; nothing is held. A second time there is nothing to release."""
    releases = iter([True, False])

    def release() -> bool:
        found = next(releases)
        vault.room += found
        return found

    held = HeldRows(vault, lambda: "NOW", watch, release)
    assert (await held.note(row(0))).index == 1 and len(held) == 0
    assert (await held.note(row(1))).index is None and len(held) == 1


# -- the ballast


@pytest.fixture
def ballast(tmp_path: Path) -> Ballast:
    (tmp_path / "cache").mkdir()
    return Ballast(tmp_path)


def test_a_ballast_is_eight_mebibytes_of_blocks(ballast: Ballast, tmp_path: Path) -> None:
    """Made, it stands, for its owner alone; released, it is gone, and there is nothing more to release."""
    assert not ballast.stands and not ballast.release()
    ballast.make()
    found = (tmp_path / "cache/ballast").stat()
    assert ballast.stands and found.st_size == BALLAST_BYTES and found.st_mode & 0o077 == 0
    assert found.st_blocks * 512 >= BALLAST_BYTES
    assert ballast.release() and not ballast.stands and not ballast.release()


def test_a_part_of_a_ballast_does_not_stand_and_is_made_whole(ballast: Ballast, tmp_path: Path) -> None:
    """A crash in the middle of making it left it."""
    (tmp_path / "cache/ballast").write_bytes(b"part")
    assert not ballast.stands
    ballast.make()
    assert ballast.stands


def test_a_ballast_that_cannot_be_finished_is_released(tmp_path: Path) -> None:
    """The disk filled up meanwhile: none of it is kept from those who need room."""
    (tmp_path / "cache").mkdir()
    pieces = iter([os.urandom(1 << 20)])

    def entropy(size: int) -> bytes:
        for piece in pieces:
            return piece
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        Ballast(tmp_path, entropy).make()
    assert not (tmp_path / "cache/ballast").exists()


def test_what_has_the_name_of_the_ballast_and_is_no_file_is_let_stand(ballast: Ballast, tmp_path: Path) -> None:
    """A folder is nobody's space to give: making it fails, releasing says that there was none."""
    (tmp_path / "cache/ballast").mkdir()
    assert not ballast.release()
    with pytest.raises(OSError):
        ballast.make()
    assert (tmp_path / "cache/ballast").is_dir()
