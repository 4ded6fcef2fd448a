"""Jobs that run at the same time, and end together."""

import errno

import pytest

from totebox.vault.disk.parallel_sync import run_together


def test_jobs_run_together_and_the_first_failure_is_raised_at_the_end() -> None:
    """Every job that could run has run when the failure is raised."""
    done: list[int] = []

    def fail() -> None:
        raise OSError(errno.EIO, "gone")

    jobs = [lambda number=number: done.append(number) for number in range(20)]
    with pytest.raises(OSError, match="gone"):
        run_together([*jobs, fail])
    assert sorted(done) == list(range(20))
    run_together([])
