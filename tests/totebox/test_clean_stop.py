"""What a Totebox that stopped in good order leaves beside its records: no journal, no index that lacks a record, no write-ahead record."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.totebox.test_daemon import seal, table
from totebox.vault import places
from totebox.vault.disk.write_ahead import held

pytestmark = pytest.mark.anyio


def indexes(root: Path) -> dict[str, tuple[int, int]]:
    """Of each index: the number of entries that are folded in, and its mark."""
    found = {}
    for path in sorted((root / places.CACHE).glob("*.sqlite")):
        with contextlib.closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as database:
            found[path.name] = database.execute("select next, stale from place").fetchone()
    return found


def journals(root: Path) -> list[str]:
    """The files of SQLite's journals."""
    return sorted(
        path.name for path in (root / places.CACHE).iterdir() if path.name.endswith(("-wal", "-shm", "-journal"))
    )


def rows(root: Path) -> int:
    """The entries of the record log."""
    return sum(path.read_bytes().count(b"\n") - 1 for path in (root / places.REGISTER).iterdir())


async def test_every_index_has_every_record(desk, daemon) -> None:
    """Without a table that was asked for: all four are complete, closed and not marked, and the write-ahead log holds nothing."""
    await seal(desk)
    await desk.close()
    assert daemon.stop() == 0
    found = indexes(daemon.directory)
    assert len(found) == 4 and set(found.values()) == {(rows(daemon.directory), 0)}
    assert journals(daemon.directory) == [] and list(held(daemon.directory)) == []
    assert not (daemon.directory / places.AHEAD).read_bytes().startswith(b"ahead ")


async def test_what_a_killed_daemon_left_is_gone_after_the_next_stop(desk, daemon) -> None:
    """A killed one leaves journals, and indexes that are marked as stale; the next clean stop leaves neither."""
    await seal(desk)
    for name in ("minutebook.documents", "people.anchors", "extraction.claims"):
        await desk.rows(table(name))
    daemon.kill()
    assert journals(daemon.directory)
    daemon.start()
    assert daemon.stop() == 0
    assert journals(daemon.directory) == []
    assert set(indexes(daemon.directory).values()) == {(rows(daemon.directory), 0)}
