"""What our processes use, as the kernel counts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S
from totebox.telemetry.processes import cpu_ticks, family, memory_bytes

needs_proc = pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="no /proc here")


@needs_proc
def test_children_belong_to_the_family() -> None:
    """A child that runs is counted, one that ended is not."""
    code = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "print(child.pid, flush=True); input()\n"
        "child.communicate(b'.'); print('buried', flush=True); input()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdin is not None and parent.stdout is not None
        child = int(parent.stdout.readline())
        assert family(parent.pid) == [parent.pid, child]
        parent.stdin.write("\n")
        parent.stdin.flush()
        assert parent.stdout.readline() == "buried\n"
        assert family(parent.pid) == [parent.pid]
        parent.communicate("\n", timeout=PROGRAM_S)


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
