"""Whatever is killed, copied or rolled back: the console says so, nothing that was acknowledged is lost."""

import asyncio
import json
import shutil

import pytest

from console.model.events import Answered, Asked, Event
from protocol.schema import Receipt, Seal
from protocol.schema.numbers import Log
from tests.journeys.computer import Computer, Totebox
from tests.journeys.desk import desk
from tests.journeys.papers import MINUTES
from tests.journeys.sealer import Sealer
from tests.patience import WAIT_S

pytestmark = pytest.mark.anyio
AT_ONCE = 4
"""Documents whose confirmations are on their way together."""


async def test_a_killed_daemon_is_said_and_found_again(computer: Computer) -> None:
    """The end of the socket, not a missed beat, brings LINK LOST; what is known stays, marked old; it is linked again by itself."""
    acme = computer.paired("acme")
    async with desk(computer, start="f11") as here:
        await here.sees("LINKED", "INTEGRITY", "● live")
        await asyncio.to_thread(acme.kill)
        await here.sees("LINK LOST", "what you see is")
        assert "nothing was heard" not in here.totebox.link_reason
        assert "✓ consistent" in here.screen and "Acme Holdings" in here.screen
        await here.misses("● live", "● LINKED")
        await asyncio.to_thread(acme.start)
        await here.sees("● LINKED", "● live")
        await here.misses("LINK LOST")


ROUNDS = (("all", 0), ("writer", 0), ("daemon", 1), ("all", 2))
"""Who is killed, and after how many of the receipts."""


async def test_killed_in_mid_append_it_recovers(computer: Computer) -> None:
    """Daemon, writer or both killed while batches are being written: every receipt stays true, and verify is clean."""
    acme = computer.paired("acme")
    kept: list[Receipt] = []
    for number, (victim, receipts) in enumerate(ROUNDS):
        kept += await killed(computer, acme, f"round {number}", victim, receipts)
        if acme.is_running():
            acme.stop()
        acme.start()
        async with Sealer(computer).running() as again:
            assert all([await again.holds(receipt) for receipt in kept])
            await again.confirm(await again.intake(f"after round {number}"))
            assert len(again.receipts) == 1
        kept += again.receipts
    done = acme.verify()
    assert done.returncode == 0, done.stdout + done.stderr
    assert len({receipt.index for receipt in kept}) == len(kept)


async def killed(computer: Computer, acme: Totebox, text: str, victim: str, receipts: int) -> list[Receipt]:
    """Confirm AT_ONCE documents together and kill `victim` when so many `receipts` came; all receipts that came."""
    moment = asyncio.Event()
    counted = {"asked": 0, "receipts": 0}

    def happened(event: Event) -> None:
        if isinstance(event, (Asked, Answered)) and isinstance(event.arguments, Seal):
            counted["asked"] += isinstance(event, Asked)
            counted["receipts"] += isinstance(event, Answered) and isinstance(event.answer, Receipt)
            if counted["asked"] == AT_ONCE and counted["receipts"] >= receipts:
                moment.set()

    async with Sealer(computer, happened).running() as sealer:
        intakes = [await sealer.intake(f"{text} {number}") for number in range(AT_ONCE)]
        asking = [asyncio.create_task(sealer.confirm(intake)) for intake in intakes]
        await asyncio.wait_for(moment.wait(), WAIT_S)
        {"all": acme.kill, "daemon": acme.kill_daemon, "writer": acme.kill_writer}[victim]()
        await asyncio.wait_for(asyncio.gather(*asking), WAIT_S)
    assert len(sealer.receipts) >= receipts
    return sealer.receipts


async def test_a_stopped_vault_moves_house(computer: Computer) -> None:
    """`cp -a` of a stopped vault verifies; beside its original it writes nothing; after both `move`s it is the one in use."""
    acme = computer.paired("acme")
    async with Sealer(computer).running() as sealer:
        await sealer.confirm(await sealer.intake("before the move"))
    acme.stop()
    copy = computer.at(acme.copied_to(computer.home / "elsewhere"))
    assert copy.verify().returncode == 0
    acme.start()
    before = copy.register()
    uri = copy.start("--listen", f"unix:{computer.home}/run/elsewhere.sock")
    assert computer.console("move", "acme", uri).returncode == 0
    async with desk(computer, start="f11") as here:
        await here.sees("LINKED", "READ ONLY", "this is a copy of the vault")
        await here.takes(computer.file("board.md", MINUTES))
        await here.sees("READ_ONLY", "see F11 for the reason")
    assert copy.register() == before
    copy.stop()
    acme.stop()
    moved = computer.totebox("move", copy.directory)
    assert moved.returncode == 0, moved.stderr
    uri = copy.start()
    assert computer.console("move", "acme", uri).returncode == 0
    async with Sealer(computer).running() as again:
        assert await again.holds(sealer.receipts[0])
        await again.confirm(await again.intake("after the move"))
        assert len(again.receipts) == 1
    done = copy.verify()
    assert done.returncode == 0, done.stdout + done.stderr


async def test_a_rolled_back_vault_raises_the_alarm(computer: Computer) -> None:
    """An older `cp -a` put in its place: the console shows a red alarm and keeps both checkpoints; nothing is reset."""
    acme = computer.paired("acme")
    async with Sealer(computer).running() as sealer:
        await sealer.confirm(await sealer.intake("kept"))
    acme.stop()
    old = acme.copied_to(computer.home / "old")
    acme.start()
    async with desk(computer, start="f11") as here:
        await here.keeps(computer.file("board.md", MINUTES))
        size = here.totebox.status.tree_size if here.totebox.status else 0
        await here.until(lambda: here.totebox.heads[Log.RECORDS].tree_size >= size, what="its head seen")
    acme.stop()
    shutil.rmtree(acme.directory)
    old.rename(acme.directory)
    assert acme.verify().returncode == 0, "an old copy verifies: only who has seen more can tell"
    acme.start()
    async with desk(computer, start="f11") as here:
        await here.sees("✗ ROLLED BACK", "✗ the log is shorter than the")
    lines = [
        json.loads(line)
        for path in (computer.home / "data/totebox/console/seen").iterdir()
        for line in path.read_text().splitlines()
    ]
    alarms = [line for line in lines if line["what"] == "alarm"]
    assert alarms and all(alarm["seen"] and alarm["shown"] != alarm["seen"] for alarm in alarms)
