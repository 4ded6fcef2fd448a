"""A long-lived program is kept running as its restart policy says, with real processes."""

import asyncio
import itertools
import os
import signal

import pytest

from protocol.schema.numbers import Severity
from tests.patience import WAIT_S
from tests.process.toys import FAILING, JOB, SERVING
from tests.processes import is_gone, watched
from totebox.errors import VaultError
from totebox.process.launcher import LauncherClient
from totebox.process.program import Lifetime, Program, Restart
from totebox.process.supervision import keep_running
from totebox.service.launcher import Worker

pytestmark = pytest.mark.anyio


def silent(severity: Severity, text: str, remedy: str) -> None:
    raise AssertionError(f"an event: {text}")


def stopped_clock() -> float:
    return 0.0


class Serving:
    """Serves with toys: kills the first `kills` of them, and waits for the end of those that follow."""

    def __init__(self, kills: int) -> None:
        self.kills, self.pids, self.up = kills, list[int](), asyncio.Event()

    async def __call__(self, worker: Worker) -> None:
        await worker_say(worker, b"serve")
        self.pids.append(int((await worker.read(64)).split()[0]))
        if len(self.pids) <= self.kills:
            os.kill(self.pids[-1], signal.SIGKILL)
        else:
            self.up.set()
        await worker.read(1)


async def worker_say(worker: Worker, job: bytes) -> None:
    """Say what to be, and leave the wire open."""
    await asyncio.get_running_loop().sock_sendall(worker._wire, job)  # type: ignore[attr-defined]


async def test_a_process_that_dies_is_started_again_over_a_new_wire(launcher: LauncherClient) -> None:
    """Twice killed, it serves for the third time; when nobody wants it any more it is gone, and no other comes."""
    serving = Serving(kills=2)
    keeping = asyncio.create_task(keep_running(launcher, SERVING, serving, silent, stopped_clock))
    async with asyncio.timeout(WAIT_S):
        await serving.up.wait()
    assert len(set(serving.pids)) == 3
    assert launcher.processes() == {"serving": [serving.pids[-1]]}
    gone = watched(serving.pids[-1])
    keeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await keeping
    assert is_gone(gone) and launcher.processes() == {}
    os.close(gone)


async def fail(worker: Worker) -> None:
    await worker_say(worker, b"exit")
    await worker.read(1)


async def test_one_that_always_ends_is_given_up_with_an_event(launcher: LauncherClient) -> None:
    """Longer and longer pauses, then one ALARM that names it, its status and the remedy, and nothing more is started."""
    pauses: list[float] = []
    events: list[tuple[Severity, str, str]] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with asyncio.timeout(WAIT_S):
        await keep_running(launcher, FAILING, fail, lambda *event: events.append(event), stopped_clock, pause)
    assert pauses == [0.0, 1.0, 5.0, 5.0]
    [(severity, text, remedy)] = events
    assert severity is Severity.ALARM and "start the Totebox again" in remedy
    assert text == "program failing ended with 3, 5 times one after the other; it is not started again"
    assert launcher.processes() == {}


async def test_one_that_served_for_long_counts_from_the_first_again(launcher: LauncherClient) -> None:
    """Each process ran for longer than `steady_s`: it is never given up."""
    clock = itertools.count(step=FAILING.restart.steady_s if FAILING.restart else 0.0)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 7:
            raise EOFError

    async with asyncio.timeout(WAIT_S):
        with pytest.raises(EOFError):
            await keep_running(launcher, FAILING, fail, silent, lambda: next(clock), pause)
    assert pauses == [0.0] * 7


async def test_without_a_launcher_it_ends(launcher: LauncherClient) -> None:
    """The daemon is told by an error: it cannot be kept running, and the process that was there has ended."""
    serving = Serving(kills=0)
    keeping = asyncio.create_task(keep_running(launcher, SERVING, serving, silent, stopped_clock))
    async with asyncio.timeout(WAIT_S):
        await serving.up.wait()
        gone = watched(serving.pids[0])
        os.kill(launcher.pid, signal.SIGKILL)
        await launcher.lost.wait()
        os.kill(serving.pids[0], signal.SIGKILL)
        with pytest.raises(VaultError, match="start the Totebox again"):
            await keeping
    assert is_gone(gone, WAIT_S)
    os.close(gone)


async def test_a_one_shot_is_not_kept_running(launcher: LauncherClient) -> None:
    """It has no policy."""
    with pytest.raises(ValueError, match="one-shot"):
        await keep_running(launcher, JOB, fail, silent, stopped_clock)


@pytest.mark.parametrize(
    ("lifetime", "restart"), [(Lifetime.LONG_LIVED, None), (Lifetime.ONE_SHOT, Restart((0.0,), most=1))]
)
def test_a_policy_is_a_long_lived_program_s(lifetime: Lifetime, restart: Restart | None) -> None:
    """A long-lived program without one, and a one-shot with one, are no programs."""
    with pytest.raises(ValueError, match="a long-lived program has a restart policy"):
        Program("x", "x", JOB.profile, lifetime=lifetime, restart=restart)


def test_a_policy_has_a_pause() -> None:
    """Without one nothing says when to start again."""
    with pytest.raises(ValueError, match="at least one pause"):
        Restart(())
