"""`os-console demo`: six real Toteboxes with real records, made by running `os-totebox`, and the console on them.

Nothing here imports the subject side, and no verb, flag or role exists for the demo: everything that it does can be
typed by hand.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from console.app.termination import SIGNALS
from console.demo.keeper import kept, let_go
from console.demo.provision import DemoFleet, fleet_in, is_demo
from console.demo.provision import provision as _provision
from console.errors import ConsoleError, DemoError
from console.places import config_file, data_dir
from console.terminal import is_watched, say_text


def main(argv: Sequence[str]) -> int:
    """Run `os-console demo` with the words after `demo`; returns the exit status."""
    arguments = _parser().parse_args(list(argv))
    directory = (arguments.dir or data_dir(os.environ) / "demo").absolute()
    if arguments.reset:
        reset(directory)
        return 0
    if arguments.stop:
        count = stop(directory)
        say_text(f"{count} daemons of {directory} stopped" if count else f"no daemon of {directory} was running")
        return 0
    if arguments.headless:
        return headless(directory)
    return _show(directory)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="os-console demo",
        description="Six Toteboxes with sample records, apart from your own. The first run makes them, later ones open at once.",
        allow_abbrev=False,
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--stop", action="store_true", help="stop daemons that an earlier run left behind")
    what.add_argument("--reset", action="store_true", help="destroy the demo's vaults and keys, and nothing else")
    what.add_argument("--headless", action="store_true", help="make the six vaults, show nothing, leave them stopped")
    parser.add_argument("--dir", type=Path, metavar="DIR", help="where (default: $XDG_DATA_HOME/totebox/demo)")
    return parser


async def provision(directory: Path) -> DemoFleet:
    """Make what is missing of the demo in `directory` and start it; resumes where an earlier run stopped.

    Raises:
        DemoError: claims differ from the decisions, a receipt does not verify, or the directory belongs to something
            else.
    """
    fleet = fleet_in(directory)
    await _provision(fleet, say_text)
    return fleet


async def start(directory: Path) -> DemoFleet:
    """The demo in `directory`, with every daemon ready; what is missing is made."""
    return await provision(directory)


def stop(directory: Path) -> int:
    """Stop the daemons of the demo in `directory`; returns how many ran."""
    return fleet_in(directory).stop()


def reset(directory: Path) -> None:
    """Destroy the demo in `directory`: its vaults, documents, keys and pairings, and nothing else.

    Raises:
        DemoError: the directory was not made by the demo.
    """
    if not directory.exists():
        say_text(f"there is no demo in {directory}")
        return
    if not is_demo(directory):
        raise DemoError(f"{directory} was not made by the demo; it is left as it is")
    stop(directory)
    for name in ("vaults", "samples", "keyring", "run"):
        shutil.rmtree(directory / name, ignore_errors=True)
    for left in directory.glob("*totebox-demo.json*"):
        left.unlink()
    with contextlib.suppress(OSError):
        directory.rmdir()
    say_text(f"the demo in {directory} is gone; your own Toteboxes were not touched")


def headless(directory: Path) -> int:
    """Make the six vaults, stop them, and print where they are."""
    with _held(directory) as (fleet, _):
        asyncio.run(_provision(fleet, say_text))
    say_text(f"six vaults are in {fleet.directory / 'vaults'}, stopped; try: os-totebox verify DIR")
    return 0


def _show(directory: Path) -> int:
    if not is_watched():
        raise ConsoleError("the screen needs a terminal; without one use: os-console demo --headless --dir DIR")
    from console.app.opening import show_console
    from console.config import load

    with _held(directory) as (fleet, keeper):
        if not fleet.launch():
            say_text(f"making six Toteboxes in {directory}; this takes about a quarter of a minute, once")
            asyncio.run(_provision(fleet, say_text))
        return show_console(
            fleet.keyring, load(config_file(os.environ)), first_key="f10", signalled=lambda: let_go(keeper)
        )


@contextlib.contextmanager
def _held(directory: Path) -> "Iterator[tuple[DemoFleet, subprocess.Popen[bytes]]]":
    """Hold the demo's lock while the context lasts; afterwards, however it ended, its daemons have stopped. Gives their
    keeper as well.

    Raises:
        DemoError: another console has this demo open.
    """
    import fcntl

    fleet = fleet_in(directory)
    fleet.directory.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(fleet.directory.parent / f".{fleet.directory.name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise DemoError(f"another console has the demo in {directory} open; close it, or use --dir") from error
        for number in SIGNALS:
            signal.signal(number, _leave)
        with kept(fleet.directory, lock) as keeper:
            try:
                yield fleet, keeper
            finally:
                fleet.stop()
    finally:
        os.close(lock)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """Raise on a signal, so that every `finally` runs."""
    raise SystemExit(128 + number)
