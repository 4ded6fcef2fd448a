"""SIGTERM ends a daemon, whatever hangs, and what was cut is said.

No test measures time: a daemon that is not done within ten seconds of the signal is ended by its own watchdog, with status 1.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from protocol.schema import Ping, Verify
from tests.patience import PROGRAM_S, WAIT_S
from tests.processes import descendants, is_gone, watched, words
from totebox.daemon.shutdown import Ending, Stopped

pytestmark = pytest.mark.anyio


@pytest.fixture
def stopped() -> Iterator[list[int]]:
    """Processes that a test stops with SIGSTOP; none is left behind."""
    pids: list[int] = []
    yield pids
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def below(daemon, module: str) -> int:
    """The process of `daemon` that runs `module`; 0 where there is none."""
    return next((pid for pid in descendants(daemon.pid) if module in words(pid)), 0)


def stand_still(pid: int, stopped: list[int]) -> None:
    assert pid
    stopped.append(pid)
    os.kill(pid, signal.SIGSTOP)


async def ended(daemon) -> int:
    """SIGTERM; its status."""
    return await asyncio.to_thread(daemon.stop)


async def test_a_writer_that_stands_still_is_killed(desk, daemon, stopped) -> None:
    """Status 0 all the same, and both things that were cut are said: the last row, and the writer. The next start serves."""
    writer = below(daemon, "totebox.writer")
    stand_still(writer, stopped)
    assert await ended(daemon) == 0
    assert "os-totebox: cut: the audit row" in daemon.said and f"process {writer}" in daemon.said
    await asyncio.to_thread(daemon.start)


async def test_a_starter_that_stands_still_is_left(desk, daemon, stopped) -> None:
    """Nothing can be started or killed without it: a verification that waits for it, and it itself, are not waited for."""
    stand_still(below(daemon, "totebox.process.launcher_process"), stopped)
    waiting = asyncio.create_task(desk.ask(Verify()))
    await asyncio.sleep(0)
    gone = watched(daemon.pid)
    try:
        os.kill(daemon.pid, signal.SIGTERM)
        assert await asyncio.to_thread(is_gone, gone, WAIT_S)
    finally:
        os.close(gone)
    os.kill(stopped[0], signal.SIGKILL)  # it holds our end of stderr
    assert await ended(daemon) == 0
    assert "cut: the process that starts the vault's writer" in daemon.said
    waiting.cancel()


async def test_a_verification_that_stands_still_is_killed(desk, daemon, stopped) -> None:
    """It is ended with the daemon, and nothing of it is left."""
    waiting = asyncio.create_task(desk.ask(Verify()))
    async with asyncio.timeout(WAIT_S):
        while not (verifying := await asyncio.to_thread(below, daemon, "totebox.daemon.verification")):
            pass
    stand_still(verifying, stopped)
    assert await ended(daemon) == 0
    assert not words(verifying)[0]
    waiting.cancel()


async def test_peers_that_do_not_read_are_not_waited_for(desk, daemon) -> None:
    """One that lets every answer lie, with its window full: its session ends with the daemon."""
    call = desk.session._call
    call._carrier.pause_reading()
    for number in range(20_000):
        call.say(Ping(1_000_000 + number))
    await asyncio.sleep(0)
    assert await ended(daemon) == 0


async def test_a_daemon_that_ends_in_good_order_says_nothing(desk, daemon) -> None:
    """Nothing was cut."""
    assert await ended(daemon) == 0
    assert "cut" not in daemon.said


async def test_a_start_that_waits_is_given_up() -> None:
    """What has not come up is cancelled, and cleans up after itself; what was up already is kept."""
    ending, cleaned = Ending([].append), []

    async def starting() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(1)

    async def done() -> int:
        return 7

    assert await ending.unless(done()) == 7
    ending.asked.set()
    with pytest.raises(Stopped):
        await ending.unless(starting())
    assert cleaned


SCRIPT = """
import asyncio, os, sys, time
from concurrent.futures import ThreadPoolExecutor
from totebox.daemon.shutdown import THREADS, Ending

async def main():
    ending = Ending(lambda text: print(text, file=sys.stderr), pace=0.05)
    asyncio.get_running_loop().set_default_executor(executor := ThreadPoolExecutor(thread_name_prefix=THREADS))
    ending.listen()
    what = sys.argv[1]
    if what == "thread":
        hung = asyncio.get_running_loop().run_in_executor(None, os.read, os.pipe()[0], 1)
    print("up", flush=True)
    if what == "loop":
        time.sleep(3600)
    await ending.asked.wait()
    if what == "task":
        async def deaf():
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    pass
        task = asyncio.create_task(deaf(), name="a deaf task")
        await asyncio.sleep(0)
        await ending.settled({task}, 1.0, 1.0)
        os._exit(0)
    executor.shutdown(wait=False, cancel_futures=True)
    ending.join_threads()
    ending.leave()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("what", "status", "says"),
    [
        ("thread", 0, "cut: a thread that is at work in"),
        ("loop", 1, "in main"),
        ("task", 0, "cut: a deaf task, which did not end"),
        ("nothing", 0, ""),
    ],
)
def test_what_hangs_is_cut_and_said(tmp_path: Path, what: str, status: int, says: str) -> None:
    """A thread, the loop itself, a task that does not end: the process ends, and says which."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, what], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=PROGRAM_S)
    assert process.returncode == status
    assert says in said and bool(said) == bool(says)
