"""What the operator's files hold is sealed as a record of service fs each time that it changes."""

import asyncio
import importlib
import os
from pathlib import Path

import pytest

from protocol.schema.numbers import Log
from tests.patience import WAIT_S
from tests.services.rings import rings_over
from tests.totebox.test_daemon import table
from totebox.daemon.operator_files import OperatorFiles
from totebox.errors import ConfigError
from totebox.gate.disk_floor import floor_of
from totebox.gate.ingest import GateIngest
from totebox.vault.api import LeafIndex
from totebox.vault.memory import MemoryVault

pytestmark = pytest.mark.anyio
CHART = b"account,name\n1000,Cash\n"


class Desk:
    """A vault in memory, the service that remembers settings, and one who edits files in `root`."""

    def __init__(self, root: Path) -> None:
        self.root, self.vault = root, MemoryVault()
        (root / "cache").mkdir()
        rings = rings_over(self.vault, root / "cache")
        self.service = rings.running(importlib.import_module("totebox.services.fs").SPEC).service
        self.files = self.made()

    def made(self) -> OperatorFiles:
        """As after a start: nothing is remembered but what the records say."""
        ingest = GateIngest("fs", self.vault, floor_of(self.root))
        return OperatorFiles(self.root, self._read, self.service.setting, ingest)  # type: ignore[attr-defined]

    def _read(self, name: str) -> bytes | None:
        data = (self.root / name).read_bytes()
        if len(data) > 1_000:
            raise ConfigError(f"{name} has more than 1000 bytes; shorten it")
        return data

    async def looks(self, times: int = 2) -> list[tuple[str, bytes, int | None]]:
        """Look so many times; the records of settings then: name, bytes, what it supersedes."""
        for _ in range(times):
            await self.files.look()
        entries = await self.vault.entries(Log.RECORDS, LeafIndex(0), 100)
        return [
            (entry.subject, await self.vault.read(LeafIndex(entry.index), 0, 1_000), entry.supersedes)
            for entry in entries
            if (entry.service, entry.kind) == ("fs", "setting")
        ]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("name", ["chart.csv", "dictionary.csv", "settings.toml", "email.toml", "books.toml"])
async def test_each_content_is_a_record(desk: Desk, name: str) -> None:
    """The first, and the next one, which supersedes it."""
    (desk.root / name).write_bytes(CHART)
    (first,) = await desk.looks()
    assert first == (name, CHART, None)
    (desk.root / name).write_bytes(CHART + b"2000,Bank\n")
    _, second = await desk.looks()
    assert second[:2] == (name, CHART + b"2000,Bank\n") and second[2] is not None


async def test_what_is_the_newest_record_already_is_not_sealed_again(desk: Desk) -> None:
    """After another look, after a touch, after a start, and after the file went and came back."""
    path = desk.root / "chart.csv"
    path.write_bytes(CHART)
    assert len(await desk.looks(5)) == 1
    os.utime(path, (1, 1))
    assert len(await desk.looks()) == 1
    desk.files = desk.made()
    assert len(await desk.looks()) == 1
    path.unlink()
    assert len(await desk.looks()) == 1
    path.write_bytes(CHART)
    assert len(await desk.looks()) == 1


async def test_a_file_that_is_being_edited_is_not_sealed_yet(desk: Desk) -> None:
    """Two looks in succession must find the same file."""
    for size in range(1, 4):
        (desk.root / "chart.csv").write_bytes(CHART[: size * 4])
        assert await desk.looks(1) == []
    assert [data for _, data, _ in await desk.looks(1)] == [CHART[:12]]


async def test_a_file_that_cannot_be_read_keeps_no_other_from_it(desk: Desk) -> None:
    """Its fault is said; a link is not followed."""
    (desk.root / "chart.csv").write_bytes(bytes(2_000))
    (desk.root / "dictionary.csv").write_bytes(b"name,kind\n")
    (desk.root / "settings.toml").symlink_to(desk.root / "dictionary.csv")
    await desk.files.look()
    with pytest.raises(ConfigError, match="has more than 1000 bytes"):
        await desk.files.look()
    assert [name for name, _, _ in await desk.looks(0)] == ["dictionary.csv"]


async def test_a_daemon_seals_the_chart(daemon, consoles) -> None:
    """The record is in `fs.entries`, with the bytes of the file, behind an audit row INGESTED; the vault verifies."""
    from tests.totebox.conftest import Console

    ticket = daemon.init()
    daemon.start()
    console = Console()
    consoles.append(console)
    await console.open(await console.pair(ticket))
    data = b"code,name,keywords\n1000,Cash,cash\n"
    (daemon.directory / "chart.csv").write_bytes(data)
    async with asyncio.timeout(WAIT_S):
        while not (rows := await console.rows(table("fs.entries", "kind:setting"))):
            pass
    (row,) = rows
    assert row["subject"] == "chart.csv" and await console.download(row["index"]) == data
    audited = await console.rows(table("audit.log", "kind:INGESTED"))
    assert ["chart.csv was edited" in str(each) for each in audited] == [True]
    await console.close()
    assert daemon.stop() == 0 and daemon.program.run("verify", daemon.directory).returncode == 0
