"""Somebody at the console: the real application on real links, its keys, and its screen as rows of cells."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic

from textual import events
from textual.message import Message
from textual.pilot import Pilot

from console.app.app import LedgerApp
from console.app.opening import make_app
from console.chassis.cartridge import Cartridge
from console.config import Config
from console.link.keyring import Keyring
from console.model.state import ToteboxState
from tests.journeys.computer import Computer
from tests.patience import WAIT_S, quiet


class Desk:
    """One console that is open. Waiting looks again whenever the application handled a message."""

    def __init__(self, app: LedgerApp, pilot: Pilot[None], moved: asyncio.Event) -> None:
        self.app, self.pilot, self._moved = app, pilot, moved

    @property
    def rows(self) -> list[str]:
        """The screen as rows of cells, trailing blanks cut."""
        screen = self.app.screen
        lines = screen._compositor.render_strips(screen.size)
        return ["".join(segment.text for segment in strip).rstrip() for strip in lines]

    @property
    def screen(self) -> str:
        return "\n".join(self.rows) + "\n"

    @property
    def totebox(self) -> ToteboxState:
        """The active one, as this console knows it."""
        found = self.app.ledger.totebox
        assert found is not None
        return found

    @property
    def pane(self) -> Cartridge:
        assert self.app.pane is not None
        return self.app.pane

    async def until(self, holds: Callable[[], object], within_s: float = WAIT_S, what: str = "it") -> float:
        """Seconds until `holds`; fails with the screen."""
        began = monotonic()
        while not holds():
            left = began + within_s - monotonic()
            assert left > 0, f"{what} never came within {within_s} s; the screen:\n{self.screen}"
            self._moved.clear()
            # The last message may have been handled before what came of it stood on the screen: look again without one.
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, 0.5)):
                    await self._moved.wait()
        return monotonic() - began

    async def sees(self, *words: str, within_s: float = WAIT_S) -> float:
        """Seconds until every one of `words` is on the screen."""
        return await self.until(lambda: all(word in self.screen for word in words), within_s, f"{words!r}")

    async def misses(self, *words: str, within_s: float = WAIT_S) -> float:
        """Seconds until none of `words` is on the screen."""
        return await self.until(lambda: not any(word in self.screen for word in words), within_s, f"no {words!r}")

    async def press(self, *keys: str) -> None:
        """One key after another, each when what the one before it began is done."""
        for key in keys:
            await self.pilot.press(key)
            await quiet()

    async def type(self, text: str) -> None:
        """Key by key, as a person would."""
        names = {"/": "slash", " ": "space", ":": "colon", "-": "minus", ".": "full_stop", "_": "underscore"}
        await self.press(*(names.get(character, character) for character in text))

    async def paste(self, text: str) -> None:
        """What a terminal does with a paste, or with files dropped on it."""
        self.app.post_message(events.Paste(text))

    async def goes_to(self, key: str, *words: str) -> None:
        """Press an F-key and wait for what its screen says."""
        await self.press(key)
        await self.sees(*words)

    # F12, step by step.

    async def takes(self, path: Path) -> None:
        """A path into F12, and on to step 2."""
        await self.goes_to("f12", "INPUT", "LINKED")
        await self.paste(f"'{path}'")
        await self.until(lambda: self.pane.under_cursor and self.pane.under_cursor.path == str(path), what="its row")
        await self.press("enter")

    async def answers(self, decide: Callable[[str, str], str] = lambda attribute, value: "y") -> int:
        """Steps 2 to 4: the suggested account, then one key a claim; how many claims there were."""
        await self.sees("CHART OF ACCOUNTS")
        await self.until(lambda: self.work.account or self.tray.chart, what="the chart")
        await self.press("enter")
        await self.until(lambda: self.work.step.name in ("REVIEW", "DECIDE") and not self.work.waiting, what="claims")
        for claim in self.work.claims:
            await self.press(decide(claim.attribute, claim.value))
        await self.until(lambda: not self.work.outbox and not self.work.unanswered, what="answers on the record")
        return len(self.work.claims)

    async def seals(self) -> int:
        """Step 5; the entry it became, after the console verified its receipt."""
        await self.press("enter")
        await self.sees("y seals it")
        await self.press("y")
        await self.sees("✓ SEALED")
        sealed = [item for item in self.tray.queue if item.sealed is not None]
        assert sealed[-1].index is not None
        return sealed[-1].index

    async def keeps(self, path: Path) -> int:
        """A file through all five steps, yes to every claim; its entry."""
        await self.takes(path)
        await self.answers()
        return await self.seals()

    @property
    def tray(self):  # type: ignore[no-untyped-def]
        return self.pane.tray  # type: ignore[attr-defined]

    @property
    def work(self):  # type: ignore[no-untyped-def]
        assert self.tray.work is not None, self.screen
        return self.tray.work


@asynccontextmanager
async def desk(
    computer: Computer, *, width: int = 120, height: int = 36, start: str = "", keyring: Path | None = None
) -> AsyncIterator[Desk]:
    """Open the console on every pairing, as `os-console` does."""
    data = computer.home / "data" / "totebox"
    ring = Keyring(keyring or data / "console")
    app = make_app(
        ring, Config(label="front desk"), ring.pairings(),
        reports=data / "reports", first_key=start, stale_after_s=WAIT_S,
    )  # fmt: skip
    moved = asyncio.Event()

    def handled(message: Message) -> None:
        moved.set()

    async with app.run_test(size=(width, height), message_hook=handled) as pilot:
        yield Desk(app, pilot, moved)
