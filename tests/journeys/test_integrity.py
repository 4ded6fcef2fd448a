"""One byte bent in a real vault: verified at F11, still DAMAGED after both programs were restarted, up again once it is whole."""

import asyncio
import json
from pathlib import Path

from tests.journeys.computer import Computer, program
from tests.journeys.sealer import Sealer
from tests.journeys.tmux import Tmux, needs_tmux
from tests.patience import WAIT_S


def bend(path: Path) -> None:
    """One bit of its first byte."""
    data = path.read_bytes()
    mode = path.stat().st_mode
    path.chmod(0o644)
    path.write_bytes(bytes([data[0] ^ 1]) + data[1:])
    path.chmod(mode)


async def seal(computer: Computer) -> None:
    """One record."""
    async with Sealer(computer).running() as sealer:
        await sealer.confirm(await sealer.intake("A note without claims"))
        assert sealer.receipts


@needs_tmux
def test_damage_outlives_both_programs(computer: Computer) -> None:
    """Red at F11 and F10, the finding readable at 80x24; green again after a full clean verification."""
    acme = computer.paired("acme")
    asyncio.run(seal(computer))
    path = min(each for each in (acme.directory / "assets").rglob("*") if each.is_file())
    screen = Tmux(computer, program("os-console"), width=80, height=24)
    screen.sees("LINKED")
    screen.press("F11")
    screen.sees("never verified")
    screen.press("v")
    screen.sees("✓ clean")
    bend(path)
    screen.press("v")
    screen.sees("DAMAGED", "1 finding")
    screen.press("C-q")
    screen.ends()
    acme.stop()
    acme.start()
    again = Tmux(computer, program("os-console"), width=80, height=24)
    again.sees("DAMAGED")
    again.press("F10")
    again.sees("✗ DAMAGED", "acme")
    again.press("Enter")
    again.sees(str(path.relative_to(acme.directory)), "expected", "found", "what to do", "audit row")
    again.press("Escape")
    said = computer.console("run", "status", "--json", "--timeout", WAIT_S)
    told = json.loads(said.stdout)["integrity"]
    assert said.returncode == 1 and told["state"] == "DAMAGED" and told["total"] == 1
    bend(path)
    again.press("F11")
    again.press("v")
    again.sees("✓ clean")
    again.misses("DAMAGED")
    again.press("C-q")
    again.ends()
    assert computer.console("run", "status", "--timeout", WAIT_S).returncode == 0
