"""Parallel syncs: run several syncs at the same time on threads. A sync releases the interpreter, and a disk does many as fast as one."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread

from totebox.clock import monotonic_s

SYNC_THREADS = 8
HANDOVER_S = 0.000_4
"""What it costs, in seconds, to hand a job to another thread and to receive its result."""


def run_together(jobs: Sequence[Callable[[], None]]) -> None:
    """Run all jobs (syncs, which release the interpreter) at the same time. When all have ended, the first failure is raised.

    Where a sync takes less time than waking a thread, the jobs run one after the other; the first failure then ends the row.
    """
    if _PACE.in_a_row(len(jobs)):
        for job in jobs:
            _PACE.run(job)
        return
    ended: SimpleQueue[Exception | None] = SimpleQueue()
    while len(_LANES) < min(SYNC_THREADS, len(jobs)) - 1:
        # The threads live as long as the process: starting one takes longer than a sync.
        _LANES.append(Thread(target=_lane, name="sync", daemon=True))
        _LANES[-1].start()
    for job in jobs[1:]:
        _JOBS.put((job, ended))
    _run(jobs[0], ended)
    failures = [failure for failure in (ended.get() for _ in jobs) if failure is not None]
    if failures:
        raise failures[0]


_JOBS: "SimpleQueue[tuple[Callable[[], None], SimpleQueue[Exception | None]]]" = SimpleQueue()
_LANES: list[Thread] = []


def _lane() -> None:
    while True:
        _run(*_JOBS.get())


class _Pace:
    """Running mean of the time that a job takes. On a disk that syncs faster than a thread wakes, running jobs in a row is quicker."""

    def __init__(self) -> None:
        self._lately_s = HANDOVER_S

    def in_a_row(self, jobs: int) -> bool:
        """Whether all jobs but one would end before another thread could begin, so that they should run in a row."""
        return (jobs - 1) * self._lately_s < HANDOVER_S

    def run(self, job: Callable[[], None]) -> None:
        """Run one job and add its time to the mean."""
        started = monotonic_s()
        job()
        self._lately_s += (monotonic_s() - started - self._lately_s) / 8


_PACE = _Pace()


def _run(job: Callable[[], None], ended: "SimpleQueue[Exception | None]") -> None:
    try:
        _PACE.run(job)
    except Exception as error:  # noqa: BLE001 - a thread's root: `run_together` raises the failure
        ended.put(error)
    else:
        ended.put(None)
