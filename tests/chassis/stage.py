"""A console on fake Toteboxes and a clock by hand, and its screen as rows of cells."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from textual.pilot import Pilot

from console.app.app import LedgerApp
from console.chassis.inks import toned
from console.model.link import Mailbox
from tests.chassis.fake_totebox import NOW, FakeTotebox, furnish
from tests.patience import WAIT_S, quiet

TITLES = [
    "HELP",
    "PEOPLE",
    "EMAIL",
    "CONTENT",
    "MINUTEBOOK",
    "BOOKKEEPER",
    "SEARCH",
    "LEDGER",
    "MODELS",
    "FLEET",
    "SYSTEM",
    "INPUT",
]
"""What the strip calls the twelve keys."""


async def rest(pilot: Pilot[None]) -> None:
    """Until the application has done all that it was given, and its screen is laid out."""
    await pilot._wait_for_screen(timeout=WAIT_S)
    await quiet()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Keys as a person presses them: the next one when the last one is done."""
    for key in keys:
        await pilot.press(key)
        await rest(pilot)


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
        await rest(self.pilot)
        self.app.paint()
        await rest(self.pilot)

    async def press(self, *keys: str) -> None:
        """One key after another, each when what the one before it began is done."""
        await press(self.pilot, *keys)
        await self.settle()

    async def wait(self, condition: Callable[[], bool]) -> None:
        """Until `condition` holds, and the screen shows it."""
        end = monotonic() + WAIT_S
        while not condition():
            assert monotonic() < end, "it never came to hold; the screen:\n" + self.screen
            await self.settle()
        await self.settle()

    @property
    def rows(self) -> list[str]:
        """The screen as rows of cells, trailing blanks cut."""
        screen = self.app.screen
        lines = screen._compositor.render_strips(screen.size)
        return ["".join(segment.text for segment in strip).rstrip() for strip in lines]

    def colours(self, text: str) -> set[object]:
        """The ink of each cell of the first line that has `text`, where `text` stands."""
        screen = self.app.screen
        for strip in screen._compositor.render_strips(screen.size):
            cells = [(one, segment.style) for segment in strip for one in segment.text]
            at = "".join(one for one, _ in cells).find(text)
            if at >= 0:
                drawn = cells[at : at + len(text)]
                return {style.color if style else None for one, style in drawn if not one.isspace()}
        raise AssertionError(f"{text!r} is not on the screen:\n{self.screen}")

    @property
    def greys(self) -> set[object]:
        """The inks of what is stale: on paper, and on the bar of a list with or without the focus."""
        return {toned(self.app.screen, "stale", ground).color for ground in ("", "cursor", "blurred")}

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
    fingerprint: Callable[[], str] = str,
    greeting: str = "",
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
        fingerprint=fingerprint,
        start=start,
        reports=reports,
        keymap=keymap,
        greeting=greeting,
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
