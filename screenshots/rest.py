"""When an application has come to rest: told by the loop itself, not by the clock."""

import asyncio
from time import monotonic

SOON_S = 0.03
"""A timer due within this time belongs to what goes on now: a screen lays out and paints a sixtieth of a second late."""


async def quiet(within_s: float = 180.0) -> None:
    """Wait until the loop has nothing left to do at once.

    That is: no callback is ready, none becomes ready by what the selector brings, and no timer is due soon. It does not guess
    from the CPU time that went by, as Textual's own `wait_for_idle` does, which takes a starved process for an idle one.
    Nor does it push the screen: `Pilot.pause` calls the screen's own timer, which may leave a layout behind for good.
    Work in threads and in other processes is not seen: for that, wait for what it brings.
    """
    loop = asyncio.get_running_loop()
    end = monotonic() + within_s
    still = 0
    while still < 3 and monotonic() < end:
        await asyncio.sleep(0)
        if loop._ready:  # type: ignore[attr-defined]
            still = 0
            continue
        now = loop.time()
        due = [timer.when() - now for timer in loop._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        if due and min(due) < SOON_S:
            still = 0
            await asyncio.sleep(max(min(due), 0.0))
            continue
        still += 1
