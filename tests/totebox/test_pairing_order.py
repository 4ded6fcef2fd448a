"""A ticket pairs one device, the audit log says PAIRED of that one, and a crash between leaves a row that says so."""

import asyncio

import pytest

from console.errors import PairingError
from protocol.schema import List
from tests.totebox.conftest import Daemon

pytestmark = pytest.mark.anyio
KILLING = """
import os, signal, sys
from totebox.gate.pairings import Pairings

step, name = sys.argv.pop(1).split()
real = getattr(Pairings, name)

def killed(self, *words):
    if step == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    done = real(self, *words)
    os.kill(os.getpid(), signal.SIGKILL)
    return done

setattr(Pairings, name, killed)
from totebox.cli.main import main
sys.exit(main())
"""
"""The daemon, ended by SIGKILL at one step of a pairing."""


async def rows(console, kind: str) -> list[dict[str, object]]:
    """The audit rows of that kind, oldest first."""
    found = await console.rows(List("audit.log", f"kind:{kind}", "", "", 100))
    return found[::-1]


async def test_three_devices_with_one_ticket_at_once(desk, daemon, new_console) -> None:
    """One is paired and has the one PAIRED row; the others are told TICKET_USED, keep no pairing, and are turned away from then on."""
    before, ticket = len(await rows(desk, "PAIRED")), daemon.ticket("user")
    devices = [new_console() for _ in range(3)]
    outcomes = await asyncio.gather(*(device.pair(ticket) for device in devices), return_exceptions=True)
    refused = [device for device, outcome in zip(devices, outcomes, strict=True) if isinstance(outcome, PairingError)]
    assert len(refused) == 2 and all("used before" in str(each) for each in outcomes if isinstance(each, PairingError))
    assert [len(device.store.kept) for device in devices] == [device not in refused for device in devices]
    (row,) = (await rows(desk, "PAIRED"))[before:]
    assert str(row["detail"]).startswith("USER to new") and ", again" not in str(row["detail"])
    for device in refused:
        device.store.pairings.clear()
        with pytest.raises(PairingError, match="used before"):
            await device.pair(ticket)
        assert not device.store.pairings  # refused in message 2: nothing was stored, not even for a moment
    assert len(await rows(desk, "PAIRED")) == before + 1


async def test_the_same_device_again_is_one_row_that_says_so(desk, daemon, new_console) -> None:
    """With the same ticket, and with another one: each time one more PAIRED row, and it says again."""
    before, ticket, device = len(await rows(desk, "PAIRED")), daemon.ticket("user"), new_console()
    for text in (ticket, ticket, daemon.ticket("input")):
        pairing = await device.pair(text)
    details = [str(row["detail"]) for row in (await rows(desk, "PAIRED"))[before:]]
    assert [", again: this device" in detail for detail in details] == [False, True, True]
    await device.open(pairing)


async def test_a_pairing_that_is_refused_leaves_the_earlier_one(desk, daemon, new_console) -> None:
    """A console that holds a pairing and tries a spent ticket keeps the pairing that works."""
    spent, mine = daemon.ticket("user"), daemon.ticket("user")
    await new_console().pair(spent)
    device = new_console()
    pairing = await device.pair(mine)
    with pytest.raises(PairingError, match="used before"):
        await device.pair(spent)
    assert list(device.store.kept.values()) == [pairing]
    await device.open(pairing)


@pytest.mark.parametrize(
    ("step", "kinds"),
    [
        ("before claim", ["PAIRED"]),
        ("after claim", ["PAIRING_UNDONE", "PAIRED"]),
        ("before settle", ["PAIRED", "PAIRING_UNDONE", "PAIRED"]),
        ("after settle", ["PAIRED", "PAIRED"]),
    ],
)
async def test_a_crash_at_each_step_of_a_pairing(daemon: Daemon, new_console, step: str, kinds: list[str]) -> None:
    """SIGKILL: the next start says PAIRING_UNDONE of a pairing that had begun, and the same device goes on with the same ticket."""
    text = daemon.init()
    daemon.start()
    desk, device = new_console(), new_console()
    pairing = await desk.pair(text)
    ticket = daemon.ticket("user")
    assert daemon.stop() == 0
    usual, daemon.program.entry = daemon.program.entry, ["-c", KILLING, step]
    daemon.start()
    with pytest.raises(PairingError, match="known when the console connects the next time"):
        await device.pair(ticket)
    daemon.kill()
    daemon.program.entry = usual
    daemon.start()
    await device.pair(ticket)
    await desk.open(pairing)
    found = await desk.rows(List("audit.log", "", "", "", 200))
    said = [row for row in found[::-1] if row["kind"] in ("PAIRED", "PAIRING_UNDONE")][1:]
    assert [row["kind"] for row in said] == kinds
    assert (", again" in str(said[-1]["detail"])) is (step == "after settle")
    stored = device.store.kept[pairing.totebox]
    await device.open(stored)
