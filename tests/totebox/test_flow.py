"""Big things over a link: uploads and downloads of any size at constant memory, resumed after a cut, and never in each other's way."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from console.errors import LinkDown
from console.model.events import LinkUp
from protocol.schema import Head, List, Offer, Receipt, Route, Rows
from protocol.schema.numbers import UPLOAD_WINDOW_BYTES, Log
from protocol.trust.address import parse_address
from tests.processes import child
from tests.totebox.network import Network

pytestmark = pytest.mark.anyio
BIG = (512 if os.environ.get("FUZZ") == "1" else 48) * 1024 * 1024
PIECE = bytes(range(256)) * 64


def family(pid: int) -> list[int]:
    """This process, the one that starts writers, and the writer: those that stay. Parsers come and go."""
    starter = child(pid, "totebox.process.launcher_process")
    writer = child(starter, "totebox.writer")
    return [pid, starter, writer]


def resident_bytes(pids: list[int]) -> int:
    """What these processes hold in memory now. A parser that comes and goes is not among them: it has a limit of its own."""
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def big(offset: int) -> AsyncIterator[bytes]:
    """BIG bytes from `offset` on, made as they are read."""

    async def stream() -> AsyncIterator[bytes]:
        at = offset
        while at < BIG:
            within = at % len(PIECE)
            piece = PIECE[within : within + min(len(PIECE) - within, BIG - at)]
            yield piece
            at += len(piece)

    return stream()


def big_offer(name: bytes = b"big.bin") -> Offer:
    digest = hashlib.sha256()
    for _ in range(BIG // len(PIECE)):
        digest.update(PIECE)
    return Offer(name, BIG, digest.digest())


async def test_a_big_record_goes_up_and_comes_down_at_constant_memory(desk, daemon) -> None:
    """The daemon and its writer grow by a few windows, not by the record; meanwhile other questions are answered."""
    await desk.rows(List("input.chart", "", "", "", 10))
    serving = family(daemon.pid)
    before, most, answered = resident_bytes(serving), 0, 0
    stop = asyncio.Event()

    async def watch() -> None:
        nonlocal most, answered
        while not stop.is_set():
            most = max(most, resident_bytes(serving))
            assert await desk.rows(Head(Log.RECORDS, 0))
            answered += not stop.is_set()
            await asyncio.sleep(0.05)

    watching = asyncio.create_task(watch())
    async with asyncio.timeout(1_200):
        answer = await desk.session.upload("big", big_offer(), big)
    assert isinstance(answer, Rows), answer
    stop.set()
    await watching
    grown = most - before
    assert grown < 24 * 1024 * 1024 + UPLOAD_WINDOW_BYTES, f"{grown / 2**20:.1f} MiB"
    assert answered, "no other question was answered while the upload went on"
    intake = str(answer.table.rows[0][0])
    account = str((await desk.rows(List("input.chart", "", "", "", 10)))[0]["number"])
    assert isinstance(await desk.ask(Route(intake, account, "minutebook")), Rows)
    receipt = await desk.seal(intake)
    assert isinstance(receipt, Receipt), receipt
    digest, before = hashlib.sha256(), resident_bytes(serving)
    async with asyncio.timeout(1_200):
        assert await desk.session.download(receipt.index, digest.update) is None
    assert digest.digest() == big_offer().sha256
    assert resident_bytes(serving) - before < 24 * 1024 * 1024


async def test_an_upload_that_was_cut_begins_again_and_is_sealed_once(daemon, new_console) -> None:
    """Half an upload ends with its session: offered again in the next one it is asked for from its first byte, and is one record."""
    daemon.init()
    daemon.start("--listen", "tcp:127.0.0.1:0")
    address = parse_address(daemon.uris[0])
    network = Network(address.host, address.port)
    await network.start()
    network.cut_after = lambda: BIG // 2
    console = new_console()
    pairing = await console.pair(daemon.ticket("admin"))
    await console.open(replace(pairing, uri=f"tcp:127.0.0.1:{network.port}"))
    offered: list[int] = []

    def chunks(offset: int) -> AsyncIterator[bytes]:
        offered.append(offset)
        return big(offset)

    with pytest.raises(LinkDown):
        await console.session.upload("big", big_offer(), chunks)
    network.cut_after = None
    console.events.clear()
    console.session.retry()
    await console.wait(LinkUp)
    answer = await console.session.upload("big", big_offer(), chunks)
    assert isinstance(answer, Rows), answer
    assert offered == [0, 0]
    account = str((await console.rows(List("input.chart", "", "", "", 1)))[0]["number"])
    intake = str(answer.table.rows[0][0])
    assert isinstance(await console.ask(Route(intake, account, "minutebook")), Rows)
    assert isinstance(await console.seal(intake), Receipt)
    assert [row["name"] for row in await console.rows(List("minutebook.documents", "all:", "", "", 9))] == ["big.bin"]
    assert not await console.rows(List("input.intake", "", "", "", 9))
    await console.close()
    await network.close()
