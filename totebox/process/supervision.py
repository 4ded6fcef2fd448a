"""Supervision of a long-lived program: one process of it is kept running.

States: RUNNING (a process serves), PAUSED (it has ended, and the pause of the policy passes), GIVEN UP (the restarts of the policy are
used up: an ALARM reports it, and no process is started any more). The end of a process moves RUNNING to one of the others, the end of
the pause back. A cancel kills the process and starts no other. When the launcher has ended, the supervision ends with VaultError, and
the daemon with it.
"""

import asyncio
from collections.abc import Awaitable, Callable

from protocol.schema.numbers import Severity
from totebox.process.program import Program
from totebox.service.launcher import Launcher, Worker


async def keep_running(
    launcher: Launcher,
    program: Program,
    serve: Callable[[Worker], Awaitable[None]],
    emit: Callable[[Severity, str, str], None],
    clock: Callable[[], float],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Run `program`, and start it again as its policy says. Returns when it is given up.

    Args:
        serve: works with one process over its wire, and returns when that wire has ended.
        emit: sends an event.
        clock: seconds that never go back.
        pause: waits for the given number of seconds.

    Raises:
        VaultError: the launcher has ended.
    """
    policy = program.restart
    if policy is None:
        raise ValueError(f"{program.name} is a one-shot: nobody keeps it running")
    ends = 0
    while True:
        begun = clock()
        async with launcher.start(program) as worker:
            await serve(worker)
            status = await worker.ended()
        ends = 1 if clock() - begun >= policy.steady_s else ends + 1
        pause_s = policy.pause_s(ends)
        if pause_s is None:
            how = "could not be started" if status is None else f"ended with {status}"
            emit(
                Severity.ALARM,
                f"program {program.name} {how}, {ends} times one after the other; it is not started again",
                "read the daemon's log, then start the Totebox again",
            )
            return
        await pause(pause_s)
