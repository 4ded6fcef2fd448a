"""The drop folder: what is listed, what can be taken, and what leaves."""

import asyncio
import os
from pathlib import Path

import pytest

from protocol.schema.numbers import RefusalCode
from totebox.gate.drops import SETTLE_S, Drops
from totebox.gate.drops import watch as watch_folder
from totebox.gate.refusal import Refused
from totebox.gate.staging import Staging


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "drops").mkdir()
    (tmp_path / "intake").mkdir()
    return tmp_path / "drops"


@pytest.fixture
def watch():
    """A stopwatch that moves when told; the wall clock stands still with the files."""
    return [10.0]


@pytest.fixture
def drops(folder, watch):
    return Drops(folder, lambda: watch[0], lambda: 0)


@pytest.fixture
def staged(folder):
    return Staging(folder.parent / "intake").create("id", 10)


def names(found) -> list[bytes]:
    return [drop.name for drop in found[0]]


def test_a_file_is_listed_once_it_stands_still(folder, drops, watch) -> None:
    """Not at first sight, not while it grows."""
    (folder / "a.pdf").write_bytes(b"1")
    assert drops.scan() == ([], True)
    watch[0] += SETTLE_S
    (folder / "a.pdf").write_bytes(b"12")
    assert names(drops.scan()) == []
    watch[0] += SETTLE_S
    assert names(drops.scan()) == [b"a.pdf"]


def test_what_is_no_plain_file_is_not_listed(folder, drops, watch) -> None:
    """Links, folders, pipes and dot files are left alone."""
    (folder / "real").write_bytes(b"1")
    (folder / "link").symlink_to(folder / "real")
    (folder / "sub").mkdir()
    (folder / ".hidden").write_bytes(b"1")
    os.mkfifo(folder / "pipe")
    drops.scan()
    watch[0] += SETTLE_S
    assert names(drops.scan()) == [b"real"]


def test_a_name_that_is_not_utf8_is_shown_and_taken(folder, drops, watch, staged) -> None:
    """The raw bytes name it, the shown name is reversible."""
    (folder / os.fsdecode(b"caf\xe9.txt")).write_bytes(b"x")
    drops.scan()
    watch[0] += SETTLE_S
    drop = drops.scan()[0][0]
    assert (drop.name, drop.shown) == (b"caf\xe9.txt", "caf%E9.txt")
    assert drops.take(drop.name, staged).sha256 == staged.sha256()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        (b"gone", RefusalCode.NOT_FOUND),
        (b"../secret", RefusalCode.NOT_FOUND),
        (b"link", RefusalCode.UNREADABLE),
        (b"pipe", RefusalCode.UNREADABLE),
        (b"sub", RefusalCode.UNREADABLE),
    ],
)
def test_only_plain_files_of_the_folder_can_be_taken(folder, drops, staged, name, code) -> None:
    """Neither a path, nor a link, nor a pipe that would hang us."""
    (folder.parent / "secret").write_bytes(b"1")
    (folder / "link").symlink_to(folder.parent / "secret")
    (folder / "sub").mkdir()
    os.mkfifo(folder / "pipe")
    with pytest.raises(Refused) as refused:
        drops.take(name, staged)
    assert refused.value.code is code


def test_a_taken_file_leaves_only_as_it_was(folder, drops, staged) -> None:
    """Released while unchanged; another file under the same name stays."""
    (folder / "a").write_bytes(b"12345")
    taken = drops.take(b"a", staged)
    (folder / "a").write_bytes(b"54321")
    assert "changed" in drops.release(taken) and (folder / "a").exists()


def test_a_released_file_is_gone_and_releasing_again_is_nothing(folder, drops, staged) -> None:
    """Also when a person took it away meanwhile."""
    (folder / "a").write_bytes(b"12345")
    taken = drops.take(b"a", staged)
    assert drops.release(taken) == "" and not (folder / "a").exists()
    assert drops.release(taken) == ""


@pytest.mark.anyio
async def test_a_name_that_is_not_utf8_does_not_end_the_watch(tmp_path: Path) -> None:
    """It is news like any other, and so is the file that comes after it."""
    news = aiter(watch_folder(tmp_path))
    for name in (b"first.md", b"caf\xe9\n.md", b"after.md"):
        waiting = asyncio.ensure_future(anext(news))
        while not waiting.done():
            Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_bytes(b"x")  # noqa: PTH118 (a name as bytes)
            await asyncio.wait([waiting], timeout=0.5)
        await waiting
    await news.aclose()


@pytest.mark.anyio
async def test_a_folder_that_no_watcher_can_name_is_looked_at(tmp_path) -> None:
    """Its path is not UTF-8: the watcher cannot begin there, and looking goes on."""
    odd = tmp_path / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    looked = 0
    async with asyncio.timeout(60):
        async for _ in watch_folder(odd):
            looked += 1
            if looked == 2:
                return
