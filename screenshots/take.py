"""Pictures of every screen, rendered from one recording of a real run.

    screenshots/take.py            render every picture again from the recording
    screenshots/take.py --check    render, and compare with the pictures that are there: 1 when one differs
    screenshots/take.py --record   make the demo's six Toteboxes, drive the console on them, record what it heard and was answered

A replay goes through the console's own model and panes with a clock that stands still, so a changed picture is a changed
program. The recording holds no key, psk or ticket.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from time import monotonic
from typing import Any

from reels import REELS, SIZES, Reel
from rest import quiet
from textual.pilot import Pilot

from console.app.app import LedgerApp
from console.link.replay import ReplaySession, Tape, TapeRecorder, read_tapes
from console.model.events import Answered, Asked, Event, PairingAdded
from console.model.link import Link, Mailbox

HERE = Path(__file__).parent
TIMES = HERE / "reels.json"
DEVICE = "front desk"
QUIET_S, PATIENCE_S = 1.2, 30.0


def tape_of(reel: Reel) -> Path:
    return HERE / f"{reel.name}.psp"


def name_of(shot: str, size: tuple[int, int]) -> str:
    return f"{shot}-{size[0]}x{size[1]}.svg"


# Rendering.


class Scene:
    """One reel on a replay whose clock is moved by hand."""

    def __init__(self, tapes: dict[str, Tape], began: datetime, scratch: Path, first_at: float) -> None:
        self.at = 0.0
        self._began = began
        mailbox = Mailbox()
        self.sessions = {each: ReplaySession(tape, mailbox, self.clock) for each, tape in tapes.items()}
        self.mailbox = mailbox
        self.at = first_at
        links: dict[str, Link] = dict(self.sessions)
        self.app = LedgerApp(
            links, mailbox, clock=self.clock, today=self.today, device=DEVICE, theme="dark", reports=scratch
        )

    def clock(self) -> float:
        return self.at

    def today(self) -> str:
        return (self._began + timedelta(seconds=self.at)).isoformat(timespec="microseconds")

    def move_to(self, at: float) -> None:
        self.at = at
        for session in self.sessions.values():
            session.step()


async def settled(pilot: Pilot[Any]) -> None:
    """Every message of the application is handled and the model is painted."""
    for _ in range(4):
        await pilot.pause()
        await quiet()
        pilot.app.paint()  # type: ignore[attr-defined]
    await quiet()
    await pilot.pause()
    await quiet()


async def render_reel(reel: Reel, size: tuple[int, int], times: dict[str, Any], into: Path) -> None:
    tapes = dict(read_tapes(tape_of(reel).read_bytes()))
    began, at = datetime.fromisoformat(times["began"]), times["shots"]
    scene = Scene(tapes, began, into, at[reel.shots[0].name]["keys"][0])
    for totebox, tape in tapes.items():
        scene.mailbox(PairingAdded(totebox, tape.name, tape.uri, 0.0))
    scene.move_to(scene.at)
    async with scene.app.run_test(size=size) as pilot:
        await settled(pilot)
        for shot in reel.shots:
            for key, pressed in zip(shot.keys, at[shot.name]["keys"], strict=True):
                scene.move_to(pressed)
                await settled(pilot)
                await pilot.press(key)
                await settled(pilot)
            scene.move_to(at[shot.name]["at"])
            await settled(pilot)
            svg = scene.app.export_screenshot(title=f"os-console, {size[0]} x {size[1]}", simplify=True)
            (into / name_of(shot.name, size)).write_text(svg, encoding="utf-8")


async def render(into: Path) -> None:
    times = json.loads(TIMES.read_text())
    for reel in REELS:
        for size in SIZES:
            await render_reel(reel, size, times[reel.name], into)


def check() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(render(Path(scratch)))
        made = {path.name: path.read_bytes() for path in Path(scratch).glob("*.svg")}
    kept = {path.name: path.read_bytes() for path in HERE.glob("*.svg")}
    wrong = sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    for name in wrong:
        print(f"{name} differs from what the program draws; look at it, then: make screenshots")
    print(f"pictures: {len(made) - len(wrong)} of {len(made)} are what the program draws")
    return 1 if wrong else 0


# Recording.


class Quiet:
    """Stands between the recorder and the mailbox, and knows which questions wait for their answer."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox, self._waiting, self._changed_at = mailbox, 0, monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Asked):
            self._waiting += 1
        if isinstance(event, Answered):
            self._waiting -= 1
        if isinstance(event, Asked | Answered):
            self._changed_at = monotonic()
        self._mailbox(event)

    @property
    def now(self) -> bool:
        return self._waiting <= 0 and monotonic() - self._changed_at > QUIET_S


@asynccontextmanager
async def live(directory: Path) -> AsyncIterator[dict[str, Any]]:
    """The demo's fleet, running; what makes a console on it."""
    from console.demo.driver import provision

    fleet = await provision(directory)
    try:
        yield {"keyring": fleet.keyring, "pairings": fleet.keyring.pairings()}
    finally:
        await asyncio.to_thread(fleet.stop)


async def record_reel(reel: Reel, parts: dict[str, Any], write: Callable[[bytes], object]) -> dict[str, Any]:
    from console.link.session import Session

    mailbox = Mailbox()
    quiet = Quiet(mailbox)
    start, began = monotonic(), datetime.now(UTC)
    recorder = TapeRecorder(quiet, write, monotonic)
    keyring = parts["keyring"]
    links: dict[str, Link] = {}
    for each in (held for held in parts["pairings"] if reel.totebox in ("", held.name)):
        recorder(PairingAdded(each.totebox, each.name, each.uri, monotonic()))
        session = Session(
            each, keyring.static(), keyring.binder(), DEVICE, "os-console/0.1 scripted", recorder, monotonic,
            seen=keyring.seen, store=keyring,
        )  # fmt: skip
        links[each.totebox] = recorder.wrap(each.totebox, session)
    with tempfile.TemporaryDirectory() as scratch:
        app = LedgerApp(
            links, mailbox, clock=monotonic, today=lambda: datetime.now(UTC).isoformat(timespec="microseconds"),
            device=DEVICE, theme="dark", reports=Path(scratch),
        )  # fmt: skip
        times: dict[str, Any] = {}
        async with app.run_test(size=SIZES[0]) as pilot:
            await calm(pilot, quiet)
            for shot in reel.shots:
                pressed = []
                for key in shot.keys:
                    pressed.append(round(monotonic() - start, 3))
                    await pilot.press(key)
                    await calm(pilot, quiet, hurried=len(shot.keys) > 10)
                await calm(pilot, quiet)
                at = round(monotonic() - start, 3)
                times[shot.name] = {"keys": pressed, "at": at}
                print(f"  {shot.name} at {at:.1f} s")
        return {"began": began.isoformat(), "shots": times}


async def calm(pilot: Pilot[Any], quiet: Quiet, *, hurried: bool = False) -> None:
    """Every question was answered and nothing was asked for a while."""
    end = monotonic() + PATIENCE_S
    await pilot.pause(0.4 if hurried else 1.0)
    while not (quiet.now or (hurried and quiet._waiting <= 0)):
        if monotonic() > end:
            raise RuntimeError("the console did not come to rest")
        await pilot.pause(0.1)


async def record() -> None:
    times = {}
    with tempfile.TemporaryDirectory(prefix="tb") as scratch:
        async with live(Path(scratch) / "demo") as parts:
            for reel in REELS:
                tape = BytesIO()
                times[reel.name] = await record_reel(reel, parts, tape.write)
                tape_of(reel).write_bytes(tape.getvalue())
    TIMES.write_text(json.dumps(times, indent=2) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true")
    group.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    if arguments.record:
        asyncio.run(record())
    for old in HERE.glob("*.svg"):
        old.unlink()
    asyncio.run(render(HERE))
    print(f"{len(list(HERE.glob('*.svg')))} pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
