"""A console on fake Toteboxes and a clock by hand, and its screen as rows of cells."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from console.app import LedgerApp
from console.model.link import Mailbox
from tests.chassis.fake_totebox import NOW, FakeTotebox, furnish


@dataclass
class Stage:
    """What a test holds."""

    app: LedgerApp
    pilot: Pilot[None]
    boxes: dict[str, FakeTotebox]
    time: list[float]

    @property
    def box(self) -> FakeTotebox:
        return next(iter(self.boxes.values()))

    def pass_s(self, seconds: float, *, alive: bool = False) -> None:
        """Move the console's clock, then paint what is due."""
        self.time[0] += seconds
        if alive:
            for box in self.boxes.values():
                box.echo()
        self.app.paint()

    async def settle(self) -> None:
        """Fold, paint and lay out everything that arrived."""
        await self.pilot.pause()
        self.app.paint()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def wait(self, condition: Callable[[], bool]) -> None:
        """Until `condition` holds; fails after two hundred turns of the loop."""
        for _ in range(200):
            if condition():
                return
            await self.settle()
        raise AssertionError("it never came to hold; the screen:\n" + self.screen)

    @property
    def rows(self) -> list[str]:
        """The screen as rows of cells, trailing blanks cut."""
        screen = self.app.screen
        lines = screen._compositor.render_strips(screen.size)
        return ["".join(segment.text for segment in strip).rstrip() for strip in lines]

    @property
    def screen(self) -> str:
        return "\n".join(self.rows) + "\n"


@asynccontextmanager
async def stage(
    width: int = 120,
    height: int = 36,
    *,
    start: str = "",
    names: tuple[str, ...] = ("acme",),
    furnished: Callable[[FakeTotebox], None] = furnish,
    make: Callable[[Mailbox, str], FakeTotebox] = FakeTotebox,
    reports: Path = Path(os.devnull),
    keymap: dict[str, str] | None = None,
) -> AsyncIterator[Stage]:
    """Run the console on furnished fakes."""
    mailbox, time = Mailbox(), [1_000.0]
    boxes = {}
    for name in names:
        box = boxes[name] = make(mailbox, name)
        box.name, box.clock = name, lambda: time[0]
        furnished(box)
    app = LedgerApp(
        boxes,
        mailbox,
        clock=lambda: time[0],
        today=lambda: NOW,
        device="front desk",
        start=start,
        reports=reports,
        keymap=keymap,
    )
    async with app.run_test(size=(width, height)) as pilot:
        held = Stage(app, pilot, boxes, time)
        await held.settle()
        yield held


def agrees(screen: str, picture: Path) -> None:
    """The screen equals the picture in the text file; REDRAW=1 in the environment writes it anew."""
    if os.environ.get("REDRAW"):
        picture.parent.mkdir(parents=True, exist_ok=True)
        picture.write_text(screen, encoding="utf-8")
    assert screen == picture.read_text(encoding="utf-8"), f"{picture.name} differs; look at it, then REDRAW=1"
