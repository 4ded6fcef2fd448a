"""A document whose reader misbehaves is sealed all the same: a whole daemon, caged, with the tests' hostile program as its reader."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from protocol.schema import Decide, List, Receipt, Route
from protocol.schema.numbers import Decision
from tests.processes import child, children
from tests.totebox import daemon_with_hostile_reader
from tests.totebox.conftest import Daemon, Program

pytestmark = pytest.mark.anyio
ATTACKS = ("brackets", "a frame without end", "escape", "endless text", "many claims", "bytes after the end")
ENDS = {
    "death in the text": "the text is cut and claims were not searched: the reader gave up on it",
    "an exit without an end": "the reader gave up on it",
    "half a frame": "the reader gave up on it",
}


class HostileProgram(Program):
    """`os-totebox`, but for `serve`."""

    def command(self, *arguments: object) -> list[str]:
        if arguments[0] == "serve":
            return [sys.executable, str(Path(daemon_with_hostile_reader.__file__)), *map(str, arguments[1:])]
        return super().command(*arguments)


@pytest.fixture
def program(short_dir: Path, project: Path) -> Program:
    (short_dir / "run").mkdir(mode=0o700)
    made = HostileProgram(short_dir / "run")
    made.environ |= {"PYTHONPATH": str(project)}
    return made


async def sealed(desk, attack: str) -> dict[str, object]:
    """Seals a document that makes its reader misbehave so; the intake's row. The bytes that come back are those that went in."""
    intake = await desk.offer(attack.encode(), f"{attack}.txt".encode())
    account = str((await desk.rows(List("input.chart", "", "", "", 10)))[0]["number"])
    for claim in await desk.rows(Route(str(intake["intake"]), account, "minutebook")):
        await desk.ask(Decide(str(intake["intake"]), int(str(claim["number"])), Decision.NO))
    [row] = [row for row in await desk.rows(List("input.intake", "", "", "", 100)) if row["intake"] == intake["intake"]]
    receipt = await desk.seal(intake["intake"])
    assert isinstance(receipt, Receipt), receipt
    assert await desk.download(receipt.index) == attack.encode()
    return row


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_document_whose_reader_breaks_the_rules_is_sealed(desk, daemon: Daemon, attack: str) -> None:
    """Byte for byte, without text and claims, and the intake says that the reader misbehaved; afterwards no reader is left."""
    row = await sealed(desk, attack)
    assert "the reader misbehaved: " in str(row["trouble"]), row
    launcher = child(daemon.pid, "totebox.process.launcher_process")
    assert children(launcher) == [child(launcher, "totebox.writer")]


@pytest.mark.parametrize("attack", ENDS)
async def test_a_document_whose_reader_dies_is_sealed(desk, attack: str) -> None:
    """What it had said counts, and the intake says what is missing."""
    row = await sealed(desk, attack)
    assert ENDS[attack] in str(row["trouble"]), row


async def test_a_reader_that_is_killed_leaves_the_document(desk, daemon: Daemon) -> None:
    """One that says nothing and never ends is killed from outside, as by a machine without memory: the document is sealed."""
    sealing = asyncio.create_task(sealed(desk, "silence"))
    launcher, reader = child(daemon.pid, "totebox.process.launcher_process"), 0
    while not reader:
        reader = await asyncio.to_thread(child, launcher, "tests.services.extraction.hostile")
    os.kill(reader, signal.SIGKILL)
    row = await sealing
    assert str(row["trouble"]).startswith("no text: "), row
