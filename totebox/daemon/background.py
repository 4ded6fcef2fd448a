"""Background work that runs as long as the daemon, and is started again after a fault of the system.

Such faults are a full disk, no free descriptor, a missing folder. Each is logged, sent as an event, and the work begins
again after a pause.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator

from protocol.schema.numbers import Severity
from totebox.clock import monotonic_s
from totebox.errors import ToteboxError
from totebox.service.contract import Emit

PAUSES_S = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds before each new attempt; the last one repeats. Work that then ran for longer than the pause begins with the
first one again.
"""
REMEDY = "it is tried again by itself; see the daemon's log, the disk and `ulimit -n` on the Totebox's host"

_log = logging.getLogger("totebox")


async def keep_up(
    name: str, work: Callable[[], Awaitable[None]], emit: Emit, pauses_s: tuple[float, ...] = PAUSES_S
) -> None:
    """Do `work` until cancelled, or until it returns. An OSError or ToteboxError that ends it is logged, and sent as an
    event the first time that it is this one; then `work` begins again after a pause.
    """
    pauses, told = _pauses(pauses_s), ""
    while True:
        begun = monotonic_s()
        try:
            return await work()
        except (OSError, ToteboxError, ExceptionGroup) as found:
            fault = _leaf(found)
            if not isinstance(fault, OSError | ToteboxError):
                raise
            if monotonic_s() - begun > PAUSES_S[-1]:
                pauses, told = _pauses(pauses_s), ""
            pause_s = next(pauses)
            _log.warning("%s failed and is tried again in %.0f s: %s", name, pause_s, fault)
            if str(fault) != told:
                told = str(fault)
                emit(Severity.WARNING, f"{name} failed: {fault}", REMEDY)
            await asyncio.sleep(pause_s)


def _leaf(fault: Exception) -> Exception:
    """The fault inside a group of faults: the first that is no fault of the system, else the first."""
    while isinstance(fault, ExceptionGroup):
        others = fault.split((OSError, ToteboxError))[1]
        fault = (others or fault).exceptions[0]
    return fault


def _pauses(pauses_s: tuple[float, ...]) -> Iterator[float]:
    yield from pauses_s
    while True:
        yield pauses_s[-1]
