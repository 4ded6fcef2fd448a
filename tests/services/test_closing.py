"""What a service opens it closes, and its index says everything again when the service is made anew."""

import asyncio
import contextlib
import importlib
import sqlite3
import threading
from pathlib import Path

import pytest

from tests.services.rings import rings_over
from tests.vault.bench import batch, whole
from totebox.service.contract import Service
from totebox.service.folding import Folding
from totebox.service.index import Index
from totebox.service.query import Query
from totebox.services import ROSTER
from totebox.services.minutebook import shelf
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio


def made(name: str, vault: MemoryVault, state: Path) -> Service:
    return rings_over(vault, state).running(importlib.import_module(f"totebox.services.{name}").SPEC).service


@pytest.mark.parametrize("name", ROSTER)
async def test_a_closed_service_leaves_no_file_of_an_open_database(name: str, tmp_path: Path) -> None:
    """After every table was asked for and `close` returned, no `-wal` and no `-shm` file stands in its folder."""
    service = made(name, MemoryVault(), tmp_path)
    for read in service.tables().values():
        await read(Query())
    await service.close()
    assert not list(tmp_path.glob("*-wal")) and not list(tmp_path.glob("*-shm"))


@pytest.mark.parametrize("name", ROSTER)
async def test_a_service_that_opened_nothing_can_be_closed(name: str, tmp_path: Path) -> None:
    """`close` opens nothing."""
    await made(name, MemoryVault(), tmp_path).close()
    assert not list(tmp_path.iterdir())


async def test_closing_waits_for_the_question_of_a_caller_that_was_cancelled(tmp_path: Path) -> None:
    """A thread that uses the database ends before the database is closed."""
    vault = MemoryVault()
    folding = Folding(Index(tmp_path / "index.sqlite", shelf.SCHEMA), vault, shelf.reads, shelf.fold)
    begun, go_on, answers = asyncio.Event(), threading.Event(), list[int]()
    loop = asyncio.get_running_loop()

    def question(database: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(begun.set)
        go_on.wait()
        answers.append(database.execute("select 7").fetchone()[0])

    asking = asyncio.create_task(folding.ask(question))
    await begun.wait()
    asking.cancel()
    closing = asyncio.create_task(folding.close())
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    await closing
    assert answers == [7]
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_an_index_that_cannot_be_opened_leaves_no_connection(tmp_path: Path) -> None:
    """The connection of a failed start is closed: a schema that SQLite refuses, then one that it takes."""
    index = Index(tmp_path / "index.sqlite", "create table nonsense (")
    with pytest.raises(sqlite3.DatabaseError):
        _ = index.database
    index.close()
    again = Index(tmp_path / "index.sqlite", shelf.SCHEMA)
    assert again.next("origin") == 0
    again.close()
    assert [path.name for path in tmp_path.iterdir()] == ["index.sqlite"]


async def test_an_index_that_lacks_a_record_is_marked_as_stale(tmp_path: Path) -> None:
    """Closed with every record it is not marked; opened, or closed with one missing, it is."""

    def mark() -> tuple[int, int]:
        with contextlib.closing(sqlite3.connect(f"file:{tmp_path}/index.sqlite?mode=ro", uri=True)) as database:
            return tuple(database.execute("select next, stale from place").fetchone())

    vault, marks = MemoryVault(), list[tuple[int, int]]()
    await vault.append(batch(whole(b"a")))
    for missing in (False, True, False):
        folding = Folding(Index(tmp_path / "index.sqlite", shelf.SCHEMA), vault, shelf.reads, shelf.fold)
        await folding.catch_up()
        marks.append(mark())
        if missing:
            await vault.append(batch(whole(b"b")))
        await folding.close()
        marks.append(mark())
    size = (await vault.head()).records.tree_size
    assert marks == [(size - 1, 1), (size - 1, 0), (size - 1, 1), (size - 1, 1), (size, 1), (size, 0)]
