"""A broken network between a real daemon and its console: delay, cuts, a blackhole, lost packets.

The law: what was acknowledged is there, what was asked again with the same `once` is there once, and the vault verifies.
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from console.errors import LinkDown
from console.model.events import LinkLost, LinkUp
from protocol.schema import Decide, List, Receipt, Route
from protocol.schema.numbers import STALE_AFTER_S, Decision
from protocol.trust.address import parse_address
from tests.approving import approved
from tests.patience import PROGRAM_S
from tests.totebox.network import Network

pytestmark = pytest.mark.anyio
LONG = os.environ.get("FUZZ") == "1"
DOCUMENTS = 20 if LONG else 4
BLACKHOLE_S = 60.0 if LONG else 4.0
PATIENCE_S = 600.0


@pytest.fixture
async def network(daemon) -> AsyncIterator[Network]:
    """Between the console and a daemon on TCP, which is started here."""
    daemon.init()
    daemon.start("--listen", "tcp:127.0.0.1:0")
    address = parse_address(daemon.uris[0])
    made = Network(address.host, address.port)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def connected(daemon, network: Network, new_console):
    """Makes an ADMIN console whose every byte goes through the network."""

    async def make(**options):
        console = new_console()
        pairing = await console.pair(daemon.ticket("admin"))
        return await console.open(replace(pairing, uri=f"tcp:127.0.0.1:{network.port}"), **options)

    return make


async def persistently(console, ask: Callable[[], Awaitable[object]]) -> object:
    """Ask until it is answered; after a loss, again, as soon as the link is back. The same question with the same `once`."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await ask()
            except LinkDown:
                console.events.clear()
                console.session.retry()
                await console.wait(LinkUp)


async def seal_all(console) -> list[int]:
    """DOCUMENTS records through F12, each write under one `once` however often it takes; their indices."""
    sealed = []
    chart = await persistently(console, lambda: console.rows(List("input.chart", "", "", "", 10)))
    account = str(chart[0]["number"])
    for number in range(DOCUMENTS):
        data = b"# Minutes %d\n\nResolved on 12 March 2026: nothing.\n" % number + os.urandom(3_000).hex().encode()
        intake = str(
            (await persistently(console, lambda data=data, number=number: console.offer(data, b"m%d.md" % number)))[
                "intake"
            ]
        )
        claims = await persistently(console, lambda intake=intake: console.rows(Route(intake, account, "minutebook")))
        for claim in claims:
            once, decide = os.urandom(16), Decide(intake, int(claim["number"]), Decision.NO)
            await persistently(console, lambda once=once, decide=decide: console.ask(decide, once))
        once, note = os.urandom(16), f"document {number}"
        approval = await persistently(console, lambda intake=intake: approved(console.ask, intake))
        sealing = partial(console.session.seal, "test", approval, note, once)
        receipt = await persistently(console, sealing)
        assert isinstance(receipt, Receipt), receipt
        again = await persistently(console, sealing)
        assert isinstance(again, Receipt) and again.index == receipt.index
        sealed.append(receipt.index)
    return sealed


async def check(console, daemon, sealed: list[int]) -> None:
    """Each acknowledged record is there, none twice, and the vault verifies."""
    rows = await persistently(console, lambda: console.rows(List("minutebook.documents", "", "", "", 100)))
    assert sorted(row["index"] for row in rows) == sorted(sealed) and len(set(sealed)) == DOCUMENTS
    await console.close()
    assert daemon.stop() == 0
    done = await asyncio.to_thread(daemon.program.run, "verify", daemon.directory)
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_slow_network_loses_nothing(connected, daemon, network: Network) -> None:
    """20 ms for every piece."""
    desk = await connected()
    network.delay_s = 0.02
    await check(desk, daemon, await seal_all(desk))


async def test_cuts_lose_nothing_and_double_nothing(connected, daemon, network: Network) -> None:
    """Every connection is cut after a random amount, again and again, in the middle of uploads and of answers."""
    desk = await connected()
    draw = random.Random(7)
    network.cut_after = lambda: draw.randint(6_000, 30_000)
    network.cut()
    sealed = await seal_all(desk)
    assert network.cuts > 0
    network.cut_after = None
    await check(desk, daemon, sealed)


async def test_a_blackhole_is_noticed_and_survived(connected, daemon, network: Network) -> None:
    """Nothing passes, no socket closes: the console says so by the beats that it missed, and works when the network is back."""
    desk = await connected(stale_after_s=STALE_AFTER_S)
    network.open.clear()
    begun = monotonic()
    lost = await desk.wait(LinkLost)
    assert f"nothing was heard for {STALE_AFTER_S:g} s" in lost.reason
    await asyncio.sleep(max(0.0, BLACKHOLE_S - (monotonic() - begun)))  # how long it lasts
    desk.events.clear()
    network.open.set()
    desk.session.retry()
    await desk.wait(LinkUp)
    await check(desk, daemon, await seal_all(desk))


def _lossy() -> tuple[str, str]:
    """The shell's words that lose 30 % of what passes `lo`, and '' or why they cannot be said here."""
    missing = [name for name in ("unshare", "ip") if not shutil.which(name)]
    if shutil.which("nft"):
        rule = (
            "nft add table inet bad && nft add chain inet bad out '{ type filter hook output priority 0; }' && "
            "nft add rule inet bad out meta l4proto tcp numgen random mod 100 '<' 30 drop"
        )
    else:
        missing.append("nft")
        rule = ""
    if missing:
        return "", f"{', '.join(missing)} missing here"
    words = f"ip link set lo up && {rule}"
    try:
        done = subprocess.run(
            ["unshare", "-rn", "sh", "-c", words], capture_output=True, timeout=PROGRAM_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as fault:
        return "", str(fault)
    return words, "" if done.returncode == 0 else "no network namespace with nftables may be made here"


@pytest.mark.skipif(not LONG, reason="long: make fuzz")
def test_thirty_percent_loss_loses_nothing(project: Path) -> None:
    """In a network namespace of its own: the slow-network test above, with 30 % of all TCP segments dropped."""
    words, why = _lossy()
    if why:
        pytest.skip(why)
    inner = f"{sys.executable} -m pytest -q -p no:cacheprovider {__file__} -k slow_network"
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", f"{words} && exec {inner}"],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S * 4,
    )
    assert done.returncode == 0, done.stdout + done.stderr
