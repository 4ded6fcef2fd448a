"""What our processes use, as the kernel counts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from totebox.telemetry.processes import cpu_ticks, family, memory_bytes

needs_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="no /proc here")


@needs_proc
def test_children_belong_to_the_family() -> None:
    """A child that runs is counted, one that ended is not."""
    child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    try:
        assert {os.getpid(), child.pid} <= set(family(os.getpid()))
    finally:
        child.communicate()
    assert child.pid not in family(os.getpid())


@needs_proc
def test_memory_is_at_least_a_megabyte_and_cpu_counts_up() -> None:
    """PSS of this very process, and its ticks."""
    assert memory_bytes([os.getpid()]) > 1 << 20
    before = cpu_ticks([os.getpid()])
    while cpu_ticks([os.getpid()]) == before:
        pass


def test_without_proc_everything_is_zero(tmp_path: Path) -> None:
    """Elsewhere the figures are zero, and nothing fails."""
    assert (family(1, tmp_path), memory_bytes([1], tmp_path), cpu_ticks([1], tmp_path)) == ([1], 0, 0)
